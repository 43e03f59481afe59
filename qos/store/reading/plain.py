"""A plain CSV read with the types its columns must have: the common case, in which nothing has to be named.

Plain is a text without quotes, in which every line is a row, no value has blanks around it, and every number
and every time is one. Its cells are the same as those that the careful reading finds, for a third of its
cost. Whatever is not plain is read carefully, where a bad row has its line, its column and its text.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from qos.domain.declaration import Layout
from qos.domain.expressions import Col, Expression, Scaled
from qos.domain.measurement import Column, Kind
from qos.store.reading.content import Content
from qos.store.reading.held import Bytes, bytes_of, holds, may_be_held
from qos.store.reading.relation import Relation
from qos.store.reading.words import RawColumn

PLAIN = "reading_plain"
"""The name under which the table is known to DuckDB."""

PLAIN_FROM = 1 << 20
"""Bytes: of a smaller text the careful reading alone costs less than both."""

_BLOCK = 1 << 20
"""Bytes read at once. A row longer than two of them is not plain: DuckDB refuses it as too long."""

_MINUTES_AT = 13
"""Place of the colon in `2026-07-01T12:30Z`: pyarrow would take a time without minutes for one too."""

_DELETE = 0x7F

_IDENTIFIERS = ("measurement_id", "subject", "ip")
"""Targets whose texts hardly repeat; of others each is held once."""


@dataclass(frozen=True)
class Plain:
    """The rows, with `line`, and the relation that stands on them once they are known as `PLAIN`."""

    rows: pa.Table
    relation: Relation


def read_plain(
    content: Content, relation: Relation, targets: dict[str, Column], *, least: int = PLAIN_FROM
) -> Plain | None:
    """The rows of a CSV, or null where it is not plain or too small to be worth it.

    relation: as found for the careful reading, with columns named by their place.
    """
    if content.form != "csv" or content.nul or not relation.first_line or relation.rejects:
        return None
    if not may_be_held(content, least):
        return None
    kinds = kinds_of(relation.layout, targets)
    wanted = {raw.sql: kinds[name] for name, raw in relation.columns.items() if name in kinds}
    data = bytes_of(content)
    if not wanted or holds(data, '"'):
        return None
    try:
        rows = _read(data, relation, wanted)
    except pa.ArrowInvalid:
        return None
    if rows is None or rows.num_rows != content.lines - relation.first_line + 1:
        return None
    if all(column.null_count for column in rows.columns):
        return None  # a row may be empty
    columns = {
        name: RawColumn(raw.sql, wanted[raw.sql].type, tidy=True)
        for name, raw in relation.columns.items()
        if name in kinds
    }
    lines = np.arange(relation.first_line, relation.first_line + rows.num_rows)
    return Plain(rows.append_column("line", pa.array(lines)), replace(relation, sql=PLAIN, columns=columns))


@dataclass(frozen=True)
class Cells:
    """How the cells of a column are read: type in DuckDB, and whether a text stands in many rows."""

    type: str = "VARCHAR"
    repeats: bool = True

    @property
    def arrow(self) -> pa.DataType:
        if self.type == "DOUBLE":
            return pa.float64()
        return pa.dictionary(pa.int32(), pa.string()) if self.repeats else pa.string()


def kinds_of(layout: Layout, targets: dict[str, Column]) -> dict[str, Cells]:
    """How every column that is used is read. One that several words speak of stays a text, as does one in
    which some texts mean nothing."""
    named = (layout.reject, layout.unused, layout.flags)
    spoken = [name for rules in named for condition in rules.values() for name in condition.columns()]
    uses = Counter([*spoken, *(name for value in layout.values.values() for name in value.columns())])
    found = dict.fromkeys(uses, Cells())
    for target, expression in layout.values.items():
        for name in expression.columns():
            if target in _IDENTIFIERS:
                found[name] = Cells(repeats=False)
        if isinstance(expression, Col) and uses[expression.name] == 1 and not layout.none:
            kind = targets[target].kind if target in targets else Kind.NUMBER
            found[expression.name] = _typed(expression, kind, layout) or found[expression.name]
    return found


def _typed(expression: Col, kind: Kind, layout: Layout) -> Cells | None:
    if expression.none:
        return None
    number = _is_column(expression) and kind in (Kind.NUMBER, Kind.INTEGER)
    if (number or type(expression) is Scaled) and not layout.decimal_comma:
        return Cells("DOUBLE")
    if _is_column(expression) and kind is Kind.TIMESTAMP:
        return Cells("TIMESTAMP WITH TIME ZONE", repeats=False)
    return None


def _is_column(expression: Expression) -> bool:
    return type(expression) is Col


def _read(data: Bytes, relation: Relation, wanted: dict[str, Cells]) -> pa.Table | None:
    """Raises ArrowInvalid where a value is no number, or a line has another number of fields."""
    table = pcsv.read_csv(
        pa.BufferReader(pa.py_buffer(data)),
        read_options=pcsv.ReadOptions(
            block_size=_BLOCK,
            skip_rows=relation.first_line - 1,
            column_names=[f"c{i}" for i in range(len(relation.header))],
        ),
        parse_options=pcsv.ParseOptions(delimiter=relation.delimiter, quote_char=False),
        convert_options=pcsv.ConvertOptions(
            check_utf8=False,  # looked at when the file was opened
            column_types={name: cells.arrow for name, cells in wanted.items()},
            include_columns=list(wanted),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    return checked(table, wanted)


def checked(table: pa.Table, wanted: dict[str, Cells]) -> pa.Table | None:
    """The table with its times as times, or null where a text has blanks around it. Raises ArrowInvalid."""
    for place, (name, cells) in enumerate(wanted.items()):
        column = table[name]
        if cells.type == "VARCHAR" and not _tidy(column):
            return None
        if cells.type == "TIMESTAMP WITH TIME ZONE":
            if not all(map(_have_minutes, column.chunks)):
                return None
            table = table.set_column(place, name, column.cast(pa.timestamp("us", "UTC")))
    return table


def _tidy(column: pa.ChunkedArray) -> bool:
    """Whether no text has blanks around it, those of Unicode among them."""
    if pa.types.is_dictionary(column.type):
        return all(_tidy(pa.chunked_array([chunk.dictionary])) for chunk in column.chunks)
    if all(map(_within_ascii, column.chunks)):
        return True
    same = pc.all(pc.equal(pc.utf8_trim_whitespace(column), column)).as_py()
    return same is not False


def _within_ascii(texts: pa.StringArray) -> bool:
    """Whether every text that is not empty begins and ends with a visible letter of ASCII: the usual case,
    which takes two looks at each."""
    starts, data = _bytes_of(texts.drop_null())
    given = np.flatnonzero(starts[1:] > starts[:-1])
    return all(
        bool(((data[place] > ord(" ")) & (data[place] < _DELETE)).all())
        for place in (starts[:-1][given], starts[1:][given] - 1)
    )


def _bytes_of(texts: pa.StringArray) -> tuple[np.ndarray, Bytes]:
    """Where each text starts (and the last one ends), and the bytes of all."""
    _validity, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return starts, np.frombuffer(data or b"", np.uint8)


def _have_minutes(texts: pa.StringArray) -> bool:
    """Whether in every text a colon stands before the minutes; a null has none to miss."""
    starts, data = _bytes_of(texts.drop_null())
    if len(starts) < 2 or int(np.diff(starts).min()) <= _MINUTES_AT:
        return len(starts) < 2
    return bool((data[starts[:-1] + _MINUTES_AT] == ord(":")).all())
