"""For files of which nobody said what they are: the source that fits, its period and service, or a reason."""

import json
from pathlib import Path

import pytest

from qos.domain.errors import DeliveryFault, NotFound
from qos.domain.quarter import Period
from qos.domain.source import SourceKind
from qos.pipeline.guessing import choose, files_in, period_of, service_of
from qos.pipeline.registry import declare
from qos.pipeline.trying import needed, try_delivery
from qos.store.declared import DeclaredSource
from tests.pipeline.conftest import EXAMPLES

AREAS = EXAMPLES / "gb" / "nuts_3_2021_1.csv"
PANEL = EXAMPLES / "gb" / "broadband_performance_2021.csv.gz"


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("fixed/hawaii_ookla_2022Q1.geojson.gz", "2022Q1"),
        ("type=fixed/year=2022/2022-04-01_performance_fixed_tiles.parquet", "2022Q2"),
        ("20241001T000000Z-20241101T000000Z/downloads/data.parquet", "2024-10"),
        ("broadband_data_february_2019.csv", "2019-02"),
        ("panellist-data-march-23.xlsm", "2023-03"),
        ("myspeed_2018-03.csv", "2018-03"),
        ("MySpeed_Mar2018.csv", "2018-03"),
        ("2021_q4/rows.csv", "2021Q4"),
        ("2021Q4/rows_2022Q1.csv", "2022Q1"),
        ("rows_2021Q4_2022Q1.csv", None),
        ("broadband_performance_2021.csv", None),
        ("rows-99.csv", None),
        ("decimal-2019.csv", None),
    ],
)
def test_a_period_is_what_the_nearest_part_of_a_path_says_once(path: str, period: str | None) -> None:
    assert period_of(Path(path)) == (Period.parse(period) if period else None)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("mobile/hawaii_2022Q1.geojson.gz", "mobile"),
        ("type=fixed/rows.parquet", "fixed"),
        ("2022-04-01_performance_mobile_tiles.parquet", "mobile"),
        ("mobile/fixed_2022.csv", "fixed"),
        ("mobile_and_fixed.csv", None),
        ("automobile/rows.csv", None),
    ],
)
def test_a_service_is_what_the_nearest_part_of_a_path_says_alone(path: str, service: str | None) -> None:
    assert service_of(Path(path)) == service


def test_folders_are_walked_in_order_and_hidden_files_left_out(tmp_path: Path) -> None:
    for name in ("b/2.csv", "a/1.csv", ".git/config", "b/.DS_Store", "c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = [str(file.relative_to(tmp_path)) for file in files_in([tmp_path, tmp_path / "c.csv"])]
    assert found == ["a/1.csv", "b/2.csv", "c.csv"]


def test_a_source_that_says_everything_itself_is_chosen_alone() -> None:
    choice = choose(None, AREAS, Period.parse("2000-01"), "fixed")
    assert (choice.source, choice.period, choice.service, choice.refused) == ("ookla-nuts", None, None, "")


def test_a_source_that_needs_a_period_gets_it_from_the_path_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "panel_march_2021.csv.gz"
    path.write_bytes(PANEL.read_bytes())
    choice = choose(None, path, None, None)
    assert (choice.source, choice.period) == ("ofcom-panel", Period.parse("2021-03"))
    assert "from its path" in choice.said
    given = choose(None, path, Period.parse("2021-04"), None)
    assert (given.period, given.said) == (Period.parse("2021-04"), "")


def test_a_period_that_nothing_says_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv.gz"
    path.write_bytes(PANEL.read_bytes())
    refused = choose(None, path, None, None).refused
    assert "nor its name says when it was measured" in refused
    assert f"qos ingest ofcom-panel {path} --period" in refused


def test_sources_that_fit_equally_are_named_and_none_is_taken(workspace, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("measurement_id,measured_at,service\nm1,2026-08-01T03:00:00Z,mobile\n")
    declare(workspace, DeclaredSource(name="example-app", like="canonical", kind=SourceKind.APP))
    choice = choose(workspace, path, None, None)
    assert choice.source == ""
    assert choice.refused.startswith("fits canonical, example-app equally")


TOPOLOGY = {"type": "Topology", "objects": {}, "arcs": []}
REGION = {"type": "Feature", "properties": {"name": "x"}, "geometry": {"type": "Polygon", "coordinates": []}}
NO_DELIVERIES = {
    "README.md": ("# Data\n\nOrigin: somewhere, a place\n", "a text or a list"),
    "prefixes.txt": ("# AS7552\n1.52.0.0/14\n", "a text or a list"),
    "map.topo.json": (json.dumps(TOPOLOGY), "a map (TopoJSON)"),
    "map.geojson": (json.dumps({"type": "FeatureCollection", "features": [REGION]}), "a map (GeoJSON)"),
    "codes.json": (
        json.dumps([{"mcc": "452", "mnc": "01", "brand": "x"}]),
        "no source knows its columns: mcc",
    ),
    "codes.csv": ("code,name,area\n1,Hue,5\n", "no source knows its columns: code, name, area"),
    "page.html": ("<html></html>", "an HTML or XML page"),
    "empty.csv": ("", "the file is empty"),
    "renamed.csv": (
        "measurement_id,measured_at,service,dowload_mbps\nm1,2026-08-01T03:00:00Z,mobile,5\n",
        "nearly canonical, but columns nobody has explained yet: ['dowload_mbps']; nearest known:",
    ),
}


@pytest.mark.parametrize(("name", "told"), [(n, told) for n, (_, told) in NO_DELIVERIES.items()])
def test_what_is_no_delivery_is_refused_for_one_reason(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / name).write_text(NO_DELIVERIES[name][0], "utf-8")
    choice = choose(None, tmp_path / name, None, None)
    assert choice.source == ""
    assert told in choice.refused


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        choose(None, tmp_path / "absent", None, None)


def test_what_a_stopped_delivery_lacks_is_told_column_by_column(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("measurement_id,measured_at,servise,x9\nm1,2026-08-01T03:00:00Z,mobile,1\n")
    with pytest.raises(DeliveryFault) as stopped:
        try_delivery(None, "canonical", path, None)
    lacks = needed(stopped.value)
    assert lacks["unexplained"] == [
        {"column": "servise", "nearest": "service"},
        {"column": "x9", "nearest": None},
    ]
    assert lacks["missing"] == ["service"]
    assert needed(DeliveryFault("s", "d", "damaged")) == {}
