"""A large delivery read piece by piece, so that memory does not grow with it.

Texts are divided at the end of a row, Parquet files by the number of rows, and both only where a row is
read by itself: a source that numbers its rows or compares them with one another is read whole.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from os import SEEK_CUR
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from qos.domain.declaration import Csv, Declaration, Documents, Layout, Rows
from qos.domain.expressions import Followed, RowNumber
from qos.domain.quarter import Period
from qos.domain.source import Shape
from qos.store.bulk import ROW_NUMBER
from qos.store.reading import OpenedFile, Reading, check_said, opened, read_opened, stopping
from qos.store.reading.content import HEAD, Content
from qos.store.reading.held import count_lines

PIECE = 64 << 20
"""Bytes: about half a million rows, which take two or three times as much memory."""

PIECE_ROWS = 250_000
"""Of a Parquet file, each of which may give several figures."""

_ACCEPTED = "reading_piece"
"""The accepted rows of a piece with their lines in the whole file."""


def read_pieces(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    path: Path,
    *,
    delivery: str,
    period: Period | None,
    service: str | None = None,
    suffix: str | None = None,
    scratch: Path | None = None,
    piece: int = PIECE,
) -> Iterator[tuple[Reading, float]]:
    """Readings of a delivery one after the other, as of `read`, and how much of it is read with each.

    The tables of a reading are there until the next one is asked for. piece: bytes, about.
    """
    check_said(declaration, delivery, period, service)

    def reading_of(file: OpenedFile) -> Reading:
        return read_opened(connection, declaration, file, delivery=delivery, period=period, service=service)

    with (
        stopping(connection, declaration.source.name, delivery),
        opened(path, suffix, scratch=scratch) as file,
    ):
        pieces = _pieces(declaration, file, piece)
        if pieces is None:
            yield reading_of(file), 1.0
            return
        for content, before, done in pieces:
            yield _moved(connection, reading_of(replace(file, content=content)), before), done


_Piece = tuple[Content, int, float]
"""What to read, the lines or rows before it, and how much of the delivery is read with it."""


def _pieces(declaration: Declaration, file: OpenedFile, piece: int) -> Iterator[_Piece] | None:
    """Null where the delivery is read whole."""
    content = file.content
    if content.form == "parquet":
        return _row_ranges(declaration, content)
    return _cut(content, file.folder, piece) if _divisible(declaration, content, piece) else None


def _row_ranges(declaration: Declaration, content: Content) -> Iterator[_Piece] | None:
    """Null, too, for a file that says nothing sound of its rows: reading it whole tells why."""
    if any(isinstance(layout, Rows) and _looks_around(layout) for layout in declaration.layouts):
        return None
    try:
        held = pq.read_metadata(content.path)
        count = sum(held.row_group(place).num_rows for place in range(held.num_row_groups))
        named = ROW_NUMBER in held.schema.to_arrow_schema().names
    except (pa.ArrowException, OSError, ValueError):
        return None
    if count != held.num_rows or count <= PIECE_ROWS * 1.25 or named:
        return None
    return (
        (replace(content, rows=(start, start + PIECE_ROWS)), start, min((start + PIECE_ROWS) / count, 1.0))
        for start in range(0, count, PIECE_ROWS)
    )


def _divisible(declaration: Declaration, content: Content, piece: int) -> bool:
    if declaration.source.shape is not Shape.MEASUREMENTS or content.path.stat().st_size <= piece * 1.25:
        return False
    if any(_looks_around(layout) for layout in declaration.layouts):
        return False
    if content.form == "ndjson":
        return all(isinstance(layout, Rows) and "*" in layout.optional for layout in declaration.layouts)
    header = content.head.partition("\n")[0]
    return content.form == "csv" and bool(header.strip()) and header.count('"') % 2 == 0


def _looks_around(layout: Layout) -> bool:
    """Whether the layout needs more than one row, or a table without a header line."""
    if isinstance(layout, Documents) or (isinstance(layout, Csv) and layout.bare):
        return True
    rules = (
        *layout.values.values(),
        *layout.reject.values(),
        *layout.unused.values(),
        *layout.flags.values(),
    )
    return any(_holds(word) for word in rules)


def _holds(word: object) -> bool:
    """Whether a word, or one inside it, asks for other rows."""
    if isinstance(word, RowNumber | Followed):
        return True
    if isinstance(word, tuple):
        return any(_holds(one) for one in word)
    return is_dataclass(word) and any(_holds(getattr(word, part.name)) for part in fields(word))


def _cut(content: Content, folder: Path, piece: int) -> Iterator[_Piece]:
    """Pieces in turn, each with the header, and how many lines were before its own: held in memory, but for
    those in which no row ends where it should."""
    whole, quoted = content.path.stat().st_size, content.form == "csv"
    with content.path.open("rb") as file:
        header = file.readline() if quoted else b""
        buffer, before = bytearray(header) + bytearray(piece), 0
        while file.tell() < whole:
            path = folder / f"piece-{before}"
            held = _fill(buffer, len(header), file, quoted=quoted)
            lines = _pour(buffer, file, path, quoted=quoted) if held is None else count_lines(held)
            text = buffer if held is None else held  # after a short piece the buffer still holds an older one
            head = bytes(text[:HEAD]).decode(errors="ignore").lstrip("\ufeff")
            yield (
                replace(content, path=path, lines=lines, head=head, held=held),
                before,
                file.tell() / whole,
            )
            path.unlink(missing_ok=True)
            before += lines - bool(header)


def _fill(buffer: bytearray, start: int, file: BinaryIO, *, quoted: bool) -> memoryview | None:
    """The first bytes of the buffer and after them as many of the file as there is room for, up to the end
    of a row; null where no row ends among them, or the last line end may lie inside quotes."""
    room = memoryview(buffer)
    size = start + file.readinto(room[start:])  # type: ignore[attr-defined]
    if size < len(buffer):
        return room[:size]
    end = buffer.rfind(b"\n", start) + 1
    if not end or (quoted and buffer.count(b'"', start, end) % 2):
        return None
    file.seek(end - size, SEEK_CUR)
    return room[:end]


def _pour(buffer: bytearray, file: BinaryIO, target: Path, *, quoted: bool) -> int:
    """Writes the buffer and the file after it up to the end of a row, where the quotes so far are even; gives
    the number of lines."""
    lines, last, odd = buffer.count(b"\n"), bytes(buffer[-1:]), quoted and buffer.count(b'"') % 2 == 1
    with target.open("wb") as out:
        out.write(buffer)
        while (odd or not last.endswith(b"\n")) and (read := file.readline(HEAD)):
            out.write(read)
            last = read
            lines += last.count(b"\n")
            odd ^= quoted and last.count(b'"') % 2 == 1
    return lines + (not last.endswith(b"\n"))


def _moved(connection: duckdb.DuckDBPyConnection, reading: Reading, before: int) -> Reading:
    """The reading with lines counted from the beginning of the file."""
    for table in (reading.rejected, reading.unused):
        connection.execute(f"UPDATE {table} SET line = line + {before}")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {_ACCEPTED} AS"
        f" SELECT * REPLACE (line + {before} AS line) FROM {reading.accepted}"
    )
    return replace(reading, accepted=_ACCEPTED)
