"""Quantiles from histograms of powers of two, and their clustered variance (method, 2.5).

Bin i holds values from 2^(i/64) up to 2^((i+1)/64): 1.1 % wide, and the same integer in every engine.
A quantile of measurements in which every subject weighs 1 gives each test the weight 1/m_d.
"""

import numpy as np

from qos.stats.arrays import Array, Index

BINS_PER_DOUBLING = 64
MIN_BAND = 0.05
"""Half-width of the band of probabilities over which the density is taken."""
ROUNDING = 1e-9
"""Share of a cell's weight that sums of 1/m_d may be off by without moving a quantile to the next value."""


def log_bin(values: Array) -> Index:
    """floor(64 log2 x) of positive values. Raises ValueError for others: zero has no logarithm."""
    values = np.asarray(values, float)
    if not (values > 0).all() or np.isinf(values).any():
        raise ValueError("only positive finite values fall in a bin")
    return np.asarray(np.floor(BINS_PER_DOUBLING * np.log2(values)), dtype=np.int64)


def histogram_quantiles(cell: Index, bins: Index, weights: Array, p: float | Array, n_cells: int) -> Array:
    """Quantile p (a number or one per cell, 0..1) of every cell, in the units of the values; shape (C,).

    cell, bins, weights (N,): one row per cell and bin. The bin is that of the inverse distribution function
    (the smallest value with F >= p); inside it the value is linear in log. NaN for a cell without weight.
    """
    p = np.broadcast_to(np.asarray(p, float), (n_cells,))
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("probabilities lie between 0 and 1")
    order = np.lexsort((bins, cell))
    order = order[np.asarray(weights)[order] > 0]
    cell, bins, weights = np.asarray(cell)[order], np.asarray(bins)[order], np.asarray(weights, float)[order]
    total = np.bincount(cell, weights=weights, minlength=n_cells)
    has = np.flatnonzero(total > 0)
    out = np.full(n_cells, np.nan)
    if not len(has):
        return out
    first, last = np.searchsorted(cell, has, "left"), np.searchsorted(cell, has, "right") - 1
    below = np.cumsum(weights) - weights
    target = below[first] + p[has] * total[has]
    reached = np.searchsorted(below + weights, target - ROUNDING * total[has], "left")
    at = np.clip(reached, first, last)
    inside = np.clip((target - below[at]) / weights[at], 0.0, 1.0)
    out[has] = np.exp2((bins[at] + inside) / BINS_PER_DOUBLING)
    return out


def share_variance(a: Array, aa: Array, aaF: Array, aaFF: Array, p: float) -> Array:
    """V = sum a_d^2 (F_d - p)^2 / (sum a_d)^2: variance of the share of tests at or below the quantile, F_d
    that of subject d, from the sums over subjects of a, a^2, a^2 F and a^2 F^2 (with equal weights: n, n,
    sum F, sum F^2)."""
    squares = np.asarray(aaFF) - 2 * p * np.asarray(aaF) + p**2 * np.asarray(aa)
    return np.asarray(np.maximum(0.0, squares) / np.square(a))


def woodruff_band(p: float, V: Array) -> tuple[Array, Array]:
    """The probabilities p - h and p + h, h = max(0.05, 2 sqrt V), cut to 0..1, whose quantiles
    `woodruff_variance` needs."""
    h = np.maximum(MIN_BAND, 2 * np.sqrt(V))
    return np.maximum(0.0, p - h), np.minimum(1.0, p + h)


def woodruff_variance(V: Array, low: Array, high: Array, q_low: Array, q_high: Array) -> Array:
    """Variance of the log quantile, V / f^2 with the density f = (high - low)/(log q_high - log q_low).

    Woodruff 1952, JASA 47:635, with subjects as clusters. Multiply by n_eff n/(n-1) for the s2 that
    `summaries.smoothed_variance` shrinks.
    """
    return np.asarray(V * np.square((np.log(q_high) - np.log(q_low)) / (high - low)))
