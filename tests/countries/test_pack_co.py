"""Colombia: departments in two languages, Avantel melting into WOM, no weights and no boundaries."""

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pytest

from qos.countries import Pack

DAY, LATER = dt.date(2021, 12, 31), dt.date(2022, 1, 1)


def test_there_are_32_departments_and_bogota(co: Pack) -> None:
    levels = [region.level for region in co.ranking_regions(DAY)]
    assert levels.count("department") == 32
    assert levels.count("capital-district") == 1


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("Antioquia, Colombia", "dane:05"),
        ("Bogota, Colombia", "dane:11"),
        ("BOGOTÁ, D.C.", "dane:11"),
        ("Cauca Department, Colombia", "dane:19"),
        ("Valle del Cauca, Colombia", "dane:76"),
        ("Narino, Colombia", "dane:52"),
        ("North Santander, Colombia", "dane:54"),
        ("NORTE DE SANTANDER", "dane:54"),
        ("Santander Department, Colombia", "dane:68"),
        ("Departamento del Meta", "dane:50"),
        ("San Andrés and Providencia, Colombia", "dane:88"),
        ("SAN ANDRES Y PROVIDENCIA", "dane:88"),
        ("Caquetá", "dane:18"),
        ("Cali, Cali, Valle del Cauca, Colombia", None),
        ("Armenia, Armenia, Quindio, Colombia", None),
        ("Colombia", None),
    ],
)
def test_a_department_is_found_in_both_languages(co: Pack, spelling: str, code: str | None) -> None:
    assert co.find_region(spelling, DAY) == code


def test_every_department_of_the_regulators_tables_is_found(co: Pack, shared_data: Path) -> None:
    named = set()
    for path in sorted((shared_data / "co-crc-speedtest" / "Bases_Movil" / "Departamentos").glob("*.csv")):
        text = path.read_text(encoding="utf-8-sig")
        separator = ";" if text.split("\n", 1)[0].count(";") else ","
        named |= {row["Location"] for row in csv.DictReader(io.StringIO(text), delimiter=separator)}
    found = {name: co.find_region(name, DAY) for name in named if name}
    assert len(set(found.values())) == 33
    assert {name for name, code in found.items() if code is None} <= {"Colombia"}


def test_every_department_of_the_map_is_found_under_its_own_code(co: Pack, shared_data: Path) -> None:
    features = json.loads((shared_data / "geo" / "co" / "Colombia.geo.json").read_text(encoding="utf-8"))[
        "features"
    ]
    for properties in (feature["properties"] for feature in features):
        assert co.find_region(properties["NOMBRE_DPT"], DAY) == f"dane:{int(properties['DPTO']):02d}"


def test_etb_is_one_operator_under_two_names(co: Pack) -> None:
    assert co.find_operator("ETB (MVNO)", "mobile", DAY) == co.find_operator("ETB", "fixed", DAY) == "etb"


def test_avantel_is_an_operator_until_it_is_wom(co: Pack) -> None:
    assert co.find_operator("Avantel", "mobile", DAY) == "avantel"
    assert co.find_operator("Avantel", "mobile", LATER) == "wom"
    assert not co.operators["avantel"].valid_on(LATER)


def test_all_providers_are_no_operator(co: Pack) -> None:
    for name in ("All Providers Combined", "All providers combined", "all", ""):
        assert co.find_operator(name, "mobile", DAY) is None


def test_weights_come_from_the_data_and_no_boundaries_are_bundled(co: Pack) -> None:
    assert co.national_weights("mobile", DAY) == {}
    assert co.boundaries is None


def test_every_department_is_found_by_its_code_of_iso_3166(co: Pack) -> None:
    day = dt.date(2021, 10, 1)
    codes = [row for row in co.region_names if row.origin == "ISO 3166-2:CO"]
    assert {row.region for row in codes} == {region.code for region in co.ranking_regions(day)}
    assert len({co.find_region(row.spelling, day) for row in codes}) == 33
    found = [co.find_region(code, day) for code in ("CO-ANT", "co-dc", "CO-VAC", "CO-CHO", "CO-ZZZ")]
    assert found == ["dane:05", "dane:11", "dane:76", "dane:27", None]
