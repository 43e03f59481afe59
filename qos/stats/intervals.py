"""Intervals from draws, and how far a finite number of draws or replications can be off."""

from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array


class Interval(NamedTuple):
    """Lower and upper end, each of the shape of one draw."""

    low: Array
    high: Array

    @property
    def half_width(self) -> Array:
        return np.asarray((self.high - self.low) / 2)


def interval(draws: Array, level: float = 0.95) -> Interval:
    """Equal-tailed interval of draws (B, ...) over the first axis, linear between order statistics.
    Raises ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Interval(low, high)


def monte_carlo_error(replications: Array) -> Array:
    """Standard error of a mean over independent replications (N, ...): sd / sqrt(N). NaN below two.

    Coverage has one entry per replication, the share covered in it: cells of one market are not independent.
    """
    replications = np.asarray(replications, float)
    n = len(replications)
    if n < 2:
        return np.full(replications.shape[1:], np.nan)
    return np.asarray(replications.std(axis=0, ddof=1) / np.sqrt(n))


def quantile_error(draws: Array, p: float) -> Array:
    """Standard error of the p-quantile of independent draws (B, ...), from the order statistics one binomial
    standard deviation to either side (Maritz & Jarrett's distribution-free idea in its simplest form)."""
    draws = np.asarray(draws, float)
    step = np.sqrt(p * (1 - p) / len(draws))
    low, high = np.quantile(draws, [max(0.0, p - step), min(1.0, p + step)], axis=0)
    return np.asarray((high - low) / 2)
