"""A delivery of any form as one DuckDB relation of named columns, rows in the order of the file."""

import csv
import datetime as dt
import itertools
import zipfile
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from qos.domain.declaration import Csv, Declaration, Documents, Layout, Xlsx
from qos.domain.expressions import Col
from qos.store.bulk import ROW_NUMBER
from qos.store.reading.cells import NESTED
from qos.store.reading.computed import open_computed
from qos.store.reading.content import Content
from qos.store.reading.documents import NOT_AN_OBJECT, TWICE, Opened, open_documents
from qos.store.reading.flat import flatten
from qos.store.reading.layout import find_layout, fit, of_name, other_form, unheaded
from qos.store.reading.rules import REJECTED, Rule
from qos.store.reading.unpacking import ContentFault
from qos.store.reading.words import RawColumn, identifier, literal

SEPARATORS = (",", ";", "\t", "|")
FAULTS = "reading_faults"
"""Temp table in which DuckDB names the lines of a CSV that have no right number of fields."""
OBJECTS, SHEET = "reading_objects", "reading_sheet"
"""Lines of NDJSON with their keys; a workbook's cells as text."""

_FIRST_LINES = "reading_first_lines"
"""Those of the head of a text: enough to tell the keys of most deliveries."""

_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "LIST")
_OF_DOCUMENTS = ("ndjson", "json", "tar", "zip")


@dataclass(frozen=True)
class Relation:
    """What a SELECT can stand on.

    first_line: line of the first row. rejects: SQL of what gave no row (line, column, value, reason); where
    there is one, `sql` has a column `line`. rules: of the file's form, they may use `line_text`. header: the
    names that the delivery has. form: where it is another than was found at first sight. counts: what a
    line is, `line`, `document` or `row`. nul: a NUL was replaced.
    """

    layout: Layout
    sql: str
    columns: dict[str, RawColumn]
    first_line: int
    rules: tuple[Rule, ...] = ()
    delimiter: str = ""
    rejects: str = ""
    header: tuple[str, ...] = ()
    form: str = ""
    counts: str = "line"
    nul: bool = False


def open_relation(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    content: Content,
    folder: Path,
    delivery: str = "",
) -> Relation:
    """Finds the header, the layout it has, and the relation of the rows. Raises ContentFault.

    JSON is read as nested documents where the source has such a layout. `folder` takes temporary files,
    `delivery` is the name of the file, which tells some tables apart.
    """
    nested = any(isinstance(layout, Documents) for layout in declaration.layouts)
    if nested and content.form in _OF_DOCUMENTS:
        return _documents(declaration, open_documents(content, folder), folder)
    if rows := open_computed(declaration, content, _separator(content)):
        return _documents(declaration, rows, folder)
    match content.form:
        case "csv":
            return _csv(declaration, content, of_name(declaration.layouts, delivery))
        case "ndjson":
            return _ndjson(connection, declaration, lines_of(content), nul=content.nul)
        case "parquet":
            return _parquet(connection, declaration, content)
        case "workbook":
            return _workbook(connection, declaration, content)
    raise ContentFault(other_form(declaration.layouts, content.form))


def open_first_lines(
    connection: duckdb.DuckDBPyConnection, declaration: Declaration, content: Content
) -> Relation | None:
    """The relation of the first lines of NDJSON; null where it is read as documents, or nothing is known of
    them yet."""
    lines = content.head.split("\n")
    if len(content.head.encode()) < content.text_size - len(BOM_UTF8) or not lines[-1]:
        lines.pop()  # the head ends inside it
    if not lines or any(isinstance(layout, Documents) for layout in declaration.layouts):
        return None
    connection.register(_FIRST_LINES, pa.table({"line_text": lines}))
    try:
        return _ndjson(connection, declaration, _FIRST_LINES, nul=content.nul)
    except ContentFault:
        return None
    finally:
        connection.unregister(_FIRST_LINES)


def _documents(declaration: Declaration, opened: Opened, folder: Path) -> Relation:
    flat = flatten(declaration, opened, folder)
    return Relation(
        layout=flat.layout,
        sql=flat.rows,
        columns=flat.columns,
        first_line=0,
        rejects=flat.rejects,
        header=flat.header,
        form=flat.form,
        counts=flat.counts,
        nul=flat.nul,
    )


def _names(header: Iterable[str]) -> list[str]:
    return [name.strip().strip("\ufeff") for name in header]


def _csv(declaration: Declaration, content: Content, candidates: Sequence[Layout]) -> Relation:
    if not content.head.strip():
        raise ContentFault("the file holds nothing but blanks")
    layouts = [layout for layout in candidates if isinstance(layout, Csv)]
    declared = [layout.delimiter for layout in layouts if layout.delimiter]
    delimiter, header, records = max(
        (_header(content.head, separator) for separator in declared or SEPARATORS),
        key=lambda found: (fit(layouts, found[1]), len(found[1])),
    )
    if names := unheaded(layouts, header):
        header, records = list(names), records - 1
    layout = find_layout(candidates, "csv", header, declaration.targets)
    columns = {name: RawColumn(f"c{i}") for i, name in enumerate(header)}
    sql = _read_csv(content, delimiter, len(header), records)
    return Relation(
        layout, sql, columns, records + 1, delimiter=delimiter, header=tuple(header), nul=content.nul
    )


def _separator(content: Content) -> str:
    """The one that makes most columns; of a table that is no CSV, none is asked for."""
    if content.form != "csv" or not content.head.strip():
        return SEPARATORS[0]
    return max(SEPARATORS, key=lambda separator: len(_header(content.head, separator)[1]))


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


def _ndjson(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    lines: str,
    *,
    nul: bool,
) -> Relation:
    """Each of the lines is one text, so that a bad one can be named; then its keys become columns."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {OBJECTS} AS SELECT line_text,"
        " CASE WHEN json_valid(line_text) AND starts_with(ltrim(line_text, ' \t\r\n'), '{')"
        " THEN json_keys(line_text) END AS keys FROM"
        f" (SELECT ltrim(line_text, '\ufeff') AS line_text FROM {lines})"
    )
    found = connection.execute(f"SELECT DISTINCT keys FROM {OBJECTS} WHERE keys IS NOT NULL").fetchall()
    header = sorted({key for (keys,) in found for key in keys})
    twice = any(len(set(keys)) < len(keys) for (keys,) in found)
    if not header:
        raise ContentFault("no line holds a JSON object")
    layout = find_layout(declaration.layouts, "ndjson", header, declaration.targets)
    shape = shape_of(dict.fromkeys(header, "VARCHAR"))
    fields = ", ".join(f"object.{identifier(name)} AS c{i}" for i, name in enumerate(header))
    broken = _BROKEN + _TWICE if twice else _BROKEN
    relation = (
        f"(SELECT line_text, broken, {fields} FROM (SELECT line_text, CASE {broken} END AS broken,"
        f" CASE WHEN keys IS NOT NULL THEN json_transform(line_text, {literal(shape)}) END AS object"
        f" FROM {OBJECTS}))"
    )
    columns = {name: RawColumn(f"c{i}") for i, name in enumerate(header)}
    rules = _json_rules(columns, personal=declaration.source.personal)
    return Relation(layout, relation, columns, 1, rules, header=tuple(header), nul=nul)


_BROKEN = f"WHEN keys IS NULL AND trim(line_text) <> '' THEN '{NOT_AN_OBJECT}'"
# Comparing the keys of every line costs as much as reading it: asked only where some key stands twice.
_TWICE = f" WHEN len(list_distinct(keys)) < len(keys) THEN '{TWICE}'"


def lines_of(content: Content) -> str:
    """Relation of the lines of a text as `line_text`."""
    return (
        f"read_csv({literal(str(content.path))}, auto_detect = false, header = false, delim = '\\x01',"
        " quote = '', escape = '', nullstr = '', columns = {'line_text': 'VARCHAR'})"
    )


def shape_of(types: Mapping[str, str]) -> str:
    """What `json_transform` makes of an object: name -> type."""
    return "{" + ", ".join(f'{_json(name)}: "{kind}"' for name, kind in types.items()) + "}"


def json_path(name: str) -> str:
    """Where the value of a key stands in an object."""
    return "$." + _json(name)


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json_rules(columns: dict[str, RawColumn], *, personal: bool) -> tuple[Rule, ...]:
    """personal: a line that is not understood may hold what nobody may keep, so it is not shown."""
    whole = [
        Rule(
            REJECTED,
            reason,
            "",
            f"coalesce(broken = '{reason}', FALSE)",
            "" if personal else "left(line_text, 200)",
        )
        for reason in (NOT_AN_OBJECT, TWICE)
    ]
    nested = [
        Rule(
            REJECTED,
            NESTED,
            name,
            f"CASE WHEN left({raw.sql}, 1) IN ('{{', '[') THEN"
            f" json_type(line_text, {literal(json_path(name))}) IN ('OBJECT', 'ARRAY') ELSE FALSE END",
            f"left({raw.sql}, 200)",
        )
        for name, raw in columns.items()
    ]
    return (*whole, *nested)


def _parquet(connection: duckdb.DuckDBPyConnection, declaration: Declaration, content: Content) -> Relation:
    source = _read_parquet(content)
    try:
        leaves = dict(_leaves(pq.read_schema(content.path)))
        flat = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in leaves.items())
        described = connection.execute(f"DESCRIBE SELECT {flat} FROM {source}").fetchall()
    except (duckdb.Error, pa.ArrowException, OSError, ValueError) as fault:
        raise ContentFault(f"the Parquet file is cut short or damaged: {_first_line(fault)}") from fault
    types = dict(zip(leaves, (str(row[1]) for row in described), strict=True))
    layout = find_layout(declaration.layouts, "parquet", list(types), declaration.targets)
    single = [name for name, type_ in types.items() if not type_.startswith(_NESTED) and type_[-1:] != "]"]
    if nested := sorted(name for name in set(types) - set(single) if layout.reason_to_ignore(name) is None):
        raise ContentFault(f"columns that hold no single value: {nested}")
    _check_zone(layout, types)
    columns = {name: RawColumn(f"c{i}", types[name]) for i, name in enumerate(single)}
    selected = ", ".join(f"{leaves[name]} AS {raw.sql}" for name, raw in columns.items())
    return Relation(layout, f"(SELECT {selected} FROM {source})", columns, 1, header=tuple(types))


def _read_parquet(content: Content) -> str:
    """The rows that are to be read; groups of rows that hold none of them are passed over."""
    path = literal(str(content.path))
    if content.rows is None:
        return f"read_parquet({path}, hive_partitioning = false)"
    start, end = content.rows
    numbered = f"read_parquet({path}, hive_partitioning = false, {ROW_NUMBER} = true)"
    return f"(FROM {numbered} WHERE {ROW_NUMBER} >= {start} AND {ROW_NUMBER} < {end})"


def _leaves(schema: pa.Schema) -> Iterator[tuple[str, str]]:
    """Dotted name of every column, parts of structures included, with its SQL."""
    nodes = [(field.name, identifier(field.name), field.type) for field in schema]
    while nodes:
        name, sql, kind = nodes.pop(0)
        if pa.types.is_struct(kind):
            parts = [kind.field(i) for i in range(kind.num_fields)]
            nodes[:0] = [
                (f"{name}.{part.name}", f"{sql}.{identifier(part.name)}", part.type) for part in parts
            ]
        else:
            yield name, sql


def _check_zone(layout: Layout, types: dict[str, str]) -> None:
    """A Parquet time without a zone is nobody's time; a text column may still carry one in each row."""
    value = layout.values.get("measured_at")
    for name in value.columns() if type(value) is Col else ():
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
    return Relation(layout, SHEET, columns, first + 2, header=tuple(header))


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
