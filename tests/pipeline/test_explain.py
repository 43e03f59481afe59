"""From a figure back to what it rests on; and what a person is told who asks for one that is not there."""

import shutil

import pandas as pd
import pytest

from qos.domain.errors import NotFound, QosError, UsageFault
from qos.domain.tables import CELLS, ESTIMATES
from qos.pipeline.explain import explain, folder_of
from qos.release import read_table
from qos.release.folder import write_parquet


@pytest.fixture(scope="module")
def draft(gb):
    return gb.drafts / "2021Q1"


@pytest.mark.parametrize(
    ("wanted", "column", "nearest"),
    [
        ({"indicator": "download_meen"}, "indicator", "download_mean"),
        ({"operator": "virginmedia"}, "operator", "virgin-media"),
        ({"region": "nuts1:UK"}, "region", "nuts1:UK"),
        ({"market": "fixd"}, "market", "fixed"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(draft, wanted, column, nearest):
    asked = {"indicator": "download_mean", "operator": "bt", "region": "nation"} | wanted
    with pytest.raises(
        NotFound, match=f"no {column} '{wanted[column]}' here; did you mean '{nearest}"
    ) as fault:
        explain(draft, **asked)
    assert fault.value.next_command.startswith("qos ")


def test_a_name_like_no_other_is_answered_with_all_there_are(draft):
    with pytest.raises(NotFound, match="there are: download_geomean, download_mean, latency_median"):
        explain(draft, "qqqqqqqqqqqqqq", "bt")


def test_a_figure_of_several_markets_asks_which(draft, tmp_path):
    folder = shutil.copytree(draft, tmp_path / "2021Q1")
    estimates = read_table(folder, ESTIMATES)
    both = pd.concat([estimates, estimates.assign(market="mobile")])
    write_parquet(both, ESTIMATES, folder / "estimates.parquet")
    with pytest.raises(UsageFault, match="several markets: fixed, mobile") as fault:
        explain(folder, "download_mean", "bt")
    assert fault.value.next_command == "qos explain 2021Q1 download_mean bt nation --market fixed"
    assert explain(folder, "download_mean", "bt", market="fixed").figure["market"] == "fixed"


def test_a_quarter_is_the_draft_and_a_vintage_the_release(workspace):
    for name in ("drafts/2021Q1", "releases/2021Q1-v1"):
        (workspace.root / name).mkdir(parents=True)
        (workspace.root / name / "release.json").write_text("{}", "utf-8")
    assert folder_of(workspace, "2021Q1") == folder_of(workspace, "2021q1") == workspace.drafts / "2021Q1"
    assert folder_of(workspace, "2021Q1-v1") == workspace.releases / "2021Q1-v1"


@pytest.mark.parametrize("name", ["2021Q2", "2021Q2-v1"])
def test_a_quarter_that_was_not_run_names_the_command_that_does(workspace, name):
    with pytest.raises(NotFound, match=f"no release or draft '{name}'") as fault:
        folder_of(workspace, name)
    assert fault.value.next_command == "qos run 2021Q2"


@pytest.mark.parametrize("name", ["", "2021", "2021Q5", "spring", "../2021Q1", "2021Q1-1", "2021Q1-v1/x"])
def test_what_is_no_quarter_is_refused(workspace, name):
    with pytest.raises(UsageFault, match="neither a quarter nor a release"):
        folder_of(workspace, name)


def test_a_figure_leads_to_its_cells_weights_sources_and_deliveries(draft):
    found = explain(draft, "download_geomean", "bt")
    assert found.figure["value"] > 0
    assert found.rank["rank_low"] <= found.rank["rank"] <= found.rank["rank_high"]
    cells = read_table(draft, CELLS)
    mine = cells[(cells["indicator"] == "download_geomean") & (cells["operator"] == "bt")]
    assert len(found.cells) == (mine["region"] != "nation").sum() > 0
    assert {c["source"] for c in found.cells} == {s["name"] for s in found.sources} == {"ofcom-panel"}
    assert sum(weight["weight"] for weight in found.weights) == pytest.approx(1)
    assert {c["region"] for c in found.cells} <= {weight["region"] for weight in found.weights}
    (delivery,) = found.deliveries
    assert delivery["file_name"] == "broadband_performance_2021.csv.gz"
    assert all(cell["deliveries"] == delivery["id"] for cell in found.cells)
    assert {row["source"] for row in found.flags} == {"ofcom-panel"}
    assert found.sources[0]["licence"].startswith("OGL")


def test_a_region_is_explained_by_its_own_cells(draft):
    found = explain(draft, "download_mean", "all", "nuts1:UKI")
    assert found.cells == found.own
    assert {cell["source"] for cell in found.own} == {"ofcom-panel", "ookla-nuts"}
    assert {row["source"] for row in found.effects} == {"ofcom-panel", "ookla-nuts"}


def test_all_operators_together_have_no_rank(draft):
    assert explain(draft, "download_geomean", "all").rank is None


def test_a_withheld_figure_still_says_what_there_is_and_what_is_needed(draft):
    found = explain(draft, "download_geomean", "vodafone")
    assert (found.figure["value"], found.figure["n_subjects"], found.subjects_needed) == (None, 8, 30)
    assert found.rank["rank_low"] is None
    assert found.own[0]["n_subjects"] == 8


def test_what_is_unknown_is_none_and_never_another_null(draft):
    found = explain(draft, "download_mean", "all")
    rows = [found.figure, *found.own, *found.cells, *found.weights, *found.effects, *found.flags]
    assert all(value == value for row in rows for value in row.values()), "NaN is not equal to itself"
    areas = next(row for row in found.own if row["source"] == "ookla-nuts")
    assert areas["n_subjects"] is None


def test_a_release_that_cannot_be_read_says_how_to_look_at_it(draft, tmp_path):
    folder = shutil.copytree(draft, tmp_path / "2021Q1")
    (folder / "release.json").write_text("{", "utf-8")
    with pytest.raises(QosError, match=r"release\.json") as fault:
        explain(folder, "download_mean", "bt")
    assert fault.value.next_command == f"qos verify {folder}"
