"""Rows spread over the subject buckets they belong to, unsorted, on their way into merged files.

Through Arrow files, about 100 bytes a row, not compressed: to write and to read once they cost half of what
partitioned Parquet costs.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc

from qos.store.parts import BUCKET_OF

_BATCH = 122_880
"""Rows moved at a time."""


def spread(
    connection: duckdb.DuckDBPyConnection, rows: str, columns: str, buckets: int, folder: Path
) -> None:
    """Writes one file a bucket into the folder. rows: a relation; columns: what to take of it."""
    reader = connection.sql(
        f"SELECT {columns}, CAST({BUCKET_OF} & {buckets - 1} AS INTEGER) AS bucket FROM {rows}"
    ).to_arrow_reader(_BATCH)
    kept = pa.schema([field for field in reader.schema if field.name != "bucket"])
    with ExitStack() as files:
        out = [files.enter_context(ipc.new_stream(_of(folder, bucket), kept)) for bucket in range(buckets)]
        for batch in reader:
            bucket = batch["bucket"].to_numpy()
            order = np.argsort(bucket, kind="stable")
            ends = np.searchsorted(bucket[order], np.arange(buckets + 1))
            moved = batch.select(kept.names).take(pa.array(order))
            for number in np.flatnonzero(np.diff(ends)):
                out[number].write_batch(moved.slice(ends[number], ends[number + 1] - ends[number]))


@contextmanager
def of_bucket(connection: duckdb.DuckDBPyConnection, folder: Path, bucket: int) -> Iterator[str]:
    """The relation of what was spread into a bucket; it can be read once, and its file is gone then."""
    name, path = "rows_of_bucket", _of(folder, bucket)
    with pa.OSFile(str(path)) as file, ipc.open_stream(file) as rows:
        connection.register(name, rows)
        try:
            yield name
        finally:
            connection.unregister(name)
    path.unlink()


def _of(folder: Path, bucket: int) -> Path:
    return folder / f"{bucket}.arrows"
