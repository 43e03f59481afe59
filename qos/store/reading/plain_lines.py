"""Plain NDJSON read with the types its columns must have: the common case, in which nothing has to be named.

Plain is a text in which every line is one flat object of known keys, none of them twice, every text is
without blanks around it, and every number and every time is one. DuckDB's reader does not tell keys nobody
declared, so they are counted: what stands between the braces of an object has a comma between any two of
its pairs, so a text with as many commas as its known pairs and its values need holds no other pair.
"""

import mmap
from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qos.domain.measurement import Column
from qos.store.reading.content import Content
from qos.store.reading.plain import PLAIN, PLAIN_FROM, Cells, Plain, checked, kinds_of
from qos.store.reading.relation import Relation, json_path, lines_of, shape_of
from qos.store.reading.words import RawColumn, identifier, literal

_BLOCK = 1 << 20

_LONGEST = 1 << 20
"""Bytes of a line; the careful reading refuses lines of twice as many."""

_OVERLAP = len("false") - 1
"""Bytes of a block that are looked at with the next, as a word may stand in both."""


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
    look = _look(content)
    if not look.straight:
        return None
    kinds = kinds_of(relation.layout, targets)
    wanted = {raw.sql: kinds[name] for name, raw in relation.columns.items() if name in kinds}
    numbers = frozenset(i for i, name in enumerate(names) if kinds.get(name, Cells()).type == "DOUBLE")
    try:
        rows = _rows(connection, content, names, numbers, look)
        if rows is None:
            return None
        table = checked(_with_words_once(rows.select(list(wanted)), wanted), wanted)
    except (duckdb.InvalidInputException, duckdb.ConversionException, pa.ArrowInvalid):
        return None
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
    return content.form == "ndjson" and not content.nul and content.path.stat().st_size >= max(least, 1)


def _look(content: Content) -> _Look:
    """One pass over the bytes."""
    straight, escaped, truths, commas, longest = True, False, False, 0, 0
    before, line = b"\n", -1  # as if a line ended before the first; where the last one ended
    with content.path.open("rb") as file:
        while block := file.read(_BLOCK):
            held = before + block
            found = np.frombuffer(held, np.uint8)
            ends = np.flatnonzero(found[:-1] == ord("\n"))
            straight = straight and bool((found[ends + 1] == ord("{")).all())
            places = np.concatenate(([line], ends + file.tell() - len(held), [file.tell()]))
            longest, line = max(longest, int(np.diff(places).max())), int(places[-2])
            commas += int(np.count_nonzero(found[len(before) :] == ord(",")))
            escaped = escaped or b"\\" in block
            truths = truths or b"true" in held or b"false" in held
            before = held[-_OVERLAP:]
    return _Look(straight and longest <= _LONGEST, commas, escaped, truths)


def _holds_null(content: Content) -> bool:
    with content.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        return held.find(b"null") >= 0


def _rows(
    connection: duckdb.DuckDBPyConnection,
    content: Content,
    names: tuple[str, ...],
    numbers: frozenset[int],
    look: _Look,
) -> pa.Table | None:
    """The values of every line, or null where some pair is not accounted for. Pairs whose value is null
    have to be counted, which costs as much again: only where there are any."""

    def read(*, counted: bool) -> pa.Table | None:
        query = _select(content, names, numbers, look, counted=counted)
        rows = connection.sql(query).to_arrow_table()
        good = rows.num_rows == content.lines and _accounted(rows, names, numbers, look)
        return rows if good else None

    if look.escaped or look.truths or "null" in content.head:
        return read(counted=True)
    rows = read(counted=False)
    return read(counted=True) if rows is None and _holds_null(content) else rows


def _select(
    content: Content, names: tuple[str, ...], numbers: frozenset[int], look: _Look, *, counted: bool
) -> str:
    """SELECT of the values `c0`…, an empty text as null, and of every row `pairs`, how many it has, and
    `known`, whether all of them are accounted for. Not counted, they are as many as there are values."""
    types = {name: "DOUBLE" if place in numbers else "VARCHAR" for place, name in enumerate(names)}
    values = ", ".join(
        f"c{place}" if place in numbers else f"nullif(c{place}, '') AS c{place}"
        for place in range(len(names))
    )
    if counted:
        known = _known(names, numbers, look)
        return f"SELECT {values}, pairs, {known} AS known FROM {_counted(content, types, look)}"
    rows = f"(SELECT *, {_given(types)} AS pairs FROM {_typed(content, types)})"
    return f"SELECT {values}, pairs, pairs > 0 AS known FROM {rows}"


def _given(types: Mapping[str, str]) -> str:
    return " + ".join(f"(c{place} IS NOT NULL)::INTEGER" for place in range(len(types)))


def _typed(content: Content, types: Mapping[str, str]) -> str:
    """Relation of the values as DuckDB's own reader finds them."""
    columns = ", ".join(f"{literal(name)}: '{kind}'" for name, kind in types.items())
    named = ", ".join(f"{identifier(name)} AS c{place}" for place, name in enumerate(types))
    return (
        f"(SELECT {named} FROM read_json({literal(str(content.path))}, format = 'newline_delimited',"
        f" records = 'true', columns = {{{columns}}}))"
    )


def _counted(content: Content, types: Mapping[str, str], look: _Look) -> str:
    """Relation of the values of every line, of `given`, how many are not null, and of `kinds` and `pairs`:
    the types and the number of its pairs, asked only where they are not all given."""
    full = f"given = {len(types)}"
    paths = ", ".join(literal(json_path(name)) for name in types)
    named = ", ".join(f"object.{identifier(name)} AS c{place}" for place, name in enumerate(types))
    read = f"json_transform(line_text, {literal(shape_of(types))}) AS object"
    values = f"(SELECT line_text, {named} FROM (SELECT line_text, {read} FROM {lines_of(content)}))"
    pairs = "len(json_keys(line_text))"
    if not look.escaped:
        pairs = f"CASE WHEN {full} THEN given ELSE {pairs} END"
    asked = "TRUE" if look.truths else f"NOT {full}"
    return (
        f"(SELECT *, CASE WHEN {asked} THEN json_type(line_text, [{paths}]) END AS kinds, {pairs} AS pairs"
        f" FROM (SELECT *, {_given(types)} AS given FROM {values}))"
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
