"""Kept deliveries landed again with today's program and country pack: one new snapshot beside the old one."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import qos
from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault, NotFound
from qos.domain.quarter import Period
from qos.ingest.staging import Arrival, Progress, staged
from qos.store import deliveries, keeping, parts
from qos.store.bulk import connect
from qos.store.deliveries import MadeWith, Noticed
from qos.store.files import clear_leftovers, only_writer
from qos.store.keeping import Record, suffix_of
from qos.store.replacing import Replacing
from qos.store.tables import DELIVERY
from qos.store.workspace import Workspace

Declared = Callable[[str], Declaration]
"""The declaration of a source by its name. Raises NotFound."""

AGAIN = "landed again"
AS_IT_WAS = "kept as it was"

_COUNTS = ("accepted", "duplicate", "rejected", "unused")


Counts = Mapping[str, int]
"""accepted, duplicate, rejected, unused: rows of the delivery; resolved: of those stored, how many have an
operator and a region."""


@dataclass(frozen=True)
class Again:
    """One delivery before and after. state: `landed again`, or `kept as it was` where it would be stopped
    now, for `reason`. flags: (before, after) of those whose count is another."""

    source: str
    delivery: str
    file_name: str
    state: str
    reason: str
    before: Counts
    after: Counts
    flags: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Reprocessing:
    """snapshot: the new one, null in a dry run or when there was nothing to land again."""

    snapshot: int | None
    deliveries: tuple[Again, ...]


class _OnlyTried(Exception):
    """Takes the transaction of a dry run back."""


def reprocess(
    workspace: Workspace,
    declared: Declared,
    *,
    sources: Collection[str] = (),
    since: dt.date | None = None,
    at: dt.datetime | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Reprocessing:
    """Lands deliveries again in the order they were received: of these sources, or of all; received on
    `since` (UTC) or later. All or nothing: files first, then one transaction. Older snapshots keep their
    rows and counts.

    A delivery that would be stopped now, or whose kept file is damaged, keeps the rows it has. What a person
    accepted stays accepted. at: of the new snapshot, with a zone; now unless given.
    Raises NotFound for a source that delivered nothing or is not declared any more.
    """
    at = at or dt.datetime.now(dt.UTC)
    with only_writer(workspace.store):
        clear_leftovers(workspace.store)
        chosen = _chosen(workspace, sources, since)
        known = {name: declared(name) for name in sorted({str(record.source) for record in chosen})}
        if not chosen:
            return Reprocessing(None, ())
        try:
            with workspace.engine.begin() as database, connect(workspace.store) as connection:
                number = deliveries.last_snapshot(database) + 1
                reason = f"landed again: {len(chosen)} deliveries of {', '.join(known)}"
                deliveries.begin_snapshot(database, number, at, reason)
                replacing = Replacing(workspace, connection, database, number)
                try:
                    found = _land_all(replacing, chosen, known, progress or _silent)
                    if dry_run:
                        raise _OnlyTried
                except BaseException:
                    replacing.discard()
                    raise
                deliveries.settle_digest(database, number)
        except _OnlyTried:
            return Reprocessing(None, found)
        return Reprocessing(number, found)


def _chosen(workspace: Workspace, sources: Collection[str], since: dt.date | None) -> list[Record]:
    with workspace.engine.connect() as database:
        landed = deliveries.recorded(database, DELIVERY.c.state == deliveries.LANDED)
    if unknown := sorted(set(sources) - {str(record.source) for record in landed}):
        raise NotFound(f"no delivery was landed of {', '.join(unknown)}", next_command="qos sources")
    return [
        record
        for record in landed
        if (not sources or record.source in sources)
        and (since is None or str(record.received_at) >= since.isoformat())
    ]


def _land_all(
    replacing: Replacing, chosen: list[Record], known: Mapping[str, Declaration], tell: Progress
) -> tuple[Again, ...]:
    landings = deliveries.landed_in(replacing.database, replacing.number - 1).set_index("delivery")
    flags = {str(record.id): deliveries.flags_of(replacing.database, str(record.id)) for record in chosen}
    replacing.take_out(list(flags), known)
    found = []
    for done, record in enumerate(chosen, start=1):
        name, landed = str(record.id), landings.loc[record.id]
        resolved = replacing.resolved_before(name)
        before = {count: int(landed[count]) for count in _COUNTS} | {"resolved": resolved}
        try:
            noticed, after = _land_again(
                replacing, record, known[str(record.source)], str(landed["accepted_because"]) or None
            )
        except DeliveryFault as fault:
            replacing.put_back(name)
            found.append(_told(record, AS_IT_WAS, fault.reason, before, before, {}))
        else:
            changed = _changed(flags[name], noticed.flags)
            found.append(_told(record, AGAIN, "", before, after, changed))
        tell(f"{record.source} {record.file_name}", done / len(chosen))
    return tuple(found)


def _land_again(
    replacing: Replacing, record: Record, declaration: Declaration, accept: str | None
) -> tuple[Noticed, Counts]:
    """One delivery into the snapshot being made: what was noticed, and its counts."""
    workspace, store = replacing.workspace, replacing.workspace.store
    made_with = MadeWith(pack=workspace.pack.digest, code=qos.__version__, accepted_because=accept or "")
    with keeping.reopened(store, record, workspace.key) as kept:
        arrival = Arrival(
            declaration,
            kept,
            kept.file_name,
            suffix_of(Path(kept.file_name)),
            Period.parse(kept.period) if kept.period else None,
            kept.service or None,
            dt.datetime.fromisoformat(str(record.received_at)),
            accept,
            within=replacing.database,
        )
        with staged(workspace, arrival, _silent) as (connection, noticed, written):
            settled = parts.settle_all(connection, store, written, f"{kept.id}-{replacing.number:06d}")
        replacing.written.extend(part.path for part in settled)
        deliveries.add_landing(replacing.database, kept, replacing.number, noticed, settled, made_with)
    counts = {name: int(getattr(noticed, name)) for name in _COUNTS}
    return noticed, counts | {"resolved": replacing.resolved(settled, kept.id)}


def _changed(before: Counts, after: Counts) -> dict[str, tuple[int, int]]:
    both = {name: (before.get(name, 0), after.get(name, 0)) for name in sorted({*before, *after})}
    return {name: counted for name, counted in both.items() if counted[0] != counted[1]}


def _told(
    record: Record,
    state: str,
    reason: str,
    before: Counts,
    after: Counts,
    flags: Mapping[str, tuple[int, int]],
) -> Again:
    source, name, file_name = str(record.source), str(record.id), str(record.file_name)
    return Again(source, name, file_name, state, reason, before, after, flags)


def _silent(_step: str, _done: float) -> None:
    pass
