"""Parquet parts: immutable files, one delivery's rows of one quarter, service and subject bucket each.

A part is written under a staging name, brought to disk, given its final name, and only then listed
in the control database. A file not in the list does not exist.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlalchemy as sa

from qos.store.bulk import quoted
from qos.store.files import settle, sha256_of, staging_file
from qos.store.schema import DATASETS, SORTED_BY
from qos.store.tables import PART

ROWS_PER_BUCKET = 2_000_000
"""One bucket is reduced at a time: this many rows keep it well under a gigabyte of memory."""

_ROW_GROUP = 1_000_000


@dataclass(frozen=True)
class Part:
    """One listed file; `path` is relative to the store."""

    path: str
    sha256: str
    bytes: int
    rows: int
    dataset: str
    quarter: str
    service: str
    bucket: int
    buckets: int


@dataclass(frozen=True)
class Partition:
    """Where rows of one quarter and service lie, in how many subject buckets."""

    dataset: str
    quarter: str
    service: str
    buckets: int

    def folder(self, bucket: int) -> str:
        where = f"{self.dataset}/quarter={self.quarter}/service={self.service}"
        return f"{where}/bucket={bucket:03d}" if self.dataset == "measurements" else where


def buckets_for(rows: int, at_least: int = 1) -> int:
    """The power of two that keeps `rows` under `ROWS_PER_BUCKET` each; it never shrinks."""
    buckets = max(at_least, 1)
    while buckets * ROWS_PER_BUCKET < rows:
        buckets *= 2
    return buckets


def partitions(
    database: sa.Connection, connection: duckdb.DuckDBPyConnection, dataset: str, table: str
) -> list[Partition]:
    """The partitions that the rows of `table` belong to, sized for what is listed there already."""
    counted = connection.execute(
        f"SELECT quarter, service, count(*) FROM {table} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [
        Partition(dataset, quarter, service, _buckets(database, dataset, quarter, service, rows))
        for quarter, service, rows in counted
    ]


def _buckets(database: sa.Connection, dataset: str, quarter: str, service: str, new_rows: int) -> int:
    if dataset != "measurements":
        return 1
    listed = database.execute(
        sa.select(sa.func.coalesce(sa.func.sum(PART.c.rows), 0), sa.func.max(PART.c.buckets)).where(
            PART.c.dataset == dataset,
            PART.c.quarter == quarter,
            PART.c.service == service,
            PART.c.to_snapshot.is_(None),
        )
    ).one()
    return buckets_for(int(listed[0]) + new_rows, int(listed[1] or 1))


def write(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    partitioned: Iterable[Partition],
    table: str,
    name: str,
    *,
    progress: Callable[[float], None] | None = None,
) -> list[Part]:
    """Writes the rows of `table` (columns of the schema) as files `name.parquet`, sorted, one per bucket."""
    places = [(partition, bucket) for partition in partitioned for bucket in range(partition.buckets)]
    written: list[Part] = []
    for done, (partition, bucket) in enumerate(places, start=1):
        written.extend(write_bucket(connection, store, partition, bucket, table, name))
        if progress:
            progress(done / len(places))
    return written


def write_bucket(
    connection: duckdb.DuckDBPyConnection, store: Path, place: Partition, bucket: int, table: str, name: str
) -> Iterator[Part]:
    """The part of one bucket, or nothing where the bucket is empty."""
    staged = staging_file(store / "staging", ".parquet")
    types = DATASETS[place.dataset]
    columns = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in types.items())
    order = ", ".join(f'"{column}" NULLS FIRST' for column in SORTED_BY[place.dataset])
    in_bucket = ""
    if place.buckets > 1:
        # All rows of a subject lie in one bucket; as these are the low bits, buckets nest when they double.
        in_bucket = f"AND coalesce(subject, content_hash) & {place.buckets - 1} = {bucket}"
    rows = connection.execute(
        f"""
        COPY (
            SELECT {columns} FROM {table}
            WHERE quarter = '{place.quarter}' AND service = '{place.service}' {in_bucket}
            ORDER BY {order}
        ) TO {quoted(str(staged))}
        (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})
        """
    ).fetchall()[0][0]
    if rows == 0:
        staged.unlink(missing_ok=True)
        return
    sha256, size = sha256_of(staged)
    path = f"{place.folder(bucket)}/{name}.parquet"
    settle(staged, store / path)
    yield Part(path, sha256, size, rows, place.dataset, place.quarter, place.service, bucket, place.buckets)


def listed(database: sa.Connection, snapshot: int) -> list[sa.Row[tuple[object, ...]]]:
    """The parts that a snapshot consists of, by path."""
    return list(
        database.execute(
            sa.select(PART)
            .where(
                PART.c.from_snapshot <= snapshot,
                sa.or_(PART.c.to_snapshot.is_(None), PART.c.to_snapshot > snapshot),
            )
            .order_by(PART.c.path)
        )
    )


def view_of_files(
    connection: duckdb.DuckDBPyConnection, view: str, dataset: str, paths: Iterable[Path]
) -> None:
    """A view of these files; a column that files of an older program lack is null."""
    typed = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in DATASETS[dataset].items())
    select = f"SELECT {typed} WHERE false"
    if files := ", ".join(quoted(str(path)) for path in paths):
        select += f" UNION ALL BY NAME SELECT * FROM read_parquet([{files}], union_by_name = true)"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {select}")
