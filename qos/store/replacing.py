"""Rows of some deliveries leave the files they share with others, in a snapshot that is being made.

Older snapshots keep their files. Nothing counts until the transaction of the snapshot is committed; files
written for one that is not are forgotten by `discard`.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field

import duckdb
import sqlalchemy as sa

from qos.store import parts
from qos.store.bulk import columns_of, quoted
from qos.store.keeping import Record
from qos.store.parts import Part, Place
from qos.store.tables import LANDING, PART
from qos.store.workspace import Workspace

RESOLVED = {
    "measurements": "operator IS NOT NULL AND region IS NOT NULL",
    "aggregates": "true",  # a figure whose operator or region nobody knows is rejected: it is no row
}
"""Rows that count for an operator and a region."""


@dataclass
class Replacing:
    """A snapshot in which some deliveries are landed again.

    database: a transaction in which the snapshot of this number was begun: whoever reads the lists of parts
    and landings through it sees the store without what these deliveries brought before.
    old: the files that hold those rows, by delivery. written: paths of files made so far.
    """

    workspace: Workspace
    connection: duckdb.DuckDBPyConnection
    database: sa.Connection
    number: int
    old: dict[str, list[Record]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    def take_out(self, deliveries: Collection[str], sources: Collection[str]) -> None:
        """Ends the landings of these deliveries, of these sources, and lists files without their rows."""
        chosen = set(deliveries)
        self.old = {delivery: [] for delivery in chosen}
        for row in parts.listed(self.database, self.number - 1):
            held = self._held(row) if row.source is None or row.source in sources else set()
            if not held & chosen:
                continue
            for delivery in held & chosen:
                self.old[delivery].append(row)
            self._end_part(row, self.number)
            if rest := held - chosen:
                self._copy(row, rest, delivery=None)
        for delivery in sorted(chosen):
            self._end_landing(delivery, self.number)

    def put_back(self, delivery: str) -> None:
        """The rows and the landing of a delivery as they were."""
        for row in self.old[delivery]:
            if row.delivery == delivery:
                self._end_part(row, None)
            else:
                self._copy(row, {delivery}, delivery=delivery)
        self._end_landing(delivery, None)

    def resolved_before(self, delivery: str) -> int:
        """Rows of a delivery that counted for an operator and a region."""
        return self._resolved([(str(row.path), str(row.dataset)) for row in self.old[delivery]], delivery)

    def resolved(self, written: Iterable[Part], delivery: str) -> int:
        """The same of files just written for it."""
        return self._resolved([(part.path, part.dataset) for part in written], delivery)

    def discard(self) -> None:
        """Removes the files written for a snapshot that will not be."""
        for path in self.written:
            (self.workspace.store / path).unlink(missing_ok=True)

    def _end_part(self, row: Record, number: int | None) -> None:
        self.database.execute(PART.update().where(PART.c.path == row.path).values(to_snapshot=number))

    def _end_landing(self, delivery: str, number: int | None) -> None:
        """Of the landing that holds, or held until this snapshot."""
        newest = sa.or_(LANDING.c.to_snapshot.is_(None), LANDING.c.to_snapshot == self.number)
        this = sa.and_(LANDING.c.delivery == delivery, newest)
        self.database.execute(LANDING.update().where(this).values(to_snapshot=number))

    def _file(self, path: object) -> str:
        file = quoted(str(self.workspace.store / str(path)))
        return f"read_parquet({file}, hive_partitioning = false)"

    def _held(self, row: Record) -> set[str]:
        if row.delivery is not None:
            return {str(row.delivery)}
        found = self.connection.execute(f"SELECT DISTINCT delivery FROM {self._file(row.path)}").fetchall()
        return {delivery for (delivery,) in found}

    def _copy(self, row: Record, deliveries: Collection[str], *, delivery: str | None) -> None:
        """A file with the rows of these deliveries only, sorted where it was, listed in place of `row`."""
        names = ", ".join(quoted(name) for name in sorted(deliveries))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW moving AS "
            f"SELECT * FROM {self._file(row.path)} WHERE delivery IN ({names})"
        )
        place = Place(
            *(getattr(row, name) for name in ("dataset", "quarter", "service", "bucket", "buckets"))
        )
        columns = columns_of(self.connection, "moving")
        staged = parts.stage(
            self.connection, self.workspace.store, place, "moving", columns, ordered=row.delivery is None
        )
        name = f"rest-{self.number:06d}-{len(self.written):04d}"
        for part in parts.settle_all(self.connection, self.workspace.store, [staged] if staged else [], name):
            self.written.append(part.path)
            where = {"source": row.source, "delivery": delivery or row.delivery, "from_snapshot": self.number}
            self.database.execute(PART.insert(), asdict(part) | where)

    def _resolved(self, files: list[tuple[str, str]], delivery: str) -> int:
        found = 0
        for dataset in {dataset for _, dataset in files}:
            paths = [self.workspace.store / path for path, of in files if of == dataset]
            parts.view_of_files(self.connection, "counted", dataset, paths)
            found += self.connection.execute(
                f"SELECT count(*) FROM counted WHERE delivery = {quoted(delivery)} AND {RESOLVED[dataset]}"
            ).fetchall()[0][0]
        return found
