"""The FCC's tables: known by the names of their files, rates from the bytes of the last interval."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.store.reading import Reading, read

FIXTURES = Path(__file__).parent / "fixtures" / "samknows-mba"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def landed(connection: duckdb.DuckDBPyConnection, path: Path, name: str | None = None) -> Reading:
    return read(connection, sources.find("samknows-mba"), path, delivery=name or path.name, period=None)


def values(connection: duckdb.DuckDBPyConnection, reading: Reading, column: str) -> list[object]:
    found = connection.execute(f"SELECT {column} FROM {reading.accepted} ORDER BY line").fetchall()
    return [value for (value,) in found]


def test_the_sustained_rate_is_bytes_over_time_of_the_last_interval(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    path = FIXTURES / "curr_httpgetmt.csv"
    tests: dict[tuple[str, str], list[dict[str, str]]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["unit_id"] != "unit_id":
                tests.setdefault((row["unit_id"], row["dtime"]), []).append(row)
    reading = landed(connection, path)
    rates = values(connection, reading, "download_mbps")
    assert len(rates) == len(tests)
    for rate, intervals in zip(rates, tests.values(), strict=True):
        total, time = (_growth(intervals, name) for name in ("bytes_total", "fetch_time"))
        expected = 8 * total / time if time else None  # bits per microsecond are Mbit/s
        assert rate == (expected if expected is None else pytest.approx(expected, rel=1e-6))


def _growth(intervals: list[dict[str, str]], name: str) -> float:
    before = float(intervals[-2][name]) if len(intervals) > 1 else 0
    return float(intervals[-1][name]) - before


def test_a_rate_in_another_unit_than_its_bytes_is_flagged(connection: duckdb.DuckDBPyConnection) -> None:
    reading = landed(connection, FIXTURES / "curr_httpgetmt.csv")
    flags = connection.execute(f"SELECT subject, flags FROM {reading.accepted}").fetchall()
    assert {subject for subject, found in flags if found} == {"1004"}


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("curr_httpgetmt.csv", "download_mbps"),
        ("curr_httppostmt6.csv", "upload_mbps"),
        ("curr_httppost_2016_09.csv.gz", "upload_mbps"),
        ("CURR_HTTPGET.CSV", "download_mbps"),
    ],
)
def test_the_name_of_the_file_says_which_way_the_bytes_went(
    connection: duckdb.DuckDBPyConnection, name: str, metric: str
) -> None:
    reading = landed(connection, FIXTURES / "curr_httpgetmt.csv", name)
    assert metric in [row[0] for row in connection.execute(f"DESCRIBE {reading.accepted}").fetchall()]


def test_a_table_whose_name_says_nothing_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(DeliveryFault, match=r"'data\.csv' says which table"):
        landed(connection, FIXTURES / "curr_httpgetmt.csv", "data.csv")


@pytest.mark.parametrize(
    ("file", "layout"),
    [
        ("curr_httpget.csv", "httpget #unit_id"),
        ("curr_httppostmt_2014_03.csv", "httppostmt unit_id"),
        ("curr_httpgetmt.csv", "httpgetmt unit_id"),
    ],
)
def test_each_generation_of_headers_is_read(
    connection: duckdb.DuckDBPyConnection, file: str, layout: str
) -> None:
    reading = landed(connection, FIXTURES / file)
    assert reading.layout == layout
    assert reading.accepted_rows > 0
    assert reading.rejected_rows == 0


def test_a_delivery_without_header_of_another_width_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "curr_ping_2014_01.csv"
    path.write_text("1001,2014-01-03 02:00:00,host,14210,13500\n")
    with pytest.raises(DeliveryFault, match="columns nobody has explained"):
        landed(connection, path)


def test_rows_in_any_order_leave_the_same_tests(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    header, *lines = (FIXTURES / "curr_httpgetmt.csv").read_text().splitlines()
    path = tmp_path / "curr_httpgetmt.csv"
    path.write_text("\n".join([header, *reversed(lines)]) + "\n")
    query = "SELECT measurement_id, download_mbps FROM {} ORDER BY measurement_id"
    before = connection.execute(
        query.format(landed(connection, FIXTURES / "curr_httpgetmt.csv").accepted)
    ).fetchall()
    assert connection.execute(query.format(landed(connection, path).accepted)).fetchall() == before
