"""What can happen to a table of typed columns on its way into a Parquet file."""

import io
import random
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Mutation = Callable[[random.Random, bytes], bytes]
_TYPES = (
    pa.string(),
    pa.float64(),
    pa.int32(),
    pa.bool_(),
    pa.binary(),
    pa.date32(),
    pa.decimal128(38, 4),
    pa.null(),
)


def _changed(change: Callable[[random.Random, Any, int], Any]) -> Mutation:
    """A change of the table and one of its columns; what cannot be written stays as it is."""

    def mutation(rng: random.Random, data: bytes) -> bytes:
        try:
            table = pq.read_table(io.BytesIO(data))
            table = change(rng, table, rng.randrange(table.num_columns))
            out = io.BytesIO()
            pq.write_table(table, out, compression=rng.choice(("none", "snappy", "zstd")))
        except (pa.ArrowException, ValueError, OSError):
            return data
        return out.getvalue()

    return mutation


def _renamed(rng: random.Random, table: Any, column: int) -> Any:
    names = list(table.column_names)
    names[column] = rng.choice((names[column] + "s", names[column].upper(), "", "colour", names[0]))
    return table.rename_columns(names)


def _dropped(_rng: random.Random, table: Any, column: int) -> Any:
    return table.remove_column(column)


def _reordered(rng: random.Random, table: Any, _column: int) -> Any:
    return table.select(rng.sample(table.column_names, table.num_columns))


def _of_another_type(rng: random.Random, table: Any, column: int) -> Any:
    wanted = rng.choice(_TYPES)
    try:
        values = table.column(column).cast(wanted, safe=False)
    except pa.ArrowException:
        values = pa.nulls(table.num_rows, wanted)
    return table.set_column(column, table.column_names[column], values)


def _of_odd_numbers(rng: random.Random, table: Any, column: int) -> Any:
    odd = (float("nan"), float("inf"), -float("inf"), 1e308, -0.0, 5e-324, -1.0, None)
    values = pa.array([rng.choice(odd) for _ in range(table.num_rows)], pa.float64())
    return table.set_column(column, table.column_names[column], values)


def _of_lists(_rng: random.Random, table: Any, column: int) -> Any:
    values = pa.array([[value] for value in table.column(column).to_pylist()])
    return table.set_column(column, table.column_names[column], values)


def _without_rows(_rng: random.Random, table: Any, _column: int) -> Any:
    return table.slice(0, 0)


def _with_rows_twice(_rng: random.Random, table: Any, _column: int) -> Any:
    return pa.concat_tables([table, table])


def _with_one_more(_rng: random.Random, table: Any, column: int) -> Any:
    return table.append_column("colour", table.column(column))


OF_PARQUET: Sequence[tuple[str, Mutation]] = (
    ("a column renamed", _changed(_renamed)),
    ("a column dropped", _changed(_dropped)),
    ("columns reordered", _changed(_reordered)),
    ("a column of another type", _changed(_of_another_type)),
    ("a column of odd numbers", _changed(_of_odd_numbers)),
    ("a column of lists", _changed(_of_lists)),
    ("without rows", _changed(_without_rows)),
    ("with its rows twice", _changed(_with_rows_twice)),
    ("with one column more", _changed(_with_one_more)),
)
