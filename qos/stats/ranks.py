"""Rank sets: which places an operator can hold, simultaneously over operators, from joint draws.

Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies 91:476, sections 3-4 (stepdown of
Romano & Wolf 2005), computed on the draws, so that the tails of the unknown variances are inside.
"""

from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array, Index, Mask


class Ranks(NamedTuple):
    """Of O operators: `rank` (O,) by the mean of the draws, ties sharing a place; `low`, `high` (O,): best
    and worst place of the simultaneous bounds; beats (O, O): row beats column; p_first (O,): share of
    the draws in which it is first; not_separated (O, O): neither beats the other, false on the diagonal."""

    rank: Index
    low: Index
    high: Index
    beats: Mask
    p_first: Array
    not_separated: Mask


def rank_sets(draws: Array, alpha: float = 0.05, higher_is_better: bool = True, margin: float = 0.0) -> Ranks:
    """Simultaneous 1 - alpha rank bounds from joint draws (B, O) on the scale of comparison.

    j beats k when their mean difference exceeds `margin` by more than the stepdown critical value times
    the sd of the difference; a difference that never varies is known. Every bound holds its own `rank`.
    Raises ValueError when draws are not a finite B x O table with B >= 2, or alpha is not in (0, 1).
    """
    draws = np.asarray(draws, float)
    if draws.ndim != 2 or len(draws) < 2 or draws.shape[1] < 1 or not np.isfinite(draws).all():
        raise ValueError(f"draws must be finite, at least 2 x 1, got shape {draws.shape}")
    if not 0 < alpha < 1 or margin < 0:
        raise ValueError("alpha must lie between 0 and 1, and margin must not be negative")
    values = draws if higher_is_better else -draws
    beats = _stepdown(values, alpha, margin)
    n_o = draws.shape[1]
    mean = values.mean(axis=0)
    return Ranks(
        rank=1 + (mean[:, None] < mean[None, :]).sum(1),
        low=1 + beats.sum(axis=0),
        high=n_o - beats.sum(axis=1),
        beats=beats,
        p_first=_share_first(values),
        not_separated=~(beats | beats.T | np.eye(n_o, dtype=bool)),
    )


def _stepdown(values: Array, alpha: float, margin: float) -> Mask:
    """Which ordered pairs (j, k) are rejected: the critical value falls as rejected pairs leave it."""
    mean = values.mean(axis=0)
    difference = mean[:, None] - mean[None, :] - margin
    centred = values - mean
    sd = np.sqrt(np.mean((centred[:, :, None] - centred[:, None, :]) ** 2, axis=0))
    # an sd that is rounding of the values themselves is none
    varies = sd > 1e-12 * np.abs(values).max()
    beats = ~varies & (difference > 0)
    open_pairs = varies.copy()
    while open_pairs.any():
        critical = _critical_value(centred, sd, open_pairs, alpha)
        new = open_pairs & (difference > critical * sd)
        if not new.any():
            break
        beats |= new
        open_pairs &= ~new
    return np.asarray(beats)


def _critical_value(centred: Array, sd: Array, pairs: Mask, alpha: float) -> float:
    """1 - alpha quantile over draws of the largest studentised error of the pairs, never below 0."""
    j, k = np.nonzero(pairs)
    largest = ((centred[:, k] - centred[:, j]) / sd[j, k]).max(axis=1)
    return max(0.0, float(np.quantile(largest, 1 - alpha, method="inverted_cdf")))


def _share_first(values: Array) -> Array:
    """Share of draws in which each is first; a tie counts in equal parts."""
    first = values == values.max(axis=1, keepdims=True)
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0))
