"""Reads one table of a release into typed rows, refusing columns that differ from `qos.domain.tables`."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from qos.domain.errors import NotFound, QosError
from qos.domain.tables import Table

LISTS = frozenset({"sources", "status_reason", "not_separated_from"})
Row = TypeVar("Row")
Record = Mapping[str, Any]


def read_csv(path: Path, table: Table, row: type[Row]) -> tuple[Row, ...]:
    """Rows of a CSV table, in the file's order. Raises NotFound, and QosError naming line and column."""
    return tuple(
        _typed(path, line, record, table, row) for line, record in enumerate(raw_csv(path, table), start=2)
    )


def raw_csv(path: Path, table: Table) -> list[dict[str, str]]:
    """The same as text, not one digit changed."""
    _require(path)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        _check_columns(path, reader.fieldnames or [], table)
        return list(reader)


def read_parquet(path: Path, table: Table, row: type[Row]) -> tuple[Row, ...]:
    """Rows of a Parquet table, sorted by the table's key. Raises NotFound, and QosError as `read_csv`."""
    _require(path)
    loaded = pq.read_table(path)
    _check_columns(path, loaded.column_names, table)
    records = sorted(loaded.to_pylist(), key=lambda record: [str(record[name]) for name in table.key])
    return tuple(_typed(path, line, record, table, row) for line, record in enumerate(records, start=1))


def _require(path: Path) -> None:
    if not path.is_file():
        raise NotFound(f"{path.parent.name}: no {path.name}", next_command="qos run QUARTER")


def _check_columns(path: Path, found: Iterable[str], table: Table) -> None:
    if missing := [name for name in table.columns if name not in found]:
        raise QosError(f"{path.parent.name}/{path.name}: missing columns {missing}")


def _typed(path: Path, line: int, record: Record, table: Table, row: type[Row]) -> Row:
    wanted = {field.name for field in fields(row)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for field in table.fields:
        if field.name in wanted:
            try:
                values[field.name] = _value(field.name, field.type, record[field.name])
            except ValueError as fault:
                raise QosError(
                    f"{path.parent.name}/{path.name} line {line}, {field.name}: {fault}"
                ) from fault
    return row(**values)


def _value(name: str, kind: str, given: Any) -> Any:
    """A field as its type; empty, null and not-a-number are None. Raises ValueError."""
    empty = given is None or given == "" or (isinstance(given, float) and math.isnan(given))
    if name in LISTS:
        return () if empty else tuple(str(given).split(";"))
    if kind == "text":
        return "" if empty else str(given)
    if empty:
        return None
    if kind == "boolean":
        return _boolean(given)
    number = float(given)
    return _whole(number) if kind == "integer" else number


def _boolean(given: Any) -> bool:
    text = str(given).lower()
    if text not in ("true", "false"):
        raise ValueError(f"neither true nor false: {given!r}")
    return text == "true"


def _whole(number: float) -> int:
    if not number.is_integer():
        raise ValueError(f"not a whole number: {number}")
    return int(number)
