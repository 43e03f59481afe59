"""Plain NDJSON read with the types its columns must have: the common case, in which nothing has to be named.

Plain is a text in which every line is one flat object of known keys, none of them twice, every text is
without blanks around it, and every number and every time is one. DuckDB's reader does not tell keys nobody
declared, so they are counted: what stands between the braces of an object has a comma between any two of
its pairs, so a text with as many commas as its known pairs and its values need holds no other pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qos.domain.measurement import Column
from qos.store.reading.content import Content
from qos.store.reading.held import Bytes, blocks, bytes_of, ends_of_lines, holds, lines_of, may_be_held
from qos.store.reading.plain import PLAIN, PLAIN_FROM, Cells, Plain, checked, kinds_of
from qos.store.reading.relation import Relation, json_path, shape_of
from qos.store.reading.words import RawColumn, identifier, literal

_LINES = "reading_lines"

_LONGEST = 1 << 20
"""Bytes of a line; the careful reading refuses lines of twice as many."""

_TRUTHS = (b"true", b"false")
_RARE = (b"ru", b"ls")
"""Two letters of each that hardly stand together elsewhere: looking for them first is three times as fast."""


@dataclass(frozen=True)
class _Look:
    """What the bytes tell. straight: every line begins with a brace and none is long; escaped: there is a
    backslash, so that a comma in a value need not be one in the text; truths: true or false may stand for
    a value."""

    straight: bool
    commas: int
    escaped: bool
    truths: bool


def read_plain_lines(
    connection: duckdb.DuckDBPyConnection,
    content: Content,
    relation: Relation,
    targets: dict[str, Column],
    *,
    least: int = PLAIN_FROM,
) -> Plain | None:
    """The rows of NDJSON, or null where it is not plain or too small to be worth it.

    relation: as found for the careful reading of its first lines, with columns named by their place.
    """
    names = relation.header
    if not may_be_plain(content, least) or len({name.lower() for name in names}) < len(names):
        return None
    data = bytes_of(content)
    ends = ends_of_lines(data)
    look = _look(data, ends)
    if not look.straight:
        return None
    kinds = kinds_of(relation.layout, targets)
    wanted = {raw.sql: kinds[name] for name, raw in relation.columns.items() if name in kinds}
    numbers = frozenset(i for i, name in enumerate(names) if kinds.get(name, Cells()).type == "DOUBLE")
    connection.register(_LINES, lines_of(data, ends))
    try:
        rows = connection.sql(_select(names, numbers, look)).to_arrow_table()
        if rows.num_rows != len(ends) or not _accounted(rows, names, numbers, look):
            return None
        table = checked(_with_words_once(rows.select(list(wanted)), wanted), wanted)
    except (duckdb.InvalidInputException, duckdb.ConversionException, pa.ArrowInvalid):
        return None
    finally:
        connection.unregister(_LINES)
    if table is None or all(column.null_count for column in table.columns):
        return None
    columns = {
        name: RawColumn(raw.sql, wanted[raw.sql].type, tidy=True)
        for name, raw in relation.columns.items()
        if name in kinds
    }
    table = table.append_column("line", pa.array(np.arange(1, table.num_rows + 1)))
    return Plain(table, replace(relation, sql=PLAIN, columns=columns, rules=()))


def may_be_plain(content: Content, least: int = PLAIN_FROM) -> bool:
    """Whether it is worth a look."""
    return content.form == "ndjson" and not content.nul and may_be_held(content, least)


def _look(data: Bytes, ends: npt.NDArray[np.int64]) -> _Look:
    starts = np.concatenate(([0], ends[:-1]))
    longest = int((ends - starts).max(initial=0))
    return _Look(
        straight=longest <= _LONGEST and bool((data[starts] == ord("{")).all()),
        commas=sum(int(np.count_nonzero(block == ord(","))) for block in blocks(data)),
        escaped=holds(data, "\\"),
        truths=any(_stands(word, rare, data) for word, rare in zip(_TRUTHS, _RARE, strict=True)),
    )


def _stands(word: bytes, rare: bytes, data: Bytes) -> bool:
    """Whether a word stands somewhere."""
    return any(
        bool(((block[:-1] == rare[0]) & (block[1:] == rare[1])).any()) and word in block.tobytes()
        for block in blocks(data, overlap=len(word) - 1)
    )


def _select(names: tuple[str, ...], numbers: frozenset[int], look: _Look) -> str:
    """SELECT of the values `c0`…, an empty text as null, and of every row `pairs`, how many it has, and
    `known`, whether all of them are accounted for."""
    types = {name: "DOUBLE" if place in numbers else "VARCHAR" for place, name in enumerate(names)}
    values = ", ".join(
        f"c{place}" if place in numbers else f"nullif(c{place}, '') AS c{place}"
        for place in range(len(names))
    )
    known = _known(names, numbers, look)
    return f"SELECT {values}, pairs, {known} AS known FROM {_counted(types, look)}"


def _counted(types: Mapping[str, str], look: _Look) -> str:
    """Relation of the values of every line, of `given`, how many are not null, and of `kinds` and `pairs`:
    the types and the number of its pairs, asked only where they are not all given."""
    full = f"given = {len(types)}"
    paths = ", ".join(literal(json_path(name)) for name in types)
    named = ", ".join(f"object.{identifier(name)} AS c{place}" for place, name in enumerate(types))
    read = f"json_transform(line_text, {literal(shape_of(types))}) AS object"
    values = f"(SELECT line_text, {named} FROM (SELECT line_text, {read} FROM {_LINES}))"
    given = " + ".join(f"(c{place} IS NOT NULL)::INTEGER" for place in range(len(types)))
    pairs = "len(json_keys(line_text))"
    if not look.escaped:
        pairs = f"CASE WHEN {full} THEN given ELSE {pairs} END"
    asked = "TRUE" if look.truths else f"NOT {full}"
    return (
        f"(SELECT *, CASE WHEN {asked} THEN json_type(line_text, [{paths}]) END AS kinds, {pairs} AS pairs"
        f" FROM (SELECT *, {given} AS given FROM {values}))"
    )


def _known(names: tuple[str, ...], numbers: frozenset[int], look: _Look) -> str:
    """Whether every pair of a line is a value of a known key, or null under one, and no number is a truth."""
    nulls = " + ".join(
        f"(c{place} IS NULL AND kinds[{place + 1}] IS NOT DISTINCT FROM 'NULL')::INTEGER"
        for place in range(len(names))
    )
    known = (
        f"given > 0 AND CASE WHEN given = {len(names)} THEN pairs = given ELSE pairs = given + {nulls} END"
    )
    if look.truths:
        known += "".join(f" AND kinds[{place + 1}] IS DISTINCT FROM 'BOOLEAN'" for place in sorted(numbers))
    return f"coalesce({known}, FALSE)"


def _accounted(rows: pa.Table, names: tuple[str, ...], numbers: frozenset[int], look: _Look) -> bool:
    """Whether no line holds a pair beyond the known ones, and no text is a nested value."""
    if not pc.all(rows["known"]).as_py():
        return False
    texts = [rows[f"c{place}"] for place in range(len(names)) if place not in numbers]
    if any(_holds(text, pc.starts_with, brace) for text in texts for brace in "{["):
        return False
    beyond = look.commas + rows.num_rows - pc.sum(rows["pairs"]).as_py()
    return look.escaped or beyond == 0 or beyond == sum(map(_commas, texts))


def _holds(texts: pa.ChunkedArray, test: object, pattern: str) -> bool:
    return bool(pc.any(test(texts, pattern)).as_py())  # type: ignore[operator]


def _commas(texts: pa.ChunkedArray) -> int:
    return pc.sum(pc.count_substring(texts, ",")).as_py() or 0


def _with_words_once(rows: pa.Table, wanted: dict[str, Cells]) -> pa.Table:
    """Texts that stand in many rows are held once."""
    for place, (name, cells) in enumerate(wanted.items()):
        if cells.type == "VARCHAR" and cells.repeats:
            rows = rows.set_column(place, name, pc.dictionary_encode(rows[name]))
    return rows
