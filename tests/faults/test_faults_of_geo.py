"""What a user is told of each fault that the README of geo lists: codes, number formats, gaps, names."""

import csv
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from qos import methodology
from qos.countries import Pack, load
from qos.domain.errors import PackFault
from qos.domain.quarter import Quarter
from qos.domain.tables import CELLS
from qos.pipeline.weights import national_weights
from qos.release import read_table
from tests.faults.conftest import Told, Try

BEFORE, AFTER = dt.date(2025, 6, 30), dt.date(2026, 7, 1)


@pytest.fixture(scope="session")
def geo(shared_data: Path) -> Path:
    return shared_data / "geo"


def shapes(path: Path) -> list[dict[str, Any]]:
    """Properties of every area of a TopoJSON or GeoJSON file."""
    read = json.loads(path.read_text(encoding="utf-8"))
    areas = read.get("features") or [area for o in read["objects"].values() for area in o["geometries"]]
    return [area["properties"] for area in areas]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def faults_with(pack: Pack, folder: Path, file: str, lines: list[str]) -> tuple[str, ...]:
    """What `qos init --country FOLDER` says of a pack with this file in place of its own."""
    shutil.copytree(pack.folder, folder)
    (folder / file).write_text("\n".join([*lines, ""]), encoding="utf-8")
    with pytest.raises(PackFault) as refused:
        load(folder)
    return refused.value.faults


# ---- codes that are none


def test_own_numbers_of_a_map_are_unresolved_and_never_another_province(
    geo: Path, vn: Pack, workspace, deliver, told: Told
) -> None:
    """`VN01` is An Giang there, and `VN-01` is Lai Châu in ISO 3166-2."""
    path = geo / "vn-34" / "diaphantinhvn_merged_from_geojson.topo.json"
    codes = [area["code"] for area in shapes(path)]
    assert (len(codes), codes[0]) == (34, "VN01")
    report = deliver(workspace, [_test(code, region_name=code) for code in codes])
    assert "flag: 34 region-unresolved" in told(report)
    assert vn.find_region("VN-01", AFTER) == "gso34:12"


def test_one_code_for_all_63_provinces_is_unresolved_and_their_names_are_found(
    geo: Path, vn: Pack, workspace, deliver, told: Told
) -> None:
    areas = shapes(geo / "vn-63" / "diaphantinh_63_fixednames.topo.json")
    assert {area["code"] for area in areas} == {"AD01"}
    report = deliver(workspace, [_test("by-code", region_name="AD01", measured_at="2025-06-01T00:00:00Z")])
    assert "flag: 1 region-unresolved" in told(report)
    assert len({vn.find_region(area["ten_tinh"], BEFORE) for area in areas} - {None}) == 63


def test_a_pack_of_regions_that_share_one_code_is_refused_line_by_line(
    geo: Path, vn: Pack, tmp_path: Path
) -> None:
    areas = shapes(geo / "vn-63" / "diaphantinh_63_fixednames.topo.json")
    lines = (vn.folder / "regions.csv").read_text(encoding="utf-8").splitlines()
    width = lines[0].count(",") - 4
    bad = [f"gso63:{a['code']},{a['ten_tinh']},{a['ten_tinh']},,province{',' * width}" for a in areas]
    faults = faults_with(vn, tmp_path / "vn", "regions.csv", [*lines, *bad])
    first = len(lines) + 1
    twice = [fault for fault in faults if "duplicate of line" in fault]
    assert twice[0] == f"regions.csv:{first + 1}: duplicate of line {first}: gso63:AD01"
    assert f"regions.csv:{first + 62}: duplicate of line {first}: gso63:AD01" in twice


def test_a_sheet_without_a_header_row_is_told_by_its_first_line(geo: Path, vn: Pack, tmp_path: Path) -> None:
    book = CalamineWorkbook.from_path(str(geo / "vn-34" / "VN 34 provinces & mapping vTC.xlsx"))
    provinces = [str(row[0]) for row in book.get_sheet_by_name("Provinces").to_python()]
    faults = faults_with(vn, tmp_path / "vn", "regions.csv", provinces)
    assert "regions.csv:1: column is unknown: 'An Giang'" in faults
    assert any(fault.startswith("regions.csv:1: column is missing: region") for fault in faults)


# ---- numbers


def test_a_population_with_points_between_thousands_is_no_number_and_named_by_line(
    geo: Path, vn: Pack, tmp_path: Path
) -> None:
    """One point alone cannot be told from a decimal point: `555.809` is read as it stands."""
    rows = rows_of(geo / "vn-34" / "sapnhap.bando.com.vn_province_2025-07-17.csv")
    header = "region,market,operator,weight,kind,status,origin"
    lines = [
        f"gso34:{int(row['mahc']):02d},mobile,,{row['dansonguoi']},population,provisional,x" for row in rows
    ]
    faults = faults_with(vn, tmp_path / "vn", "weights.csv", [header, *lines])
    assert "weights.csv:2: weight: not a number: '8.718.000'" in faults
    points = [number for number, row in enumerate(rows, 2) if row["dansonguoi"].count(".") > 1]
    assert [fault for fault in faults if "not a number" in fault] == [
        f"weights.csv:{number}: weight: not a number: '{rows[number - 2]['dansonguoi']}'" for number in points
    ]
    assert len(points) > 25


def test_a_number_with_a_decimal_comma_is_named_by_line_and_column(geo: Path, try_text: Try) -> None:
    rows = rows_of(geo / "vn-34" / "sapnhap.bando.com.vn_province_2025-07-17.csv")
    assert rows[0]["dientichkm2"] == "3.359,80"
    line = f'2025Q3,fixed,download_mbps,mean,"{rows[0]["dientichkm2"]}"'
    result = try_text("canonical-aggregates", ["period,service,metric,statistic,value", line])
    assert result["rejected"] == [
        {"reason": "not a number", "column": "value", "rows": 1, "line": 2, "value": "3.359,80"}
    ]


# ---- what is missing


def test_a_population_that_is_empty_for_two_regions_is_told(geo: Path, gb: Pack, tmp_path: Path) -> None:
    rows = rows_of(geo / "uk" / "uk_region_population.csv")
    assert [row["name"] for row in rows if not row["pop_2021"]] == ["Scotland", "Northern Ireland"]
    header = "region,market,operator,weight,kind,status,origin"
    lines = [
        f"{gb.find_region(row['name'], AFTER)},fixed,,{row['pop_2021']},population,final,census"
        for row in rows
    ]
    assert faults_with(gb, tmp_path / "empty", "weights.csv", [header, *lines]) == (
        "weights.csv:12: weight is empty",
        "weights.csv:13: weight is empty",
    )
    kept = [line for line in lines if ",,,population" not in line]
    assert faults_with(gb, tmp_path / "left out", "weights.csv", [header, *kept]) == (
        "weights.csv:2: market fixed has no weight for nuts1:UKM, nuts1:UKN",
    )


def test_weights_of_departments_that_nobody_gives_are_measured_and_say_so(colombian_draft: Path) -> None:
    """The population of Colombia's departments was not found."""
    edition = methodology.load().edition
    cells = read_table(colombian_draft, CELLS)
    cells = cells[cells["indicator"] == "download_mean"].assign(indicator=edition.headline)
    weights = national_weights(load("co"), "mobile", Quarter(2021, 4), cells, edition)
    assert len(weights) == 33
    assert {tuple(row) for row in weights[["kind", "status", "origin"]].to_numpy()} == {
        ("measured", "provisional", "subjects of all operators measured in 2021Q4")
    }


# ---- names


def test_every_name_of_the_63_is_found_with_its_kind_before_it(geo: Path, vn: Pack) -> None:
    rows = rows_of(geo / "vn-63" / "63_provinces_location_province_2025-07-24.csv")
    assert all(" – " in row["bounds"] for row in rows)
    found = {vn.find_region(row["address"], BEFORE) for row in rows}
    assert len(found - {None}) == len(rows) == 63


def test_every_name_of_the_british_map_is_found_under_its_region(geo: Path, gb: Pack) -> None:
    names = [area["rgn19nm"] for area in shapes(geo / "uk" / "uk_regions.geojson")]
    assert "Yorkshire & Humberside" in names
    assert len({gb.find_region(name, AFTER) for name in names} - {None}) == 12


def test_a_name_that_nobody_knows_is_flagged_and_kept(workspace, deliver, told: Told) -> None:
    report = deliver(workspace, [_test("m-1", region_name="Atlantis")])
    assert told(report)[1:] == ["flag: 1 region-unresolved"]
    assert report.flags == {"region-unresolved": 1}


def _test(name: str, **more: str) -> dict[str, str]:
    """One test of a phone of Viettel."""
    row = {"measurement_id": name, "measured_at": "2026-08-01T03:00:00Z", "service": "mobile",
           "operator": "viettel", "download_mbps": "50"}  # fmt: skip
    return row | more
