"""Cells from measurements: one voice per subject, variance with subjects as clusters."""

import numpy as np
import pandas as pd

from qos.domain.indicator import Indicator, Scale, Statistic
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.methodology import Edition
from qos.stats.quantiles import histogram_quantiles, woodruff_band, woodruff_variance
from qos.stats.scales import back, open_ratio, scale_variance, transform
from qos.stats.summaries import Sums, pooled_variance, smoothed_variance, summary
from qos.store.reductions import Tasks

_KEY = ["source", "operator", "region"]
_SUMS = ("n", "sum_a", "sum_a2", "sum_ax", "sum_a2x", "sum_a2x2")


def row_cells(tasks: Tasks, indicator: Indicator, edition: Edition) -> pd.DataFrame:
    """Cells of one indicator from the measurements of a market; empty where there are none."""
    if indicator.statistic is Statistic.QUANTILE:
        cells = _quantile_cells(tasks, indicator, edition)
    else:
        cells = _mean_cells(tasks, indicator, edition)
    deliveries = {source: ";".join(names) for source, names in tasks.deliveries().items()}
    weighted = tasks.weighted_sources()
    return cells.assign(
        n_inputs=cells["n_measurements"],
        statistic="rows",
        flags=cells["source"].map(lambda source: "weighted" if source in weighted else "unweighted"),
        deliveries=cells["source"].map(deliveries),
        value_unweighted=cells["value_unweighted"].where(cells["source"].isin(weighted), None),
    )


def _named(sums: pd.DataFrame) -> pd.DataFrame:
    """Summed-over keys as `all` and `nation`; what was not resolved only counts in those."""
    sums = sums.assign(operator=sums["operator"].fillna(ALL), region=sums["region"].fillna(NATION))
    return sums[(sums["operator"] != "") & (sums["region"] != "") & (sums["n"] > 0)]


def _mean_cells(tasks: Tasks, indicator: Indicator, edition: Edition) -> pd.DataFrame:
    """Geometric and arithmetic means and shares: y and v from sums over subjects (method 2.5)."""
    sums = _named(tasks.cell_sums(indicator))
    found = summary(Sums(*(sums[name].to_numpy(float) for name in _SUMS)))
    frame = sums[_KEY].assign(
        n_measurements=sums["n_measurements"].astype(float),
        n_subjects=found.n,
        n_effective=found.n_effective,
    )
    mean, s2, unweighted = found.mean, found.s2, (sums["sum_x"] / sums["n_unweighted"]).to_numpy(float)
    if indicator.statistic is Statistic.GEOMEAN:
        y, value, unweighted = mean, np.exp(mean), np.exp(unweighted)
    else:
        inside = open_ratio(mean, found.n) if indicator.scale is Scale.LOGIT else mean
        enters = inside > 0
        frame, value, unweighted = frame[enters], mean[enters], unweighted[enters]
        inside, s2 = inside[enters], s2[enters]
        s2 = scale_variance(inside, s2, indicator.scale)
        y = transform(inside, indicator.scale)
    v = _sampling_variance(frame, s2, _unknown(y, indicator, edition))
    return frame.assign(y=y, value=value, value_unweighted=unweighted, v=v)


def _quantile_cells(tasks: Tasks, indicator: Indicator, edition: Edition) -> pd.DataFrame:
    """Quantiles of measurements in which every subject weighs 1 (method 2.5)."""
    assert indicator.probability is not None
    p = indicator.probability
    sums = _named(tasks.subject_counts(indicator.metric)).reset_index(drop=True)
    bins = tasks.histograms(indicator.metric)
    bins = bins.assign(operator=bins["operator"].fillna(ALL), region=bins["region"].fillna(NATION))
    position = pd.MultiIndex.from_frame(sums[_KEY]).get_indexer(pd.MultiIndex.from_frame(bins[_KEY]))
    bins, position = bins[position >= 0], position[position >= 0]

    def quantiles(at: float | np.ndarray, weight: str = "weight") -> np.ndarray:
        return histogram_quantiles(
            position, bins["bin"].to_numpy(), bins[weight].to_numpy(float), at, len(sums)
        )

    q = quantiles(p)
    regional = (sums["region"] != NATION).to_numpy()
    V = _share_variance(tasks, indicator, sums[regional], q[regional], p, len(sums), regional)
    low, high = woodruff_band(p, V)
    band = quantiles(np.where(regional, low, p)), quantiles(np.where(regional, high, p))
    n, n_effective = sums["n"].to_numpy(float), (sums["sum_a"] ** 2 / sums["sum_a2"]).to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        s2 = woodruff_variance(V, low, high, *band) * n_effective * n / (n - 1)
    frame = sums[_KEY].assign(
        n_measurements=sums["n_measurements"].astype(float), n_subjects=n, n_effective=n_effective
    )
    return frame.assign(
        y=np.log(q),
        value=q,
        value_unweighted=quantiles(p, "weight_unweighted"),
        v=_sampling_variance(
            frame, np.where(regional & (n > 1), s2, np.nan), edition.aggregates.sigma2_default
        ),
    )


def _share_variance(
    tasks: Tasks,
    indicator: Indicator,
    cells: pd.DataFrame,
    q: np.ndarray,
    p: float,
    size: int,
    where: np.ndarray,
) -> np.ndarray:
    """V of each regional cell, (size,); elsewhere 0, where no variance is wanted."""
    wanted = cells[_KEY].assign(operator=cells["operator"].where(cells["operator"] != ALL, None), q=q)
    squares = tasks.quantile_squares(indicator.metric, wanted, p)
    out = np.zeros(size)
    out[where] = (
        squares.reindex(range(len(cells)), fill_value=0.0).to_numpy() / cells["sum_a"].to_numpy(float) ** 2
    )
    return out


def _unknown(y: np.ndarray, indicator: Indicator, edition: Edition) -> np.ndarray:
    """Variance of one subject where no cell shows any: of a ratio, of one that is all or nothing."""
    if indicator.scale is Scale.LOG:
        return np.full(len(y), edition.aggregates.sigma2_default)
    ratio = back(y, indicator.scale)
    return np.asarray(1 / (ratio * (1 - ratio)))


def _sampling_variance(frame: pd.DataFrame, s2: np.ndarray, unknown: np.ndarray | float) -> np.ndarray:
    """v of each cell: its own variance smoothed to that of its source's cells, divided by n_effective.

    unknown: variance of one subject where no cell of the source shows any: a number or one per cell.
    Operators' cells and those of `all` are smoothed apart: the second also hold the spread of operators.
    """
    n, n_effective = frame["n_subjects"].to_numpy(float), frame["n_effective"].to_numpy(float)
    regional = frame["region"] != NATION
    groups = (
        frame["source"]
        + np.where(frame["operator"] == ALL, " all ", " one ")
        + np.where(regional, "region", "nation")
    )
    assumed = np.broadcast_to(unknown, len(frame))
    v = np.full(len(frame), np.nan)
    for group in groups.unique():
        rows = (groups == group).to_numpy()
        pooled = pooled_variance(s2[rows], n[rows])
        own = smoothed_variance(s2[rows], n[rows], pooled) if pooled > 0 else assumed[rows]
        v[rows] = own / n_effective[rows]
    return v
