"""A snapshot as two views, `measurement` and `aggregate`: the same for any order of rows and landings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import duckdb
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from qos.domain.errors import NotFound
from qos.domain.flags import FLAGS, mask
from qos.domain.measurement import Service
from qos.domain.quarter import Quarter
from qos.store import deliveries, parts
from qos.store.bulk import ROW_NUMBER, connect, quoted, sql
from qos.store.schema import (
    AGGREGATE_CONTENT,
    AGGREGATE_KEY,
    AGGREGATES,
    CONTENT,
    KEYLESS,
    MEASUREMENTS,
    same,
)
from qos.store.selecting import Bucket
from qos.store.tables import SNAPSHOT
from qos.store.workspace import Workspace

AGGREGATE_COLUMNS = [name for name in AGGREGATES if name not in ("quarter", "flags")]
MEASUREMENT_COLUMNS = [name for name in MEASUREMENTS if name != "flags"]

_FIGURE = tuple(name for name in AGGREGATE_KEY if name not in ("source", "publisher"))


@dataclass(frozen=True)
class SnapshotView:
    """One snapshot, readable with SQL until it is closed.

    connection: has the views `measurement` (columns of the contract, `source`, `delivery`, `quarter`,
    `flags`, the same as bits in `flag_bits`, `counts`), `aggregate` (`source` … `citation`, `flags`,
    `counts`) and `delivery`. Rows whose `counts` is false are kept but enter nothing. number: of the
    snapshot, 0 for the empty store. digest: over what was landed, whatever the order. as_of: when the last
    of it was received, ISO UTC; empty for the empty store. deliveries: one row each, as in `delivery`.
    files: what it consists of, under `store`.
    """

    connection: duckdb.DuckDBPyConnection
    number: int
    digest: str
    as_of: str
    deliveries: pd.DataFrame
    store: Path
    files: tuple[parts.Row, ...]

    def buckets(self, quarter: Quarter, service: Service) -> list[Bucket]:
        """The measurements of a quarter and service in parts: every row of a subject is in the same one.

        As many as merging made, for memory that does not grow with the quarter; rows landed since are
        sought out of their files for each bucket.
        """
        own = [
            part
            for part in self.files
            if (part.dataset, part.quarter, part.service) == ("measurements", str(quarter), service)
        ]
        count = max((part.buckets for part in own), default=1)
        return [self._bucket(own, quarter, service, number, count) for number in range(count)]

    def _bucket(
        self, own: list[parts.Row], quarter: Quarter, service: Service, number: int, count: int
    ) -> Bucket:
        name = f"bucket_{str(quarter).lower()}_{service}_{number:03d}"
        sorted_in = [part for part in own if (part.buckets, part.bucket) == (count, number)]
        others = [part for part in own if part.buckets < count]
        in_order = not others and len(sorted_in) == 1 and sorted_in[0].delivery is None
        numbered = in_order and not _any_repeated(self.connection)
        for view, held in ((f"{name}_sorted", sorted_in), (f"{name}_other", others)):
            paths = [self.store / one.path for one in held]
            parts.view_of_files(self.connection, view, "measurements", paths, numbered=numbered)
        mine = f"{parts.BUCKET_OF} & {count - 1} = {number}"
        rows = f"(FROM {name}_sorted UNION ALL BY NAME FROM {name}_other WHERE {mine})"
        here = f"quarter = {quoted(str(quarter))} AND service = {quoted(service)} AND {mine}"
        more = (ROW_NUMBER,) if numbered else ()
        _view_measurements(self.connection, name, rows, here, more)
        return Bucket(
            name,
            ordered=f"{name}_sorted" if in_order else None,
            # Ids are the longest column: where the rows lie sorted they are not read for their order.
            place=ROW_NUMBER if numbered else "measurement_id",
        )

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
        landed = deliveries.landed_in(database, number)
        listed = parts.listed(database, number)
        empty = deliveries.digest_of([])
    connection = connect(workspace.store, threads=threads, memory=memory)
    connection.register("delivery_frame", pa.Table.from_pandas(landed, preserve_index=False))
    connection.execute("CREATE TEMP TABLE delivery AS FROM delivery_frame")
    connection.unregister("delivery_frame")
    for dataset, view in (("measurements", "part_measurement"), ("aggregates", "part_aggregate")):
        paths = [workspace.store / part.path for part in listed if part.dataset == dataset]
        parts.view_of_files(connection, view, dataset, paths)
    _settle_measurements(connection)
    _view_measurements(connection, "measurement")
    _view_aggregates(connection)
    as_of = "" if landed.empty else str(landed["received_at"].max())
    return SnapshotView(connection, number, digest or empty, as_of, landed, workspace.store, tuple(listed))


def _settle_measurements(connection: duckdb.DuckDBPyConnection) -> None:
    """Only quarters into which some delivery repeated an id are searched for repeats."""
    connection.execute(
        """
        CREATE TEMP TABLE repeated_id AS
        WITH searched AS (
            SELECT DISTINCT source, unnest(string_split(quarters, ';')) AS quarter
            FROM delivery WHERE repeated > 0
        )
        SELECT source, quarter, measurement_id
        FROM part_measurement SEMI JOIN searched USING (source, quarter)
        GROUP BY source, quarter, measurement_id HAVING count(*) > 1
        """
    )
    query = sql("settle_measurement").replace("{content}", f"md5({same(CONTENT)})")
    query = query.replace("{keyless}", f"md5({same(KEYLESS)})")
    connection.execute(query.replace("{conflict}", str(mask(["id-conflict"]))))


def _any_repeated(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM repeated_id").fetchall()[0][0])


def _view_measurements(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    rows: str = "part_measurement",
    own: str = "true",
    more: tuple[str, ...] = (),
) -> None:
    """A view of these rows, each measurement once. own: which of those that were repeated are theirs.

    Where no id is repeated the view does not name it: ids are the longest column, and are then not read.
    more: columns of the rows beside those of a measurement.
    """
    names = ", ".join(
        f"CASE WHEN flag_bits & {mask([name])} <> 0 THEN {quoted(name)} END" for name in sorted(FLAGS)
    )
    replaced = {
        "view": view,
        "columns": ", ".join((*MEASUREMENT_COLUMNS, *more)),
        "names": names,
        "rows": rows,
        "settled": sql("view_settled").replace("{own}", own) if _any_repeated(connection) else "",
    }
    query = sql("view_measurement")
    for name, text in replaced.items():
        query = query.replace(f"{{{name}}}", text)
    connection.execute(query)


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
