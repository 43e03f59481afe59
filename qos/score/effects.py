"""How each source differs from the reconciled figures: the table that no other publisher prints."""

import numpy as np
import pandas as pd

from qos.domain.indicator import Indicator, Scale
from qos.domain.quarter import Quarter
from qos.domain.reconciled import Reconciled
from qos.domain.tables import SOURCE_EFFECTS
from qos.methodology import Edition


def source_effects(
    fits: list[Reconciled], cells: pd.DataFrame, indicator: Indicator, quarter: Quarter, edition: Edition
) -> pd.DataFrame:
    """One row per source, from the fit in which it stands beside most others.

    fits: of one indicator and market. effect: a ratio on the log scale, a difference on the logit scale.
    """
    rows = []
    entered = cells[cells["entered"].astype(bool)]
    for name in sorted({source.name for fit in fits for source in fit.sources}):
        fit = max((f for f in fits if name in [s.name for s in f.sources]), key=lambda f: len(f.sources))
        rows.append(_row(fit, name, entered[entered["source"] == name], indicator, quarter, edition))
    return pd.DataFrame(rows, columns=SOURCE_EFFECTS.columns)


def _row(
    fit: Reconciled, name: str, own: pd.DataFrame, indicator: Indicator, quarter: Quarter, edition: Edition
) -> dict[str, object]:
    position = [source.name for source in fit.sources].index(name)
    tail = (1 - edition.confidence) / 2
    low, middle, high = np.quantile(fit.bias[:, position], [tail, 0.5, 1 - tail])
    own = own[own["operator"].isin(fit.operators)]
    shown = np.exp if indicator.scale is Scale.LOG else np.asarray
    return {
        "quarter": str(quarter),
        "market": fit.market,
        "indicator": indicator.name,
        "source": name,
        "effect": float(shown(middle)),
        "effect_low": float(shown(low)),
        "effect_high": float(shown(high)),
        "heterogeneity": float(np.median(fit.kappa[:, position])),
        "weight_share": float(fit.weight_share[position]),
        "n_subjects": own["n_subjects"].sum(min_count=1),
        "n_cells": len(own),
        "verdict": _verdict(fit, position, low, high),
    }


def _verdict(fit: Reconciled, position: int, low: float, high: float) -> str:
    if fit.sources[position].reference:
        return "reference"
    if len(fit.sources) == 1:
        return "alone"
    return "differs" if low > 0 or high < 0 else "agrees"
