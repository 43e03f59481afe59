"""Files of an older program become files of this one: the same rows, flags as bits instead of names.

Which snapshots a file belongs to stays as it was. Each file is replaced in a transaction of its own, so
that an upgrade that was interrupted goes on where it ended.
"""

from dataclasses import asdict
from pathlib import Path

import sqlalchemy as sa

from qos.domain.flags import FLAGS
from qos.store import parts
from qos.store.bulk import columns_of, connect, quoted
from qos.store.files import clear_leftovers, only_writer
from qos.store.keeping import Record
from qos.store.parts import Part, Place
from qos.store.schema import MEASUREMENTS
from qos.store.tables import PART

_FORMER = {
    "operator-by-address-not-supported": "operator-unresolved",
    "region-by-position-not-supported": "region-unresolved",
}
"""Flags of a program that knew no addresses and positions; landed again, they go."""


def upgrade_parts(store: Path, engine: sa.Engine) -> int:
    """Rewrites the listed measurements whose flags are names; returns how many files that were."""
    with only_writer(store):
        clear_leftovers(store)
        with engine.connect() as database:
            undated = PART.c.first_measured_at.is_(None)  # as in every file of that program
            listed = database.execute(sa.select(PART).where(PART.c.dataset == "measurements", undated)).all()
        return sum(_upgrade(store, engine, row) for row in listed)


def _upgrade(store: Path, engine: sa.Engine, row: Record) -> bool:
    part = _rewritten(store, row)
    if part is None:
        return False
    with engine.begin() as database:
        database.execute(PART.update().where(PART.c.path == row.path).values(**asdict(part)))
    (store / str(row.path)).unlink()
    return True


def _rewritten(store: Path, row: Record) -> Part | None:
    """In one bucket, as buckets are cut otherwise today; null for a file that is as it should be."""
    file = f"read_parquet({quoted(str(store / str(row.path)))}, hive_partitioning = false)"
    with connect(store) as connection:
        connection.execute(f"CREATE TEMP VIEW former AS SELECT * FROM {file}")
        held = columns_of(connection, "former")
        if held.get("flags") != "VARCHAR[]":
            return None
        connection.execute(f"CREATE TEMP VIEW upgraded AS SELECT * REPLACE ({_bits()} AS flags) FROM former")
        staged = parts.stage(
            connection,
            store,
            Place("measurements", str(row.quarter), str(row.service)),
            "upgraded",
            [name for name in MEASUREMENTS if name in held],
            ordered=row.delivery is None,
        )
        name = f"{Path(str(row.path)).stem}-upgraded-{row.bucket:03d}"
        return parts.settle_all(connection, store, [staged], name)[0] if staged else None


def _bits() -> str:
    names = {name: flag.bit for name, flag in FLAGS.items()}
    names |= {former: names[name] for former, name in _FORMER.items()}
    return " | ".join(
        f"if(list_contains(flags, {quoted(name)}), {1 << bit}, 0)" for name, bit in names.items()
    )
