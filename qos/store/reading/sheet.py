"""Rows of text cells and rejects on their way into a relation, through temporary files in parts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from qos.store.reading.words import literal

CELLS_AT_ONCE = 500_000
"""Cells of text that are held in memory: some tens of megabytes."""

_PLACES = [("line", pa.int64()), ("place", pa.int64())]
_REJECTS = pa.schema([*_PLACES, ("column", pa.string()), ("value", pa.string()), ("reason", pa.string())])


class Sheet:
    """A context in which rows are added; once it is left, `rows` and `rejects` can be read."""

    def __init__(self, folder: Path) -> None:
        self.columns: tuple[str, ...] = ()
        self._rows_file, self._rejects_file = folder / "rows.parquet", folder / "rejects.parquet"
        self._rows: list[tuple[int, int, Mapping[str, str]]] = []
        self._rejects: list[tuple[int, int, str, str, str]] = []
        self._cells = 0
        self._writers: dict[Path, pq.ParquetWriter] = {}

    def add(self, line: int, place: int, cells: Mapping[str, str]) -> None:
        """A row; cells of names that are not among `columns` are left out."""
        self._rows.append((line, place, cells))
        self._cells += len(cells) + 1
        if self._cells > CELLS_AT_ONCE:
            self._write_rows()

    def reject(self, line: int, place: int, column: str, value: str, reason: str) -> None:
        self._rejects.append((line, place, column, value, reason))
        if len(self._rejects) * len(_REJECTS) > CELLS_AT_ONCE:
            self._write_rejects()

    def rows(self, *, by_place: bool) -> str:
        """SQL of the rows: `line` and `c0`, `c1` … in the order of `columns`."""
        cells = [f"c{i}" for i in range(len(self.columns))]
        return _selected(self._rows_file, cells, by_place)

    def rejects(self, *, by_place: bool) -> str:
        """SQL of the rejects: line, column, value, reason."""
        return _selected(self._rejects_file, ['"column"', "value", "reason"], by_place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if fault is None:
            self._write_rows()
            self._write_rejects()
        for writer in self._writers.values():
            writer.close()

    def _write_rows(self) -> None:
        lines, places, rows = zip(*self._rows, strict=True) if self._rows else ((), (), ())
        table = {"line": pa.array(lines, pa.int64()), "place": pa.array(places, pa.int64())}
        for i, name in enumerate(self.columns):
            table[f"c{i}"] = pa.array([row.get(name) for row in rows], pa.string())
        self._write(self._rows_file, pa.table(table))
        self._rows, self._cells = [], 0

    def _write_rejects(self) -> None:
        columns: Sequence[Sequence[object]] = list(zip(*self._rejects, strict=True)) or [()] * len(_REJECTS)
        arrays = [pa.array(values, part.type) for values, part in zip(columns, _REJECTS, strict=True)]
        self._write(self._rejects_file, pa.table(arrays, schema=_REJECTS))
        self._rejects = []

    def _write(self, path: Path, table: pa.Table) -> None:
        if path not in self._writers:
            self._writers[path] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._writers[path].write_table(table)


def _selected(file: Path, columns: list[str], by_place: bool) -> str:
    line = "place AS line" if by_place else "line"
    return f"(SELECT {', '.join([line, *columns])} FROM read_parquet({literal(str(file))}))"
