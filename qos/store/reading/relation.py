"""A delivery of any form as one DuckDB relation of named columns, rows in the order of the file."""

import csv
import datetime as dt
import itertools
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import python_calamine

from qos.domain.declaration import Csv, Declaration, Layout, Xlsx
from qos.store.reading.content import Content, ContentFault
from qos.store.reading.layout import find_layout, fit
from qos.store.reading.rules import REJECTED, Rule
from qos.store.reading.words import RawColumn, identifier, literal

SEPARATORS = (",", ";", "\t", "|")
FAULTS = "reading_faults"
"""Temp table in which DuckDB names the lines of a CSV that have no right number of fields."""
OBJECTS, SHEET = "reading_objects", "reading_sheet"
"""Lines of NDJSON with their keys; a workbook's cells as text."""

_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "LIST")


@dataclass(frozen=True)
class Relation:
    """What a SELECT can stand on. first_line: line of the first row; `form` are rules of the file's form."""

    layout: Layout
    sql: str
    columns: dict[str, RawColumn]
    first_line: int
    form: tuple[Rule, ...] = ()
    delimiter: str = ""


def open_relation(
    connection: duckdb.DuckDBPyConnection, declaration: Declaration, content: Content
) -> Relation:
    """Finds the header, the layout it has, and the relation of the rows. Raises ContentFault."""
    match content.form:
        case "csv":
            return _csv(declaration, content)
        case "ndjson":
            return _ndjson(connection, declaration, content)
        case "parquet":
            return _parquet(connection, declaration, content)
    return _workbook(connection, declaration, content)


def _names(header: Iterable[str]) -> list[str]:
    return [name.strip().strip("\ufeff") for name in header]


def _csv(declaration: Declaration, content: Content) -> Relation:
    if not content.head.strip():
        raise ContentFault("the file holds nothing but blanks")
    layouts = [layout for layout in declaration.layouts if isinstance(layout, Csv)]
    declared = [layout.delimiter for layout in layouts if layout.delimiter]
    delimiter, header, records = max(
        (_header(content.head, separator) for separator in declared or SEPARATORS),
        key=lambda found: (fit(layouts, found[1]), len(found[1])),
    )
    layout = find_layout(declaration.layouts, "csv", header, declaration.targets)
    columns = {name: RawColumn(f"c{i}") for i, name in enumerate(header)}
    return Relation(
        layout, _read_csv(content, delimiter, len(header), records), columns, records + 1, (), delimiter
    )


def _header(head: str, separator: str) -> tuple[str, list[str], int]:
    """Separator, column names and number of records up to the header, blank lines before it included."""
    reader = csv.reader(itertools.chain(head.splitlines(keepends=True), [""]), delimiter=separator)
    try:
        for records, record in enumerate(reader, 1):
            if any(field.strip() for field in record):
                return separator, _names(record), records
    except csv.Error as fault:
        raise ContentFault(f"the header cannot be read: {fault}") from fault
    raise ContentFault("the header cannot be found")


def _read_csv(content: Content, delimiter: str, width: int, skip: int) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    return (
        f"read_csv({literal(str(content.path))}, auto_detect = false, header = false, skip = {skip},"
        f" delim = {literal(delimiter)}, quote = '\"', escape = '\"', nullstr = '', columns = {{{columns}}},"
        f" store_rejects = true, rejects_table = '{FAULTS}', rejects_scan = '{FAULTS}_scan',"
        " rejects_limit = 0)"
    )


def _ndjson(connection: duckdb.DuckDBPyConnection, declaration: Declaration, content: Content) -> Relation:
    """Each line is read as one text, so that a bad one can be named; then its keys become columns."""
    lines = (
        f"read_csv({literal(str(content.path))}, auto_detect = false, header = false, delim = '\\x01',"
        " quote = '', escape = '', nullstr = '', columns = {'line_text': 'VARCHAR'})"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {OBJECTS} AS SELECT line_text,"
        " CASE WHEN json_valid(line_text) THEN CASE WHEN json_type(line_text) = 'OBJECT'"
        " THEN json_keys(line_text) END END AS keys FROM"
        f" (SELECT ltrim(line_text, '\ufeff') AS line_text FROM {lines})"
    )
    found = connection.execute(f"SELECT DISTINCT keys FROM {OBJECTS} WHERE keys IS NOT NULL").fetchall()
    header = sorted({key for (keys,) in found for key in keys})
    twice = any(len(set(keys)) < len(keys) for (keys,) in found)
    if not header:
        raise ContentFault("no line holds a JSON object")
    layout = find_layout(declaration.layouts, "ndjson", header, declaration.targets)
    shape = "{" + ", ".join(f'{_json(name)}: "VARCHAR"' for name in header) + "}"
    fields = ", ".join(f"object.{identifier(name)} AS c{i}" for i, name in enumerate(header))
    broken = _BROKEN + _TWICE if twice else _BROKEN
    relation = (
        f"(SELECT line_text, broken, {fields} FROM (SELECT line_text, CASE {broken} END AS broken,"
        f" CASE WHEN keys IS NOT NULL THEN json_transform(line_text, {literal(shape)}) END AS object"
        f" FROM {OBJECTS}))"
    )
    columns = {name: RawColumn(f"c{i}") for i, name in enumerate(header)}
    return Relation(layout, relation, columns, 1, _json_rules(columns))


_BROKEN = "WHEN keys IS NULL AND trim(line_text) <> '' THEN 'not a JSON object'"
# Comparing the keys of every line costs as much as reading it: asked only where some key stands twice.
_TWICE = " WHEN len(list_distinct(keys)) < len(keys) THEN 'a key stands twice'"


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json_rules(columns: dict[str, RawColumn]) -> tuple[Rule, ...]:
    whole = [
        Rule(REJECTED, reason, "", f"coalesce(broken = '{reason}', FALSE)", "left(line_text, 200)")
        for reason in ("not a JSON object", "a key stands twice")
    ]
    nested = [
        Rule(
            REJECTED,
            "a nested value",
            name,
            f"CASE WHEN left({raw.sql}, 1) IN ('{{', '[') THEN"
            f" json_type(line_text, {literal('$.' + _json(name))}) IN ('OBJECT', 'ARRAY') ELSE FALSE END",
            f"left({raw.sql}, 200)",
        )
        for name, raw in columns.items()
    ]
    return (*whole, *nested)


def _parquet(connection: duckdb.DuckDBPyConnection, declaration: Declaration, content: Content) -> Relation:
    source = f"read_parquet({literal(str(content.path))}, hive_partitioning = false)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as fault:
        raise ContentFault(f"the Parquet file is cut short or damaged: {_first_line(fault)}") from fault
    types = {row[0]: row[1] for row in described}
    layout = find_layout(declaration.layouts, "parquet", list(types), declaration.targets)
    if nested := sorted(n for n, type_ in types.items() if type_.startswith(_NESTED) or type_.endswith("]")):
        raise ContentFault(f"columns that hold no single value: {nested}")
    _check_zone(layout, types)
    columns = {name: RawColumn(identifier(name), type_) for name, type_ in types.items()}
    return Relation(layout, source, columns, 1)


def _check_zone(layout: Layout, types: dict[str, str]) -> None:
    """A Parquet time without a zone is nobody's time; a text column may still carry one in each row."""
    value = layout.values.get("measured_at")
    for name in value.columns() if value else ():
        if types.get(name, "").startswith("TIMESTAMP") and types[name] != "TIMESTAMP WITH TIME ZONE":
            raise ContentFault(f"column {name} is a {types[name]} without a time zone")


def _workbook(connection: duckdb.DuckDBPyConnection, declaration: Declaration, content: Content) -> Relation:
    sheets = [layout.sheet for layout in declaration.layouts if isinstance(layout, Xlsx)]
    try:
        book = python_calamine.CalamineWorkbook.from_path(content.path)
        named = next((sheet for sheet in sheets if sheet in book.sheet_names), None)
        sheet = book.get_sheet_by_name(named) if named else book.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError) as fault:
        raise ContentFault(f"the workbook cannot be read: {_first_line(fault)}") from fault
    first = next((i for i, row in enumerate(rows) if any(cell != "" for cell in row)), None)
    if first is None:
        raise ContentFault("the sheet is empty")
    header = _names(str(cell) for cell in rows[first])
    layout = find_layout(declaration.layouts, "workbook", header, declaration.targets)
    connection.register(SHEET, _columns(rows[first + 1 :], len(header)))
    columns = {name: RawColumn(f"c{i}") for i, name in enumerate(header)}
    return Relation(layout, SHEET, columns, first + 2)


def _columns(rows: Sequence[Sequence[object]], width: int) -> pa.Table:
    cells = zip(*rows, strict=True) if rows else ([] for _ in range(width))
    return pa.table(
        {f"c{i}": pa.array([_cell(c) for c in column], pa.string()) for i, column in enumerate(cells)}
    )


def _cell(cell: object) -> str | None:
    """A cell's value as text; a workbook knows no integers, so 8.0 is written 8."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _first_line(fault: Exception) -> str:
    return str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
