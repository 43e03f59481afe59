"""Working by column: DuckDB connections, queries from files, functions over distinct values."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from qos.store.files import spill_folder
from qos.store.schema import COLUMN_TYPES

ROW_NUMBER = "file_row_number"
"""What DuckDB calls the place of a row in its file."""


def connect(store: Path, *, threads: int = 2, memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory database that spills into a folder of its own; its clock is UTC. memory: such as `2GB`."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "temp_directory": str(spill_folder(store)),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if memory is not None:
        settings["memory_limit"] = memory
    connection = duckdb.connect(config=settings)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # whoever calls tells how far it is
    return connection


@cache
def sql(name: str) -> str:
    """The query in `sql/<name>.sql`."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Column to type."""
    described = connection.execute(f"DESCRIBE {table}").fetchall()
    return {name: str(kind) for name, kind, *_ in described}


def map_distinct(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    select: str,
    results: Mapping[str, pa.DataType],
    function: Callable[..., tuple[object, ...]],
) -> None:
    """Makes `table`: the rows of `select`, which are distinct, and beside them what `function` says.

    function takes the columns of one row and returns one value for each of `results`.
    """
    given = connection.sql(select).to_arrow_table()
    said = [function(*row) for row in zip(*(column.to_pylist() for column in given.columns), strict=True)]
    for position, (name, kind) in enumerate(results.items()):
        given = given.append_column(name, pa.array([values[position] for values in said], kind))
    table_of(connection, table, given)


def table_of(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Makes the temporary table `name` of these rows."""
    connection.register("rows_of_table", rows)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM rows_of_table")
    connection.unregister("rows_of_table")


def counts(connection: duckdb.DuckDBPyConnection, select: str) -> dict[str, int]:
    """A query of (name, count) as a dictionary, sorted by name."""
    return {name: int(count) for name, count in sorted(connection.execute(select).fetchall())}


def as_schema(name: str, kind: str) -> str:
    """A column of this type with the type of the schema, where it has another."""
    wanted = COLUMN_TYPES[name]
    if kind == wanted or name == "flags":
        return f'"{name}"'
    return f'CAST("{name}" AS {wanted}) AS "{name}"'


def typed_columns(connection: duckdb.DuckDBPyConnection, table: str, names: list[str]) -> str:
    """A SELECT list of `names` with the types of the schema; what the table lacks is null."""
    present = columns_of(connection, table)
    return ", ".join(
        as_schema(name, present[name])
        if name in present
        else f'CAST(NULL AS {COLUMN_TYPES[name]}) AS "{name}"'
        for name in names
    )
