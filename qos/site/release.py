"""A release or draft folder, read back: what `release.json` says and the rows of its tables."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from qos.domain import tables
from qos.domain.errors import NotFound, QosError
from qos.domain.places import NATION
from qos.domain.quarter import Quarter
from qos.site.rows import Cell, Effect, Estimate, Flag, Key, LeftOut, Rank, Reject, Revision, Weight
from qos.site.tables import read_csv, read_parquet


@dataclass(frozen=True, kw_only=True)
class SourceInfo:
    """A source as the release names it. `rows` is null where it delivered figures, not rows."""

    name: str
    title: str
    kind: str
    kin: str
    licence: str
    notice: str
    url: str
    rows: int | None
    reference: bool

    @property
    def non_commercial(self) -> bool:
        """The licence forbids commercial use (the `NC` element of a Creative Commons licence)."""
        return "-NC" in self.licence.upper()


@dataclass(frozen=True, kw_only=True)
class Release:
    """One folder in memory. A draft says so in its `state`, or has no vintage yet."""

    folder: Path
    quarter: Quarter
    vintage: int | None
    draft: bool
    country: str
    markets: tuple[str, ...]
    edition: str
    pack_digest: str
    snapshot_digest: str
    code_version: str
    seed: str
    as_of: str
    publish_at: str
    simulated: bool
    sources: dict[str, SourceInfo]
    estimates: dict[Key, Estimate]
    ranks: dict[Key, Rank]
    cells: tuple[Cell, ...]
    effects: tuple[Effect, ...]
    left_out: tuple[LeftOut, ...]
    rejects: tuple[Reject, ...]
    flags: tuple[Flag, ...]
    weights: tuple[Weight, ...]
    revisions: tuple[Revision, ...]

    def indicators(self, market: str) -> frozenset[str]:
        """Indicators of which the release says anything in a market."""
        return frozenset(key[1] for key in self._keys if key[0] == market)

    def operators(self, market: str) -> frozenset[str]:
        """Operators (and `all`) of a market: whoever has a figure, a rank or a cell anywhere in it."""
        return self._operators.get(market, frozenset())

    def regions(self, market: str) -> frozenset[str]:
        """Regions of a market that have a row, without the nation."""
        return frozenset(key[3] for key in self._keys if key[0] == market) - {NATION}

    @cached_property
    def _keys(self) -> frozenset[Key]:
        return frozenset(self.estimates.keys() | self.ranks.keys())

    @cached_property
    def _operators(self) -> dict[str, frozenset[str]]:
        pairs = {(key[0], key[2]) for key in self._keys} | {(c.market, c.operator) for c in self.cells}
        return {market: frozenset(o for m, o in pairs if m == market) for market in {m for m, _ in pairs}}

    @cached_property
    def cells_of(self) -> dict[tuple[str, str], list[Cell]]:
        """(market, indicator) -> cells, in the order of the table's key."""
        found: dict[tuple[str, str], list[Cell]] = {}
        for cell in self.cells:
            found.setdefault((cell.market, cell.indicator), []).append(cell)
        return found

    def files(self) -> list[Path]:
        """The files of the folder itself, sorted by name; pages lie in sub-folders."""
        return sorted(path for path in self.folder.iterdir() if path.is_file())


def read(folder: Path) -> Release:
    """A release folder. Raises NotFound for a missing file, QosError for one that cannot be read."""
    told = _manifest(folder)
    estimates = read_csv(folder / "estimates.csv", tables.ESTIMATES, Estimate)
    ranks = read_csv(folder / "ranks.csv", tables.RANKS, Rank)
    try:
        return Release(
            folder=folder,
            quarter=Quarter.parse(told["quarter"]),
            vintage=told["vintage"],
            draft=told.get("state") == "draft" or not told["vintage"],
            country=told["country"]["code"],
            markets=tuple(told["markets"]),
            edition=_named(told["edition"]),
            pack_digest=told["pack"]["digest"],
            snapshot_digest=told["snapshot"]["digest"],
            code_version=str(told["code_version"]),
            seed=str(told["seed"]),
            as_of=told["as_of"] or "",
            publish_at=told["publish_at"] or "",
            simulated=bool(told["simulated"]),
            sources={source["name"]: _source(source) for source in told["sources"]},
            estimates={(row.market, row.indicator, row.operator, row.region): row for row in estimates},
            ranks={(row.market, row.indicator, row.operator, row.region): row for row in ranks},
            cells=read_parquet(folder / "cells.parquet", tables.CELLS, Cell),
            effects=read_csv(folder / "source_effects.csv", tables.SOURCE_EFFECTS, Effect),
            left_out=read_csv(folder / "leave_one_out.csv", tables.LEAVE_ONE_OUT, LeftOut),
            rejects=read_csv(folder / "rejects.csv", tables.REJECTS, Reject),
            flags=read_csv(folder / "flags.csv", tables.FLAGS, Flag),
            weights=read_csv(folder / "weights.csv", tables.WEIGHTS, Weight),
            revisions=read_csv(folder / "revisions.csv", tables.REVISIONS, Revision),
        )
    except KeyError as fault:
        raise QosError(f"{folder.name}/release.json: nothing said about {fault}") from fault


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "release.json"
    if not path.is_file():
        raise NotFound(f"{folder}: no release.json, so no release", next_command="qos run QUARTER")
    told: dict[str, Any] = json.loads(path.read_bytes())
    return told


def _named(told: str | dict[str, Any]) -> str:
    """The name of an edition, given alone or with its digest."""
    return told if isinstance(told, str) else str(told["name"])


def _source(told: dict[str, Any]) -> SourceInfo:
    return SourceInfo(
        name=told["name"],
        title=told["title"],
        kind=told["kind"],
        kin=told["kin"],
        licence=told["licence"],
        notice=told["notice"],
        url=told["url"],
        rows=told["rows"],
        reference=bool(told["reference"]),
    )
