"""The simulated country over many seeds, from delivered rows to ranks: do the intervals hold the truth?

One case is one seed: a workspace is made, the three sources of one quarter are landed, reduced, reconciled
and ranked as a run does it, and the joint draws are compared with what was true.
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from qos import methodology, simulated
from qos import sources as readers
from qos.domain.declaration import Declaration
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.domain.quarter import Quarter
from qos.domain.reconciled import Reconciled
from qos.ingest.landing import land
from qos.pipeline.weights import national_weights
from qos.reconcile import declared_sources, reconcile
from qos.reduce import cells_of_market
from qos.score import rankings
from qos.simulated.truth import MARKET
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

TITLE = "The simulated country: do the intervals hold the truth?"
SEEDS = range(1, 201)
QUARTER = Quarter(2026, 1)
RECEIVED = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
"""After the quarter: a measurement from the future does not enter."""
INDICATORS = ("download_geomean", "latency_geomean")
CELLS, DIFFERENCES = (0.92, 0.995), (0.92, 0.99)
"""What the coverage of 95 % intervals must lie in (issue 2, acceptance 5)."""


def cases() -> list[str]:
    return [str(seed) for seed in SEEDS]


def run(case: str, folder: Path, indicators: tuple[str, ...] = INDICATORS) -> dict[str, Any]:
    """By indicator: share of intervals that hold the truth, widths, errors, and who was named first."""
    market = simulated.market(int(case), quarters=[str(QUARTER)])
    fits = _fits(market, folder, indicators)
    return {name: _against_truth(fit, ranks, market) for name, (fit, ranks) in fits.items()}


def _fits(
    market: simulated.Simulated, folder: Path, indicators: tuple[str, ...]
) -> dict[str, tuple[Reconciled, pd.DataFrame]]:
    """The fit and the ranking of each indicator, by the steps of a run."""
    rules = _rules(indicators)
    simulated.write_pack(market.country, folder / "pack")
    workspace = Workspace.init(folder / "workspace", folder / "pack", None)
    declarations = {design.name: _declaration(design) for design in market.sources}
    sources = {name: declaration.source for name, declaration in declarations.items()}
    for delivery, path in zip(
        market.deliveries, simulated.write(market, folder / "deliveries"), strict=False
    ):
        land(workspace, declarations[delivery.source], path, received_at=RECEIVED)
    place = next(m for m in rules.edition.markets if m.name == MARKET)
    with open_snapshot(workspace) as snapshot:
        reduced = cells_of_market(snapshot.connection, workspace.pack, QUARTER, place, rules, sources)
    weights = national_weights(workspace.pack, MARKET, QUARTER, reduced.cells, rules.edition)
    declared = declared_sources(
        sources.values(), market=MARKET, weighted=reduced.weighted, edition=rules.edition
    )
    fits = {}
    for name in indicators:
        indicator = rules.indicators[name]
        cells = reduced.cells[(reduced.cells["indicator"] == name) & (reduced.cells["operator"] != ALL)]
        shares = dict(zip(weights["region"], weights["weight"], strict=True))
        fit = reconcile(
            cells,
            declared,
            shares,
            indicator=indicator,
            market=MARKET,
            quarter=QUARTER,
            edition=rules.edition,
        )
        if fit is None:
            raise RuntimeError(f"nothing of {name} enters the fit")
        fits[name] = (fit, rankings(fit, indicator, QUARTER, rules.edition))
    return fits


def _rules(indicators: tuple[str, ...]) -> methodology.Methodology:
    """The newest edition with the indicators studied here: the others would only cost time."""
    rules = methodology.load()
    return replace(rules, indicators={name: rules.indicators[name] for name in indicators})


def _declaration(design: simulated.Design) -> Declaration:
    return readers.like(design.name, like="canonical", kind=design.kind, reference=design.weighted)


def _against_truth(fit: Reconciled, ranks: pd.DataFrame, market: simulated.Simulated) -> dict[str, Any]:
    truth = market.truth[market.truth["indicator"] == fit.indicator]
    theta = truth.pivot(index="operator", columns="region", values="theta").loc[list(fit.operators)]
    regions = [place for place in fit.places if place != NATION]
    at = [fit.places.index(region) for region in regions]
    cells, nation = theta[regions].to_numpy(), theta[NATION].to_numpy()
    regional, national = fit.draws[:, :, at], fit.draws[:, :, fit.places.index(NATION)]
    first, second = np.triu_indices(len(fit.operators), 1)
    drawn, true = national[:, first] - national[:, second], nation[first] - nation[second]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    places = truth[truth["region"] == NATION].set_index("operator")["place"]
    table = ranks[ranks["region"] == NATION].set_index("operator")
    leaders = table.index[table["is_leader"].fillna(False).astype(bool)]
    within = [table.at[o, "rank_low"] <= places[o] <= table.at[o, "rank_high"] for o in fit.operators]
    return {
        "cells": _held(regional, cells),
        "national": _held(national, nation),
        "differences": float(np.mean((low <= true) & (true <= high))),
        "width": float(np.mean(high - low)),
        "cell_error": float(np.mean((np.median(regional, axis=0) - cells) ** 2)),
        "difference_error": float(np.mean((np.median(drawn, axis=0) - true) ** 2)),
        "ranks_held": bool(all(within)),
        "named": len(leaders),
        "named_wrongly": sum(int(places[leader] != 1) for leader in leaders),
    }


def _held(draws: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> float:
    """Share of 95 % intervals, over all but the first axis, that hold the truth."""
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return float(np.mean((low <= truth) & (truth <= high)))


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per indicator: coverage in percent with its Monte-Carlo error over seeds, errors, leaders."""
    rows = []
    for name in results[0]:
        seeds = pd.DataFrame([result[name] for result in results])
        row: dict[str, Any] = {"indicator": name, "seeds": len(seeds)}
        for column in ("cells", "national", "differences"):
            row[column] = seeds[column].mean()
            row[f"{column}_mc"] = seeds[column].std(ddof=1) / len(seeds) ** 0.5 if len(seeds) > 1 else np.nan
        row |= {
            "cell_rmse": seeds["cell_error"].mean() ** 0.5,
            "difference_rmse": seeds["difference_error"].mean() ** 0.5,
            "width": seeds["width"].mean(),
            "ranks_held": seeds["ranks_held"].mean(),
            "named": int(seeds["named"].sum()),
            "named_wrongly": int(seeds["named_wrongly"].sum()),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def passed(table: pd.DataFrame) -> bool:
    return bool(
        table["cells"].between(*CELLS).all()
        and table["differences"].between(*DIFFERENCES).all()
        and not table["named_wrongly"].any()
    )


def report(results: list[dict[str, Any]]) -> list[str]:
    table = summary(results)
    lines = [
        f"{'passed' if passed(table) else 'failed'}: 95 % intervals must cover {CELLS[0]:.1%} to "
        f"{CELLS[1]:.1%} of the cells and {DIFFERENCES[0]:.1%} to {DIFFERENCES[1]:.1%} of the operator "
        "differences, and no wrong leader may be named.",
        "",
        "| indicator | seeds | cells covered | national covered | differences covered | cell RMSE "
        "| difference RMSE | width of a difference | true ranks in bounds | leaders named / wrongly |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for _, row in table.iterrows():
        coverage = [f"{row[c]:.1%} ± {row[f'{c}_mc']:.1%}" for c in ("cells", "national", "differences")]
        lines.append(
            f"| {row['indicator']} | {row['seeds']} | {' | '.join(coverage)} | {row['cell_rmse']:.3f} "
            f"| {row['difference_rmse']:.3f} | {row['width']:.3f} | {row['ranks_held']:.1%} "
            f"| {row['named']} / {row['named_wrongly']} |"
        )
    lines += ["", "Errors and widths are log units; ± is the Monte-Carlo error, one deviation over seeds."]
    return lines
