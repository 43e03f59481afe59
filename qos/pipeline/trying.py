"""What a source makes of a file, and which source fits one; nothing is changed."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault, NotFound, UsageFault
from qos.domain.quarter import Period
from qos.pipeline.proposing import Proposal, propose, slug
from qos.pipeline.registry import declaration, declarations
from qos.store.bulk import connect
from qos.store.reading import OpenedFile, Reading, opened, read, read_opened
from qos.store.reading.explained import explain_reading
from qos.store.reading.layout import NoLayout
from qos.store.reading.looking import Look, look
from qos.store.reading.unpacking import ContentFault
from qos.store.workspace import Workspace

ANY_PERIOD = Period.parse("2000-01")
"""Stands for the period of a source that needs one where only is asked whether the columns fit."""


def try_delivery(
    workspace: Workspace | None, source: str, file: Path, period: Period | None, service: str | None = None
) -> dict[str, Any]:
    """Format, columns taken and ignored, first rows before and after, guessed units, rejects by reason with
    an example.

    Raises what landing would: DeliveryFault, NotFound, UsageFault.
    """
    declared = declaration(workspace, source)
    _check_file(file)
    with _connection(workspace) as connection:
        reading = read(
            connection,
            declared,
            file,
            delivery=file.name,
            period=period,
            service=service,
            suffix=suffix_of(file),
            scratch=_scratch(workspace),
        )
        return explain_reading(connection, reading)


def needed(fault: DeliveryFault) -> dict[str, Any]:
    """What a delivery that was stopped for its columns lacks; empty where it was stopped for another reason.

    layout: the nearest. unexplained: each column with the known one it resembles. missing: columns.
    """
    cause = fault.__cause__
    if not isinstance(cause, NoLayout):
        return {}
    unexplained = [
        {"column": name, "nearest": near[0] if near else None} for name, near in cause.unexplained.items()
    ]
    return {"layout": cause.layout.name, "unexplained": unexplained, "missing": cause.missing}


@dataclass(frozen=True)
class Fit:
    """What became of a file under one source: accepted is None where it is not that source's; known: columns
    that the source explains; why: what is in the way."""

    source: str
    layout: str | None = None
    rows: int = 0
    accepted: int | None = None
    rejected: int | None = None
    unused: int | None = None
    known: int = 0
    why: str = ""

    @property
    def fits(self) -> bool:
        return self.accepted is not None

    @property
    def share(self) -> float:
        """Of the rows that the source understands; of a delivery without rows all."""
        return ((self.accepted or 0) + (self.unused or 0)) / self.rows if self.rows else 1.0

    @property
    def rank(self) -> tuple[bool, float, int]:
        """The better, the greater."""
        return (self.fits, self.share if self.fits else 0.0, self.known)


def guesses(workspace: Workspace | None, file: Path, period: Period | None) -> list[dict[str, Any]]:
    """Every source with what became of the file, those that take it first. Raises NotFound for no file."""
    return [
        {name: getattr(fit, name) for name in ("source", "layout", "accepted", "rejected", "unused", "why")}
        for fit in fits(workspace, file, period)
    ]


def guess_file(workspace: Workspace | None, file: Path, period: Period | None) -> dict[str, Any]:
    """sources: as `guesses`. proposal: where none fits and the file holds measurements, how to go on, a
    declaration as text, and ours -> theirs; else None. Raises NotFound for no file."""
    found = guesses(workspace, file, period)
    proposal = None if any(row["accepted"] is not None for row in found) else _proposal(workspace, file)
    return {"sources": found, "proposal": None if proposal is None else asdict(proposal)}


def _proposal(workspace: Workspace | None, file: Path) -> Proposal | None:
    try:
        return propose(look_into(workspace, file), slug(file.name.partition(".")[0]))
    except ContentFault:
        return None


def look_into(workspace: Workspace | None, file: Path) -> Look:
    """What a file holds, under no source's rules. Raises ContentFault."""
    with opened(file, suffix_of(file), scratch=_scratch(workspace)) as content:
        return look(content)


def _connection(workspace: Workspace | None) -> duckdb.DuckDBPyConnection:
    return duckdb.connect() if workspace is None else connect(workspace.store)


def _scratch(workspace: Workspace | None) -> Path | None:
    """Where a file is unpacked: with what belongs to the workspace, where there is one."""
    return None if workspace is None else workspace.spill


def fits(workspace: Workspace | None, file: Path, period: Period | None) -> list[Fit]:
    """Every source, the one that fits the file best first. Raises NotFound for no file."""
    _check_file(file)
    known = declarations(workspace)
    try:
        unpacked = opened(file, suffix_of(file), scratch=_scratch(workspace))
        with unpacked as content, _connection(workspace) as connection:
            found = [_fit(connection, declared, content, file, period) for declared in known.values()]
    except ContentFault as fault:
        found = [Fit(name, why=str(fault)) for name in known]
    return sorted(found, key=lambda fit: (*(-part for part in fit.rank), fit.source))


def suffix_of(file: Path) -> str:
    """How the name ends, of a packed file with what stands before: `.csv.gz`."""
    return "".join(file.suffixes[-2:])


def _check_file(file: Path) -> None:
    if not file.is_file():
        raise NotFound(f"no such file: {file}")


def _fit(
    connection: duckdb.DuckDBPyConnection,
    declared: Declaration,
    content: OpenedFile,
    file: Path,
    period: Period | None,
) -> Fit:
    source, needs = declared.source.name, declared.source.needs_period
    given = (period or ANY_PERIOD) if needs else None
    try:
        reading = read_opened(connection, declared, content, delivery=file.name, period=given)
    except (DeliveryFault, UsageFault) as fault:
        cause = fault.__cause__
        known = cause.known if isinstance(cause, NoLayout) else 0
        return Fit(source, known=known, why=getattr(fault, "reason", str(fault)))
    if not _understood(reading, file):
        return Fit(source, why="no row of it is understood")
    return Fit(
        source,
        layout=reading.layout,
        rows=reading.rows,
        accepted=reading.accepted_rows,
        rejected=reading.rejected_rows,
        unused=reading.unused_rows,
        known=len(reading.kept_columns),
        why="needs --period" if needs and period is None else "",
    )


def _understood(reading: Reading, file: Path) -> bool:
    """Some row enters, or there is none; or none does, but several columns that are asked for hold values
    (one may be called the same by chance), or the path names the source."""
    named = reading.source in (part.lower() for part in file.parts)
    return reading.rows == 0 or reading.accepted_rows > 0 or named or len(reading.kept_columns) > 1
