"""The United Kingdom on real data: one reference panel for operators, two sources for regions."""

import json

import pytest

from qos.domain.tables import ESTIMATES, RANKS
from qos.pipeline.check import check
from qos.pipeline.explain import explain
from qos.release import read_table

PANEL_MEANS = {
    "nuts1:UKH": 76.1, "nuts1:UKI": 105.8, "nuts1:UKL": 51.1, "nuts1:UKC": 83.1, "nuts1:UKD": 65.0,
    "nuts1:UKE": 83.2, "nuts1:UKF": 98.3, "nuts1:UKG": 68.0, "nuts1:UKJ": 90.2, "nuts1:UKK": 72.8,
    "nuts1:UKM": 76.0, "nuts1:UKN": 65.2,
}  # fmt: skip
"""National-weighted means of the wave of March 2021, summed by hand from the file (East, London, Wales as
the panel's own publication has them)."""


@pytest.fixture(scope="module")
def draft(gb):
    return gb.drafts / "2021Q1"


def _row(frame, **values):
    for column, value in values.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1, values
    return frame.iloc[0]


def test_explain_gives_every_regions_weighted_and_unweighted_panel_mean(draft):
    explanation = explain(draft, "download_mean", "all")
    panel = {cell["region"]: cell for cell in explanation.cells if cell["source"] == "ofcom-panel"}
    assert {region: round(cell["value"], 1) for region, cell in panel.items()} == PANEL_MEANS
    assert all(cell["value_unweighted"] > cell["value"] for cell in panel.values())


def test_the_national_panel_mean_is_79_weighted_and_161_unweighted(draft):
    (panel,) = [row for row in explain(draft, "download_mean", "all").own if row["source"] == "ofcom-panel"]
    assert round(panel["value"]) == 79
    assert round(panel["value_unweighted"]) == 161
    assert panel["n_subjects"] == 2356


def test_probes_without_national_weight_do_not_enter_and_are_counted(draft):
    flags = {row["flag"]: row["count"] for row in explain(draft, "download_mean", "all").flags}
    assert flags["no-weight"] == 961
    assert flags["zero-weight"] == 4


def test_operators_are_ranked_on_one_reference_panel_and_marked_so(draft):
    ranks = read_table(draft, RANKS)
    nation = ranks[(ranks["region"] == "nation") & (ranks["status"] != "withheld")]
    assert set(nation["operator"]) == {"bt", "virgin-media", "sky", "talktalk", "plusnet", "ee"}
    assert set(nation["status"]) == {"published"}
    assert set(nation["status_reason"]) == {"one-reference-panel"}


def test_the_wave_without_weights_is_no_reference_and_only_indicative(gb):
    ranks = read_table(gb.drafts / "2019Q1", RANKS)
    shown = ranks[ranks["status"] != "withheld"]
    assert set(shown["status"]) == {"indicative"}
    assert not shown["is_leader"].any()
    figures = read_table(gb.drafts / "2019Q1", ESTIMATES)
    national = figures[(figures["region"] == "nation") & (figures["operator"] != "all")]
    assert "published" not in set(national["status"])
    flags = {row["flag"]: row["count"] for row in explain(gb.drafts / "2019Q1", "download_mean", "all").flags}
    assert flags["unweighted"] == 2180


def test_vodafone_with_eight_weighted_lines_is_too_few(draft):
    figures = read_table(draft, ESTIMATES)
    row = _row(figures, indicator="download_geomean", operator="vodafone", region="nation")
    assert row["n_subjects"] == 8
    assert row["status"] == "withheld"
    assert "too-few" in row["status_reason"].split(";")


def test_kcom_is_ranked_only_in_yorkshire(draft):
    ranks = read_table(draft, RANKS)
    kcom = ranks[(ranks["operator"] == "kcom") & (ranks["indicator"] == "download_geomean")]
    assert set(kcom.loc[kcom["rank_low"].notna(), "region"]) == {"nuts1:UKE"}
    assert "regional" in kcom.loc[kcom["region"] == "nation", "status_reason"].item()


def test_regions_are_reconciled_from_both_sources(draft):
    figures = read_table(draft, ESTIMATES)
    regions = figures[(figures["operator"] == "all") & (figures["region"] != "nation")]
    regions = regions[regions["indicator"].isin(["download_geomean", "download_mean"])]
    assert set(regions["sources"]) == {"ofcom-panel;ookla-nuts"}
    assert set(regions["status"]) <= {"published", "indicative"}


def test_coarser_areas_of_a_source_are_landed_and_never_used(draft):
    own = [cell for cell in explain(draft, "download_mean", "all").cells if cell["source"] == "ookla-nuts"]
    assert sum(cell["n_inputs"] for cell in own) == 179


def test_licences_and_notices_travel_with_the_release(draft):
    release = json.loads((draft / "release.json").read_text("utf-8"))
    licences = {source["name"]: source["licence"] for source in release["sources"]}
    assert licences["ofcom-panel"].startswith("OGL")
    assert "NC" in licences["ookla-nuts"]
    assert all(source["notice"] for source in release["sources"])
    package = json.loads((draft / "datapackage.json").read_text("utf-8"))
    assert {licence["name"] for licence in package["licenses"]} == set(licences.values())


def test_nobody_is_ranked_on_fewer_than_thirty_subjects(draft):
    joined = read_table(draft, RANKS).merge(
        read_table(draft, ESTIMATES)[["indicator", "operator", "region", "n_subjects"]],
        on=["indicator", "operator", "region"],
    )
    assert (joined.loc[joined["status"] != "withheld", "n_subjects"] >= 30).all()
    assert check(draft) == []
