"""Who is ranked, and whether the ranking is official: the publication rules of a ranking (method 11)."""

from dataclasses import replace

import pandas as pd
import pytest

from qos.domain.tables import RANKS
from qos.score import INDICATIVE, PUBLISHED, WITHHELD, rankings
from tests.score.conftest import NAN, Figure

REGION, NATION = "gso34:01", "nation"
APART = {"a": 2.0, "b": 1.0, "c": 0.0}
"""Levels that an interval of 0.1 separates beyond doubt."""


@pytest.fixture
def ranked(fit, quarter, edition, speed):
    """The national ranking of a, b, c by operator: `**behind` holds for all, `own` for one of them."""

    def ranked(
        levels=APART, *, place=NATION, indicator=speed, own=None, unstable=None, fitted=None, **behind
    ):
        figures = {
            operator: {place: Figure(**{"level": level, **behind, **(own or {}).get(operator, {})})}
            for operator, level in levels.items()
        }
        made = fit(figures, **(fitted or {}))
        return rankings(made, indicator, quarter, edition, unstable=unstable).set_index("operator")

    return ranked


OFFICIAL = [
    ("two kin groups", {}, PUBLISHED, ""),
    ("a panel that the edition names, alone", {"sources": ("panel",)}, PUBLISHED, "one-reference-panel"),
    ("that panel beside an app", {"sources": ("app", "panel")}, PUBLISHED, ""),
    ("subjects that count like few: the bounds carry it", {"n_effective": 5.0}, PUBLISHED, ""),
    ("wide intervals: the bounds carry them", {"half_width": 0.6}, PUBLISHED, ""),
]
UNOFFICIAL = [
    ("one app", {"sources": ("app",)}, "one-source"),
    ("two apps of one kin", {"sources": ("app", "sister-app")}, "one-kind"),
    ("a reference that the edition does not name", {"sources": ("probes",)}, "one-source"),
    ("small sources only", {"sources": ("thin-app", "thin-browser")}, "too-few"),
    ("two sources that state no subjects", {"n_subjects": NAN}, "too-uncertain"),
    ("one operator on one source", {"own": {"c": {"sources": ("app",)}}}, "one-kind"),
    ("one operator whose subjects nobody knows", {"own": {"c": {"n_subjects": NAN}}}, "too-uncertain"),
    ("a fit that is not accepted", {"fitted": {"accepted": False}}, "too-uncertain"),
    ("one app and a fit that is not accepted", {"sources": ("app",), "fitted": {"accepted": False}},
     "one-source;too-uncertain"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("behind", "status", "reason"),
    [
        *(case[1:] for case in OFFICIAL),
        *((behind, INDICATIVE, reason) for _, behind, reason in UNOFFICIAL),
    ],
    ids=[case[0] for case in (*OFFICIAL, *UNOFFICIAL)],
)
def test_a_ranking_is_official_or_indicative_as_its_evidence_allows(ranked, behind, status, reason):
    ranks = ranked(**behind)
    assert set(ranks["status"]) == {status}
    assert set(ranks["status_reason"]) == {reason}
    assert ranks["rank"].tolist() == [1, 2, 3], "the bounds are given either way"


@pytest.mark.parametrize("behind", [case[1] for case in UNOFFICIAL], ids=[case[0] for case in UNOFFICIAL])
def test_nobody_leads_an_indicative_ranking(ranked, behind):
    ranks = ranked(**behind)
    assert not ranks["is_leader"].any()


def test_the_leader_of_an_official_ranking_is_whose_bounds_are_one(ranked):
    ranks = ranked()
    assert ranks["is_leader"].tolist() == [True, False, False]
    assert ranks["rank_low"].tolist() == ranks["rank_high"].tolist() == [1, 2, 3]
    assert ranks["p_first"].tolist() == [1, 0, 0]
    assert set(ranks["not_separated_from"]) == {""}


def test_operators_that_are_not_separated_share_bounds_and_name_each_other(ranked):
    ranks = ranked({"a": 2.0, "b": 1.99, "c": 0.0})
    assert not ranks["is_leader"].any()
    assert ranks.loc["a", ["rank_low", "rank_high", "not_separated_from"]].tolist() == [1, 2, "b"]
    assert ranks.loc["b", ["rank_low", "rank_high", "not_separated_from"]].tolist() == [1, 2, "a"]
    assert ranks.loc["c", ["rank_low", "rank_high", "not_separated_from"]].tolist() == [3, 3, ""]


def test_a_single_operator_leads_nobody(ranked):
    ranks = ranked({"a": 2.0})
    assert ranks.loc["a", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
    assert ranks.loc["a", "status"] == PUBLISHED
    assert not ranks.loc["a", "is_leader"]


def test_where_lower_is_better_the_lowest_leads(ranked, latency):
    ranks = ranked(indicator=latency)
    assert ranks["rank"].tolist() == [3, 2, 1]
    assert ranks["is_leader"].tolist() == [False, False, True]


@pytest.mark.parametrize("sources", [("app",), ("panel",)])
def test_one_source_that_states_no_subjects_shows_no_order(ranked, sources):
    ranks = ranked(n_subjects=NAN, sources=sources)
    assert set(ranks["status"]) == {WITHHELD}
    assert set(ranks["status_reason"]) == {"one-source;too-uncertain"}
    for hidden in ("rank", "score", "score_low", "score_high", "p_first"):
        assert ranks[hidden].isna().all()
    assert not ranks["is_leader"].eq(True).any()
    assert set(ranks["rank_low"]) == {1}
    assert set(ranks["rank_high"]) == {3}
    assert ranks["not_separated_from"].tolist() == ["b;c", "a;c", "a;b"]


BARRED = [
    ("29 subjects", NATION, {"n_subjects": 29.0}, "too-few"),
    ("29 subjects in a region", REGION, {"n_subjects": 29.0}, "too-few"),
    ("29 subjects of a named panel", NATION, {"n_subjects": 29.0, "sources": ("panel",)}, "too-few"),
    ("a cell too small to be shown", REGION, {"sources": (), "n_subjects": 2.0}, "too-few"),
    ("nobody measured it", REGION, {"sources": (), "n_subjects": NAN}, "not-measured"),
    ("a figure that is mostly model", REGION, {"gamma": 0.29}, "mostly-model"),
    ("few and mostly model", REGION, {"gamma": 0.29, "n_subjects": 29.0}, "mostly-model;too-few"),
]


@pytest.mark.parametrize(
    ("place", "behind", "reason"), [case[1:] for case in BARRED], ids=[case[0] for case in BARRED]
)
def test_an_operator_with_too_little_is_left_out_and_the_others_are_ranked(ranked, place, behind, reason):
    ranks = ranked(place=place, own={"a": behind})
    assert ranks.loc["a", ["status", "status_reason"]].tolist() == [WITHHELD, reason]
    assert ranks.loc["a", RANKS.columns[5:14]].isna().all(), "no score, no rank, no bound, no leader"
    assert ranks.loc[["b", "c"], "rank"].tolist() == [1, 2]
    assert ranks.loc["b", "is_leader"]


@pytest.mark.parametrize(("covered", "nationally"), [(0.8, True), (0.79, False)])
def test_an_operator_of_few_regions_is_ranked_only_there(fit, speed, quarter, edition, covered, nationally):
    places = {REGION: Figure(), NATION: Figure()}
    made = fit({"kcom": places, "bt": places}, coverage={"kcom": covered})
    ranks = rankings(made, speed, quarter, edition).set_index(["operator", "region"])
    assert pd.notna(ranks.loc[("kcom", REGION), "rank"])
    assert pd.notna(ranks.loc[("kcom", NATION), "rank"]) == nationally
    assert ("regional" in ranks.loc[("kcom", NATION), "status_reason"]) == (not nationally)


def test_nobody_is_ranked_where_everybody_has_too_few(ranked):
    ranks = ranked(n_subjects=29.0)
    assert set(ranks["status"]) == {WITHHELD}
    assert ranks["rank_low"].isna().all()


def test_exactly_thirty_subjects_are_ranked(ranked):
    assert ranked(n_subjects=30.0)["rank"].tolist() == [1, 2, 3]


def test_an_indicator_may_ask_for_more_subjects_than_the_edition(ranked, speed):
    asking = replace(speed, min_subjects=100)
    ranks = ranked(indicator=asking, own={"a": {"n_subjects": 99.0}})
    assert ranks.loc["a", "status_reason"] == "too-few"
    assert ranks.loc[["b", "c"], "rank"].tolist() == [1, 2]


def test_an_indicator_cannot_ask_for_fewer_subjects_than_the_edition(ranked, speed):
    asking = replace(speed, min_subjects=5)
    assert ranked(indicator=asking, own={"a": {"n_subjects": 29.0}}).loc["a", "status_reason"] == "too-few"


def test_a_value_too_uncertain_to_be_shown_leaves_its_operator_ranked(ranked):
    ranks = ranked(own={"b": {"half_width": 0.51}})
    assert ranks["score"].isna().tolist() == [False, True, False]
    assert ranks["rank"].tolist() == [1, 2, 3]


def test_a_ranking_on_one_source_depends_on_it(ranked):
    assert ranked(sources=("panel",))["depends_on_one_source"].tolist() == [True] * 3


def test_what_was_not_examined_for_one_source_is_unknown(ranked):
    assert ranked()["depends_on_one_source"].isna().all()
    examined = ranked(unstable={NATION: {"b"}})
    assert examined["depends_on_one_source"].tolist() == [False, True, False]


def test_a_ranking_has_the_columns_of_the_contract(fit, speed, quarter, edition):
    frame = rankings(fit({"a": {REGION: Figure(), NATION: Figure()}}), speed, quarter, edition)
    assert list(frame.columns) == RANKS.columns
    assert set(frame["quarter"]) == {"2026Q1"}
