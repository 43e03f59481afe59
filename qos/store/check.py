"""Whether a store is what its control database says it is."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import sqlalchemy as sa

from qos.store import database as control
from qos.store.files import only_writer, sha256_of
from qos.store.keeping import fault_of
from qos.store.tables import DELIVERY, LANDING, PART, REJECT_COUNT, REVISION, UNUSED_COUNT
from qos.store.workspace import Workspace

INFO = "info: "
"""Begins a line that is worth knowing but no fault."""

_KEPT = ("deliveries", "measurements", "aggregates")


def check_store(workspace: Workspace) -> list[str]:
    """Faults of the store, one line each, none when it is sound; lines beginning `info: ` are no faults.

    Reads and hashes every file; a sealed delivery is opened, and its plain bytes are hashed. Files that
    no record names are no fault: they do not exist.
    """
    found = control.revision(workspace.engine)
    if found != REVISION:
        return [f"database: revision {found or 'none'}, expected {REVISION}"]
    with workspace.engine.connect() as database:
        delivered = database.execute(sa.select(DELIVERY).order_by(DELIVERY.c.path)).all()
        listed = database.execute(sa.select(PART).order_by(PART.c.path)).all()
        faults = list(_landings(database))
    for row in delivered:
        if fault := fault_of(workspace.store, row, workspace.key):
            faults.append(f"{fault} ({row.file_name})")
    for row in listed:
        changed = list(_file(workspace.store, row))
        faults += changed or _rows(workspace.store, row)
    return faults + [f"{INFO}{path}: in no record, does not exist" for path in orphans(workspace)]


def _landings(database: sa.Connection) -> Iterator[str]:
    """Every landed delivery has one landing that holds, and the counts of a landing add up."""
    holding: dict[str, int] = dict(
        database.execute(
            sa.select(LANDING.c.delivery, sa.func.count())
            .where(LANDING.c.to_snapshot.is_(None))
            .group_by(LANDING.c.delivery)
        ).all()
    )
    landed = database.execute(sa.select(DELIVERY.c.id).where(DELIVERY.c.state == "landed")).scalars()
    for delivery in sorted({*landed, *holding}):
        if holding.get(delivery) != 1:
            yield f"delivery {delivery}: {holding.get(delivery, 0)} landings hold, expected 1"
    rejected, unused = (_sums(database, table) for table in (REJECT_COUNT, UNUSED_COUNT))
    for row in database.execute(sa.select(LANDING).order_by(LANDING.c.delivery, LANDING.c.snapshot)):
        where = f"delivery {row.delivery} in snapshot {row.snapshot}"
        key = (row.delivery, row.snapshot)
        if row.rows != row.accepted + row.duplicate + row.rejected + row.unused:
            yield f"{where}: {row.rows} rows are not accepted + duplicate + rejected + unused"
        for name, counted in (("rejected", rejected), ("unused", unused)):
            if counted.get(key, 0) != getattr(row, name):
                yield f"{where}: {getattr(row, name)} rows {name}, {counted.get(key, 0)} by reason"


def _sums(database: sa.Connection, table: sa.Table) -> dict[tuple[str, int], int]:
    summed = database.execute(
        sa.select(table.c.delivery, table.c.snapshot, sa.func.sum(table.c.count)).group_by(
            table.c.delivery, table.c.snapshot
        )
    )
    return {(delivery, snapshot): int(count) for delivery, snapshot, count in summed}


def _file(store: Path, row: sa.Row[tuple[object, ...]]) -> Iterator[str]:
    path, what = store / str(row.path), f"{row.rows} rows"
    if not path.exists():
        yield f"{row.path}: missing ({what})"
        return
    sha256, size = sha256_of(path)
    if size != row.bytes:
        yield f"{row.path}: {size} bytes, expected {row.bytes} ({what})"
    elif sha256 != row.sha256:
        yield f"{row.path}: changed, sha256 is {sha256}, expected {row.sha256} ({what})"


def _rows(store: Path, row: sa.Row[tuple[object, ...]]) -> list[str]:
    held = pq.read_metadata(store / str(row.path)).num_rows
    return [] if held == row.rows else [f"{row.path}: {held} rows, expected {row.rows}"]


def orphans(workspace: Workspace) -> list[str]:
    """Files of the store in no record: left by a landing that never finished. Paths under the store."""
    with workspace.engine.connect() as database:
        known = set(database.execute(sa.select(PART.c.path)).scalars())
        known |= set(database.execute(sa.select(DELIVERY.c.path)).scalars())
    held = (
        path.relative_to(workspace.store).as_posix()
        for folder in (*_KEPT, "staging")
        for path in (workspace.store / folder).rglob("*")
        if path.is_file()
    )
    return sorted(path for path in held if path not in known)


def collect_garbage(workspace: Workspace) -> list[str]:
    """Removes the orphans, when nobody is writing; returns their paths."""
    with only_writer(workspace.store):
        found = orphans(workspace)
        for path in found:
            (workspace.store / path).unlink()
    return found
