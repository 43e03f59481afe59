"""A plain table read with its types says what the careful reading says; what is not plain is left to that."""

import functools
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos import sources
from qos.domain.declaration import Csv, Declaration
from qos.domain.errors import DeliveryFault
from qos.domain.expressions import above, differs, divide, equals
from qos.domain.source import Shape, Source, SourceKind
from qos.store.reading import judging, read
from qos.store.reading.plain import read_plain

CANONICAL = sources.find("canonical")
HEADER = "measurement_id,measured_at,service,operator_name,subject,asn,server_on_net,download_mbps,loss_ratio"
GOOD = ("m", "2026-08-01T03:00:00Z", "mobile", "Viettel", "somebody", "7552", "true", "48.37", "0.0")
SPACES = ["\u00a0", "\u1680", "\u2003", "\u202f", "\u205f", "\u3000", " ", "\t"]
TEXTS = [
    "",
    "NA",
    "null",
    "Viễn thông",
    '"',
    '"quoted"',
    'a"b',
    '"a,b"',
    "a,b",
    "\ufeffx",
    "\0",
    "␀",
    "a\\b",
    "'",
]
TEXTS += [blank + "x" for blank in SPACES] + ["x" + blank for blank in SPACES] + SPACES
NUMBERS = [
    *("0", "-0", "007", "+1", "-1", "1e2", "1E+2", ".5", "5.", "1_000", "0x10", "1,5", "1.5.1", "1e400"),
    *("1e-400", "4.9e-324", "1e308", "inf", "-inf", "infinity", "nan", "NaN", "100000.0000001", "1e-320"),
    *("9007199254740993", "0.1000000000000000055511151231257827", "٣", "½", "1 000", "--1", "1e", "true"),
]
TIMES = [
    *("2026-08-01T03:00Z", "2026-08-01T03Z", "2026-08-01T03+07:00", "2026-08-01 03:00:00Z", "2026-08-01"),
    *("2026-08-01T03:00:00", "2026-08-01T03:00:00+07", "2026-08-01T03:00:00+0730", "2026-08-01T24:00:00Z"),
    *("2026-08-01T03:00:60Z", "2026-08-01T03:00:00.1234567Z", "2026-08-01T03:00:00.123Z", "20260801T030000Z"),
    *("2026-02-29T00:00:00Z", "1989-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "now"),
    *("2026-08-01T03:00:00z", "2026-08-01T03:00:00 Z", "1785553200", "2026-08-01T03:00:00+23:59", "infinity"),
]
CELLS = st.sampled_from([*TEXTS, *NUMBERS, *TIMES, *(number + " " for number in NUMBERS)])

OWN = Declaration(
    Source(name="own", title="Own", kind=SourceKind.APP, shape=Shape.MEASUREMENTS, licence="CC0-1.0"),
    (
        Csv(
            name="own",
            keep={
                "measurement_id": "measurement_id",
                "measured_at": "measured_at",
                "service": "service",
                "operator_name": "operator_name",
                "download_mbps": divide("download_mbps", 8),
                "loss_ratio": "loss_ratio",
                "asn": "asn",
            },
            reject={"too fast": above("download_mbps", 1000)},
            unused={"another operator": equals("operator_name", "na")},
            flags={"vpn": differs("server_on_net", "true")},
            ignore=("subject",),
        ),
    ),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def said(connection, declaration, path, least) -> list[object]:
    """All that a reading says; least: bytes from which a table may be read as a plain one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "read_plain", functools.partial(read_plain, least=least))
        reading = read(connection, declaration, path, delivery="rows.csv", period=None)
    tables = [
        connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
        for table in (reading.accepted, reading.rejected, reading.unused)
    ]
    counts = (reading.rows, reading.accepted_rows, reading.rejected_rows, reading.unused_rows)
    types = connection.execute(f"DESCRIBE {reading.accepted}").fetchall()
    return [
        counts,
        reading.first_rows,
        reading.kept_columns,
        reading.ignored_columns,
        types,
        *map(repr, tables),
    ]


def told(connection, declaration, path, least) -> object:
    """What a reading says, or why the delivery was stopped."""
    try:
        return said(connection, declaration, path, least)
    except DeliveryFault as fault:
        return str(fault)


def written(path: Path, rows: list[tuple[str, ...]], end: str = "\n") -> Path:
    path.write_bytes(end.join([HEADER, *map(",".join, rows), ""]).encode())
    return path


def of_one(place: int, cell: str) -> list[tuple[str, ...]]:
    """Three good rows, one cell of the middle one replaced."""
    return [GOOD, (*GOOD[:place], cell, *GOOD[place + 1 :]), GOOD]


def is_plain(connection, declaration, path) -> bool:
    """Whether the rows were taken as they lie in memory."""
    said(connection, declaration, path, 1)
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE temporary").fetchall()
    return ("reading_judged",) in views


def test_a_table_without_anything_odd_is_plain(connection, tmp_path) -> None:
    for declaration in (CANONICAL, OWN):
        assert is_plain(connection, declaration, written(tmp_path / "rows.csv", [GOOD, GOOD]))
        assert is_plain(connection, declaration, written(tmp_path / "rows.csv", [GOOD, GOOD], "\r\n"))


@pytest.mark.parametrize("cell", ['"mobile"', " mobile", "mobile\u3000", "satellite"])
def test_a_quote_a_blank_and_a_reject_are_not_plain(connection, tmp_path, cell) -> None:
    assert not is_plain(connection, CANONICAL, written(tmp_path / "rows.csv", of_one(2, cell)))


PLACES = {
    "texts": (TEXTS, 3),
    "ids": (TEXTS, 0),
    "numbers": (NUMBERS, 7),
    "whole": (NUMBERS, 5),
    "times": (TIMES, 1),
}


@pytest.mark.parametrize(("cells", "place"), PLACES.values(), ids=PLACES)
def test_an_odd_cell_is_read_as_the_careful_reading_reads_it(connection, tmp_path, cells, place) -> None:
    for cell in cells:
        path = written(tmp_path / "rows.csv", of_one(place, cell))
        assert told(connection, OWN, path, 1) == told(connection, OWN, path, 1 << 40), cell


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    odd=st.lists(st.tuples(st.integers(0, 5), st.integers(0, len(GOOD) - 1), CELLS), max_size=3),
    end=st.sampled_from(["\n", "\r\n"]),
    cut=st.integers(0, 30),
)
def test_any_table_is_read_as_the_careful_reading_reads_it(connection, tmp_path, odd, end, cut) -> None:
    rows = [list(GOOD) for _ in range(6)]
    for row, place, cell in odd:
        rows[row][place] = cell
    path = written(tmp_path / "rows.csv", [tuple(row) for row in rows], end)
    path.write_bytes(path.read_bytes()[: -cut or None])
    for declaration in (CANONICAL, OWN):
        assert told(connection, declaration, path, 1) == told(connection, declaration, path, 1 << 40)
