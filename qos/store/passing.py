"""What is kept in memory of the rows of a delivery as they pass by on their way to the disk.

Reading the files again for it would cost as much as looking at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qos.store.quality.levels import LOOKED_AT, SAMPLE_ROWS

ID_HASH = "id_hash"
"""DuckDB's hash of `measurement_id`, which passes by beside the row and is not stored."""

Hashes = npt.NDArray[np.uint64]

_MOST = 4 * SAMPLE_ROWS
"""Rows held before those that the sample has no room for are given up."""


@dataclass
class Passing:
    """A hash of every id, by quarter, and a sample of the rows for the gate."""

    rows: int = 0
    _hashes: dict[str, list[Hashes]] = field(default_factory=dict)
    _held: list[pa.Table] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch, same: Mapping[str, str]) -> None:
        """The next rows, with `ID_HASH`. same: columns that are the same in all of them, `quarter` too."""
        self.rows += batch.num_rows
        # A copy: the numbers of a batch from DuckDB hold all of its columns in memory.
        self._hashes.setdefault(same["quarter"], []).append(batch[ID_HASH].to_numpy().copy())
        wanted = [name for name in (*LOOKED_AT, ID_HASH) if name in batch.schema.names]
        taken = self._thinned(pa.Table.from_batches([batch.select(wanted)]))
        for name in set(LOOKED_AT).intersection(same):
            taken = taken.append_column(name, pa.repeat(same[name], taken.num_rows))
        self._held.append(taken)
        if sum(table.num_rows for table in self._held) > _MOST:
            self._held = [self._thinned(self._together())]

    def hashes(self, quarter: str) -> Hashes:
        """Of the ids of one quarter, in no order."""
        return np.concatenate([np.zeros(0, np.uint64), *self._hashes.get(quarter, [])])

    def sample(self) -> pa.Table:
        """About `SAMPLE_ROWS` rows, all of them when few, with those columns of `LOOKED_AT` that are there.

        A row is taken by its `measurement_id`, whatever its place.
        """
        return self._thinned(self._together()).drop_columns(ID_HASH)

    def _together(self) -> pa.Table:
        nothing = pa.schema([("subject", pa.int64()), (ID_HASH, pa.uint64())]).empty_table()
        return pa.concat_tables([nothing, *self._held], promote_options="default")

    def _thinned(self, rows: pa.Table) -> pa.Table:
        """Those with the lowest hashes: of more rows the same ones are left, and some fewer."""
        every = max(1, self.rows // SAMPLE_ROWS)
        if every == 1:
            return rows
        return rows.filter(pc.less(rows[ID_HASH], pa.scalar(2**64 // every, pa.uint64())))
