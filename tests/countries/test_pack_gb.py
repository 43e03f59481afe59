"""United Kingdom: three levels of areas, the panel's spellings, weights that equal the panel's sums."""

import csv
import datetime as dt
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from python_calamine import CalamineWorkbook

from qos.countries import Pack

DAY = dt.date(2021, 3, 1)


@pytest.fixture(scope="module")
def make_gb_weights() -> ModuleType:
    """The script that wrote weights.csv."""
    path = Path(__file__).with_name("make_gb_weights.py")
    spec = importlib.util.spec_from_file_location("make_gb_weights", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_twelve_regions_are_ranked(gb: Pack) -> None:
    assert [r.code for r in gb.ranking_regions(DAY)] == [f"nuts1:UK{letter}" for letter in "CDEFGHIJKLMN"]


def test_smaller_areas_roll_up_to_their_region(gb: Pack) -> None:
    levels = [sum(r.scheme == scheme for r in gb.regions.values()) for scheme in ("nuts2", "nuts3")]
    assert levels == [41, 179]
    for region in gb.regions.values():
        if region.scheme in ("nuts2", "nuts3"):
            assert gb.roll_up(region.code, DAY) == f"nuts1:{region.code[6:9]}"
    assert gb.roll_up("nuts3:UKC11", DAY) == "nuts1:UKC"


def test_the_whole_country_and_foreign_areas_roll_up_to_nothing(gb: Pack) -> None:
    assert gb.roll_up("nuts0:UK", DAY) is None
    assert gb.roll_up("nuts3:AL011", DAY) is None
    assert gb.roll_up("nation", DAY) is None


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("East", "nuts1:UKH"),
        ("East of England", "nuts1:UKH"),
        ("Yorkshire & Humberside", "nuts1:UKE"),
        ("Yorkshire and The Humber", "nuts1:UKE"),
        ("West Midlands", "nuts1:UKG"),
        ("Northern Ireland", "nuts1:UKN"),
        ("Darlington", "nuts3:UKC13"),
        ("Lincolnshire", None),
        ("Atlantis", None),
    ],
)
def test_a_region_is_found_in_the_spellings_of_the_sources(gb: Pack, spelling: str, code: str | None) -> None:
    assert gb.find_region(spelling, DAY) == code


@pytest.mark.parametrize(
    ("spelling", "operator"),
    [
        ("Virgin", "virgin-media"),
        ("Virgin Media", "virgin-media"),
        ("SKY", "sky"),
        ("Kcom", "kcom"),
        ("Karoo", "kcom"),
        ("Zen", "zen"),
        ("Zen Internet", "zen"),
        ("Vodafone UK", "vodafone"),
        ("EE 4GEEHome", "ee"),
        ("AAisp", "andrews-arnold"),
        ("Andrews & Arnold", "andrews-arnold"),
        ("Miscellaneous", None),
    ],
)
def test_an_operator_is_found_in_the_spellings_of_the_waves(
    gb: Pack, spelling: str, operator: str | None
) -> None:
    assert gb.find_operator(spelling, "fixed", DAY) == operator


@pytest.mark.parametrize(
    ("file", "column", "unknown"),
    [
        ("broadband2014.from-rda.csv", "ISP", {"Miscellaneous"}),
        ("broadband_performance_2021.csv", "ISP", set()),
    ],
)
def test_every_operator_of_a_wave_is_known(
    gb: Pack, shared_data: Path, file: str, column: str, unknown: set[str]
) -> None:
    with (shared_data / "uk-ofcom-panel" / file).open(encoding="utf-8-sig", newline="") as lines:
        named = {row[column] for row in csv.DictReader(lines)}
    assert {name for name in named if gb.find_operator(name, "fixed", DAY) is None} == unknown


def test_every_seller_of_the_products_of_2019_is_known(gb: Pack, shared_data: Path) -> None:
    path = shared_data / "uk-ofcom-panel" / "broadband_data_february_2019.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        sellers = {row["Ofcom product"].rpartition(" ")[0] for row in csv.DictReader(lines)}
    assert len(sellers) == 8
    assert None not in {gb.find_operator(name, "fixed", DAY) for name in sellers}


def test_every_operator_of_2023_is_known(gb: Pack, shared_data: Path) -> None:
    workbook = CalamineWorkbook.from_path(
        str(shared_data / "uk-ofcom-panel" / "panellist-data-march-23.xlsm")
    )
    header, *rows = workbook.get_sheet_by_index(0).to_python()
    named = {str(row[header.index("isp")]) for row in rows}
    assert len(named) == 41
    assert None not in {gb.find_operator(name, "fixed", dt.date(2023, 3, 1)) for name in named}


def test_the_weights_equal_the_panels_sums_of_its_national_weight(
    gb: Pack, shared_data: Path, make_gb_weights: ModuleType
) -> None:
    sums = make_gb_weights.sums(shared_data / "uk-ofcom-panel" / "broadband_performance_2021.csv", gb)
    assert (gb.folder / "weights.csv").read_text(encoding="utf-8") == make_gb_weights.table(sums)


def test_the_weights_of_the_nation_sum_to_one(gb: Pack) -> None:
    weights = gb.national_weights("fixed", DAY)
    assert list(weights) == [region.code for region in gb.ranking_regions(DAY)]
    assert sum(weight.weight for weight in weights.values()) == pytest.approx(1, abs=1e-12)
    assert {(weight.kind, weight.status) for weight in weights.values()} == {("panel", "final")}
    assert gb.national_weights("mobile", DAY) == {}


def test_parts_of_the_country_are_found_by_their_code_of_iso_3166(gb: Pack) -> None:
    """England is above nine ranked regions: its rows count for the nation and for none of them."""
    found = [gb.find_region(code, DAY) for code in ("GB-SCT", "GB-WLS", "GB-NIR", "GB-ENG")]
    assert found == ["nuts1:UKM", "nuts1:UKL", "nuts1:UKN", "iso:GB-ENG"]
    assert gb.roll_up("iso:GB-ENG", DAY) is None
    assert sum(region.parent == "iso:GB-ENG" for region in gb.regions.values()) == 9
