"""The publication rules of a figure, line by line (method 11)."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from qos.domain.tables import ESTIMATES
from qos.score import INDICATIVE, PUBLISHED, WITHHELD, estimates, unfitted
from tests.score.conftest import NAN, Figure

REGION, NATION = "gso34:01", "nation"

CASES = [
    # a cell: >= 30 subjects, n_eff >= 20, half-width <= 0.20, gamma >= 0.5, two kin groups
    ("a region without a doubt", REGION, {}, PUBLISHED, ""),
    ("exactly at every limit", REGION,
     {"n_subjects": 30, "n_effective": 20, "half_width": 0.2, "gamma": 0.5}, PUBLISHED, ""),
    ("one reference instead of two kin groups", REGION,
     {"sources": ("probes",)}, PUBLISHED, "one-reference-panel"),
    ("one panel that the edition names", REGION, {"sources": ("panel",)}, PUBLISHED, "one-reference-panel"),
    ("a panel beside an app is no single panel", REGION, {"sources": ("app", "panel")}, PUBLISHED, ""),
    # indicative
    ("29 subjects", REGION, {"n_subjects": 29}, INDICATIVE, "too-few"),
    ("10 subjects", REGION, {"n_subjects": 10}, INDICATIVE, "too-few"),
    ("subjects that count like 19", REGION, {"n_effective": 19.9}, INDICATIVE, "too-few"),
    ("half-width above 0.20", REGION, {"half_width": 0.21}, INDICATIVE, "too-uncertain"),
    ("half-width of 0.50", REGION, {"half_width": 0.5}, INDICATIVE, "too-uncertain"),
    ("gamma below 0.5", REGION, {"gamma": 0.49}, INDICATIVE, "mostly-model"),
    ("gamma of 0.3", REGION, {"gamma": 0.3}, INDICATIVE, "mostly-model"),
    ("one source", REGION, {"sources": ("app",)}, INDICATIVE, "one-source"),
    ("two sources of one kin", REGION, {"sources": ("app", "sister-app")}, INDICATIVE, "one-kind"),
    ("two small sources", REGION, {"sources": ("thin-app", "thin-browser")}, INDICATIVE, "too-few"),
    ("a small source beside a large one", REGION, {"sources": ("app", "thin-browser")}, PUBLISHED, ""),
    ("no source states its subjects", REGION,
     {"n_subjects": NAN, "n_effective": NAN, "sources": ("thin-app", "thin-browser")},
     INDICATIVE, "too-uncertain"),
    ("a doubt beside the mark of one panel", REGION,
     {"sources": ("panel",), "n_subjects": 29}, INDICATIVE, "one-reference-panel;too-few"),
    ("every doubt at once", REGION,
     {"n_subjects": 12, "half_width": 0.4, "gamma": 0.4, "sources": ("app",)},
     INDICATIVE, "mostly-model;one-source;too-few;too-uncertain"),
    # withheld
    ("9 subjects", REGION, {"n_subjects": 9}, WITHHELD, "too-few"),
    ("half-width above 0.50", REGION, {"half_width": 0.51}, WITHHELD, "too-uncertain"),
    ("gamma below 0.3", REGION, {"gamma": 0.29}, WITHHELD, "mostly-model"),
    ("9 subjects of a panel", REGION, {"sources": ("panel",), "n_subjects": 9}, WITHHELD, "too-few"),
    ("nobody measured", REGION, {"sources": (), "n_subjects": NAN, "gamma": 0.0}, WITHHELD, "not-measured"),
    ("measured by two subjects, whose cell is not shown", REGION,
     {"sources": (), "n_subjects": 2, "gamma": 0.0}, WITHHELD, "too-few"),
    # the nation
    ("a nation without a doubt", NATION, {}, PUBLISHED, ""),
    ("a nation at the limits", NATION, {"n_subjects": 30, "half_width": 0.2}, PUBLISHED, ""),
    ("a nation on one source", NATION, {"sources": ("app",)}, INDICATIVE, "one-source"),
    ("a nation on one reference", NATION, {"sources": ("panel",)}, PUBLISHED, "one-reference-panel"),
    ("a nation with half-width 0.21", NATION, {"half_width": 0.21}, INDICATIVE, "too-uncertain"),
    ("a nation with half-width 0.51", NATION, {"half_width": 0.51}, WITHHELD, "too-uncertain"),
    ("a nation of 29 subjects", NATION, {"n_subjects": 29}, WITHHELD, "too-few"),
    ("a nation whose subjects nobody knows", NATION, {"n_subjects": NAN}, INDICATIVE, "too-uncertain"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "behind", "status", "reason"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_figure_is_published_as_its_evidence_allows(
    fit, speed, quarter, edition, place, behind, status, reason
):
    row = estimates(fit({"viettel": {place: Figure(**behind)}}), speed, quarter, edition).iloc[0]
    assert (row["status"], row["status_reason"]) == (status, reason)


@pytest.mark.parametrize("place", [REGION, NATION])
def test_a_withheld_figure_shows_no_value_but_its_counts(fit, speed, quarter, edition, place):
    row = estimates(fit({"a": {place: Figure(n_subjects=9)}}), speed, quarter, edition).iloc[0]
    hidden = ("value", "ci_low", "ci_high", "std_error", "largest_source_share", "model_share")
    assert all(pd.isna(row[name]) for name in hidden)
    assert (row["n_subjects"], row["n_measurements"], row["sources"]) == (9, 90, "app;browser")


def test_a_shown_figure_stands_in_published_units_inside_its_interval(fit, speed, quarter, edition):
    row = estimates(fit({"a": {NATION: Figure(level=math.log(50))}}), speed, quarter, edition).iloc[0]
    assert row["value"] == pytest.approx(50)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((50 * math.exp(-0.1), 50 * math.exp(0.1)))
    assert row["std_error"] == pytest.approx(0.1 / 1.96)
    assert (row["confidence"], row["scale"], row["model_share"]) == (0.95, "log", 0)


@pytest.mark.parametrize(("covered", "status"), [(0.8, PUBLISHED), (0.79, WITHHELD)])
def test_a_national_figure_needs_cells_in_regions_of_four_fifths_of_the_weight(
    fit, speed, quarter, edition, covered, status
):
    made = fit({"kcom": {REGION: Figure(), NATION: Figure()}}, coverage={"kcom": covered})
    rows = estimates(made, speed, quarter, edition).set_index("region")
    assert rows.loc[REGION, "status"] == PUBLISHED
    assert rows.loc[NATION, "status"] == status
    assert rows.loc[NATION, "status_reason"] == ("" if status == PUBLISHED else "regional")


def test_there_is_one_row_per_operator_and_place_with_the_columns_of_the_contract(
    fit, speed, quarter, edition
):
    places = {REGION: Figure(), NATION: Figure()}
    frame = estimates(fit({"a": places, "b": places}), speed, quarter, edition)
    assert list(frame.columns) == ESTIMATES.columns
    assert sorted(zip(frame["operator"], frame["region"], strict=True)) == [
        ("a", REGION), ("a", NATION), ("b", REGION), ("b", NATION),
    ]  # fmt: skip
    assert set(frame["quarter"]) == {"2026Q1"}


def test_an_operator_none_of_whose_cells_is_fitted_is_listed_as_too_few(speed, quarter):
    cells = pd.DataFrame(
        [("a", REGION, "app", 2.0), ("a", REGION, "browser", 1.0), ("b", REGION, "app", 90.0),
         ("all", REGION, "app", 93.0), ("c", NATION, "app", np.nan)],
        columns=["operator", "region", "source", "n_subjects"],
    ).assign(n_measurements=lambda frame: 2 * frame["n_subjects"])  # fmt: skip
    rows = unfitted(cells, ("b",), speed, quarter, "mobile").set_index("operator")
    assert set(rows.index) == {"a", "c"}, "all is no operator, and b was fitted"
    assert set(rows["status"]) == {WITHHELD}
    assert set(rows["status_reason"]) == {"too-few"}
    assert (rows.loc["a", "n_subjects"], rows.loc["a", "sources"]) == (3, "app;browser")
    assert rows["value"].isna().all()
    assert pd.isna(rows.loc["c", "n_subjects"]), "an unknown count is not zero"


def test_a_figure_on_fewer_subjects_than_its_indicator_asks_for_is_indicative(fit, speed, quarter, edition):
    asking = replace(speed, min_subjects=100)
    few, enough = (
        estimates(fit({"a": {REGION: Figure(n_subjects=n)}}), asking, quarter, edition).iloc[0]
        for n in (99, 100)
    )
    assert (few["status"], few["status_reason"]) == (INDICATIVE, "too-few")
    assert enough["status"] == PUBLISHED
