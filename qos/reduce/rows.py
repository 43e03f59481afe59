"""Cells from measurements: one voice per subject, variance with subjects as clusters."""

from collections.abc import Iterable
from dataclasses import dataclass

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


def row_cells(tasks: Tasks, indicators: Iterable[Indicator], edition: Edition) -> dict[str, pd.DataFrame]:
    """Cells of each indicator from the measurements of a market, by the indicator's name."""
    measured = tasks.metrics()
    wanted = [indicator for indicator in indicators if indicator.metric in measured]
    quantiles = _quantile_cells(tasks, [i for i in wanted if i.statistic is Statistic.QUANTILE], edition)
    deliveries = {source: ";".join(names) for source, names in tasks.deliveries().items()}
    weighted = tasks.weighted_sources()
    found = {}
    for indicator in wanted:
        cells = quantiles.get(indicator.name)
        cells = _mean_cells(tasks, indicator, edition) if cells is None else cells
        found[indicator.name] = cells.assign(
            n_inputs=cells["n_measurements"],
            statistic="rows",
            flags=cells["source"].map(lambda source: "weighted" if source in weighted else "unweighted"),
            deliveries=cells["source"].map(deliveries),
            value_unweighted=cells["value_unweighted"].where(cells["source"].isin(weighted), None),
        )
    return found


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


@dataclass(frozen=True)
class _Histogram:
    """The histograms of one metric, brought to the rows of `sums`: counts of each cell's subjects."""

    sums: pd.DataFrame
    bins: pd.DataFrame
    cell: np.ndarray

    @classmethod
    def of(cls, tasks: Tasks, metric: str) -> "_Histogram":
        sums = _named(tasks.subject_counts(metric)).reset_index(drop=True)
        bins = tasks.histograms(metric)
        bins = bins.assign(operator=bins["operator"].fillna(ALL), region=bins["region"].fillna(NATION))
        cell = pd.MultiIndex.from_frame(sums[_KEY]).get_indexer(pd.MultiIndex.from_frame(bins[_KEY]))
        return cls(sums, bins[cell >= 0], cell[cell >= 0])

    @property
    def regional(self) -> np.ndarray:
        return (self.sums["region"] != NATION).to_numpy()

    def quantiles(self, at: float | np.ndarray, weight: str = "weight") -> np.ndarray:
        """Quantile of every cell, in the units of the values."""
        return histogram_quantiles(
            self.cell,
            self.bins["bin"].to_numpy(),
            self.bins[weight].to_numpy(float),
            at,
            len(self.sums),
        )

    def wanted(self, p: float) -> pd.DataFrame:
        """The regional cells with their quantile q, operator null for all: of these a variance is wanted."""
        cells = self.sums[self.regional][_KEY]
        return cells.assign(
            operator=cells["operator"].where(cells["operator"] != ALL, None),
            q=self.quantiles(p)[self.regional],
        )


def _quantile_cells(tasks: Tasks, indicators: list[Indicator], edition: Edition) -> dict[str, pd.DataFrame]:
    """Quantiles of measurements in which every subject weighs 1 (method 2.5), by indicator."""
    by_metric = {metric: _Histogram.of(tasks, metric) for metric in {i.metric for i in indicators}}
    wanted = {i.name: by_metric[i.metric].wanted(_probability(i)) for i in indicators}
    squares = tasks.quantile_squares(wanted) if wanted else {}
    return {
        i.name: _cells_at(by_metric[i.metric], _probability(i), squares[i.name], edition) for i in indicators
    }


def _probability(indicator: Indicator) -> float:
    assert indicator.probability is not None
    return indicator.probability


def _cells_at(histogram: _Histogram, p: float, squares: pd.Series, edition: Edition) -> pd.DataFrame:
    """Cells of one quantile; squares: of the regional cells, in their order."""
    sums, regional = histogram.sums, histogram.regional
    q = histogram.quantiles(p)
    V = np.zeros(len(sums))
    V[regional] = squares.fillna(0.0).to_numpy(float) / sums.loc[regional, "sum_a"].to_numpy(float) ** 2
    low, high = woodruff_band(p, V)
    band = (histogram.quantiles(np.where(regional, low, p)), histogram.quantiles(np.where(regional, high, p)))
    n, n_effective = sums["n"].to_numpy(float), (sums["sum_a"] ** 2 / sums["sum_a2"]).to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        s2 = woodruff_variance(V, low, high, *band) * n_effective * n / (n - 1)
    frame = sums[_KEY].assign(
        n_measurements=sums["n_measurements"].astype(float), n_subjects=n, n_effective=n_effective
    )
    return frame.assign(
        y=np.log(q),
        value=q,
        value_unweighted=histogram.quantiles(p, "weight_unweighted"),
        v=_sampling_variance(
            frame, np.where(regional & (n > 1), s2, np.nan), edition.aggregates.sigma2_default
        ),
    )


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
