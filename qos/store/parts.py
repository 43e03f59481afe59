"""Parquet parts: immutable files of one quarter and service each.

A landing writes its rows as they come; merging sorts them into subject buckets later. A part is written
under a staging name, brought to disk, given its final name, and only then listed in the control database.
A file not in the list does not exist.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import duckdb
import sqlalchemy as sa

from qos.store.bulk import ROW_NUMBER, quoted
from qos.store.files import settle, sha256_of, staging_file
from qos.store.schema import DATASETS, SORTED_BY
from qos.store.tables import PART

ROWS_PER_BUCKET = 2_000_000
"""One bucket is reduced at a time: this many rows keep it well under a gigabyte of memory."""

BUCKET_OF = "coalesce(subject, CAST(hash(measurement_id) >> 1 AS BIGINT))"
"""All rows of a subject lie in one bucket, that of the low bits of this: buckets nest when they double."""

Row = sa.Row[tuple[object, ...]]
"""A listed part as the control database has it."""


@dataclass(frozen=True)
class Part:
    """One listed file; `path` is relative to the store. The times are UTC, and null for aggregates."""

    path: str
    sha256: str
    bytes: int
    rows: int
    dataset: str
    quarter: str
    service: str
    bucket: int
    buckets: int
    first_measured_at: str | None = None
    last_measured_at: str | None = None


@dataclass(frozen=True)
class Place:
    """Where rows of one quarter and service lie; bucket: of how many, 0 of 1 for rows as they came."""

    dataset: str
    quarter: str
    service: str
    bucket: int = 0
    buckets: int = 1

    @property
    def folder(self) -> str:
        where = f"{self.dataset}/quarter={self.quarter}/service={self.service}"
        return where if self.dataset == "aggregates" else f"{where}/bucket={self.bucket:03d}"


@dataclass(frozen=True)
class Staged:
    """A file that is written, but counts for nothing yet."""

    place: Place
    path: Path
    rows: int


_LEVEL = 1
"""Of zstd: the next levels save one byte in a hundred and cost a tenth of the time."""

_ISO = "%Y-%m-%dT%H:%M:%S.%f+00:00"

ROW_GROUP = 122_880
"""Rows that are compressed together as they come; a merged file has larger groups."""


def buckets_for(rows: int, at_least: int = 1) -> int:
    """The power of two that keeps `rows` under `ROWS_PER_BUCKET` each; it never shrinks."""
    buckets = max(at_least, 1)
    while buckets * ROWS_PER_BUCKET < rows:
        buckets *= 2
    return buckets


def stage(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    place: Place,
    rows: str,
    columns: Iterable[str],
    *,
    ordered: bool = False,
    row_group: int = ROW_GROUP,
    codes: Mapping[str, str] = MappingProxyType({}),
) -> Staged | None:
    """Writes these columns of the rows (a relation) that belong to a place; null where there are none.

    Columns that are left out are null in every row of the file. codes: ENUM types of text columns that are
    handled as numbers on their way; the file holds texts.
    """
    staged = staging_file(store / "staging", ".parquet")
    types = {**DATASETS[place.dataset], **codes}
    typed = ", ".join(f'CAST("{name}" AS {types[name]}) AS "{name}"' for name in columns)
    order = ", ".join(f'"{name}" NULLS FIRST' for name in SORTED_BY[place.dataset])
    (count,) = connection.execute(
        f"""
        COPY (
            SELECT {typed} FROM {rows}
            WHERE quarter = {quoted(place.quarter)} AND service = {quoted(place.service)}
            {f"ORDER BY {order}" if ordered else ""}
        ) TO {quoted(str(staged))}
        (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {_LEVEL}, ROW_GROUP_SIZE {row_group})
        """
    ).fetchall()[0]
    if count:
        return Staged(place, staged, count)
    staged.unlink(missing_ok=True)
    return None


def settle_all(
    connection: duckdb.DuckDBPyConnection, store: Path, staged: Sequence[Staged], name: str
) -> list[Part]:
    """Gives staged files their final names, `name` and a number; after this they can be listed."""
    return [_settle(connection, store, one, f"{name}-{number:03d}") for number, one in enumerate(staged)]


def _settle(connection: duckdb.DuckDBPyConnection, store: Path, staged: Staged, name: str) -> Part:
    place = staged.place
    first, last = None, None
    if place.dataset == "measurements":
        ends = ", ".join(f"strftime({end}(measured_at), '{_ISO}')" for end in ("min", "max"))
        (first, last) = connection.execute(
            f"SELECT {ends} FROM read_parquet({quoted(str(staged.path))})"
        ).fetchall()[0]
    sha256, size = sha256_of(staged.path)
    path = f"{place.folder}/{name}.parquet"
    settle(staged.path, store / path)
    where = (place.dataset, place.quarter, place.service, place.bucket, place.buckets)
    return Part(path, sha256, size, staged.rows, *where, first, last)


def listed(database: sa.Connection, snapshot: int) -> list[Row]:
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
    connection: duckdb.DuckDBPyConnection,
    view: str,
    dataset: str,
    paths: Iterable[Path],
    *,
    numbered: bool = False,
) -> None:
    """A view of these files; a column that a file lacks is null. numbered: with `ROW_NUMBER`."""
    typed = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in DATASETS[dataset].items())
    select = f"SELECT {typed} WHERE false"
    if files := ", ".join(quoted(str(path)) for path in paths):
        options = f"union_by_name = true, hive_partitioning = false, {ROW_NUMBER} = {numbered}"
        select += f" UNION ALL BY NAME SELECT * FROM read_parquet([{files}], {options})"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {select}")
