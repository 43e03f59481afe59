"""Rows that were there before: found when a delivery lands, so that reading need not look for them.

An id is unique within its source and a quarter. Ids are compared by a 64-bit hash first; only those
whose hash occurs again are looked at in full. Of the rows landed before nothing but their ids is read,
in one pass, and only in the quarters that the delivery touches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sqlalchemy as sa

from qos.store import parts
from qos.store.bulk import quoted, sql, table_of
from qos.store.schema import AGGREGATE_CONTENT, AGGREGATE_KEY, CONTENT, same
from qos.store.tables import PART

LANDING = "landing"
"""The temporary relation of the rows of a delivery as they are to be stored."""


@dataclass(frozen=True)
class Repeats:
    """duplicate: rows that bring nothing new, and by flags (bits). repeated: rows whose id or key occurs
    more than once."""

    duplicate: int
    repeated: int
    by_flags: Mapping[int, int] = field(default_factory=dict)


def find_measurements(
    connection: duckdb.DuckDBPyConnection,
    database: sa.Connection,
    store: Path,
    source: str,
    delivery: str,
    hashes: Mapping[str, npt.NDArray[np.uint64]],
) -> Repeats:
    """Compares `landing` with itself and with the listed rows of its source. hashes: of the ids of `landing`,
    by quarter; they are sorted in place."""
    again = [
        _repeated_hashes(connection, database, store, source, delivery, quarter, own)
        for quarter, own in hashes.items()
    ]
    suspected = np.unique(np.concatenate([np.zeros(0, np.uint64), *again]))
    if not len(suspected):
        return Repeats(0, 0)
    table_of(connection, "suspected", pa.table({"id_hash": suspected}))
    _view_landed(connection, database, store, "measurements", source, delivery, list(hashes))
    connection.execute(sql("duplicate_measurement").replace("{content}", f"md5({same(CONTENT)})"))
    by_flags: dict[int, int] = {}
    rows = connection.execute("SELECT known, flags FROM repeated_row WHERE known OR copies > 1").fetchall()
    for known, flags in rows:
        for bits in flags if known else flags[1:]:
            by_flags[bits] = by_flags.get(bits, 0) + 1
    (repeated,) = connection.execute(
        "SELECT coalesce(sum(copies), 0) FROM repeated_row WHERE occurrences > 1"
    ).fetchall()[0]
    return Repeats(sum(by_flags.values()), int(repeated), by_flags)


def _repeated_hashes(
    connection: duckdb.DuckDBPyConnection,
    database: sa.Connection,
    store: Path,
    source: str,
    delivery: str,
    quarter: str,
    own: npt.NDArray[np.uint64],
) -> npt.NDArray[np.uint64]:
    """Hashes of ids of one quarter that occur twice in the delivery, or in it and before."""
    own.sort()
    found = [own[1:][own[1:] == own[:-1]]]
    if _view_landed(connection, database, store, "measurements", source, delivery, [quarter]):
        table_of(connection, "arrived_hash", pa.table({"h": own}))
        again = connection.sql(
            "SELECT DISTINCT h FROM (SELECT hash(measurement_id) AS h FROM landed)"
            " SEMI JOIN arrived_hash USING (h)"
        ).to_arrow_table()
        found.append(again["h"].to_numpy())
        connection.execute("DROP TABLE arrived_hash")
    return np.concatenate(found)


def find_aggregates(
    connection: duckdb.DuckDBPyConnection,
    database: sa.Connection,
    store: Path,
    source: str,
    delivery: str,
    *,
    combined: bool,
) -> Repeats:
    """Compares the cells of `landing` with themselves and with the listed ones; makes `new_line`."""
    _view_landed(connection, database, store, "aggregates", source, delivery)
    query = sql("duplicate_aggregate").replace("{combined}", str(combined))
    key, content = same(AGGREGATE_KEY), same((*AGGREGATE_KEY, *AGGREGATE_CONTENT))
    connection.execute(query.replace("{key}", key).replace("{content}", content))
    lines, new, repeated = connection.execute(
        """
        SELECT (SELECT count(DISTINCT line) FROM landed_line),
               (SELECT count(*) FROM new_line),
               (SELECT count(*) FROM repeated_row)
        """
    ).fetchall()[0]
    return Repeats(lines - new, repeated)


def _view_landed(
    connection: duckdb.DuckDBPyConnection,
    database: sa.Connection,
    store: Path,
    dataset: str,
    source: str,
    delivery: str,
    quarters: list[str] | None = None,
) -> bool:
    """The view `landed`: listed rows of the source, without an earlier landing of the same delivery.

    Tells whether there may be any.
    """
    conditions = [
        PART.c.dataset == dataset,
        PART.c.to_snapshot.is_(None),
        sa.or_(PART.c.source == source, PART.c.source.is_(None)),
        sa.or_(PART.c.delivery != delivery, PART.c.delivery.is_(None)),
    ]
    if quarters is not None:
        conditions.append(PART.c.quarter.in_(quarters))
    paths = database.execute(sa.select(PART.c.path).where(*conditions)).scalars().all()
    parts.view_of_files(connection, "listed_row", dataset, [store / path for path in paths])
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW landed AS SELECT * FROM listed_row"
        f" WHERE source = {quoted(source)} AND delivery <> {quoted(delivery)}"
    )
    return bool(paths)
