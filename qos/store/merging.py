"""Merging after landing: many files as they came become few sorted ones, and nobody sees a difference."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import sqlalchemy as sa

from qos.store import deliveries, parts
from qos.store.bulk import connect
from qos.store.files import clear_leftovers, only_writer, staging_folder
from qos.store.parts import Part, Place, Row, Staged, buckets_for
from qos.store.schema import DATASETS
from qos.store.spreading import of_bucket, spread
from qos.store.tables import PART
from qos.store.workspace import Workspace

MEMORY = "600MB"
"""What merging may hold of a quarter before it spills."""

_ROW_GROUP = 500_000
"""Larger groups compress better and sorting makes them useful; readers hold one column of one at a time."""

_FEW = 1_000
"""Texts of a column that become numbers on their way."""

_NAMES = ("measurement_id",)
"""Columns whose texts are all different: not worth looking."""

_DUE_ROWS, _DUE_SHARE, _DUE_FILES = 200_000, 0.25, 200
"""What has to wait unsorted in a quarter and service before merging it pays: so many rows and such a share of
the sorted ones, so that every row is rewritten a few times only, or so many files."""


def merge(workspace: Workspace, *, at: dt.datetime | None = None, due_only: bool = False) -> int | None:
    """Merges the parts of each quarter and service into one sorted file a subject bucket, in a new snapshot.

    A quarter and service that nothing was landed for since the last time is left alone; with due_only,
    one where little waits too. Older snapshots keep their files. Returns the new snapshot's number, null
    when there was nothing to merge. A crash leaves everything as it was.
    """
    with only_writer(workspace.store):
        clear_leftovers(workspace.store)
        with workspace.engine.connect() as database:
            number = deliveries.last_snapshot(database) + 1
            listed = parts.listed(database, number - 1)
        replaced: list[Row] = []
        written: list[dict[str, object]] = []
        for place, old in _crowded(listed):
            if due_only and not _due(old):
                continue
            source = old[0].source if len({row.source for row in old}) == 1 else None
            with connect(workspace.store, memory=MEMORY) as connection:
                for part in _merge(connection, workspace.store, place, old, f"merged-{number:06d}"):
                    written.append(asdict(part) | _where(source, number))
            replaced.extend(old)
        if not replaced:
            return None
        with workspace.engine.begin() as database:
            deliveries.begin_snapshot(database, number, at or dt.datetime.now(dt.UTC), "merged")
            ended = PART.c.path.in_(sa.bindparam("paths", [row.path for row in replaced], expanding=True))
            database.execute(PART.update().where(ended).values(to_snapshot=number))
            database.execute(PART.insert(), written)
    return number


def _due(here: list[Row]) -> bool:
    waiting = [row.rows for row in here if row.delivery is not None]
    sorted_rows = sum(row.rows for row in here if row.delivery is None)
    enough = sum(waiting) >= max(_DUE_ROWS, _DUE_SHARE * sorted_rows)
    return enough or len(waiting) >= _DUE_FILES


def _where(source: object, number: int) -> dict[str, object]:
    """A merged part is of no delivery alone."""
    return {"source": source, "delivery": None, "from_snapshot": number, "to_snapshot": None}


def _place(row: Row) -> tuple[str, str, str]:
    return row.dataset, row.quarter, row.service


def _crowded(listed: list[Row]) -> Iterator[tuple[Place, list[Row]]]:
    """Quarters and services that hold anything but one sorted file a bucket, and their files."""
    for (dataset, quarter, service), rows in groupby(sorted(listed, key=_place), key=_place):
        here = list(rows)
        most = max(row.buckets for row in here)
        buckets = buckets_for(sum(row.rows for row in here), most) if dataset == "measurements" else 1
        files = {(row.bucket, row.buckets) for row in here if row.delivery is None}
        if dataset == "aggregates" and len(here) == 1:
            continue  # as landed it is sorted already
        if len(files) < len(here) or any(row.buckets != buckets for row in here):
            yield Place(dataset, quarter, service, 0, buckets), here


def _merge(
    connection: duckdb.DuckDBPyConnection, store: Path, place: Place, old: list[Row], name: str
) -> list[Part]:
    """The rows of old files as new ones: spread over the buckets first, then each bucket sorted."""
    parts.view_of_files(connection, "merging", place.dataset, [store / str(row.path) for row in old])
    types, columns = DATASETS[place.dataset], _columns(old, store, place.dataset)
    codes = _codes(connection, place.dataset, columns)
    staged: list[Staged] = []
    if place.buckets == 1:
        staged += _sorted(connection, store, place, "merging", columns, codes)
    else:
        coded = ", ".join(f"CAST({name} AS {codes.get(name, types[name])}) AS {name}" for name in columns)
        with staging_folder(store / "staging") as folder:
            spread(connection, "merging", coded, place.buckets, folder)
            for bucket in range(place.buckets):
                own = Place(place.dataset, place.quarter, place.service, bucket, place.buckets)
                with of_bucket(connection, folder, bucket) as rows:
                    staged += _sorted(connection, store, own, rows, columns, codes)
    return parts.settle_all(connection, store, staged, name)


def _codes(connection: duckdb.DuckDBPyConnection, dataset: str, columns: list[str]) -> dict[str, str]:
    """ENUM types for the text columns of `merging` that hold few values.

    Their order is that of the texts; sorting and writing small numbers costs half of what texts cost.
    """
    codes = {}
    for name in columns:
        if DATASETS[dataset][name] != "VARCHAR" or name in _NAMES:
            continue
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS SELECT DISTINCT {name} FROM merging"
            f" WHERE {name} IS NOT NULL LIMIT {_FEW + 1}"
        )
        (count,) = connection.execute("SELECT count(*) FROM found").fetchall()[0]
        if 0 < count <= _FEW:
            codes[name] = f"few_{name}"
            connection.execute(f"CREATE TYPE {codes[name]} AS ENUM (SELECT {name} FROM found ORDER BY 1)")
    return codes


def _columns(old: list[Row], store: Path, dataset: str) -> list[str]:
    """Columns of the schema that some of the files have: the others are null in all of them."""
    held = {name for row in old for name in pq.read_schema(store / str(row.path)).names}
    return [name for name in DATASETS[dataset] if name in held]


def _sorted(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    place: Place,
    rows: str,
    columns: list[str],
    codes: Mapping[str, str],
) -> list[Staged]:
    staged = parts.stage(
        connection, store, place, rows, columns, ordered=True, row_group=_ROW_GROUP, codes=codes
    )
    return [staged] if staged else []
