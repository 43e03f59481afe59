"""A large file read piece by piece says what it says read at once."""

import functools
import itertools
import json

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos import sources
from qos.domain.declaration import Declaration, Rows
from qos.domain.errors import DeliveryFault
from qos.domain.source import Shape, Source, SourceKind
from qos.store import reading
from qos.store.reading import content, judging, pieces, read
from qos.store.reading.pieces import read_pieces

CANONICAL = sources.find("canonical")
OPEN = Declaration(
    Source("open", "Takes a column of any name", SourceKind.APP, Shape.MEASUREMENTS, "none stated"),
    (
        Rows(
            keep={name: name for name in ("measurement_id", "measured_at", "service", "latency_ms")},
            ignore={"says nothing": ("file_row_number",)},
        ),
    ),
)
HEADER = "measurement_id,measured_at,service,server,latency_ms"
SERVERS = st.sampled_from(["plain", '"a, b"', '"two\nlines"', '"quo""te"', ""])
LATENCIES = st.sampled_from(["5", "-1", "x", "", "5,surplus"])


def said(connection, reading):
    return [
        connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
        for table in (reading.accepted, reading.rejected, reading.unused)
    ]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(SERVERS, LATENCIES), min_size=20, max_size=60), piece=st.integers(100, 500))
def test_a_table_in_pieces_is_the_table(connection, tmp_path, rows, piece) -> None:
    lines = [f"m{n},2026-08-01T03:00:00Z,mobile,{server},{ms}" for n, (server, ms) in enumerate(rows)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([HEADER, *lines]), "utf-8")
    whole = read(connection, CANONICAL, path, delivery="rows.csv", period=None)
    expected = (whole.rows, said(connection, whole))
    pieces = [
        (reading.rows, said(connection, reading))
        for reading, _done in read_pieces(
            connection, CANONICAL, path, delivery="rows.csv", period=None, piece=piece
        )
    ]
    together = [sorted(itertools.chain(*(one[place] for _, one in pieces)), key=str) for place in range(3)]
    assert len(pieces) > 1
    assert sum(rows for rows, _ in pieces) == expected[0]
    assert together == [sorted(rows, key=str) for rows in expected[1]]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize("bad", [(), (31,), (0, 59)], ids=["all plain", "one bad row", "first and last bad"])
def test_plain_pieces_and_careful_ones_are_the_whole(connection, tmp_path, monkeypatch, form, bad) -> None:
    """A piece that is not plain is read carefully, from a file that is there for it alone."""
    rows = [
        {
            "measurement_id": f"m{n}",
            "measured_at": "2026-08-01T03:00:00Z",
            "service": "mobile",
            "latency_ms": "fast" if n in bad else n + 0.5,
        }
        for n in range(60)
    ]
    path = tmp_path / f"rows.{form}"
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path.write_text("\n".join(map(json.dumps, rows) if form == "ndjson" else lines), "utf-8")
    whole = read(connection, CANONICAL, path, delivery=path.name, period=None)
    expected = (whole.first_rows, said(connection, whole))
    plainly = []

    def noted(function):
        def reads(*given):
            plain = function(*given, least=1)
            plainly.append(plain is not None)
            return plain

        return reads

    monkeypatch.setattr(judging, "read_plain", noted(judging.read_plain))
    monkeypatch.setattr(judging, "read_plain_lines", noted(judging.read_plain_lines))
    monkeypatch.setattr(reading, "may_be_plain", functools.partial(reading.may_be_plain, least=1))
    found = [
        (one.first_rows, said(connection, one))
        for one, _done in read_pieces(
            connection, CANONICAL, path, delivery=path.name, period=None, piece=1000, scratch=tmp_path / "s"
        )
    ]
    together = [sorted(itertools.chain(*(one[place] for _, one in found)), key=str) for place in range(3)]
    assert together == [sorted(one, key=str) for one in expected[1]]
    assert found[0][0] == expected[0]
    assert len(found) > 2
    assert plainly.count(True) == len(found) - len(bad)
    assert not list((tmp_path / "s").iterdir())


def test_lines_in_pieces_are_the_lines(connection, tmp_path) -> None:
    path = tmp_path / "rows.ndjson"
    rows = [
        f'{{"measurement_id": "m{n}", "measured_at": "2026-08-01T03:00:00Z", "service": "mobile"}}'
        if n % 7
        else "[broken"
        for n in range(60)
    ]
    path.write_text('{"measurement_id": "first"}\n' + "\n".join(rows), "utf-8")
    whole = read(connection, CANONICAL, path, delivery="rows.ndjson", period=None)
    expected = said(connection, whole)
    pieces = [
        said(connection, reading)
        for reading, _done in read_pieces(
            connection, CANONICAL, path, delivery="rows.ndjson", period=None, piece=1000
        )
    ]
    assert len(pieces) > 1
    together = [sorted(itertools.chain(*(one[place] for one in pieces)), key=str) for place in range(3)]
    assert together == [sorted(rows, key=str) for rows in expected]


@pytest.mark.parametrize("column", ["server", "file_row_number"])
def test_rows_of_parquet_in_pieces_are_the_rows(connection, tmp_path, monkeypatch, column) -> None:
    """A file that has a column of the name by which rows are counted is read whole."""
    path = tmp_path / "rows.parquet"
    connection.execute(
        f"""
        COPY (
            SELECT 'm' || i AS measurement_id, TIMESTAMPTZ '2026-08-01 03:00:00+00' AS measured_at,
                'mobile' AS service, CASE WHEN i % 7 = 0 THEN -1.0 ELSE i END AS latency_ms, 's' AS {column}
            FROM range(60) AS t(i)
        ) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 16)
        """
    )
    like = sources.like("own", like="canonical", kind="app") if column == "server" else OPEN
    whole = read(connection, like, path, delivery="rows.parquet", period=None)
    expected = said(connection, whole)
    monkeypatch.setattr(pieces, "PIECE_ROWS", 25)
    found = [
        (reading.rows, done, said(connection, reading))
        for reading, done in read_pieces(connection, like, path, delivery="rows.parquet", period=None)
    ]
    assert [rows for rows, *_ in found] == ([25, 25, 10] if column == "server" else [60])
    assert found[-1][1] == 1.0
    together = [sorted(itertools.chain(*(one[place] for *_, one in found)), key=str) for place in range(3)]
    assert together == [sorted(rows, key=str) for rows in expected]
    assert {line for line, *_ in together[1]} == set(range(1, 61, 7))


def test_a_quote_that_never_closes_fills_the_disk_and_not_the_memory(connection, tmp_path) -> None:
    """Every piece after the quote ends where the file ends; it is not held."""
    path = tmp_path / "rows.csv"
    row = "m{},2026-08-01T03:00:00Z,mobile,server,5\n"
    path.write_text(f"{HEADER}\n" + "".join(map(row.format, range(40))) + '"m\n' + row * 40, "utf-8")
    held = [
        (piece.held is not None, piece.lines)
        for piece, _before, _done in pieces._cut(content.open_content(path, tmp_path), tmp_path, 1000)
    ]
    assert held[-1][0] is False
    assert all(one for one, _ in held[:-1])
    assert sum(lines - 1 for _, lines in held) == 81
    with pytest.raises(DeliveryFault, match="a quote that opens in line"):
        for _ in read_pieces(connection, CANONICAL, path, delivery=path.name, period=None, piece=1000):
            pass


def test_the_head_of_a_short_piece_holds_nothing_of_the_piece_before(tmp_path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text("".join(f'{{"n": {n}}}\n' for n in range(10, 60)), "utf-8")
    found = [
        (piece.head, bytes(piece.held).decode())
        for piece, _before, _done in pieces._cut(content.open_content(path, tmp_path), tmp_path, 200)
    ]
    assert len(found) > 2
    assert len(found[-1][1]) < len(found[0][1])
    assert all(head == held for head, held in found)
