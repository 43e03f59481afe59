"""One simulated market through the whole path, held against its known truth."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from qos import methodology as rules
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.domain.quarter import Quarter
from qos.domain.tables import RANKS
from qos.ingest import land
from qos.methodology import Methodology
from qos.pipeline.compute import MarketInput, compute
from qos.pipeline.registry import declaration, declare, known_sources
from qos.pipeline.weights import national_weights
from qos.reconcile import declared_sources, reconcile
from qos.reduce import cells_of_market
from qos.simulated import Simulated, market, write, write_pack
from qos.store.declared import DeclaredSource
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

_RECEIVED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
_KEY = bytes(32)


@dataclass(frozen=True)
class Trial:
    """What became of one seed, counted over indicators: how many intervals were made and held the truth."""

    seed: int
    cells: int
    cells_held: int
    differences: int
    differences_held: int
    rankings: int
    rankings_held: int
    """Rankings in which every operator's true place lies within its bounds."""
    leaders: int
    leaders_wrong: int
    squared_error: float
    """Sum over cells of the squared distance from the truth, on the scale."""


def trial(
    seed: int, folder: Path, *, quarter: str = "2026Q1", indicators: Sequence[str] = ("download_geomean",)
) -> Trial:
    """Generates a market, lands it in a fresh workspace in `folder`, and compares what comes out."""
    simulated = market(seed, quarters=(quarter,))
    methodology = _only(rules.load(), indicators)
    input_ = _landed(simulated, folder, methodology, Quarter.parse(quarter))
    counts = [_compared(input_, simulated.truth, name, methodology, Quarter.parse(quarter)) for name in indicators]
    *whole, squared_error = np.sum(counts, axis=0).tolist()
    return Trial(seed, *map(int, whole), squared_error)


def _only(methodology: Methodology, indicators: Sequence[str]) -> Methodology:
    return replace(methodology, indicators={name: methodology.indicators[name] for name in indicators})


def _landed(simulated: Simulated, folder: Path, methodology: Methodology, quarter: Quarter) -> MarketInput:
    write_pack(simulated.country, folder / "pack")
    workspace = Workspace.init(folder / "workspace", folder / "pack", key=_KEY)
    for design in simulated.sources:
        declare(workspace, DeclaredSource(name=design.name, like="canonical", kind=design.kind, reference=design.weighted))
    write(simulated, folder / "deliveries")
    for delivery in simulated.deliveries:
        source = declaration(workspace, delivery.source)
        land(workspace, source, folder / "deliveries" / delivery.file_name, received_at=_RECEIVED)
    known, edition = known_sources(workspace), methodology.edition
    with open_snapshot(workspace) as snapshot:
        mobile = edition.market("mobile")
        reduced = cells_of_market(snapshot.connection, workspace.pack, quarter, mobile, methodology, known)
    weights = national_weights(workspace.pack, "mobile", quarter, reduced.cells, edition)
    shares = dict(zip(weights["region"], weights["weight"], strict=True))
    sources = [known[name] for name in sorted(set(reduced.cells["source"]))]
    declared = declared_sources(sources, market="mobile", weighted=reduced.weighted, edition=edition)
    return MarketInput("mobile", reduced.cells, shares, declared)


def _compared(
    input_: MarketInput, truth: pd.DataFrame, indicator: str, methodology: Methodology, quarter: Quarter
) -> list[float]:
    cells = input_.cells[(input_.cells["indicator"] == indicator) & (input_.cells["operator"] != ALL)]
    fit = reconcile(
        cells, input_.sources, dict(input_.weights), indicator=methodology.indicators[indicator],
        market="mobile", quarter=quarter, edition=methodology.edition,
    )  # fmt: skip
    assert fit is not None
    true = truth[truth["indicator"] == indicator].pivot(index="operator", columns="region", values="theta")
    theta = true.loc[list(fit.operators), list(fit.places)].to_numpy(float)
    regions = [place for place, name in enumerate(fit.places) if name != NATION]
    held = (fit.summary.low <= theta) & (theta <= fit.summary.high)
    nation = fit.places.index(NATION)
    apart = [
        (np.quantile(fit.draws[:, j, nation] - fit.draws[:, k, nation], [0.025, 0.975]), theta[j, nation] - theta[k, nation])
        for j in range(len(theta)) for k in range(j)
    ]  # fmt: skip
    ranks = compute([input_], _only(methodology, [indicator]), quarter, examine=False).tables[RANKS.name]
    places = truth[truth["indicator"] == indicator].set_index(["operator", "region"])["place"]
    ranks = ranks[ranks["rank_low"].notna()]
    true_place = np.array([places[pair] for pair in zip(ranks["operator"], ranks["region"], strict=True)])
    inside = (ranks["rank_low"] <= true_place) & (true_place <= ranks["rank_high"])
    leaders = ranks["is_leader"].eq(True).to_numpy()
    return [
        theta[:, regions].size,
        int(held[:, regions].sum()),
        len(apart),
        sum(int(low <= true_difference <= high) for (low, high), true_difference in apart),
        ranks["region"].nunique(),
        int(inside.groupby(ranks["region"]).all().sum()),
        int(leaders.sum()),
        int((leaders & (true_place != 1)).sum()),
        float(((fit.summary.median - theta)[:, regions] ** 2).sum()),
    ]
