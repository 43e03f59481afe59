"""Deliveries: recorded once, landed in one transaction or not at all, and perhaps landed again later.

A landing is one delivery read with one program and one country pack. It holds from its snapshot until
`to_snapshot`, as its parts do: an older snapshot keeps the rows and the counts it was made with.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from qos.domain.source import Source
from qos.store.keeping import Kept, Record
from qos.store.parts import Part
from qos.store.tables import (
    DELIVERY,
    FLAG_COUNT,
    LANDING,
    LEVEL,
    PART,
    REJECT,
    REJECT_COUNT,
    SNAPSHOT,
    UNUSED_COUNT,
)

LANDED = "landed"
STOPPED = "stopped"


@dataclass(frozen=True)
class Noticed:
    """What landing a delivery noticed, in rows; rows = accepted + duplicate + rejected + unused.

    rejects, unused_for, flags: counts by name. examples: `line, column, value, reason` of rejects, where
    `line` is a `line`, a `document` or a `row` of the delivery, as `places` says.
    repeated: landed rows whose id occurs more than once in the source. levels: `quarter, service,
    technology, operator, metric, n, mean_log, sd_log` of what it brought.
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
    levels: tuple[Mapping[str, object], ...] = ()
    places: str = "line"


@dataclass(frozen=True, kw_only=True)
class MadeWith:
    """What a landing was made with: digest of the country pack, version of the program, and the reason
    by which a person let it pass where the gate stops (empty: nothing was stopped)."""

    pack: str
    code: str
    accepted_because: str = ""


def state_of(database: sa.Connection, delivery: str) -> str | None:
    """`landed`, `stopped`, or null for one never seen."""
    return database.execute(sa.select(DELIVERY.c.state).where(DELIVERY.c.id == delivery)).scalar_one_or_none()


def last_snapshot(database: sa.Connection) -> int:
    """Number of the newest snapshot; 0 is the empty store."""
    newest = database.execute(sa.select(sa.func.max(SNAPSHOT.c.number))).scalar_one()
    return int(newest or 0)


def as_of(snapshot: int) -> sa.ColumnElement[bool]:
    """The landings that a snapshot consists of: at most one of each delivery."""
    return sa.and_(
        LANDING.c.snapshot <= snapshot,
        sa.or_(LANDING.c.to_snapshot.is_(None), LANDING.c.to_snapshot > snapshot),
    )


def digest(database: sa.Connection, snapshot: int) -> str:
    """The digest of everything landed in a snapshot."""
    rows = database.execute(
        sa.select(
            *(DELIVERY.c[name] for name in ("source", "sha256", "period", "service")),
            *(LANDING.c[name] for name in ("pack", "code")),
        )
        .join(LANDING, LANDING.c.delivery == DELIVERY.c.id)
        .where(as_of(snapshot))
    )
    return digest_of({**row._mapping} for row in rows)


def digest_of(landed: Iterable[Mapping[str, str]]) -> str:
    """sha256 over the sorted deliveries and what they were landed with: the same for any order of landing.

    What is empty says nothing.
    """
    lines = ("\t".join(f"{name}={value}" for name, value in row.items() if value) for row in landed)
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()


_FRAME: dict[str, sa.Column[object]] = {
    "delivery": DELIVERY.c.id,
    **{
        name: DELIVERY.c[name]
        for name in (
            *("source", "sha256", "bytes", "file_name", "period", "service", "received_at", "licence"),
        )
    },
    **{
        name: LANDING.c[name]
        for name in (
            *("layout", "rows", "accepted", "duplicate", "rejected", "unused", "repeated", "quarters"),
            *("snapshot", "pack", "code", "accepted_because"),
        )
    },
}


def landed_in(database: sa.Connection, snapshot: int) -> pd.DataFrame:
    """What a snapshot consists of, one row per delivery with the counts it was landed with, by source and id.

    Columns: delivery, source, sha256, bytes, file_name, period, service (as given, or empty), received_at,
    licence, layout, rows = accepted + duplicate + rejected + unused, repeated, quarters, snapshot (of this
    landing), pack, code, accepted_because.
    """
    rows = database.execute(
        sa.select(*(column.label(name) for name, column in _FRAME.items()))
        .join(LANDING, LANDING.c.delivery == DELIVERY.c.id)
        .where(as_of(snapshot))
        .order_by(DELIVERY.c.source, DELIVERY.c.id)
    ).all()
    frame = pd.DataFrame(rows, columns=list(_FRAME))
    kinds = {name: "str" if isinstance(c.type, sa.String) else "int64" for name, c in _FRAME.items()}
    return frame.astype(kinds)


def flags_of(database: sa.Connection, delivery: str) -> dict[str, int]:
    """Flags by name and count, as the landing of a delivery that holds now noticed them."""
    rows = database.execute(
        sa.select(FLAG_COUNT.c.flag, FLAG_COUNT.c.count)
        .join(
            LANDING,
            sa.and_(LANDING.c.delivery == FLAG_COUNT.c.delivery, LANDING.c.snapshot == FLAG_COUNT.c.snapshot),
        )
        .where(FLAG_COUNT.c.delivery == delivery, LANDING.c.to_snapshot.is_(None))
    )
    return {flag: int(count) for flag, count in rows}


def recorded(database: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Record]:
    """Rows of `delivery`, in the order received."""
    chosen = sa.select(DELIVERY).where(*conditions)
    return list(database.execute(chosen.order_by(DELIVERY.c.received_at, DELIVERY.c.source, DELIVERY.c.id)))


def record_stopped(
    database: sa.Connection, kept: Kept, source: Source, store: Path, received_at: dt.datetime, reason: str
) -> None:
    """Keeps the reason why nothing of a delivery entered; a later landing replaces the record."""
    _forget_stopped(database, kept.id)
    database.execute(
        DELIVERY.insert(), _row(kept, source, store, received_at) | {"state": STOPPED, "reason": reason}
    )


def record_landed(
    database: sa.Connection,
    kept: Kept,
    source: Source,
    store: Path,
    received_at: dt.datetime,
    noticed: Noticed,
    parts: Iterable[Part],
    made_with: MadeWith,
) -> int:
    """Everything a landing adds, to be committed together; returns the number of its snapshot."""
    number = last_snapshot(database) + 1
    _forget_stopped(database, kept.id)
    begin_snapshot(database, number, received_at, f"landed {kept.source} {kept.file_name}")
    database.execute(
        DELIVERY.insert(),
        _row(kept, source, store, received_at) | {"state": LANDED, "reason": "", "snapshot": number},
    )
    add_landing(database, kept, number, noticed, parts, made_with)
    settle_digest(database, number)
    return number


def begin_snapshot(database: sa.Connection, number: int, at: dt.datetime, reason: str) -> None:
    """A snapshot that consists of what the one before does, until landings and parts are added."""
    database.execute(
        SNAPSHOT.insert(),
        {"number": number, "created_at": iso(at), "digest": digest(database, number), "reason": reason},
    )


def settle_digest(database: sa.Connection, number: int) -> None:
    """To be called after the last landing of a snapshot."""
    database.execute(
        SNAPSHOT.update().where(SNAPSHOT.c.number == number).values(digest=digest(database, number))
    )


def add_landing(
    database: sa.Connection,
    kept: Kept,
    number: int,
    noticed: Noticed,
    parts: Iterable[Part],
    made_with: MadeWith,
) -> None:
    """A landing, its parts and what it noticed, in a snapshot begun before; ends an older landing."""
    database.execute(
        LANDING.update()
        .where(LANDING.c.delivery == kept.id, LANDING.c.to_snapshot.is_(None))
        .values(to_snapshot=number)
    )
    key = {"delivery": kept.id, "snapshot": number}
    database.execute(LANDING.insert(), key | _counts(noticed) | asdict(made_with))
    where = {"source": kept.source, "delivery": kept.id, "from_snapshot": number}
    _insert(database, PART, (asdict(part) | where for part in parts))
    for table, what, counts in (
        (REJECT_COUNT, "reason", noticed.rejects),
        (UNUSED_COUNT, "reason", noticed.unused_for),
        (FLAG_COUNT, "flag", noticed.flags),
    ):
        _insert(database, table, (key | {what: name[:200], "count": n} for name, n in sorted(counts.items())))
    _insert(database, REJECT, (key | dict(example) for example in noticed.examples))
    _insert(database, LEVEL, (key | dict(level) for level in noticed.levels))


def iso(moment: dt.datetime) -> str:
    """UTC with microseconds: sorts as time does. Raises ValueError without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {moment}")
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _row(kept: Kept, source: Source, store: Path, received_at: dt.datetime) -> dict[str, object]:
    same = ("id", "source", "sha256", "bytes", "file_name", "period", "service", "encrypted")
    return {name: getattr(kept, name) for name in same} | {
        "path": kept.path.relative_to(store).as_posix(),
        "received_at": iso(received_at),
        "licence": source.licence,
    }


def _counts(noticed: Noticed) -> dict[str, object]:
    same = ("layout", "rows", "accepted", "duplicate", "rejected", "unused", "repeated")
    return {name: getattr(noticed, name) for name in same} | {"quarters": ";".join(noticed.quarters)}


def _forget_stopped(database: sa.Connection, delivery: str) -> None:
    database.execute(DELIVERY.delete().where(DELIVERY.c.id == delivery, DELIVERY.c.state == STOPPED))


def _insert(database: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, object]]) -> None:
    """SQLAlchemy takes an empty list for one row of defaults."""
    if listed := [dict(row) for row in rows]:
        database.execute(table.insert(), listed)
