"""Reads one delivery as its source declared it: by column, in one pass, whole or not at all.

`read` leaves three temp tables (or views) in the connection. Every data row of the file is in exactly
one of them: `rows == accepted_rows + rejected_rows + unused_rows`, where one accepted row of a wide table
may give several cells.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault, UsageFault
from qos.domain.measurement import Service
from qos.domain.quarter import Period
from qos.domain.source import Shape
from qos.store.files import scratch_folder
from qos.store.reading.content import Content, open_content
from qos.store.reading.held import write_held
from qos.store.reading.judging import JUDGED, UNSPLIT, Judged, Said, count, judge, judge_plain
from qos.store.reading.plain import PLAIN
from qos.store.reading.plain_lines import may_be_plain
from qos.store.reading.relation import FAULTS, OBJECTS, SHEET, Relation, open_first_lines, open_relation
from qos.store.reading.rules import REJECTED, UNUSED
from qos.store.reading.unpacking import ContentFault
from qos.store.reading.words import identifier, literal
from qos.store.schema import COLUMN_TYPES

ACCEPTED, CELLS = "reading_accepted", "reading_cells"
REJECTED_ROWS, UNUSED_ROWS = "reading_rejected", "reading_unused"
RAW = (OBJECTS, FAULTS, f"{FAULTS}_scan")
SHOWN_ROWS = 5


@dataclass(frozen=True)
class Reading:
    """What one delivery gave, and the names of the temp tables that hold it.

    accepted: typed columns named as in `qos.domain.declaration.TARGETS` (absent ones are absent),
    `measured_at` TIMESTAMP in UTC, numbers DOUBLE, `flags` VARCHAR[] where the layout has flags, `line`
    BIGINT, of each row its own; aggregates are long, one row per cell with `metric` and `value`.
    rejected: line, column, value (up to 200 characters), reason, row_count.  unused: line, reason.
    counts: what `line` is: `line` of the text, `document` (its number), or `row` (its number; Parquet, and
    documents of several rows).  empty_values: cells that a wide row did not give, by metric.  first_rows:
    as delivered.
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
    counts: str = "line"
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
    service: str | None = None,
    suffix: str | None = None,
    scratch: Path | None = None,
) -> Reading:
    """Reads the file at `path`; `delivery` is its name to the user, `suffix` how that name ends.

    service: `mobile` or `fixed`, for deliveries that do not say it. scratch: as of `opened`. The tables of
    an earlier reading in this connection are replaced. Raises DeliveryFault when the delivery is stopped
    whole, and UsageFault when a period is missing or not wanted, or a service is not wanted.
    """
    check_said(declaration, delivery, period, service)
    with (
        stopping(connection, declaration.source.name, delivery),
        opened(path, suffix, scratch=scratch) as file,
    ):
        return _read(connection, declaration, file, Said(delivery, period, service))


@dataclass(frozen=True)
class OpenedFile:
    """A delivery that was looked into, and a folder for temporary files: good for several readings."""

    content: Content
    folder: Path


@contextmanager
def opened(path: Path, suffix: str | None = None, *, scratch: Path | None = None) -> Iterator[OpenedFile]:
    """Looks into a file, unpacking it where needed. Raises ContentFault.

    scratch: in which its copies are made, see `scratch_folder`.
    """
    with scratch_folder(scratch) as folder:
        yield OpenedFile(open_content(path, folder, suffix or path.suffix), folder)


def read_opened(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    file: OpenedFile,
    *,
    delivery: str,
    period: Period | None,
    service: str | None = None,
) -> Reading:
    """As `read`, of a file that is open already."""
    check_said(declaration, delivery, period, service)
    with stopping(connection, declaration.source.name, delivery):
        return _read(connection, declaration, file, Said(delivery, period, service))


def _read(
    connection: duckdb.DuckDBPyConnection, declaration: Declaration, file: OpenedFile, said: Said
) -> Reading:
    connection.execute("SET preserve_insertion_order = true")  # the line of a row is its place in the table
    content = file.content
    first = may_be_plain(content) and open_first_lines(connection, declaration, content)
    if not first and content.form == "ndjson":  # of a CSV the header is enough
        write_held(content)
    relation = first or open_relation(connection, declaration, content, file.folder, said.delivery)
    _forget(connection, but=(OBJECTS, SHEET))
    judged = judge_plain(connection, declaration, said, content, relation)
    if judged:
        write_held(content, first=relation.first_line + SHOWN_ROWS)
    else:
        write_held(content)
        if first:
            relation = open_relation(connection, declaration, content, file.folder, said.delivery)
        judged = judge(connection, declaration, said, content, relation)
    return _reading(connection, declaration, said, content, relation, judged)


@contextmanager
def stopping(connection: duckdb.DuckDBPyConnection, source: str, delivery: str) -> Iterator[None]:
    """Whatever cannot be read of a delivery stops it; what the machine lacks is not the delivery's fault."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except (ContentFault, duckdb.Error, pa.ArrowException) as fault:
        _forget(connection)
        message = (str(fault).strip().splitlines() or [type(fault).__name__])[0]
        raise DeliveryFault(source, delivery, message, next_command=f"qos try {source} FILE") from fault


def check_said(
    declaration: Declaration, delivery: str, period: Period | None, service: str | None = None
) -> None:
    """Raises UsageFault where a period is missing, or something is said that would not be used."""
    source = declaration.source
    if service is not None and service not in tuple(Service):
        raise UsageFault(
            f"a service is {' or '.join(Service)}, not {service!r}", next_command="qos ingest --help"
        )
    if service is not None and not declaration.asks_service:
        raise UsageFault(
            f"{source.name} {delivery}: its rows say what was measured, a service would not be used",
            next_command=f"qos ingest {source.name} FILE",
        )
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


_LEFT = (CELLS, REJECTED_ROWS, UNUSED_ROWS, JUDGED, *RAW)


def _forget(connection: duckdb.DuckDBPyConnection, *, but: tuple[str, ...] = ()) -> None:
    """Drops what an earlier reading left. Looking first is quicker than dropping what is not there."""
    held = connection.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    if left := [name for (name,) in held if name in _LEFT and name not in but]:
        connection.execute(f"DROP VIEW IF EXISTS temp.{ACCEPTED}")
        if JUDGED not in left:
            connection.execute(f"DROP VIEW IF EXISTS temp.{JUDGED}")
        for name in left:
            connection.execute(f"DROP TABLE temp.{name}")
    for frame in (PLAIN, SHEET, UNSPLIT):
        if frame not in but:
            connection.unregister(frame)


def _drop(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> None:
    for name in tables:
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    for name in (SHEET, UNSPLIT):
        connection.unregister(name)


def _reading(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    said: Said,
    content: Content,
    relation: Relation,
    judged: Judged,
) -> Reading:
    layout = relation.layout
    accepted = _write_accepted(connection, judged)
    rejected = _write_left_out(connection, judged)
    first_rows = _first_rows(connection, relation)
    _drop(connection, RAW)
    return Reading(
        source=declaration.source.name,
        delivery=said.delivery,
        layout=layout.name,
        shape=declaration.source.shape,
        form=relation.form or content.form,
        compression=content.compression,
        encoding=content.encoding,
        delimiter=relation.delimiter,
        rows=judged.rows + rejected,
        accepted_rows=judged.accepted,
        rejected_rows=count(connection, f"SELECT count(*) FROM {REJECTED_ROWS}"),
        unused_rows=count(connection, f"SELECT count(*) FROM {UNUSED_ROWS}"),
        kept_columns=tuple(name for name in relation.header if layout.reason_to_ignore(name) is None),
        ignored_columns={
            name: reason for name in relation.header if (reason := layout.reason_to_ignore(name)) is not None
        },
        empty_values=_empty_values(connection, judged),
        first_rows=first_rows,
        counts="row" if content.form == "parquet" else relation.counts,
        accepted=accepted,
    )


def _write_accepted(connection: duckdb.DuckDBPyConnection, judged: Judged) -> str:
    """The rows without a fault; of a wide table one row per metric that has a value. Gives its name."""
    judgement = judged.judgement
    layout = judgement.layout
    kept = [name for name in judgement.values if name not in layout.metrics]
    columns = ", ".join(identifier(name) for name in (*kept, *(("flags",) if layout.flags else ())))
    start = f"SELECT {columns}{', ' if columns else ''}"
    end = f"{judged.line} AS line FROM {JUDGED} WHERE fault IS NULL"
    if not layout.metrics:
        # A table that is not used gives no row, but whoever lands it asks for the columns every row has.
        absent = [name for name in layout.required_targets(judgement.targets) if name not in judgement.values]
        nothing = "".join(f"NULL::{COLUMN_TYPES[name]} AS {identifier(name)}, " for name in absent)
        connection.execute(f"CREATE TEMP VIEW {ACCEPTED} AS {start}{nothing}{end}")
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


def _write_left_out(connection: duckdb.DuckDBPyConnection, judged: Judged) -> int:
    """Rejects and unused rows. Gives how many gave no row at all."""
    names = {
        fate: ", ".join(
            f"({i}, {literal(rule.column)}, {literal(rule.reason)})"
            for i, rule in enumerate(judged.judgement.rules)
            if rule.fate == fate
        )
        for fate in (REJECTED, UNUSED)
    }
    connection.execute(
        f'CREATE TEMP TABLE {REJECTED_ROWS} (line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR,'
        " row_count BIGINT DEFAULT 1)"
    )
    if judged.unsplit:
        columns = 'line, "column", left(value, 200), reason, 1'
        connection.execute(f"INSERT INTO {REJECTED_ROWS} SELECT {columns} FROM {judged.unsplit}")
    unsplit = count(connection, f"SELECT count(*) FROM {REJECTED_ROWS}")
    connection.execute(
        f"INSERT INTO {REJECTED_ROWS}"
        f" SELECT {judged.line}, r.name, fault_value, r.reason, 1 FROM {JUDGED} j"
        f" JOIN (VALUES {names[REJECTED]}) r(fault, name, reason) ON j.fault = r.fault"
    )
    connection.execute(f"CREATE TEMP TABLE {UNUSED_ROWS} (line BIGINT, reason VARCHAR)")
    if names[UNUSED]:
        connection.execute(
            f"INSERT INTO {UNUSED_ROWS} SELECT {judged.line}, r.reason FROM {JUDGED} j"
            f" JOIN (VALUES {names[UNUSED]}) r(fault, name, reason) ON j.fault = r.fault"
        )
    return unsplit


def _empty_values(connection: duckdb.DuckDBPyConnection, judged: Judged) -> dict[str, int]:
    return {
        metric: count(
            connection,
            f"SELECT count(*) FROM {JUDGED} WHERE fault IS NULL AND {identifier(metric)} IS NULL",
        )
        for metric in judged.judgement.metrics
    }


def _first_rows(
    connection: duckdb.DuckDBPyConnection, relation: Relation
) -> tuple[dict[str, str | None], ...]:
    if not relation.columns:
        return ()
    columns = ", ".join(f"{raw.shown} AS {identifier(name)}" for name, raw in relation.columns.items())
    found = connection.execute(f"SELECT {columns} FROM {relation.sql} LIMIT {SHOWN_ROWS}").fetchall()
    return tuple(dict(zip(relation.columns, row, strict=True)) for row in found)
