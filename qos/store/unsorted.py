"""Measurements written as they come: quickly, in little space, and in no order.

Written by pyarrow, which lets the encoding of each column be chosen: ids and times that follow one another
take a byte or two as differences, and whatever repeats stands once. Only encodings that Spark's reader of
columns knows too.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qos.store.bulk import quoted
from qos.store.files import staging_file
from qos.store.parts import ROW_GROUP, Place, Staged
from qos.store.passing import ID_HASH, Passing
from qos.store.schema import DATASETS

_AS_DIFFERENCES = {"measurement_id": "DELTA_BYTE_ARRAY", "measured_at": "DELTA_BINARY_PACKED"}

_LOOKED_UP = ["measured_at"]
"""Statistics are kept of these columns only: of all of them they cost a fifth of the writing."""

_DICTIONARY_BYTES = 1 << 19
"""Of a row group: values that hardly repeat are then written one by one."""


def stage_unsorted(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    place: Place,
    rows: str,
    columns: Iterable[str],
    *,
    same: Mapping[str, str],
    passing: Passing,
    only: bool = False,
    rename: Callable[[pa.StringArray], pa.Int64Array] | None = None,
) -> Staged | None:
    """Writes these columns of the rows (a relation) that belong to a place; null where there are none.

    Columns that are left out are null in every row of the file. same: text columns that are the same in all
    rows of the delivery. passing: is shown every row. only: all rows are of this place. rename: makes
    the pseudonyms of subjects that are still named.
    """
    same = {**same, "quarter": place.quarter, "service": place.service}
    types = {**DATASETS[place.dataset], **({"subject": "VARCHAR"} if rename else {})}
    own = [name for name in columns if name not in same]
    typed = ", ".join(f'CAST("{name}" AS {types[name]}) AS "{name}"' for name in own)
    here = "" if only else f"WHERE quarter = {quoted(place.quarter)} AND service = {quoted(place.service)}"
    batches = connection.sql(
        f"SELECT {typed}, hash(measurement_id) AS {ID_HASH} FROM {rows} {here}"
    ).to_arrow_reader(ROW_GROUP)
    staged = staging_file(store / "staging", ".parquet")
    count = 0
    schema = batches.schema.remove(batches.schema.get_field_index(ID_HASH))
    if rename:
        schema = schema.set(schema.get_field_index("subject"), pa.field("subject", pa.int64()))
    with _writer(staged, same, schema) as writer:
        for batch in batches:
            batch = _renamed(batch, rename) if rename else batch
            passing.add(batch, same)
            writer.write_batch(_with(same, batch.select(schema.names)))
            count += batch.num_rows
    if count:
        return Staged(place, staged, count)
    staged.unlink(missing_ok=True)
    return None


def _renamed(batch: pa.RecordBatch, rename: Callable[[pa.StringArray], pa.Int64Array]) -> pa.RecordBatch:
    place = batch.schema.get_field_index("subject")
    subjects = batch.column(place)
    renamed = rename(subjects)
    if subjects.null_count:
        renamed = pc.if_else(subjects.is_valid(), renamed, None)
    return batch.set_column(place, "subject", renamed)


def _writer(path: Path, same: Mapping[str, str], schema: pa.Schema) -> pq.ParquetWriter:
    texts = [pa.field(name, pa.dictionary(pa.int8(), pa.string())) for name in same]
    differing = {name: coding for name, coding in _AS_DIFFERENCES.items() if name in schema.names}
    return pq.ParquetWriter(
        path,
        pa.schema([*texts, *schema]),
        compression="snappy",  # a tenth quicker than zstd, for one byte a row until they are merged
        write_statistics=_LOOKED_UP,
        use_dictionary=[name for name in (*same, *schema.names) if name not in differing],
        column_encoding=differing,
        dictionary_pagesize_limit=_DICTIONARY_BYTES,
        store_schema=False,
    )


def _with(same: Mapping[str, str], batch: pa.RecordBatch) -> pa.RecordBatch:
    zeros = pa.array(np.zeros(batch.num_rows, np.int8))
    texts = {name: pa.DictionaryArray.from_arrays(zeros, pa.array([text])) for name, text in same.items()}
    return pa.RecordBatch.from_pydict(texts | dict(zip(batch.schema.names, batch.columns, strict=True)))
