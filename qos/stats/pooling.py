"""Many sources that differ by more than sampling error become one joint estimate: the source model.

`fit` finds where the standard deviations of the components lie, `draws` carries their whole posterior
into joint draws of everything that is published, `given` is the closed form at known standard deviations.
One source gives its own estimate back, with an interval that its declared error allows.
"""

from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array
from qos.stats.components import Declared, Layout, Priors, Variances, expand, layout
from qos.stats.conditional import Moments, joint_draws, moments
from qos.stats.posterior import MIN_EFFECTIVE, Mode, importance_points, mode, systematic


class Fit(NamedTuple):
    """The model fitted to y, v (S, O, R): y less its mean `centre`, NaN where a cell is missing; `layout`
    says what is estimated, `variances` are the standard deviations at the posterior mode."""

    y: Array
    v: Array
    centre: float
    declared: Declared
    layout: Layout
    mode: Mode
    variances: Variances


class Draws(NamedTuple):
    """B joint draws on the indicator's scale.

    theta (B, O, R): operator in region; mu (B, O); b (B, S): level of a source; g (B, S, O): discrepancy
    of a source for an operator, common error included; u (B, O, R): what is particular to operator and
    region; variances: kappa, tau (B, S), lam, sig_u, sig_rho (B,).
    n_points importance points had the effective size `effective_size`; `accepted` when it is 50 or more.
    """

    theta: Array
    mu: Array
    b: Array
    g: Array
    u: Array
    variances: Variances
    n_points: int
    effective_size: float
    accepted: bool


def fit(
    y: Array,
    v: Array,
    declared: Declared,
    priors: Priors = Priors(),  # noqa: B008 - immutable
    *,
    fixed: Variances | None = None,
) -> Fit:
    """Posterior mode of the source model (method, 3.1-3.4).

    y, v (S, O, R): estimates on the indicator's scale and their known sampling variances, NaN in both where
    a cell is missing. `fixed`: standard deviations that are known, NaN where they are to be estimated.
    Raises ValueError when shapes differ, a variance is not positive, or an operator has no cell at all.
    """
    y, v = _checked(y, v, declared)
    centre = float(np.nanmean(y))
    shape = layout((y.shape[0], y.shape[1], y.shape[2]), declared, priors, fixed)
    at = mode(y - centre, v, declared, shape)
    variances = Variances(*(part[0] for part in expand(shape, at.psi[None])))
    return Fit(y - centre, v, centre, declared, shape, at, variances)


def _checked(y: Array, v: Array, declared: Declared) -> tuple[Array, Array]:
    y, v = np.asarray(y, float), np.asarray(v, float)
    if y.ndim != 3 or y.shape != v.shape or y.shape[:2] != declared.Gamma.shape[:2]:
        raise ValueError(f"y {y.shape}, v {v.shape} must be one shape (S, O, R) as declared")
    if (np.isnan(y) != np.isnan(v)).any():
        raise ValueError("a cell has a value without a variance, or a variance without a value")
    if np.isinf(y).any() or not (v[~np.isnan(v)] > 0).all() or np.isinf(v).any():
        raise ValueError("values must be finite and variances positive and finite")
    if empty := np.flatnonzero(np.isnan(y).all(axis=(0, 2))).tolist():
        raise ValueError(f"operators without any cell cannot be estimated: positions {empty}")
    return y, v


def draws(fitted: Fit, n_draws: int, rng: np.random.Generator, *, n_points: int = 400) -> Draws:
    """Joint draws of the posterior, the uncertainty of the standard deviations included (method, 3.4).

    Bit-reproducible for one state of `rng`.
    """
    y, v, declared = fitted.y, fitted.v, fitted.declared
    points = importance_points(y, v, declared, fitted.layout, fitted.mode, n_points, rng)
    which = systematic(points.weights, n_draws, rng)
    variances = expand(fitted.layout, points.psi)
    joint = joint_draws(y, v, declared, variances, which, rng)
    return Draws(
        theta=joint.theta + fitted.centre,
        mu=joint.mu + fitted.centre,
        b=joint.b,
        g=joint.g,
        u=joint.u,
        variances=Variances(*(part[which] for part in variances)),
        n_points=len(points.weights),
        effective_size=points.effective_size,
        accepted=points.effective_size >= MIN_EFFECTIVE,
    )


def given(y: Array, v: Array, declared: Declared, variances: Variances, weights: Array) -> Moments:
    """Posterior means and covariances at known standard deviations, in closed form.

    y, v as in `fit`; variances without leading axis; weights (R,) of the regions in the national value.
    """
    y, v = _checked(y, v, declared)
    centre = float(np.nanmean(y))
    shape = layout((y.shape[0], y.shape[1], y.shape[2]), declared, Priors(), variances)
    if shape.size:
        raise ValueError("every standard deviation must be given")
    weights = np.asarray(weights, float)
    at = moments(y - centre, v, declared, expand(shape, np.zeros((1, 0))), weights)
    return at._replace(
        theta=at.theta + centre, national=at.national + centre * weights.sum(), mu=at.mu + centre
    )


def national(theta: Array, weights: Array) -> Array:
    """Draws of national values (B, O) from draws of cells (B, O, R): `sum_r w_r theta_or`, the same weights
    (R,) for every operator, so that a rank is not decided by where customers live."""
    weights = np.asarray(weights, float)
    return np.asarray(np.einsum("bor,r->bo", theta, weights / weights.sum()))
