"""Landing one delivery: whole or not at all, exactly once."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import qos
from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Period
from qos.ingest.staging import Arrival, Progress, staged
from qos.store import deliveries, keeping, parts
from qos.store.deliveries import MadeWith, Noticed
from qos.store.files import clear_leftovers, only_writer
from qos.store.keeping import Kept, suffix_of
from qos.store.workspace import Workspace


@dataclass(frozen=True)
class LandingReport:
    """What became of one delivery, in rows: rows = accepted + duplicate + rejected + unused.

    state: `landed`, `again` (the same delivery was there: nothing added), `dry-run`.
    rejects, unused_for, flags: counts by name; quarters: that it brought rows for. first_rejects: by reason
    the first row that was rejected for it: `line, column, value` (null where it may identify somebody);
    places: what that line is, `line`, `document` or `row`.
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
    first_rejects: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    places: str = "line"


def land(
    workspace: Workspace,
    declaration: Declaration,
    path: Path,
    *,
    period: Period | None = None,
    service: str | None = None,
    accept: str | None = None,
    received_at: dt.datetime | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LandingReport:
    """Lands one delivery of a source. Waits while another landing writes into the workspace.

    service: `mobile` or `fixed`, for a source whose deliveries do not say it. accept: the reason by which
    a person lets a delivery pass that the gate stops; kept with the landing. received_at: with a zone;
    now unless given. A delivery that cannot be read or is not believed is kept with the reason and raised
    as DeliveryFault; it can be landed again later. A crash at any moment leaves the store as it was, and
    the next landing of the same file completes it.
    """
    tell = progress or _silent
    received_at = received_at or dt.datetime.now(dt.UTC)
    deliveries.iso(received_at)  # refuses a moment without a zone before anything is done
    source = declaration.source
    if not path.is_file():
        raise DeliveryFault(source.name, path.name, "no such file")
    with only_writer(workspace.store):
        clear_leftovers(workspace.store)
        keeping_it = (
            keeping.look_at(source, path, period, service=service or "")
            if dry_run
            else keeping.keep(
                workspace.store,
                source,
                path,
                period,
                service=service or "",
                key=workspace.key,
                progress=lambda done: tell("copy", done),
            )
        )
        with keeping_it as kept:
            with workspace.engine.connect() as database:
                state = deliveries.state_of(database, kept.id)
            if state == deliveries.LANDED:
                return _report(kept, "again", "same delivery again: nothing added")
            arrival = Arrival(
                declaration, kept, path.name, suffix_of(path), period, service, received_at, accept
            )
            if not dry_run:
                return _land(workspace, arrival, tell)
            with staged(workspace, arrival, tell) as (_connection, noticed, _written):
                return _report(kept, "dry-run", "nothing was changed", noticed)


def _land(workspace: Workspace, arrival: Arrival, tell: Progress) -> LandingReport:
    """Files first, then one transaction that makes them count."""
    kept, source, store = arrival.kept, arrival.declaration.source, workspace.store
    made_with = MadeWith(
        pack=workspace.pack.digest, code=qos.__version__, accepted_because=arrival.accept or ""
    )
    try:
        with staged(workspace, arrival, tell) as (connection, noticed, written):
            with workspace.engine.connect() as database:
                name = f"{kept.id}-{deliveries.last_snapshot(database) + 1:06d}"
            kept.check_unchanged()
            settled = parts.settle_all(connection, store, written, name)
    except DeliveryFault as fault:
        kept.check_unchanged()
        with workspace.engine.begin() as database:
            deliveries.record_stopped(database, kept, source, store, arrival.received_at, fault.reason)
        raise
    with workspace.engine.begin() as database:
        snapshot = deliveries.record_landed(
            database, kept, source, store, arrival.received_at, noticed, settled, made_with
        )
    return _report(kept, "landed", f"landed in snapshot {snapshot}", noticed, snapshot)


_SEEN = (
    *("layout", "rows", "accepted", "duplicate", "rejected", "unused"),
    *("rejects", "unused_for", "flags", "quarters", "places"),
)


def _report(
    kept: Kept, state: str, message: str, noticed: Noticed | None = None, snapshot: int | None = None
) -> LandingReport:
    seen = {} if noticed is None else {name: getattr(noticed, name) for name in _SEEN}
    first: dict[str, Mapping[str, object]] = {}
    for example in noticed.examples if noticed else ():
        place = {name: example[name] for name in ("line", "column", "value")}
        first.setdefault(str(example["reason"]), place)
    return LandingReport(
        source=kept.source,
        delivery=kept.id,
        file_name=kept.file_name,
        state=state,
        message=message,
        snapshot=snapshot,
        first_rejects=first,
        **seen,
    )


def _silent(_step: str, _done: float) -> None:
    pass
