"""Rows that were there before: found when a delivery lands, so that reading need not look for them."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlalchemy as sa

from qos.store.arriving import LANDING
from qos.store.bulk import quoted, sql
from qos.store.schema import AGGREGATE_CONTENT, AGGREGATE_KEY, same
from qos.store.tables import PART


@dataclass(frozen=True)
class Repeats:
    """duplicate: lines that bring nothing new. repeated: rows whose id or key occurs more than once."""

    duplicate: int
    repeated: int


def find(
    connection: duckdb.DuckDBPyConnection, database: sa.Connection, store: Path, dataset: str, source: str
) -> Repeats:
    """Compares `landing` with itself and with the listed parts of its source; makes `new_line`."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW landed AS {_landed(database, store, dataset, source)}")
    if dataset == "measurements":
        connection.execute(sql("duplicate_measurement"))
    else:
        key, content = same(AGGREGATE_KEY), same((*AGGREGATE_KEY, *AGGREGATE_CONTENT))
        connection.execute(sql("duplicate_aggregate").replace("{key}", key).replace("{content}", content))
    lines, new, repeated = connection.execute(
        f"""
        SELECT (SELECT count(DISTINCT line) FROM {LANDING}),
               (SELECT count(*) FROM new_line),
               (SELECT count(*) FROM repeated_row)
        """
    ).fetchall()[0]
    return Repeats(duplicate=lines - new, repeated=repeated)


def _landed(database: sa.Connection, store: Path, dataset: str, source: str) -> str:
    paths = database.execute(
        sa.select(PART.c.path).where(
            PART.c.dataset == dataset,
            PART.c.to_snapshot.is_(None),
            sa.or_(PART.c.source == source, PART.c.source.is_(None)),
        )
    ).scalars()
    if files := ", ".join(quoted(str(store / path)) for path in paths):
        return f"SELECT * FROM read_parquet([{files}], union_by_name = true) WHERE source = {quoted(source)}"
    return f"SELECT * FROM {LANDING} WHERE false"
