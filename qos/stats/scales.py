"""The scales on which estimates are added and compared, and what figures are worth on them.

Throughput and times live on `log`, ratios on `logit`; variances travel by the delta method. Aggregates
that state a mean and a median of one sample betray the sigma^2 of a lognormal (method, 2.5).
"""

import numpy as np
from scipy.special import expit, logit

from qos.stats.arrays import Array

SIGMA2_FLOOR = 0.05
"""In a real table of a regulator 12 % of the cells have a mean below their median, so sigma^2 <= 0."""
SIGMA2_MIN_N = 30.0
PRIOR_N = 20.0
"""Observations that the pooled variance of a source is worth beside a cell's own."""


def transform(values: Array, scale: str) -> Array:
    """Values in published units on `log` or `logit`; NaN stays NaN. Raises ValueError for values the scale
    has no room for (0 and below; for logit also 1 and above) and for any other scale."""
    values = np.asarray(values, float)
    _check_scale(scale)
    if (values <= 0).any() or (scale == "logit" and (values >= 1).any()):
        raise ValueError(f"values outside the open range of the {scale} scale")
    return np.asarray(np.log(values) if scale == "log" else logit(values))


def back(values: Array, scale: str) -> Array:
    """Inverse of `transform`."""
    _check_scale(scale)
    return np.asarray(np.exp(values) if scale == "log" else expit(values))


def _check_scale(scale: str) -> None:
    if scale not in ("log", "logit"):
        raise ValueError(f"no such scale: {scale!r} (log or logit)")


def log_variance(value: Array, variance: Array) -> Array:
    """Variance of log(value) from that of the value (delta method)."""
    return np.asarray(variance / np.square(value))


def logit_variance(value: Array, variance: Array) -> Array:
    """Variance of logit(value) from that of a ratio strictly between 0 and 1 (delta method)."""
    return np.asarray(variance / np.square(value * (1 - np.asarray(value))))


def scale_variance(value: Array, variance: Array, scale: str) -> Array:
    """Variance on `scale` from that in published units."""
    _check_scale(scale)
    return log_variance(value, variance) if scale == "log" else logit_variance(value, variance)


def open_ratio(ratio: Array, n: Array) -> Array:
    """A ratio of n subjects kept off its ends: 0 and 1 become (x + 0.5)/(n + 1), x the successes among n;
    others are unchanged. NaN stays NaN."""
    ratio, n = np.asarray(ratio, float), np.asarray(n, float)
    at_end = (ratio == 0) | (ratio == 1)
    return np.where(at_end, (ratio * n + 0.5) / (n + 1), ratio)


def geomean_from_mean(mean: Array, sigma2: Array) -> Array:
    """Geometric mean of a lognormal sample with that arithmetic mean: mean exp(-sigma^2/2)."""
    return np.asarray(mean * np.exp(-np.asarray(sigma2) / 2))


def sigma2_of_mean_and_median(mean: Array, median: Array) -> Array:
    """sigma^2 = 2 ln(mean/median) of lognormal samples, as it comes: it may be negative. NaN stays NaN."""
    return np.asarray(2 * np.log(np.asarray(mean, float) / median))


def pooled_sigma2(sigma2: Array, n: Array) -> float:
    """One sigma^2 for a source: the n-weighted mean over its cells with n >= 30, negative ones included so
    that it is not biased upwards, floored at 0.05. NaN when no cell has both: then nothing is known."""
    sigma2, n = np.asarray(sigma2, float), np.asarray(n, float)
    known = ~np.isnan(sigma2) & (n >= SIGMA2_MIN_N)
    if not known.any():
        return float("nan")
    return max(SIGMA2_FLOOR, float(np.average(sigma2[known], weights=n[known])))


def shrunk_sigma2(sigma2: Array, n: Array, pooled: float) -> Array:
    """Cells shrunk to the source's sigma^2 as if that were worth 20 observations, floored at 0.05;
    cells without a sigma^2 of their own (no median, say) or without n take the source's."""
    sigma2, n = np.asarray(sigma2, float), np.asarray(n, float)
    own = np.maximum(n - 1, 0)
    shrunk = (PRIOR_N * pooled + own * sigma2) / (PRIOR_N + own)
    return np.maximum(SIGMA2_FLOOR, np.where(np.isnan(shrunk), pooled, shrunk))


def log_mean_variance(sigma2: Array, n: Array) -> Array:
    """Var(log mean) of n lognormal observations: (exp(sigma^2) - 1)/n."""
    return np.asarray(np.expm1(sigma2) / n)


def log_median_variance(sigma2: Array, n: Array) -> Array:
    """Var(log median) of n lognormal observations: (pi/2) sigma^2/n."""
    return np.asarray(np.pi / 2 * np.asarray(sigma2) / n)


def log_geomean_variance(sigma2: Array, n: Array) -> Array:
    """Var(log geometric mean) of n lognormal observations: sigma^2/n."""
    return np.asarray(np.asarray(sigma2) / n)
