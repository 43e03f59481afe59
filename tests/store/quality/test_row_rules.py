"""Rules on one row: each fires on its case and lets an ordinary row be."""

import datetime as dt
from typing import Any

import duckdb
import pytest

from qos.domain.flags import FLAGS, Grain
from qos.store.quality.limits import LIMITS, RELEASES
from qos.store.quality.row_rules import ROW_RULES, SIMULATED_PLACES, RowRule, rules_of_country

VIETNAM = rules_of_country(mobile_country_codes={"452"}, box=(102.1, 6.9, 117.0, 23.4))

PHONE: dict[str, Any] = {
    "service": "mobile", "access": "cellular", "technology": "4g", "method": "ndt7, one stream",
    "measured_at": dt.datetime(2026, 8, 1, 3), "device_model": "SM-S928B", "mcc_mnc": "452-04",
    "latitude": 21.03, "longitude": 105.85, "region_code": "gso34:01",
    "download_mbps": 50.5, "upload_mbps": 12.0, "latency_ms": 20.0,
}  # fmt: skip
LINE = PHONE | {"service": "fixed", "access": "ethernet", "technology": "dsl", "mcc_mnc": None}

_TYPES = {float: "DOUBLE", str: "VARCHAR", dt.datetime: "TIMESTAMP"}


def fired(row: dict[str, Any], rules: tuple[RowRule, ...] = VIETNAM) -> set[str]:
    """The flags that a row gets; columns that are null everywhere stay typed."""
    columns = ", ".join(f"CAST(${name} AS {_TYPES[type(PHONE[name])]}) AS {name}" for name in PHONE)
    raised = ", ".join(f"coalesce({rule.condition}, false)" for rule in rules)
    with duckdb.connect() as connection:
        (found,) = connection.execute(f"SELECT {raised} FROM (SELECT {columns})", row).fetchall()
    return {rule.flag for rule, fires in zip(rules, found, strict=True) if fires}


@pytest.mark.parametrize("row", [PHONE, LINE], ids=["phone", "line"])
def test_an_ordinary_row_raises_no_flag(row: dict[str, Any]) -> None:
    assert fired(row) == set()


def test_a_row_of_which_nothing_is_known_raises_no_flag() -> None:
    assert fired(dict.fromkeys(PHONE)) == set()


def test_no_other_country_is_suspected_where_the_country_is_not_known() -> None:
    assert fired(PHONE | {"mcc_mnc": "457-01", "latitude": 48.2, "region_code": None}, ROW_RULES) == set()


CASES: list[tuple[str, dict[str, Any]]] = [
    ("beyond-technology", PHONE | {"download_mbps": 2400.0}),
    ("beyond-technology", PHONE | {"technology": "3g", "upload_mbps": 30.0}),
    ("beyond-technology", PHONE | {"technology": "3g", "latency_ms": 4.0}),
    ("directions-swapped", LINE | {"download_mbps": 8.0, "upload_mbps": 220.0}),
    ("simulator", PHONE | {"device_model": "sdk_gphone64_arm64"}),
    ("simulator", PHONE | {"device_model": "x86_64"}),
    ("before-release", PHONE | {"measured_at": dt.datetime(2010, 1, 1)}),
    ("before-release", PHONE | {"technology": "5g-sa", "measured_at": dt.datetime(2019, 12, 31)}),
    ("position-elsewhere", PHONE | {"mcc_mnc": "457-01"}),
    ("position-elsewhere", PHONE | {"mcc_mnc": "45701"}),
    ("position-elsewhere", PHONE | {"latitude": 48.2, "longitude": 16.4, "region_code": None}),
    ("wifi-line", LINE | {"access": "wifi"}),
    ("wifi-not-mobile", PHONE | {"access": "wifi"}),
]  # fmt: skip


@pytest.mark.parametrize(("flag", "row"), CASES, ids=[f"{flag}-{i}" for i, (flag, _) in enumerate(CASES)])
def test_a_rule_fires_on_its_case(flag: str, row: dict[str, Any]) -> None:
    assert flag in fired(row)


def test_every_rule_has_a_case_in_its_declaration_and_in_these_tests() -> None:
    assert {rule.flag for rule in VIETNAM} == {flag for flag, _ in CASES}
    assert all(FLAGS[rule.flag].case for rule in VIETNAM)


@pytest.mark.parametrize("place", SIMULATED_PLACES.values(), ids=SIMULATED_PLACES)
def test_a_simulators_default_position_is_known_to_four_decimals(place: tuple[float, float]) -> None:
    latitude, longitude = (round(degrees, 4) for degrees in place)
    assert "simulator" in fired(PHONE | {"latitude": latitude, "longitude": longitude})


def test_a_phone_a_street_away_from_such_a_position_is_a_phone() -> None:
    assert "simulator" not in fired(PHONE | {"latitude": 37.7868, "longitude": -122.4064})


def test_a_boat_near_the_coast_is_not_elsewhere() -> None:
    assert fired(PHONE | {"latitude": 6.75, "longitude": 104.8, "region_code": None}) == set()


def test_an_unreadable_network_code_is_not_another_country() -> None:
    assert fired(PHONE | {"mcc_mnc": "unknown"}) == set()


@pytest.mark.parametrize("technology", LIMITS)
def test_the_very_best_of_a_technology_is_believed(technology: str) -> None:
    best = LIMITS[technology]
    values = {name: getattr(best, name) for name in ("download_mbps", "upload_mbps", "latency_ms")}
    assert fired(PHONE | values | {"technology": technology, "access": None, "service": None}) == set()


@pytest.mark.parametrize("technology", LIMITS)
def test_a_rate_in_kilobits_is_beyond_every_technology_that_gives_a_hundredth_of_its_best(
    technology: str,
) -> None:
    usual = LIMITS[technology].download_mbps / 100
    row = dict.fromkeys(PHONE) | {"technology": technology}
    assert fired(row | {"download_mbps": usual}) == set()
    assert fired(row | {"download_mbps": usual * 1000}) == {"beyond-technology"}


@pytest.mark.parametrize(("column", "text"), RELEASES)
def test_the_first_day_of_a_release_is_not_before_it(column: str, text: str) -> None:
    day, _why = RELEASES[(column, text)]
    first = dt.datetime.combine(day, dt.time())
    row = dict.fromkeys(PHONE) | {column: text}
    assert fired(row | {"measured_at": first}) == set()
    assert fired(row | {"measured_at": first - dt.timedelta(seconds=1)}) == {"before-release"}


def test_a_rule_on_a_row_cannot_raise_a_flag_of_another_grain() -> None:
    assert FLAGS["campaign"].grain is Grain.QUARTER
    with pytest.raises(ValueError, match="campaign is not decided on one row"):
        RowRule("campaign", (), "true")
