"""What a source makes of a file, and which source fits one; nothing is changed."""

from pathlib import Path
from typing import Any

import duckdb

from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault, NotFound, UsageFault
from qos.domain.quarter import Period
from qos.pipeline.registry import declaration, declarations
from qos.store.reading import Reading, read
from qos.store.reading.explained import explain_reading
from qos.store.workspace import Workspace


def try_delivery(
    workspace: Workspace | None, source: str, file: Path, period: Period | None
) -> dict[str, Any]:
    """Format, columns taken and ignored, first rows before and after, rejects by reason with an example.

    Raises what landing would: DeliveryFault, NotFound, UsageFault.
    """
    with duckdb.connect() as connection:
        return explain_reading(connection, _read(connection, declaration(workspace, source), file, period))


def guesses(workspace: Workspace | None, file: Path, period: Period | None) -> list[dict[str, Any]]:
    """Every source with what became of the file, those that take it first. Raises NotFound for no file."""
    found = [_guess(declared, file, period) for declared in declarations(workspace).values()]
    return sorted(found, key=lambda row: (row["accepted"] is None, -(row["accepted"] or 0), row["source"]))


def _read(
    connection: duckdb.DuckDBPyConnection, declared: Declaration, file: Path, period: Period | None
) -> Reading:
    if not file.is_file():
        raise NotFound(f"no such file: {file}")
    return read(
        connection, declared, file, delivery=file.name, period=period, suffix="".join(file.suffixes[-2:])
    )


def _guess(declared: Declaration, file: Path, period: Period | None) -> dict[str, Any]:
    row: dict[str, Any] = {"source": declared.source.name, "layout": None, "accepted": None, "rejected": None}
    given = period
    if declared.source.needs_period and given is None:
        given = Period.parse("2000-01")  # any month: only whether the columns fit is asked
    with duckdb.connect() as connection:
        try:
            reading = _read(connection, declared, file, given if declared.source.needs_period else None)
        except (DeliveryFault, UsageFault) as fault:
            return row | {"why": getattr(fault, "reason", str(fault))}
    why = "" if period or not declared.source.needs_period else "needs --period"
    counts = {"accepted": reading.accepted_rows, "rejected": reading.rejected_rows}
    return row | {"layout": reading.layout, "why": why} | counts
