"""The posterior of the standard deviations: mode, curvature, importance points (method, 3.4).

There are only (S-1)(O-1) degrees of freedom on kappa: plugging in its mode covers 71 % where 95 % is
said. So its whole posterior is carried, as weighted points.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from qos.stats.arrays import Array, Index
from qos.stats.components import Declared, Layout
from qos.stats.likelihood import CHUNK, log_posterior, log_posterior_gradient

DEGREES_OF_FREEDOM = 8
"""Of the proposal: heavier tails than the posterior's lognormal ones, so that no point weighs too much."""
INFLATION = 1.1
STEP = 0.05
"""Of the central differences, in logs: the gradient is exact, so this smooths more than it approximates."""
MIN_EFFECTIVE = 50.0
"""Below this effective number of points the sample is drawn again with four times as many, twice at most."""


class Mode(NamedTuple):
    """psi (p,): the mode; H (p, p): minus the Hessian there, eigenvalues floored; log_density: at the mode
    up to a constant; gradient: its largest absolute entry, a check that the optimiser arrived."""

    psi: Array
    H: Array
    log_density: float
    gradient: float


class Points(NamedTuple):
    """psi (K, p); weights (K,), summing to 1; effective_size = 1 / sum of squared weights."""

    psi: Array
    weights: Array
    effective_size: float


def mode(y: Array, v: Array, declared: Declared, layout: Layout) -> Mode:
    """The posterior mode by L-BFGS from the prior's centre, and the curvature there by central differences
    of the gradient. Nothing to estimate (p = 0) gives an empty mode."""

    def objective(psi: Array) -> tuple[float, Array]:
        value, gradient = log_posterior_gradient(y, v, declared, layout, psi[None])
        return -float(value[0]), -gradient[0]

    psi = layout.log_centre
    if layout.size:
        psi = minimize(objective, psi, jac=True, method="L-BFGS-B", options={"ftol": 1e-11, "gtol": 1e-4}).x
    value, gradient = log_posterior_gradient(y, v, declared, layout, psi[None])
    H = _curvature(y, v, declared, layout, psi)
    return Mode(psi, H, float(value[0]), float(np.abs(gradient).max(initial=0.0)))


def _curvature(y: Array, v: Array, declared: Declared, layout: Layout, psi: Array) -> Array:
    """Minus the Hessian, its eigenvalues floored at half of the widest prior's precision, so that a flat or
    rounded direction is proposed from widely instead of without bound."""
    if not layout.size:
        return np.zeros((0, 0))
    steps = STEP * np.eye(layout.size)
    around = np.concatenate([psi + steps, psi - steps])
    gradients = np.concatenate(
        [
            log_posterior_gradient(y, v, declared, layout, around[i : i + CHUNK])[1]
            for i in range(0, len(around), CHUNK)
        ]
    )
    up, down = np.split(gradients, 2)
    H = -(up - down) / (2 * STEP)
    values, vectors = np.linalg.eigh((H + H.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.5 / layout.sd.max() ** 2)) @ vectors.T)


def importance_points(
    y: Array,
    v: Array,
    declared: Declared,
    layout: Layout,
    at: Mode,
    n_points: int,
    rng: np.random.Generator,
) -> Points:
    """Antithetic points of a t_8 around the mode with truncated weights; four times as many, and again,
    while their effective size is below 50. With nothing to estimate, one point."""
    if not layout.size:
        return Points(np.zeros((1, 0)), np.ones(1), np.inf)
    for factor in (1, 4, 16):
        psi, log_proposal = _proposal(at, factor * n_points, rng)
        log_weight = log_posterior(y, v, declared, layout, psi) - log_proposal
        weights = truncated(np.exp(log_weight - log_weight.max()))
        effective_size = float(1 / (weights**2).sum())
        if effective_size >= MIN_EFFECTIVE:
            break
    return Points(psi, weights, effective_size)


def _proposal(at: Mode, n_points: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Points (K, p), each with its mirror image, and their log density up to a constant."""
    p, half = len(at.psi), (n_points + 1) // 2
    values, vectors = np.linalg.eigh(at.H)
    z = rng.standard_normal((half, p))
    scale = np.sqrt(rng.chisquare(DEGREES_OF_FREEDOM, half) / DEGREES_OF_FREEDOM)
    z = z / scale[:, None]
    z = np.concatenate([z, -z])
    psi = at.psi + (z * np.sqrt(INFLATION / values)) @ vectors.T
    log_density = -0.5 * (DEGREES_OF_FREEDOM + p) * np.log1p((z**2).sum(1) / DEGREES_OF_FREEDOM)
    return psi, log_density


def truncated(weights: Array) -> Array:
    """Importance weights (K,) cut at sqrt(K) times their mean, summing to 1 (Ionides 2008, JCGS 17:295)."""
    cut = np.minimum(weights, np.sqrt(len(weights)) * weights.mean())
    return np.asarray(cut / cut.sum())


def systematic(weights: Array, n: int, rng: np.random.Generator) -> Index:
    """n indices by systematic resampling, ascending: each point is taken n*weight times, rounded."""
    edges = np.cumsum(weights)
    places = (np.arange(n) + rng.random()) / n
    at = np.searchsorted(edges, places * edges[-1], side="right")
    return np.asarray(np.minimum(at, len(weights) - 1), dtype=np.int64)
