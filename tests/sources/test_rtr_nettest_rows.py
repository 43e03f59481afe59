"""RTR-NetTest rows: known by the names of their columns, and nothing is derived from swapped ones."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.store.reading import Reading, read

FIXTURES = Path(__file__).parent / "fixtures" / "rtr-nettest"
ROW = {
    "open_test_uuid": "O1",
    "time_utc": "2026-05-02 08:11:00",
    "cat_technology": "4G",
    "network_type": "LTE",
    "download_kbit": "85210",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def landed(connection: duckdb.DuckDBPyConnection, path: Path) -> Reading:
    return read(connection, sources.find("rtr-nettest"), path, delivery=path.name, period=None)


def one(connection: duckdb.DuckDBPyConnection, folder: Path, **more: str) -> dict[str, Any]:
    """What a CSV of one row gives."""
    text, row = io.StringIO(), {**ROW, **more}
    writer = csv.DictWriter(text, fieldnames=list(row))
    writer.writeheader()
    writer.writerow(row)
    path = folder / "row.csv"
    path.write_text(text.getvalue())
    found = connection.execute(f"SELECT * FROM {landed(connection, path).accepted}")
    names = [column[0] for column in found.description or ()]
    return dict(zip(names, found.fetchall()[0], strict=True))


def test_columns_may_be_absent_and_in_any_order(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    row = one(connection, tmp_path)
    assert (row["download_mbps"], row["service"], row["technology"]) == (85.21, "mobile", "4g")


@pytest.mark.parametrize(
    ("category", "network", "service", "access", "technology"),
    [
        ("5G", "NR NSA", "mobile", "cellular", "5g-nsa"),
        ("5G", "NR", "mobile", "cellular", "5g-sa"),
        ("4G", "LTE NR avail", "mobile", "cellular", "4g"),
        ("3G/4G", "3G/4G", "mobile", "cellular", None),
        ("WLAN", "WLAN", "fixed", "wifi", None),
        ("Ethernet", "Ethernet", "fixed", "ethernet", None),
        ("LAN", "LAN", "fixed", None, None),
    ],
)
def test_the_kind_of_network_says_what_was_measured(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    category: str,
    network: str,
    service: str,
    access: str | None,
    technology: str | None,
) -> None:
    row = one(connection, tmp_path, cat_technology=category, network_type=network)
    assert (row["service"], row["access"], row["technology"]) == (service, access, technology)


def test_swapped_cell_columns_change_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    right = one(connection, tmp_path, cell_area_code="4602", cell_location_id="28705539")
    swapped = one(connection, tmp_path, cell_area_code="28705539", cell_location_id="4602")
    assert right == swapped


def test_the_simulator_that_its_publisher_passed_is_flagged(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    reading = landed(connection, FIXTURES / "netztest-opendata-2021-11.csv")
    query = f"SELECT measurement_id FROM {reading.accepted} WHERE list_contains(flags, 'simulator')"
    assert connection.execute(query).fetchall() == [("Oe653ab6b-ab71-4dc0-b634-69c7db594562",)]


def test_a_level_is_kept_of_cells_and_not_of_a_wlan(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert one(connection, tmp_path, signal_strength="-81")["signal_dbm"] == -81
    assert one(connection, tmp_path, signal_strength="-81", lte_rsrp="-97")["signal_dbm"] == -97
    wlan = one(connection, tmp_path, signal_strength="-48", cat_technology="WLAN", network_type="WLAN")
    assert wlan["signal_dbm"] is None


def test_a_card_of_another_network_roams(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    networks = {"network_mcc_mnc": "232-01", "sim_mcc_mnc": "262-02"}
    assert one(connection, tmp_path, **networks)["flags"] == ["roaming"]
    assert one(connection, tmp_path, network_mcc_mnc="232-01", sim_mcc_mnc="")["flags"] == []


def test_the_workbook_gives_what_the_table_gives(connection: duckdb.DuckDBPyConnection) -> None:
    columns = "download_mbps, latency_ms, signal_dbm, asn, method"
    queries = []
    for name in ("netztest-opendata-2021-12.xlsx", "netztest-opendata-2026-05.csv"):
        accepted = landed(connection, FIXTURES / name).accepted
        queries.append(connection.execute(f"SELECT {columns} FROM {accepted}").fetchall())
    assert queries[0] == queries[1]
