"""Figures of one fit: every operator in every region and in the nation, with its status."""

import numpy as np
import pandas as pd

from qos.domain.indicator import Indicator, Scale
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.domain.quarter import Quarter
from qos.domain.reconciled import Reconciled
from qos.domain.tables import ESTIMATES
from qos.methodology import Edition
from qos.score.rules import WITHHELD, Evidence, Reason, judge
from qos.stats.scales import back


def places(fit: Reconciled) -> list[str]:
    """Regions of a fit and the nation, in the order of the columns of its support."""
    return [NATION] if fit.regions == (NATION,) else [*fit.regions, NATION]


def draws_of(fit: Reconciled, operator: int, place: int) -> np.ndarray:
    """Joint draws of one figure, (B,), on the scale."""
    if places(fit)[place] == NATION:
        return fit.national[:, operator]
    return fit.draws[:, operator, place]


def evidence(fit: Reconciled, operator: int, place: int, edition: Edition) -> Evidence:
    """What the figure of an operator in a place rests on."""
    support, nation = fit.support, places(fit)[place] == NATION
    names = support.sources[operator][place]
    sources = [fit.source(name) for name in names]
    tail = (1 - edition.confidence) / 2
    low, high = np.quantile(draws_of(fit, operator, place), [tail, 1 - tail])
    return Evidence(
        n_subjects=float(support.n_subjects[operator, place]),
        n_effective=float(support.n_effective[operator, place]),
        half_width=float(high - low) / 2,
        gamma=1.0 if nation else float(fit.gamma[operator, place]),
        sources=names,
        kin_groups=len({source.kin for source in sources}),
        reference=any(source.reference for source in sources),
        panel=any(source.panel for source in sources),
        all_thin=all(source.thin for source in sources),
        national=nation,
        coverage=float(support.coverage[operator]) if nation else 1.0,
    )


def estimates(fit: Reconciled, indicator: Indicator, quarter: Quarter, edition: Edition) -> pd.DataFrame:
    """The estimates table of one fit."""
    rows = [
        _row(fit, indicator, quarter, edition, operator, place)
        for operator in range(len(fit.operators))
        for place in range(len(places(fit)))
    ]
    return pd.DataFrame(rows, columns=ESTIMATES.columns)


def unfitted(
    cells: pd.DataFrame, fitted: tuple[str, ...], indicator: Indicator, quarter: Quarter, market: str
) -> pd.DataFrame:
    """Operators that were measured, but of which no cell is large enough to be fitted: too few.

    cells: of one indicator and market; the nation counts what is in its regions.
    """
    left = cells[~cells["operator"].isin([*fitted, ALL])]
    rows = []
    for (operator, region), part in left.groupby(["operator", "region"]):
        row: dict[str, object] = dict.fromkeys(ESTIMATES.columns)
        row |= {"quarter": str(quarter), "indicator": indicator.name, "market": market, "operator": operator}
        row |= {"region": region, "scale": indicator.scale.value}
        row |= {"status": WITHHELD, "status_reason": Reason.TOO_FEW.value}
        row |= {"sources": ";".join(sorted(set(part["source"])))}
        row |= {name: part[name].sum(min_count=1) for name in ("n_measurements", "n_subjects")}
        rows.append(row)
    return pd.DataFrame(rows, columns=ESTIMATES.columns)


def _row(
    fit: Reconciled, indicator: Indicator, quarter: Quarter, edition: Edition, operator: int, place: int
) -> dict[str, object]:
    behind = evidence(fit, operator, place, edition)
    verdict = judge(behind, edition)
    support = fit.support
    row = {
        "quarter": str(quarter),
        "indicator": indicator.name,
        "market": fit.market,
        "operator": fit.operators[operator],
        "region": places(fit)[place],
        "confidence": edition.confidence,
        "scale": indicator.scale.value,
        "n_measurements": support.n_measurements[operator, place],
        "n_subjects": support.n_subjects[operator, place],
        "n_effective": support.n_effective[operator, place],
        "sources": ";".join(behind.sources),
        "status": verdict.status,
        "status_reason": verdict.reason,
    }
    if verdict.status != WITHHELD:
        row |= _value(draws_of(fit, operator, place), indicator.scale, edition.confidence)
        row |= {"largest_source_share": support.largest_share[operator, place]}
        row |= {"model_share": 1 - behind.gamma}
    return row


def _value(draws: np.ndarray, scale: Scale, confidence: float) -> dict[str, float]:
    tail = (1 - confidence) / 2
    middle, low, high = back(np.quantile(draws, [0.5, tail, 1 - tail]), scale)
    return {
        "value": float(middle),
        "ci_low": float(low),
        "ci_high": float(high),
        "std_error": float(np.std(draws, ddof=1)),
    }
