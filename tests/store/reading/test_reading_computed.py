"""Tables whose rows a source's own function takes apart, from CSV and Parquet."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qos.domain.declaration import Computed, Csv, Declaration, Flat
from qos.domain.errors import DeliveryFault
from qos.domain.expressions import constant
from qos.domain.source import Shape, Source, SourceKind
from qos.store.reading import Reading, read

SOURCE = Source(
    name="tiny-tables", title="Tiny", kind=SourceKind.APP, shape=Shape.MEASUREMENTS, licence="CC0-1.0"
)


def halves(row: Flat) -> Iterator[Flat]:
    """Two rows of one: each half of what was measured."""
    if row["mbps"] in ("", None):
        raise ValueError("nothing was measured")
    rest = {name: value for name, value in row.items() if name != "mbps"}
    for half in ("first", "second"):
        yield {**rest, "half": f"{row['id']} {half}", "rate": float(str(row["mbps"])) / 2}


HALVES = Computed(
    name="halves",
    rows=halves,
    takes=lambda row: "mbps" in row,
    keep={
        "measurement_id": "half",
        "measured_at": "at",
        "service": constant("fixed"),
        "download_mbps": "rate",
    },
    ignore=("id",),
)
WHOLE = Csv(
    name="whole",
    keep={
        "measurement_id": "id",
        "measured_at": "at",
        "service": constant("fixed"),
        "download_mbps": "rate",
    },
)
DECLARATION = Declaration(SOURCE, (WHOLE, HALVES))
AT = "2026-07-01T00:00:00Z"


@pytest.fixture(scope="module")
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def read_file(connection: duckdb.DuckDBPyConnection, path: Path) -> Reading:
    return read(connection, DECLARATION, path, delivery=path.name, period=None)


def rates(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[tuple[str, float]]:
    query = f"SELECT measurement_id, download_mbps FROM {reading.accepted} ORDER BY line"
    return connection.execute(query).fetchall()


@pytest.mark.parametrize("separator", [",", ";"])
def test_rows_of_a_csv_are_computed(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path, separator: str
) -> None:
    lines = ["id,at,mbps", f"a,{AT},10", f"b,{AT},3"]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines).replace(",", separator) + "\n")
    reading = read_file(opened, path)
    assert (reading.layout, reading.form, reading.counts) == ("halves", "csv", "row")
    assert rates(opened, reading) == [("a first", 5), ("a second", 5), ("b first", 1.5), ("b second", 1.5)]


def test_rows_of_a_parquet_file_are_computed(opened: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": ["a"], "at": [AT], "mbps": [10.0]}), path)
    reading = read_file(opened, path)
    assert (reading.layout, reading.form) == ("halves", "parquet")
    assert rates(opened, reading) == [("a first", 5), ("a second", 5)]


def test_a_table_of_another_layout_is_read_by_column(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"id,at,rate\na,{AT},10\n")
    reading = read_file(opened, path)
    assert (reading.layout, rates(opened, reading)) == ("whole", [("a", 10)])


def test_a_row_that_cannot_be_computed_and_one_of_another_width_are_rejected(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"id,at,mbps\na,{AT},10\n\nb,{AT},\nc,{AT},1,2\nd,{AT},\n")
    reading = read_file(opened, path)
    assert (reading.rows, reading.accepted_rows, reading.rejected_rows) == (5, 2, 3)
    query = f"SELECT reason FROM {reading.rejected} ORDER BY line"
    assert [reason for (reason,) in opened.execute(query).fetchall()] == [
        "nothing was measured",
        "another number of fields than the header",
        "nothing was measured",
    ]


def test_a_column_nobody_explained_stops_the_table(opened: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"id,at,mbps,colour\na,{AT},10,red\n")
    with pytest.raises(DeliveryFault, match="colour"):
        read_file(opened, path)


def test_a_column_that_stands_twice_stops_the_table(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"id,at,mbps,mbps\na,{AT},10,11\n")
    with pytest.raises(DeliveryFault, match=r"stand twice in the header: \['mbps'\]"):
        read_file(opened, path)


def test_a_long_name_that_stands_twice_is_shown_in_part(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path, name = tmp_path / "rows.csv", "x" * 100_000
    path.write_text(f"id,at,mbps,{name},{name}\na,{AT},10,11,12\n")
    with pytest.raises(DeliveryFault, match=r"stand twice in the header: \['x+…'\]") as fault:
        read_file(opened, path)
    assert len(str(fault.value)) < 500


def test_a_parquet_file_cut_short_is_stopped_with_a_reason(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": ["a"], "at": [AT], "mbps": [10.0]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DeliveryFault, match="cut short or damaged"):
        read_file(opened, path)


def test_a_quoted_field_without_its_end_is_stopped_with_a_reason(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"id,at,mbps\na,{AT},10\n" + '"' + "x" * 200_000)
    with pytest.raises(DeliveryFault, match="line"):
        read_file(opened, path)
