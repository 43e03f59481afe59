"""Landing one delivery: whole or not at all, exactly once."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Period
from qos.domain.source import Shape
from qos.ingest.pseudonyms import pseudonyms
from qos.ingest.resolve import Resolver
from qos.store import deliveries, parts, repeats
from qos.store.arriving import LANDING, Meanings, arrange_aggregates, arrange_measurements
from qos.store.bulk import connect
from qos.store.deliveries import Kept, Noticed
from qos.store.files import clear_leftovers, only_writer
from qos.store.noticing import notice
from qos.store.reading import Reading, read
from qos.store.workspace import Workspace

Progress = Callable[[str, float], None]
"""Told a step (`copy`, `read`, `resolve`, `write`) and how much of it is done, 0..1."""


@dataclass(frozen=True)
class LandingReport:
    """What became of one delivery, in rows: rows = accepted + duplicate + rejected + unused.

    state: `landed`, `again` (the same delivery was there: nothing added), `dry-run`.
    rejects, unused_for, flags: counts by name; quarters: that it brought rows for.
    """

    source: str
    delivery: str
    file_name: str
    state: str
    message: str
    layout: str = ""
    rows: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    unused: int = 0
    rejects: Mapping[str, int] = field(default_factory=dict)
    unused_for: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    quarters: tuple[str, ...] = ()
    snapshot: int | None = None


def land(
    workspace: Workspace,
    declaration: Declaration,
    path: Path,
    *,
    period: Period | None = None,
    received_at: dt.datetime | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LandingReport:
    """Lands one delivery of a source. Waits while another landing writes into the workspace.

    received_at: with a zone; now unless given. A delivery that cannot be read is kept with the reason
    and raised as DeliveryFault; it can be landed again later. A crash at any moment leaves the store
    as it was, and the next landing of the same file completes it.
    """
    tell = progress or _silent
    received_at = received_at or dt.datetime.now(dt.UTC)
    deliveries.iso(received_at)  # refuses a moment without a zone before anything is done
    if not path.is_file():
        raise DeliveryFault(declaration.source.name, path.name, "no such file")
    with only_writer(workspace.store):
        clear_leftovers(workspace.store)
        if dry_run:
            kept = deliveries.look_at(declaration.source, path, period)
        else:
            kept = deliveries.keep(
                workspace.store, declaration.source, path, period, progress=lambda done: tell("copy", done)
            )
        with workspace.engine.connect() as database:
            state = deliveries.state_of(database, kept.id)
        if state == deliveries.LANDED:
            return _report(kept, "again", "same delivery again: nothing added")
        landing = _Landing(workspace, declaration, kept, path, period, received_at, tell)
        return landing.try_out() if dry_run else landing.land()


@dataclass(frozen=True)
class _Landing:
    """One delivery on its way in."""

    workspace: Workspace
    declaration: Declaration
    kept: Kept
    given: Path
    period: Period | None
    received_at: dt.datetime
    tell: Progress

    def try_out(self) -> LandingReport:
        with connect(self.workspace.store) as connection:
            noticed = self._arrange(connection)
        return _report(self.kept, "dry-run", "nothing was changed", noticed)

    def land(self) -> LandingReport:
        """Files first, then one transaction that makes them count."""
        workspace, source = self.workspace, self.declaration.source
        with connect(workspace.store) as connection:
            try:
                noticed = self._arrange(connection)
            except DeliveryFault as fault:
                with workspace.engine.begin() as database:
                    deliveries.record_stopped(
                        database, self.kept, source, workspace.store, self.received_at, fault.reason
                    )
                raise
            written = self._write(connection)
        with workspace.engine.begin() as database:
            snapshot = deliveries.record_landed(
                database, self.kept, source, workspace.store, self.received_at, noticed, written
            )
        return _report(self.kept, "landed", f"landed in snapshot {snapshot}", noticed, snapshot)

    @property
    def _dataset(self) -> str:
        return "measurements" if self.declaration.source.shape is Shape.MEASUREMENTS else "aggregates"

    def _arrange(self, connection: duckdb.DuckDBPyConnection) -> Noticed:
        """Reads the file and leaves the rows to be stored in the table `landing`."""
        self.tell("read", 0.0)
        reading = read(
            connection,
            self.declaration,
            self.kept.path,
            delivery=self.given.name,
            period=self.period,
            suffix=deliveries.suffix_of(self.given),
        )
        self.tell("read", 1.0)
        self._resolve(connection, reading)
        with self.workspace.engine.connect() as database:
            repeated = repeats.find(
                connection, database, self.workspace.store, self._dataset, self.declaration.source.name
            )
        self.tell("resolve", 1.0)
        return notice(connection, reading, repeated, hidden=_identifying(self.declaration))

    def _resolve(self, connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
        source = self.declaration.source.name
        resolver = Resolver(self.workspace.pack)
        meanings = Meanings(
            time_zone=self.workspace.pack.time_zone,
            epoch=resolver.epoch,
            operator=resolver.operator,
            region=resolver.region,
            knows_region=resolver.knows_region,
            pseudonym=pseudonyms(self.workspace.key, source),
        )
        if self._dataset == "measurements":
            arrange_measurements(
                connection,
                reading,
                meanings,
                source=source,
                delivery=self.kept.id,
                received_at=self.received_at,
            )
        else:
            arrange_aggregates(connection, reading, meanings, source=source, delivery=self.kept.id)

    def _write(self, connection: duckdb.DuckDBPyConnection) -> list[parts.Part]:
        store = self.workspace.store
        with self.workspace.engine.connect() as database:
            places = parts.partitions(database, connection, self._dataset, LANDING)
            name = f"{self.kept.id}-{deliveries.last_snapshot(database) + 1:06d}"
        return parts.write(
            connection, store, places, LANDING, name, progress=lambda done: self.tell("write", done)
        )


def _identifying(declaration: Declaration) -> frozenset[str]:
    """Columns of a delivery whose values are stored nowhere but in the delivery itself."""
    ours = ("measurement_id", "subject", "ip", "latitude", "longitude", "location_accuracy_m")
    theirs = {
        column
        for layout in declaration.layouts
        for target, value in layout.values.items()
        if target in ours
        for column in value.columns()
    }
    return frozenset(ours) | theirs


_SEEN = (
    *("layout", "rows", "accepted", "duplicate", "rejected", "unused"),
    *("rejects", "unused_for", "flags", "quarters"),
)


def _report(
    kept: Kept, state: str, message: str, noticed: Noticed | None = None, snapshot: int | None = None
) -> LandingReport:
    seen = {} if noticed is None else {name: getattr(noticed, name) for name in _SEEN}
    return LandingReport(
        source=kept.source,
        delivery=kept.id,
        file_name=kept.file_name,
        state=state,
        message=message,
        snapshot=snapshot,
        **seen,
    )


def _silent(_step: str, _done: float) -> None:
    pass
