"""Weights of the regions in national figures: from the pack, or measured where the pack has none."""

import pandas as pd

from qos.countries import Pack
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.domain.quarter import Quarter
from qos.domain.tables import WEIGHTS
from qos.methodology import Edition


def national_weights(
    pack: Pack, market: str, quarter: Quarter, cells: pd.DataFrame, edition: Edition
) -> pd.DataFrame:
    """The weights table of one market, shares summing to 1.

    Measured weights are the subjects of all operators of the market's headline indicator, summed per region;
    a region that has a cell, but no subjects of that indicator, weighs nothing.
    """
    declared = pack.national_weights(market, quarter.start)
    if declared:
        rows = [(market, r, w.weight, w.kind, w.status, w.origin) for r, w in sorted(declared.items())]
        return pd.DataFrame(rows, columns=WEIGHTS.columns)
    subjects = _subjects(cells[cells["indicator"] == edition.headline])
    if subjects.empty:
        subjects = pd.Series({region.code: 1.0 for region in pack.ranking_regions(quarter.start)})
        origin, status = (
            "every region alike: the pack has no weights and no source states subjects",
            "provisional",
        )
    else:
        origin, status = f"subjects of all operators measured in {quarter}", "provisional"
    placed = {str(region) for region in cells.loc[cells["entered"].astype(bool), "region"]} - {NATION}
    share = (subjects / subjects.sum()).reindex(sorted(placed | set(subjects.index)), fill_value=0.0)
    return pd.DataFrame(
        [(market, region, float(weight), "measured", status, origin) for region, weight in share.items()],
        columns=WEIGHTS.columns,
    )


def _subjects(cells: pd.DataFrame) -> pd.Series:
    """Subjects per region, of operators where there are any, else of `all`."""
    cells = cells[cells["region"] != NATION]
    own = cells[cells["operator"] != ALL]
    chosen = own if own["n_subjects"].notna().any() else cells
    summed = chosen.groupby("region")["n_subjects"].sum(min_count=1).dropna()
    return summed[summed > 0]
