"""Reads one delivery as its source declared it: by column, in one pass, whole or not at all.

`read` leaves three temp tables (or views) in the connection. Every data row of the file is in exactly
one of them: `rows == accepted_rows + rejected_rows + unused_rows`, where one accepted row of a wide table
may give several cells.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault, UsageFault
from qos.domain.quarter import Period
from qos.domain.source import Shape
from qos.store.reading.content import Content, ContentFault, open_content
from qos.store.reading.lines import Lines, find_lines, number_rows, unsplit_table
from qos.store.reading.relation import FAULTS, OBJECTS, SHEET, Relation, open_relation
from qos.store.reading.rules import REJECTED, UNUSED, Judgement, Rule
from qos.store.reading.words import Words, identifier, literal

JUDGED = "reading_judged"
ACCEPTED, CELLS = "reading_accepted", "reading_cells"
REJECTED_ROWS, UNUSED_ROWS = "reading_rejected", "reading_unused"
RAW = (OBJECTS, FAULTS, f"{FAULTS}_scan")
SHOWN_ROWS = 5


@dataclass(frozen=True)
class Reading:
    """What one delivery gave, and the names of the temp tables that hold it.

    accepted: typed columns named as in `qos.domain.declaration.TARGETS` (absent ones are absent),
    `measured_at` TIMESTAMP in UTC, numbers DOUBLE, `flags` VARCHAR[] where the layout has flags, `line`
    BIGINT (row number in Parquet); aggregates are long, one row per cell with `metric` and `value`.
    rejected: line, column, value (up to 200 characters), reason, row_count.  unused: line, reason.
    empty_values: cells that a wide row did not give, by metric.  first_rows: as delivered.
    """

    source: str
    delivery: str
    layout: str
    shape: Shape
    form: str
    compression: str
    encoding: str
    delimiter: str
    rows: int
    accepted_rows: int
    rejected_rows: int
    unused_rows: int
    kept_columns: tuple[str, ...]
    ignored_columns: Mapping[str, str] = field(hash=False)
    empty_values: Mapping[str, int] = field(hash=False)
    first_rows: tuple[Mapping[str, str | None], ...] = field(hash=False)
    accepted: str = ACCEPTED
    rejected: str = REJECTED_ROWS
    unused: str = UNUSED_ROWS


def read(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    path: Path,
    *,
    delivery: str,
    period: Period | None,
    suffix: str | None = None,
) -> Reading:
    """Reads the file at `path`; `delivery` is its name to the user, `suffix` how that name ends.

    The tables of an earlier reading in this connection are replaced. Raises DeliveryFault when the
    delivery is stopped whole, and UsageFault when a period is missing or not wanted.
    """
    source = declaration.source.name
    _check_period(declaration, delivery, period)
    _forget(connection)
    connection.execute("SET preserve_insertion_order = true")  # the line of a row is its place in the table
    with tempfile.TemporaryDirectory(prefix="qos-reading-") as folder:
        try:
            content = open_content(path, Path(folder), suffix or path.suffix)
            relation = open_relation(connection, declaration, content)
            return _judge(connection, declaration, delivery, content, relation, period)
        except (ContentFault, duckdb.InvalidInputException, duckdb.IOException) as fault:
            _forget(connection)
            message = str(fault).strip().splitlines()[0]
            raise DeliveryFault(source, delivery, message, next_command=f"qos try {source} FILE") from fault


def _check_period(declaration: Declaration, delivery: str, period: Period | None) -> None:
    source = declaration.source
    if source.needs_period and period is None:
        raise UsageFault(
            f"{source.name} {delivery}: it does not say when it was measured; give the period",
            next_command=f"qos ingest {source.name} FILE --period 2021-03",
        )
    if period is not None and not source.needs_period:
        raise UsageFault(
            f"{source.name} {delivery}: its rows carry their own times, a period would not be used",
            next_command=f"qos ingest {source.name} FILE",
        )


def _forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Drops what an earlier reading left."""
    connection.execute(f"DROP VIEW IF EXISTS temp.{ACCEPTED}")
    _drop(connection, (CELLS, REJECTED_ROWS, UNUSED_ROWS, JUDGED, *RAW))


def _drop(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> None:
    for name in tables:
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    connection.unregister(SHEET)


def _judge(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    delivery: str,
    content: Content,
    relation: Relation,
    period: Period | None,
) -> Reading:
    layout = relation.layout
    words = Words(relation.columns, layout.none, layout.decimal_comma, period)
    judgement = Judgement(words, layout, declaration.targets, content.nul, relation.form)
    numbered = relation.sql
    if judgement.needs_row_number:
        numbered = f"(SELECT *, row_number() OVER () AS row_number FROM {relation.sql})"
    connection.execute(f"CREATE TEMP TABLE {JUDGED} AS {judgement.select(numbered)}")
    rows = _count(connection, f"SELECT count(*) FROM {JUDGED}")
    lines = Lines(relation.first_line, None, [])
    if content.form == "csv":
        lines = find_lines(connection, relation, content, rows)
        number_rows(connection, lines)
    accepted = _write_accepted(connection, judgement, lines)
    _write_left_out(connection, judgement.rules, lines)
    first_rows = _first_rows(connection, relation)
    _drop(connection, RAW)
    return Reading(
        source=declaration.source.name,
        delivery=delivery,
        layout=layout.name,
        shape=declaration.source.shape,
        form=content.form,
        compression=content.compression,
        encoding=content.encoding,
        delimiter=relation.delimiter,
        rows=rows + len(lines.unsplit),
        accepted_rows=_count(connection, f"SELECT count(*) FROM {JUDGED} WHERE fault IS NULL"),
        rejected_rows=_count(connection, f"SELECT count(*) FROM {REJECTED_ROWS}"),
        unused_rows=_count(connection, f"SELECT count(*) FROM {UNUSED_ROWS}"),
        kept_columns=tuple(name for name in relation.columns if name not in layout.ignored),
        ignored_columns={n: reason for n, reason in layout.ignored.items() if n in relation.columns},
        empty_values=_empty_values(connection, judgement),
        first_rows=first_rows,
        accepted=accepted,
    )


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _write_accepted(connection: duckdb.DuckDBPyConnection, judgement: Judgement, lines: Lines) -> str:
    """The rows without a fault; of a wide table one row per metric that has a value. Gives its name."""
    layout = judgement.layout
    kept = [name for name in judgement.values if name not in layout.metrics]
    columns = ", ".join(identifier(name) for name in (*kept, *(("flags",) if layout.flags else ())))
    start = f"SELECT {columns}{', ' if columns else ''}"
    end = f"{lines.sql} AS line FROM {JUDGED} WHERE fault IS NULL"
    if not layout.metrics:
        connection.execute(f"CREATE TEMP VIEW {ACCEPTED} AS {start}{end}")
        return ACCEPTED
    given = {metric: identifier(metric) for metric in judgement.metrics} or dict.fromkeys(
        layout.metrics, "NULL"
    )
    cells = [
        f"{start}{literal(metric)} AS metric, {value}::DOUBLE AS value, {end} AND {value} IS NOT NULL"
        for metric, value in given.items()
    ]
    connection.execute(f"CREATE TEMP TABLE {CELLS} AS {' UNION ALL '.join(cells)} ORDER BY line, metric")
    return CELLS


def _write_left_out(connection: duckdb.DuckDBPyConnection, rules: list[Rule], lines: Lines) -> None:
    names = {
        fate: ", ".join(
            f"({i}, {literal(rule.column)}, {literal(rule.reason)})"
            for i, rule in enumerate(rules)
            if rule.fate == fate
        )
        for fate in (REJECTED, UNUSED)
    }
    connection.execute(
        f'CREATE TEMP TABLE {REJECTED_ROWS} (line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR,'
        " row_count BIGINT DEFAULT 1)"
    )
    connection.register("reading_unsplit", unsplit_table(lines))
    connection.execute(f"INSERT INTO {REJECTED_ROWS} SELECT line, '', value, reason, 1 FROM reading_unsplit")
    connection.unregister("reading_unsplit")
    connection.execute(
        f"INSERT INTO {REJECTED_ROWS} SELECT {lines.sql}, r.name, fault_value, r.reason, 1 FROM {JUDGED} j"
        f" JOIN (VALUES {names[REJECTED]}) r(fault, name, reason) ON j.fault = r.fault"
    )
    connection.execute(f"CREATE TEMP TABLE {UNUSED_ROWS} (line BIGINT, reason VARCHAR)")
    if names[UNUSED]:
        connection.execute(
            f"INSERT INTO {UNUSED_ROWS} SELECT {lines.sql}, r.reason FROM {JUDGED} j"
            f" JOIN (VALUES {names[UNUSED]}) r(fault, name, reason) ON j.fault = r.fault"
        )


def _empty_values(connection: duckdb.DuckDBPyConnection, judgement: Judgement) -> dict[str, int]:
    return {
        metric: _count(
            connection, f"SELECT count(*) FROM {JUDGED} WHERE fault IS NULL AND {identifier(metric)} IS NULL"
        )
        for metric in judgement.metrics
    }


def _first_rows(
    connection: duckdb.DuckDBPyConnection, relation: Relation
) -> tuple[dict[str, str | None], ...]:
    columns = ", ".join(f"{raw.shown} AS {identifier(name)}" for name, raw in relation.columns.items())
    found = connection.execute(f"SELECT {columns} FROM {relation.sql} LIMIT {SHOWN_ROWS}").fetchall()
    return tuple(dict(zip(relation.columns, row, strict=True)) for row in found)
