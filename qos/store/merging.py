"""Merging after landing: many small files of one place become one, and nobody sees a difference."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby

import duckdb
import sqlalchemy as sa

from qos.store import deliveries, parts
from qos.store.bulk import connect
from qos.store.files import clear_leftovers, only_writer
from qos.store.parts import Part, Partition, buckets_for
from qos.store.tables import PART
from qos.store.workspace import Workspace

Row = sa.Row[tuple[object, ...]]


def merge(workspace: Workspace, *, at: dt.datetime | None = None) -> int | None:
    """Merges the parts of each quarter, service and bucket into one sorted file, in a new snapshot.

    Older snapshots keep their files. Returns the new snapshot's number, null when there was nothing
    to merge. A crash leaves everything as it was.
    """
    with only_writer(workspace.store):
        clear_leftovers(workspace.store)
        with workspace.engine.connect() as database:
            number = deliveries.last_snapshot(database) + 1
            listed = parts.listed(database, number - 1)
        replaced: list[Row] = []
        written: list[dict[str, object]] = []
        for place, bucket, old in _crowded(listed):
            with connect(workspace.store) as connection:
                written.extend(_merge(connection, workspace, place, bucket, old, number))
            replaced.extend(old)
        if not replaced:
            return None
        with workspace.engine.begin() as database:
            deliveries.begin_snapshot(database, number, at or dt.datetime.now(dt.UTC), "merged")
            database.execute(
                PART.update()
                .where(PART.c.path.in_([row.path for row in replaced]))
                .values(to_snapshot=number)
            )
            database.execute(PART.insert(), written)
    return number


def _crowded(listed: list[Row]) -> Iterator[tuple[Partition, int | None, list[Row]]]:
    """Places with more files than one per bucket; bucket null: all of them, as their number has grown."""
    by_place = groupby(
        sorted(listed, key=lambda row: (row.dataset, row.quarter, row.service)),
        key=lambda row: (row.dataset, row.quarter, row.service),
    )
    for (dataset, quarter, service), rows in by_place:
        here = list(rows)
        most = max(row.buckets for row in here)
        buckets = buckets_for(sum(row.rows for row in here), most) if dataset == "measurements" else 1
        place = Partition(dataset, quarter, service, buckets)
        if any(row.buckets != buckets for row in here):
            yield place, None, here
            continue
        in_bucket = defaultdict(list)
        for row in here:
            in_bucket[row.bucket].append(row)
        yield from ((place, bucket, own) for bucket, own in sorted(in_bucket.items()) if len(own) > 1)


def _merge(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    place: Partition,
    bucket: int | None,
    old: list[Row],
    number: int,
) -> Iterator[dict[str, object]]:
    parts.view_of_files(connection, "merging", place.dataset, [workspace.store / row.path for row in old])
    name = f"merged-{number:06d}"
    buckets = range(place.buckets) if bucket is None else (bucket,)
    sources = {row.source for row in old}
    for one in buckets:
        for part in parts.write_bucket(connection, workspace.store, place, one, "merging", name):
            yield _row(part, sources.copy().pop() if len(sources) == 1 else None, number)


def _row(part: Part, source: object, number: int) -> dict[str, object]:
    return asdict(part) | {"source": source, "delivery": None, "from_snapshot": number, "to_snapshot": None}
