"""Vietnam's 5G in 2025: two published reports that contradict each other."""

import json

import numpy as np
import pytest

from qos.domain.tables import CELLS, ESTIMATES, LEAVE_ONE_OUT, RANKS
from qos.release import read_table
from tests.pipeline.conftest import I_SPEED, OOKLA


def _bounds(workspace):
    ranks = read_table(workspace.drafts / "2025Q3", RANKS).set_index("operator")
    return {operator: (int(row["rank_low"]), int(row["rank_high"])) for operator, row in ranks.iterrows()}


def test_no_leader_is_established_and_the_two_first_are_not_separated(vietnam):
    workspace = vietnam(OOKLA, I_SPEED)
    ranks = read_table(workspace.drafts / "2025Q3", RANKS).set_index("operator")
    assert not ranks["is_leader"].any()
    for operator, other in (("viettel", "vinaphone"), ("vinaphone", "viettel")):
        assert ranks.loc[operator, "rank_low"] == 1
        assert ranks.loc[operator, "rank_high"] >= 2
        assert other in ranks.loc[operator, "not_separated_from"].split(";")
    assert set(ranks["status"]) == {"indicative"}


def test_an_unknown_error_is_the_editions_and_never_zero(vietnam):
    cells = read_table(vietnam(OOKLA, I_SPEED).drafts / "2025Q3", CELLS)
    assert np.allclose(cells["v"], 0.20**2 + 0.15**2)
    assert all("statistic-unknown" in flags for flags in cells["flags"])
    older = cells.set_index("source")["flags"].map(lambda flags: "older-period" in flags)
    assert older["ookla-published"].all()
    assert not older["i-speed-published"].any()


def test_a_value_as_uncertain_as_this_is_withheld_with_the_reason(vietnam):
    figures = read_table(vietnam(OOKLA, I_SPEED).drafts / "2025Q3", ESTIMATES)
    assert set(figures["status"]) == {"withheld"}
    assert figures["value"].isna().all()
    assert figures["status_reason"].str.contains("too-uncertain").all()


OTHER_NAME = ("somebody-else", "somebody-else", OOKLA[2])


@pytest.mark.parametrize("again", [OOKLA, OTHER_NAME], ids=["same", "other-name"])
def test_entering_the_same_report_twice_changes_nothing(vietnam, again):
    once, twice = vietnam(OOKLA, I_SPEED), vietnam(OOKLA, I_SPEED, again)
    for name in ("estimates.csv", "ranks.csv"):
        assert (once.drafts / "2025Q3" / name).read_bytes() == (twice.drafts / "2025Q3" / name).read_bytes()


@pytest.mark.parametrize("left", [OOKLA, I_SPEED], ids=["ookla", "i-speed"])
def test_dropping_either_source_never_narrows_a_bound(vietnam, left):
    both, one = _bounds(vietnam(OOKLA, I_SPEED)), _bounds(vietnam(left))
    assert all(one[o][0] <= both[o][0] and one[o][1] >= both[o][1] for o in both)


def test_leaving_one_out_is_published_beside_the_ranking(vietnam):
    workspace = vietnam(OOKLA, I_SPEED)
    both = _bounds(workspace)
    left = read_table(workspace.drafts / "2025Q3", LEAVE_ONE_OUT)
    assert set(left["left_out"]) == {"ookla-published", "i-speed-published"}
    assert all(row.rank_low <= both[row.operator][0] for row in left.itertuples())


def test_one_source_that_states_no_sample_shows_no_order(vietnam):
    ranks = read_table(vietnam(OOKLA).drafts / "2025Q3", RANKS)
    assert set(ranks["status"]) == {"withheld"}
    assert ranks["rank"].isna().all()


def test_the_citation_of_a_figure_is_kept(vietnam):
    release = json.loads((vietnam(OOKLA, I_SPEED).drafts / "2025Q3" / "release.json").read_text("utf-8"))
    assert len(release["deliveries"]) == 2
