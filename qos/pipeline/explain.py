"""From a published figure back to its cells, weights, sources and deliveries."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from qos import methodology as rules
from qos.domain.errors import NotFound, UsageFault
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.domain.tables import CELLS, ESTIMATES, FLAGS, RANKS, REJECTS, SOURCE_EFFECTS, WEIGHTS
from qos.release import read_release, read_table
from qos.score import subjects_needed
from qos.store.workspace import Workspace

_NAME = re.compile(r"\d{4}[Qq][1-4](-v\d+)?")
_CELL = (
    "source", "region", "value", "value_unweighted", "n_measurements", "n_subjects", "n_effective",
    "n_inputs", "statistic", "std_error", "entered", "reason", "flags", "deliveries",
)  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """Everything behind one figure, as the release folder holds it. Null is None."""

    figure: dict[str, Any]
    subjects_needed: int
    """Fewer subjects than this are never ranked (edition)."""
    rank: dict[str, Any] | None
    own: list[dict[str, Any]]
    """Each source's own figure for the same operator and region."""
    cells: list[dict[str, Any]]
    """The cells of its regions, for a national figure; otherwise the same as `own`."""
    weights: list[dict[str, Any]]
    effects: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    rejects: list[dict[str, Any]]


def folder_of(workspace: Workspace, name: str) -> Path:
    """`2026Q3` is the draft, `2026Q3-v1` the release. Raises NotFound, UsageFault for another form."""
    if not _NAME.fullmatch(name):
        raise UsageFault(
            f"neither a quarter nor a release: {name!r} (expected 2026Q3 or 2026Q3-v1)",
            next_command="qos run --help",
        )
    for folder in (workspace.releases / name, workspace.drafts / name.upper()):
        if (folder / "release.json").is_file():
            return folder
    quarter = name.split("-")[0]
    raise NotFound(f"no release or draft {name!r} in {workspace.root}", next_command=f"qos run {quarter}")


def explain(
    folder: Path, indicator: str, operator: str, region: str = NATION, market: str = ""
) -> Explanation:
    """Raises NotFound naming the nearest match for a misspelt indicator, operator, region or market, and
    UsageFault when the figure exists in several markets and none was named."""
    release = read_release(folder)
    estimates = read_table(folder, ESTIMATES)
    for column, wanted in (("market", market), ("indicator", indicator), ("operator", operator)):
        if wanted:
            estimates = _matching(estimates, column, wanted, folder)
    markets = sorted(set(estimates["market"]))
    if len(markets) > 1:
        raise UsageFault(
            f"{indicator} of {operator} exists in several markets: {', '.join(markets)}",
            next_command=f"qos explain {folder.name} {indicator} {operator} {region} --market {markets[0]}",
        )
    market = markets[0]
    estimates = _matching(estimates, "region", region, folder)
    cells = _of(read_table(folder, CELLS), market=market, indicator=indicator, operator=operator)
    cells = cells.assign(std_error=cells["v"] ** 0.5)
    own = cells[cells["region"] == region]
    parts = cells[cells["region"] != NATION] if region == NATION else own
    ranks = _of(
        read_table(folder, RANKS), market=market, indicator=indicator, operator=operator, region=region
    )
    names = set(cells["source"])
    effects = _of(read_table(folder, SOURCE_EFFECTS), market=market, indicator=indicator)
    behind = {delivery for text in cells["deliveries"].dropna() for delivery in text.split(";")}
    methodology = rules.load(release["edition"]["name"], folder / "edition")
    return Explanation(
        figure=_records(estimates)[0],
        subjects_needed=subjects_needed(methodology.indicators[indicator], methodology.edition),
        rank=_records(ranks)[0] if len(ranks) and operator != ALL else None,
        own=_records(own[list(_CELL)]),
        cells=_records(parts[list(_CELL)]),
        weights=_records(_of(read_table(folder, WEIGHTS), market=market)),
        effects=_records(_named(effects, names)),
        sources=[source for source in release["sources"] if source["name"] in names],
        deliveries=[delivery for delivery in release["deliveries"] if delivery["id"] in behind],
        flags=_records(_named(read_table(folder, FLAGS), names)),
        rejects=_records(_named(read_table(folder, REJECTS), names)),
    )


def _matching(frame: pd.DataFrame, column: str, wanted: str, folder: Path) -> pd.DataFrame:
    found = frame[frame[column] == wanted]
    if found.empty:
        known = sorted(set(frame[column]))
        near = get_close_matches(wanted, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
        raise NotFound(
            f"no {column} {wanted!r} here; {hint}",
            next_command=f"qos export {folder.name} --table estimates --to estimates.csv",
        )
    return found


def _of(frame: pd.DataFrame, **values: str) -> pd.DataFrame:
    for column, value in values.items():
        frame = frame[frame[column] == value]
    return frame


def _named(frame: pd.DataFrame, names: set[str]) -> pd.DataFrame:
    return frame[frame["source"].isin(names)]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries in which every kind of null is None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]
