"""Whose measurement a figure is: shares of precision, and the effective number of sources."""

import numpy as np

from qos.stats.arrays import Array


def national_sampling_variance(v: Array, weights: Array) -> Array:
    """Sampling variance (S,) of a source's national value of one operator, on average over the operators it
    covers: sum w_r^2 v_sor / (sum w_r)^2 over the regions it covers. v (S, O, R), NaN where missing;
    weights (R,). A source without cells has an infinite one."""
    covered = ~np.isnan(v)
    w = np.where(covered, weights, 0.0)
    total = w.sum(axis=2)
    squares = (w**2 * np.nan_to_num(v)).sum(axis=2)
    variance = np.divide(squares, total**2, out=np.zeros_like(total), where=total > 0)
    n_operators = (total > 0).sum(axis=1)
    none = np.full(len(v), np.inf)
    return np.asarray(np.divide(variance.sum(axis=1), n_operators, out=none, where=n_operators > 0))


def precision_shares(variance: Array) -> Array:
    """Share of the precision that each source brings: 1/variance, summing to 1 over the first axis.

    Of national contrasts: variance (S,) = k_s^2 = kappa_s^2 + `national_sampling_variance` (method, 6).
    Of cells: (S, O, R) = kappa_s^2 + tau_s^2 + v_sor. Missing (NaN) or infinite variances bring nothing;
    where no source brings anything the shares are NaN.
    """
    precision = np.nan_to_num(1 / np.asarray(variance, float))
    total = precision.sum(axis=0)
    nobody = np.full(precision.shape, np.nan)
    return np.asarray(np.divide(precision, total, out=nobody, where=total > 0))


def effective_sources(k2: Array, correlation: Array) -> float:
    """S_eff = 1/(w'Cw), w the precision shares of discrepancy variances k2 (S,), C their correlation (S, S):
    S when alike and independent, S/(1 + (S-1) r) when correlated r (method, 6). NaN without any source."""
    w = precision_shares(k2)
    return float(1 / (w @ correlation @ w))
