"""What the subjects of a cell say: weighted means, effective numbers, clustered variances (method, 2.5).

A subject (handset, line, probe) is one observation however often it measured. Everything comes from sums
over subjects, so partial sums add up to the whole.
"""

from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array, Index
from qos.stats.scales import PRIOR_N


class Summary(NamedTuple):
    """Per cell, each of shape (C,): n subjects with weight > 0; weighted mean; n_effective = (sum a)^2 /
    sum a^2; s2, the variance of one subject as the weighted mean sees it (NaN below two subjects)."""

    n: Array
    mean: Array
    n_effective: Array
    s2: Array

    @property
    def design_effect(self) -> Array:
        """Kish's deff = n sum a^2 / (sum a)^2."""
        return np.asarray(self.n / self.n_effective)


class Sums(NamedTuple):
    """Sums over the subjects of each cell (C,), those with weight a > 0 only: how many, a, a^2, a x, a^2 x,
    a^2 x^2. Those of disjoint sets of subjects add."""

    n: Array
    a: Array
    aa: Array
    ax: Array
    aax: Array
    aaxx: Array


def sums_by_cell(values: Array, cell: Index, n_cells: int, weights: Array | None = None) -> Sums:
    """Sums over subjects: values (N,), cell (N,) in 0..n_cells-1, weights (N,) or one each.

    A value or weight that is NaN, or a weight of 0, does not enter. Raises ValueError for a negative weight.
    """
    x = np.asarray(values, float)
    a = np.ones_like(x) if weights is None else np.asarray(weights, float)
    if (a < 0).any():
        raise ValueError("a weight is negative")
    enters = (a > 0) & ~np.isnan(x)
    x, a, cell = x[enters], a[enters], np.asarray(cell)[enters]
    terms = (np.ones_like(x), a, a**2, a * x, a**2 * x, (a * x) ** 2)
    return Sums(*(np.bincount(cell, weights=term, minlength=n_cells).astype(float) for term in terms))


def summary(sums: Sums) -> Summary:
    """Weighted mean and `s2 = n_eff sum (a r)^2/(sum a)^2 n/(n-1)`, r = x - mean: with equal weights the
    usual sample variance. Cells without subjects are NaN. Kish 1965; method, 2.5."""
    n, a, aa, ax, aax, aaxx = (np.asarray(part, float) for part in sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = ax / a
        n_effective = a**2 / aa
        squares = np.maximum(0.0, aaxx - 2 * mean * aax + mean**2 * aa)
        s2 = np.where(n > 1, n_effective * squares / a**2 * n / (n - 1), np.nan)
    return Summary(n, mean, n_effective, s2)


def kish(weights: Array) -> tuple[float, float]:
    """Effective number (sum w)^2 / sum w^2 and design effect n sum w^2 / (sum w)^2 of weights (N,) > 0."""
    w = np.asarray(weights, float)
    w = w[w > 0]
    if not len(w):
        raise ValueError("no weight is positive")
    n_effective = float(w.sum() ** 2 / (w**2).sum())
    return n_effective, len(w) / n_effective


def pooled_variance(s2: Array, n: Array) -> float:
    """One variance of a subject for a source, S2_s: the mean of its cells' s2 weighted by n - 1. NaN when
    no cell has two subjects: then nothing is known."""
    s2, n = np.asarray(s2, float), np.asarray(n, float)
    known = ~np.isnan(s2) & (n > 1)
    if not known.any():
        return float("nan")
    return float(np.average(s2[known], weights=n[known] - 1))


def smoothed_variance(s2: Array, n: Array, pooled: float) -> Array:
    """(20 S2_s + (n-1) s2_c)/(20 + n - 1); a cell of one subject gets S2_s. Divide by n_effective for the
    sampling variance of the mean (method, 2.5)."""
    n = np.asarray(n, float)
    own = np.where(np.isnan(s2), 0.0, n - 1)
    return np.asarray((PRIOR_N * pooled + own * np.nan_to_num(s2)) / (PRIOR_N + own))
