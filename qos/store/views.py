"""A snapshot as two views, `measurement` and `aggregate`: the same for any order of rows and landings."""

from dataclasses import dataclass
from typing import Self

import duckdb
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from qos.domain.errors import NotFound
from qos.store import deliveries, parts
from qos.store.bulk import connect, sql
from qos.store.schema import AGGREGATE_CONTENT, AGGREGATE_KEY, AGGREGATES, MEASUREMENTS, same
from qos.store.tables import DELIVERY, SNAPSHOT
from qos.store.workspace import Workspace

AGGREGATE_COLUMNS = [name for name in AGGREGATES if name not in ("quarter", "flags")]
MEASUREMENT_COLUMNS = [name for name in MEASUREMENTS if name != "content_hash"]

_FIGURE = tuple(name for name in AGGREGATE_KEY if name not in ("source", "publisher"))


@dataclass(frozen=True)
class SnapshotView:
    """One snapshot, readable with SQL until it is closed.

    connection: has the views `measurement` (columns of the contract, `source`, `delivery`, `quarter`,
    `flags`, `counts`), `aggregate` (`source` … `citation`, `flags`, `counts`) and `delivery`. Rows whose
    `counts` is false are kept but enter nothing. number: of the snapshot, 0 for the empty store.
    digest: over what was landed, whatever the order. as_of: when the last of it was received, ISO UTC;
    empty for the empty store. deliveries: one row each, as in `delivery`.
    """

    connection: duckdb.DuckDBPyConnection
    number: int
    digest: str
    as_of: str
    deliveries: pd.DataFrame

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_snapshot(
    workspace: Workspace, number: int | None = None, *, threads: int = 2, memory: str | None = None
) -> SnapshotView:
    """The newest snapshot, or the one of that number. Raises NotFound. memory: such as `2GB`."""
    with workspace.engine.connect() as database:
        newest = deliveries.last_snapshot(database)
        number = newest if number is None else number
        if not 0 <= number <= newest:
            raise NotFound(f"no snapshot {number}; the newest is {newest}")
        digest = database.execute(
            sa.select(SNAPSHOT.c.digest).where(SNAPSHOT.c.number == number)
        ).scalar_one_or_none()
        landed = _landed(database, number)
        listed = parts.listed(database, number)
        empty = deliveries.digest_of([])
    connection = connect(workspace.store, threads=threads, memory=memory)
    connection.register("delivery_frame", pa.Table.from_pandas(landed, preserve_index=False))
    connection.execute("CREATE TEMP TABLE delivery AS FROM delivery_frame")
    connection.unregister("delivery_frame")
    for dataset, view in (("measurements", "part_measurement"), ("aggregates", "part_aggregate")):
        paths = [workspace.store / part.path for part in listed if part.dataset == dataset]
        parts.view_of_files(connection, view, dataset, paths)
    _view_measurements(connection)
    _view_aggregates(connection)
    as_of = "" if landed.empty else str(landed["received_at"].max())
    return SnapshotView(connection, number, digest or empty, as_of, landed)


_DELIVERY = {
    "delivery": DELIVERY.c.id,
    **{
        name: DELIVERY.c[name]
        for name in (
            *("source", "sha256", "bytes", "file_name", "period", "received_at", "licence", "layout"),
            *("rows", "accepted", "duplicate", "rejected", "unused", "repeated", "quarters", "snapshot"),
        )
    },
}


def _landed(database: sa.Connection, number: int) -> pd.DataFrame:
    rows = database.execute(
        sa.select(*_DELIVERY.values())
        .where(DELIVERY.c.state == deliveries.LANDED, DELIVERY.c.snapshot <= number)
        .order_by(DELIVERY.c.source, DELIVERY.c.id)
    ).all()
    frame = pd.DataFrame(rows, columns=list(_DELIVERY))
    text = [name for name, column in _DELIVERY.items() if isinstance(column.type, sa.String)]
    whole = [name for name in _DELIVERY if name not in text]
    return frame.astype(dict.fromkeys(text, "str") | dict.fromkeys(whole, "int64"))


def _view_measurements(connection: duckdb.DuckDBPyConnection) -> None:
    """Sources none of whose deliveries repeated an id are not searched for repeats."""
    connection.execute(
        """
        CREATE TEMP TABLE repeated_id AS
        SELECT source, measurement_id FROM part_measurement
        WHERE source IN (SELECT source FROM delivery WHERE repeated > 0)
        GROUP BY source, measurement_id HAVING count(*) > 1
        """
    )
    connection.execute(sql("settle_measurement"))
    connection.execute(sql("view_measurement").replace("{columns}", ", ".join(MEASUREMENT_COLUMNS)))


def _view_aggregates(connection: duckdb.DuckDBPyConnection) -> None:
    figure = f"concat_ws(chr(31), lower(trim(publisher)), {same(_FIGURE)})"
    replaced = {
        "{columns}": ", ".join(AGGREGATE_COLUMNS),
        "{key}": same(AGGREGATE_KEY),
        "{content}": same((*AGGREGATE_KEY, *AGGREGATE_CONTENT)),
        "{figure}": figure,
    }
    query = sql("view_aggregate")
    for name, text in replaced.items():
        query = query.replace(name, text)
    connection.execute(query)
