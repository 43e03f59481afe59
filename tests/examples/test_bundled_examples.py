"""The demo's data: complete, unchanged since they were copied, and under the licences they say."""

import csv
import datetime as dt
import gzip
import tomllib
from pathlib import Path
from typing import Any

import pytest

import qos.simulated
from qos import countries
from qos.domain.measurement import AGGREGATE_COLUMNS
from qos.domain.operator import check_slug
from qos.domain.quarter import Period, Quarter
from qos.domain.source import SourceKind
from qos.simulated import market, write_pack

EXAMPLES = Path(qos.simulated.__file__).parents[1] / "_examples"
SHARED = Path(__file__).parents[3] / "shared" / "data"
WORKSPACES: list[dict[str, Any]] = tomllib.loads((EXAMPLES / "examples.toml").read_text("utf-8"))["workspace"]


def _workspace(name: str) -> dict[str, Any]:
    return next(workspace for workspace in WORKSPACES if workspace["name"] == name)


def _bundled(kind: str) -> list[Path]:
    return sorted(path for path in (EXAMPLES / "gb").iterdir() if path.name.startswith(kind))


def test_the_demo_has_its_three_countries():
    assert [workspace["name"] for workspace in WORKSPACES] == ["gb", "vn", "simulated"]
    assert ["generate" in workspace for workspace in WORKSPACES] == [False, False, True]


@pytest.mark.parametrize("workspace", WORKSPACES, ids=lambda workspace: workspace["name"])
def test_what_the_manifest_says_can_be_done(workspace):
    check_slug(workspace["name"])
    assert set(workspace["title"]) == {"en", "vi"}
    assert [str(Quarter.parse(quarter)) for quarter in workspace["quarters"]] == workspace["quarters"]
    assert workspace["received_at"].tzinfo is not None
    assert all(Quarter.parse(q).end <= workspace["received_at"].date() for q in workspace["quarters"])
    for source in workspace.get("source", []):
        assert SourceKind(source["kind"])
        assert source["licence"]
    for delivery in workspace["delivery"]:
        assert "period" not in delivery or Period.parse(delivery["period"])


@pytest.mark.parametrize("name", ["gb", "vn"])
def test_every_bundled_file_is_landed_and_every_landed_file_is_bundled(name):
    named = {delivery["file"] for delivery in _workspace(name)["delivery"]}
    bundled = {f"{name}/{path.name}" for path in (EXAMPLES / name).iterdir() if path.name != "README.md"}
    assert named == bundled


def test_the_simulated_country_generates_the_files_that_are_landed():
    workspace = _workspace("simulated")
    simulated = market(**workspace["generate"], quarters=workspace["quarters"])
    named = [(delivery["source"], delivery["file"]) for delivery in workspace["delivery"]]
    assert sorted(named) == sorted((d.source, d.file_name) for d in simulated.deliveries)
    assert {source["name"]: source["kind"] for source in workspace["source"]} == {
        design.name: design.kind for design in simulated.sources
    }


def test_the_simulated_pack_is_what_the_generator_writes(tmp_path):
    simulated = market(**_workspace("simulated")["generate"], quarters=["2026Q1"])
    for path in write_pack(simulated.country, tmp_path):
        assert (EXAMPLES / "simulated" / "pack" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_simulated_pack_knows_every_way_its_sources_name_an_operator():
    pack, day = countries.load(EXAMPLES / "simulated" / "pack"), dt.date(2026, 2, 1)
    simulated = market(**_workspace("simulated")["generate"], quarters=["2026Q1"])
    app, browser, probe = (delivery.table.to_pandas() for delivery in simulated.deliveries)
    by_name = {pack.find_operator(name, "mobile", day) for name in app["operator_name"].unique()}
    by_asn = {pack.operator_by_asn(asn, "mobile", day) for asn in browser["asn"].unique().tolist()}
    assert by_name == by_asn == {*probe["operator"], None}
    assert {pack.find_region(name, day) for name in app["region_name"].unique()} == set(probe["region"])
    assert set(pack.national_weights("mobile", day)) == set(probe["region"])


@pytest.mark.parametrize("folder", ["gb", "vn", "simulated"])
def test_every_folder_says_its_licence_and_names_its_files(folder):
    text = (EXAMPLES / folder / "README.md").read_text("utf-8")
    assert "Licence:" in text
    assert "Left out" in text or folder == "simulated"


def test_the_notices_the_licences_ask_for_are_there():
    text = " ".join((EXAMPLES / "gb" / "README.md").read_text("utf-8").split())
    assert "Contains public sector information licensed under the Open Government Licence v3.0." in text
    assert "Ookla trademarks used under license and reprinted with permission" in text
    assert "CC BY-NC-SA 4.0 (**non-commercial**)" in text


def test_compressed_files_carry_no_time_stamp():
    for path in _bundled("broadband"):
        assert path.read_bytes()[4:8] == bytes(4), path.name


@pytest.mark.parametrize(
    ("file", "lines"),
    [("broadband_performance_2021.csv.gz", 3321), ("broadband_data_february_2019.csv.gz", 2180)],
)
def test_the_panel_has_the_lines_that_its_origin_counts(file, lines):
    with gzip.open(EXAMPLES / "gb" / file, "rt", encoding="utf-8-sig", newline="") as text:
        assert sum(1 for row in csv.reader(text) if any(row)) == lines + 1


def test_every_ookla_quarter_has_the_179_finest_areas_of_the_united_kingdom():
    for path in _bundled("nuts_3"):
        with path.open(encoding="utf-8", newline="") as text:
            assert sum(row["id"].startswith("UK") for row in csv.DictReader(text)) == 179, path.name


def test_bundled_files_are_those_of_the_origin_byte_for_byte():
    if not SHARED.is_dir():
        pytest.skip("the folder of original data beside the repository is absent")
    originals = {path.name: path for path in SHARED.rglob("*.csv")}
    for path in (*_bundled("broadband"), *_bundled("nuts")):
        content = path.read_bytes()
        original = originals[path.name.removesuffix(".gz")].read_bytes()
        assert (gzip.decompress(content) if path.suffix == ".gz" else content) == original


def test_the_published_figures_are_those_of_the_reports_with_nothing_filled_in():
    figures = {}
    for delivery in _workspace("vn")["delivery"]:
        with (EXAMPLES / delivery["file"]).open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                assert row["source"] == delivery["source"]
                assert row["statistic"] == "unknown"
                assert row["std_error"] == row["n_measurements"] == row["n_subjects"] == ""
                assert row["citation"]
                figures[row["publisher"], row["operator_name"]] = float(row["value"])
    assert figures == {
        ("ookla", "VinaPhone"): 594.16,
        ("ookla", "Viettel"): 421.61,
        ("ookla", "MobiFone"): 306.5,
        ("vnnic", "Viettel"): 483.0,
        ("vnnic", "VNPT"): 315.0,
        ("vnnic", "MobiFone"): 211.0,
    }


def test_published_files_have_the_columns_of_aggregates_with_the_operator_as_spelt():
    known = {column.name for column in AGGREGATE_COLUMNS} | {"publisher", "operator_name"}
    for path in (EXAMPLES / "vn").glob("*.csv"):
        assert set(path.read_text("utf-8").splitlines()[0].split(",")) == known - {"operator"}
