"""Words that look at several columns, or at several rows, of a table."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos.domain.declaration import Csv, Declaration
from qos.domain.expressions import (
    constant,
    divide,
    equals,
    first_of,
    followed,
    negate,
    unequal,
    utc,
    where,
)
from qos.domain.source import Shape, Source, SourceKind
from qos.store.reading import Reading, read

SOURCE = Source(
    name="example-labs",
    title="Example Labs",
    kind=SourceKind.APP,
    shape=Shape.MEASUREMENTS,
    licence="CC0-1.0",
)
KEEP = {"measurement_id": "id", "measured_at": utc("at"), "service": constant("fixed")}
AT = "2026-08-01 03:00:00"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def landed(connection: duckdb.DuckDBPyConnection, layout: Csv, folder: Path, *lines: str) -> Reading:
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    return read(connection, Declaration(SOURCE, (layout,)), path, delivery=path.name, period=None)


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query).fetchall()


def test_a_value_may_hold_where_something_else_does(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rate = divide("kbps", 1e3)
    layout = Csv(
        keep={
            **KEEP,
            "download_mbps": where(rate, equals("way", "down")),
            "upload_mbps": where(rate, negate(equals("way", "down"))),
        }
    )
    lines = ["id,at,way,kbps", f"a,{AT},down,500", f"b,{AT},up,250", f"c,{AT},up,", f"d,{AT},up,fast"]
    reading = landed(connection, layout, tmp_path, *lines)
    found = rows(connection, f"SELECT download_mbps, upload_mbps FROM {reading.accepted} ORDER BY line")
    assert found == [(0.5, None), (None, 0.25), (None, None)]
    rejected = rows(connection, f'SELECT line, "column", reason, row_count FROM {reading.rejected}')
    assert rejected == [(5, "kbps", "not a number", 1)]  # named once, though two columns of ours use it


def test_the_first_value_that_is_there_counts(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    layout = Csv(keep={**KEEP, "signal_dbm": first_of("rsrp", "rssi")})
    lines = ["id,at,rsrp,rssi", f"a,{AT},-97,-70", f"b,{AT},,-70", f"c,{AT},,", f"d,{AT},,loud"]
    reading = landed(connection, layout, tmp_path, *lines)
    found = rows(connection, f"SELECT signal_dbm FROM {reading.accepted} ORDER BY line")
    assert found == [(-97,), (-70,), (None,)]
    assert reading.rejected_rows == 1


def test_columns_differ_only_where_both_speak(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    layout = Csv(keep=KEEP, flags={"roaming": unequal("net", "sim")})
    lines = ["id,at,net,sim", f"a,{AT},1,2", f"b,{AT},1,1", f"c,{AT},1,", f"d,{AT},,"]
    reading = landed(connection, layout, tmp_path, *lines)
    found = rows(connection, f"SELECT flags FROM {reading.accepted} ORDER BY line")
    assert found == [(["roaming"],), ([],), ([],), ([],)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 5)), min_size=1, max_size=20, unique=True))
def test_of_growing_intervals_the_last_is_left_in_any_order(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    intervals: list[tuple[str, int]],
) -> None:
    layout = Csv(keep=KEEP, unused={"an earlier interval": followed("number", group=["test"])})
    lines = [f"{test}{number},{AT},{test},{number}" for test, number in intervals]
    reading = landed(connection, layout, tmp_path, "id,at,test,number", *lines)
    found = rows(connection, f"SELECT measurement_id, line FROM {reading.accepted} ORDER BY line")
    tests = {test for test, _ in intervals}
    last = {f"{test}{max(number for name, number in intervals if name == test)}" for test in tests}
    assert {name for name, _ in found} == last
    assert all(lines[int(str(line)) - 2].startswith(f"{name},") for name, line in found)
    assert reading.unused_rows == len(intervals) - len(last)
