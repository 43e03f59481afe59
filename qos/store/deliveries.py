"""Deliveries: kept as received, recorded once, landed in one transaction or not at all."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import sqlalchemy as sa

from qos.domain.quarter import Period
from qos.domain.source import Source
from qos.store.files import copy_hashed, settle, sha256_of, staging_file
from qos.store.parts import Part
from qos.store.tables import DELIVERY, FLAG_COUNT, PART, REJECT, REJECT_COUNT, SNAPSHOT, UNUSED_COUNT

LANDED = "landed"
STOPPED = "stopped"

_SUFFIXES = 2
"""`.csv.gz` says how to read the file; anything before is the sender's own name."""


@dataclass(frozen=True)
class Kept:
    """One file as received. `path` holds exactly `bytes` bytes with hash `sha256`."""

    id: str
    source: str
    sha256: str
    bytes: int
    file_name: str
    period: str
    path: Path


@dataclass(frozen=True)
class Noticed:
    """What landing a delivery noticed, in rows; rows = accepted + duplicate + rejected + unused.

    rejects, unused_for, flags: counts by name. examples: `line, column, value, reason` of rejects.
    repeated: landed rows whose id occurs more than once in the source.
    """

    layout: str
    rows: int
    accepted: int
    duplicate: int
    rejected: int
    unused: int
    repeated: int = 0
    rejects: Mapping[str, int] = field(default_factory=dict)
    unused_for: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    quarters: tuple[str, ...] = ()
    examples: tuple[Mapping[str, object], ...] = ()


def delivery_id(source: str, sha256: str, period: str) -> str:
    """The same delivery has the same id in every store, whatever the order of landing."""
    return hashlib.sha256(f"{source}\n{sha256}\n{period}".encode()).hexdigest()[:16]


def keep(
    store: Path,
    source: Source,
    path: Path,
    period: Period | None,
    *,
    progress: Callable[[float], None] | None = None,
) -> Kept:
    """Copies a file into the store under its hash; a copy that is there already is the same bytes."""
    suffix = suffix_of(path)
    staged = staging_file(store / "staging", suffix)
    sha256, size = copy_hashed(path, staged, progress=progress)
    final = store / "deliveries" / source.name / f"{sha256}{suffix}"
    settle(staged, final)
    return _kept(source, path, period, sha256, size, final)


def look_at(source: Source, path: Path, period: Period | None) -> Kept:
    """The same without keeping anything: for dry runs."""
    sha256, size = sha256_of(path)
    return _kept(source, path, period, sha256, size, path)


def suffix_of(path: Path) -> str:
    return "".join(suffix.lower() for suffix in path.suffixes[-_SUFFIXES:] if suffix[1:].isalnum())


def _kept(source: Source, path: Path, period: Period | None, sha256: str, size: int, held: Path) -> Kept:
    given = "" if period is None else str(period)
    return Kept(
        id=delivery_id(source.name, sha256, given),
        source=source.name,
        sha256=sha256,
        bytes=size,
        file_name=path.name,
        period=given,
        path=held,
    )


def state_of(database: sa.Connection, delivery: str) -> str | None:
    """`landed`, `stopped`, or null for one never seen."""
    return database.execute(sa.select(DELIVERY.c.state).where(DELIVERY.c.id == delivery)).scalar_one_or_none()


def last_snapshot(database: sa.Connection) -> int:
    """Number of the newest snapshot; 0 is the empty store."""
    newest = database.execute(sa.select(sa.func.max(SNAPSHOT.c.number))).scalar_one()
    return int(newest or 0)


def digest(database: sa.Connection) -> str:
    """The digest of everything landed."""
    landed = database.execute(
        sa.select(DELIVERY.c.source, DELIVERY.c.sha256, DELIVERY.c.period).where(DELIVERY.c.state == LANDED)
    )
    return digest_of((source, sha256, period) for source, sha256, period in landed)


def digest_of(landed: Iterable[tuple[str, str, str]]) -> str:
    """sha256 over the sorted (source, sha256, period): the same for any order of landing."""
    return hashlib.sha256("".join("\t".join(row) + "\n" for row in sorted(landed)).encode()).hexdigest()


def record_stopped(
    database: sa.Connection, kept: Kept, source: Source, store: Path, received_at: dt.datetime, reason: str
) -> None:
    """Keeps the reason why nothing of a delivery entered; a later landing replaces the record."""
    nothing = Noticed(layout="", rows=0, accepted=0, duplicate=0, rejected=0, unused=0)
    _forget_stopped(database, kept.id)
    database.execute(
        DELIVERY.insert(),
        _row(kept, source, store, received_at, nothing) | {"state": STOPPED, "reason": reason},
    )


def record_landed(
    database: sa.Connection,
    kept: Kept,
    source: Source,
    store: Path,
    received_at: dt.datetime,
    noticed: Noticed,
    parts: Iterable[Part],
) -> int:
    """Everything a landing adds, to be committed together; returns the number of its snapshot."""
    number = last_snapshot(database) + 1
    _forget_stopped(database, kept.id)
    begin_snapshot(database, number, received_at, f"landed {kept.source} {kept.file_name}")
    database.execute(
        DELIVERY.insert(),
        _row(kept, source, store, received_at, noticed) | {"state": LANDED, "reason": "", "snapshot": number},
    )
    _insert(
        database,
        PART,
        (
            asdict(part) | {"source": kept.source, "delivery": kept.id, "from_snapshot": number}
            for part in parts
        ),
    )
    for table, what, counts in (
        (REJECT_COUNT, "reason", noticed.rejects),
        (UNUSED_COUNT, "reason", noticed.unused_for),
        (FLAG_COUNT, "flag", noticed.flags),
    ):
        _insert(
            database,
            table,
            (
                {"delivery": kept.id, what: name[:200], "count": count}
                for name, count in sorted(counts.items())
            ),
        )
    _insert(database, REJECT, ({"delivery": kept.id, **example} for example in noticed.examples))
    database.execute(SNAPSHOT.update().where(SNAPSHOT.c.number == number).values(digest=digest(database)))
    return number


def begin_snapshot(database: sa.Connection, number: int, at: dt.datetime, reason: str) -> None:
    database.execute(
        SNAPSHOT.insert(),
        {"number": number, "created_at": iso(at), "digest": digest(database), "reason": reason},
    )


def iso(moment: dt.datetime) -> str:
    """UTC with microseconds: sorts as time does. Raises ValueError without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {moment}")
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _row(
    kept: Kept, source: Source, store: Path, received_at: dt.datetime, noticed: Noticed
) -> dict[str, object]:
    return {
        "id": kept.id,
        "source": kept.source,
        "sha256": kept.sha256,
        "bytes": kept.bytes,
        "file_name": kept.file_name,
        "period": kept.period,
        "path": kept.path.relative_to(store).as_posix(),
        "received_at": iso(received_at),
        "licence": source.licence,
        "layout": noticed.layout,
        "rows": noticed.rows,
        "accepted": noticed.accepted,
        "duplicate": noticed.duplicate,
        "rejected": noticed.rejected,
        "unused": noticed.unused,
        "repeated": noticed.repeated,
        "quarters": ";".join(noticed.quarters),
    }


def _forget_stopped(database: sa.Connection, delivery: str) -> None:
    database.execute(DELIVERY.delete().where(DELIVERY.c.id == delivery, DELIVERY.c.state == STOPPED))


def _insert(database: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, object]]) -> None:
    """SQLAlchemy takes an empty list for one row of defaults."""
    if listed := [dict(row) for row in rows]:
        database.execute(table.insert(), listed)
