"""Cells from delivered figures: what an aggregate states, and no more (method 2.5).

Rows equal in all but the statistic are one sample and one input. Months become a quarter by means
weighted with n on the indicator's scale; of a source's areas only the finest enter.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from qos.countries import Pack
from qos.domain.indicator import Indicator
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.methodology import Edition
from qos.reduce.stated import samples, united

_CELL = ["source", "operator", "region"]


def aggregate_cells(
    rows: pd.DataFrame, indicator: Indicator, edition: Edition, pack: Pack, regions: Mapping[str, str]
) -> pd.DataFrame:
    """Cells of one indicator from delivered figures; empty where there are none.

    rows: of the view `aggregate`, one market and quarter. regions: every region code to its ranking region.
    """
    own = rows[rows["metric"] == indicator.metric]
    own = own[own["region"].isin([*regions, NATION])]
    if own.empty:
        return pd.DataFrame(columns=[*_CELL, "y", "v"])
    own = own.assign(area=own["region"], region=own["region"].map({**regions, NATION: NATION}))
    stated = samples(_of_the_quarter(_finest(own, pack)), indicator, edition)
    if stated.empty:
        return pd.DataFrame(columns=[*_CELL, "y", "v"])
    areas = _combined(stated, [*_CELL, "area"], "subjects-counted-per-month")
    cells = _regions(areas, edition)
    cells = pd.concat([cells, _every_operator(cells)], ignore_index=True)
    cells = pd.concat([cells, _nation(cells)], ignore_index=True)
    return cells.assign(value=np.exp(cells["y"].to_numpy(float)), value_unweighted=None)


def _finest(rows: pd.DataFrame, pack: Pack) -> pd.DataFrame:
    """Of each source and region only the finest areas: a coarser level repeats the same subjects."""
    depth = rows["area"].map({area: _depth(pack, area) for area in rows["area"].unique()})
    deepest = depth.groupby([rows["source"], rows["region"]]).transform("max")
    return rows[depth == deepest]


def _of_the_quarter(rows: pd.DataFrame) -> pd.DataFrame:
    """Of each source, operator and area one set of periods: a figure of the quarter itself before older
    ones, one of the whole quarter before its months. Overlapping periods repeat the same subjects."""
    key = [rows["source"], rows["operator"], rows["area"]]
    older = rows["older"].astype(bool)
    rows = rows[~older | older.groupby(key).transform("all")]
    key = [rows["source"], rows["operator"], rows["area"]]
    days = (pd.to_datetime(rows["period_end"]) - pd.to_datetime(rows["period_start"])).dt.days
    longest = days.groupby(key).transform("max")
    return rows[(longest < _QUARTER_DAYS) | (days == longest)]


_QUARTER_DAYS = 90
"""The shortest quarter: a longer period holds all of its months."""


def _depth(pack: Pack, area: str) -> int:
    steps = 0
    while area in pack.regions and (parent := pack.regions[area].parent):
        area, steps = parent, steps + 1
    return steps


_COUNTS = ["n", "n_measurements", "n_subjects"]
_TEXTS = ["statistic", "flags", "deliveries"]


def _combined(rows: pd.DataFrame, key: list[str], flag: str) -> pd.DataFrame:
    """Rows of one key as one: n-weighted mean of y (plain where an n is unknown), n summed.

    A count is unknown when that of a part is; texts are the union of the parts'. An assumed error is not
    known to be new in each part, so it does not average out: two months are no surer than one.
    """
    group, keys = pd.MultiIndex.from_frame(rows[key]).factorize(sort=True)
    by = rows.groupby(group)
    size = by.size().to_numpy()
    counts = by[_COUNTS].sum().where(by[_COUNTS].count().eq(size, axis=0))
    known = counts["n"].notna().to_numpy()[group]
    w = pd.Series(np.where(known, rows["n"].astype(float), 1.0), rows.index)
    w /= w.groupby(group).transform("sum")
    assumed = by["assumed"].any()
    independent = (w**2 * rows["v"]).groupby(group).sum()
    together = (w * rows["v"] ** 0.5).groupby(group).sum() ** 2
    texts = {name: united(group, rows[name], len(keys)) for name in _TEXTS}
    if flag:
        texts["flags"] = [
            f"{text};{flag}".strip(";") if n > 1 else text
            for text, n in zip(texts["flags"], size, strict=True)
        ]
    return pd.DataFrame(
        dict(zip(key, map(list, zip(*keys, strict=True)), strict=True))
        | {"y": (w * rows["y"]).groupby(group).sum(), "v": independent.where(~assumed, together)}
        | {"assumed": assumed}
        | {name: counts[name].to_numpy() for name in _COUNTS}
        | {"n_inputs": by["n_inputs"].sum().to_numpy()}
        | texts
    )


def _regions(areas: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Areas of a ranking region as one cell.

    With counts the n-weighted mean. Without, the mean of the areas with standard error
    max(floor, sd between areas / sqrt k): what regional averages without counts can bear.
    """
    spread = areas.groupby(_CELL)["y"].agg(["std", "size"])
    cells = _combined(areas, _CELL, "").set_index(_CELL)
    several = (spread["size"] > 1) & cells["n"].isna()
    error = np.maximum(edition.aggregates.area_std_error_floor, spread["std"] / np.sqrt(spread["size"]))
    cells["v"] = cells["v"].where(~several, error**2)
    found = cells["flags"].str.replace("error-unknown", "error-from-areas")
    cells["flags"] = cells["flags"].where(~several, found)
    cells["n_effective"] = cells["n"]
    return cells.reset_index()


def _every_operator(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells of `all` from a source's operators, n-weighted: the mix of its sample, not of the market.

    Not where the source states its own figure of all operators, nor where an n is unknown.
    """
    has_all = set(cells.loc[cells["operator"] == ALL, "source"])
    parts = cells[~cells["source"].isin(has_all) & (cells["operator"] != ALL)]
    unknown = parts["n"].isna().groupby([parts["source"], parts["region"]]).transform("any")
    parts = parts[~unknown].assign(operator=ALL)
    if parts.empty:
        return parts
    mixed = _combined(parts, _CELL, "sample-composition")
    return mixed.assign(n_effective=mixed["n"])


def _nation(cells: pd.DataFrame) -> pd.DataFrame:
    """A source's regional cells as one figure of the nation, to be seen, not fitted."""
    parts = cells[cells["region"] != NATION].assign(region=NATION)
    own = set(map(tuple, cells.loc[cells["region"] == NATION, ["source", "operator"]].to_numpy()))
    parts = parts[[pair not in own for pair in zip(parts["source"], parts["operator"], strict=True)]]
    if parts.empty:
        return parts
    nation = _combined(parts, _CELL, "")
    return nation.assign(n_effective=nation["n"])
