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


def evidence(fit: Reconciled, operator: int, place: int) -> Evidence:
    """What the figure of an operator in a place rests on."""
    support, nation = fit.support, fit.places[place] == NATION
    names = support.sources[operator][place]
    sources = [fit.source(name) for name in names]
    return Evidence(
        n_subjects=float(support.n_subjects[operator, place]),
        n_effective=float(support.n_effective[operator, place]),
        half_width=float(fit.summary.high[operator, place] - fit.summary.low[operator, place]) / 2,
        gamma=float(fit.gamma[operator, place]),
        sources=names,
        kin_groups=len({source.kin for source in sources}),
        reference=any(source.reference for source in sources),
        panel=any(source.panel for source in sources),
        all_thin=all(source.thin for source in sources),
        national=nation,
        coverage=float(support.coverage[operator]) if nation else 1.0,
    )


def value(fit: Reconciled, operator: int, place: int, scale: Scale) -> tuple[float, float, float]:
    """Median and interval of a figure in published units."""
    summary = fit.summary
    on_scale = (summary.median[operator, place], summary.low[operator, place], summary.high[operator, place])
    middle, low, high = back(np.array(on_scale), scale)
    return float(middle), float(low), float(high)


def estimates(fit: Reconciled, indicator: Indicator, quarter: Quarter, edition: Edition) -> pd.DataFrame:
    """The estimates table of one fit."""
    rows = [
        _row(fit, indicator, quarter, edition, operator, place)
        for operator in range(len(fit.operators))
        for place in range(len(fit.places))
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
    behind = evidence(fit, operator, place)
    verdict = judge(behind, indicator, edition)
    support = fit.support
    row = {
        "quarter": str(quarter),
        "indicator": indicator.name,
        "market": fit.market,
        "operator": fit.operators[operator],
        "region": fit.places[place],
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
        middle, low, high = value(fit, operator, place, indicator.scale)
        row |= {"value": middle, "ci_low": low, "ci_high": high}
        row |= {"std_error": fit.summary.std_error[operator, place], "model_share": 1 - behind.gamma}
        row |= {"largest_source_share": support.largest_share[operator, place]}
    return row
