"""What the source model is made of: declared terms, estimated standard deviations and their priors.

    y_sor     = theta_or + b_s + g_so + h_sr + d_sor + e_sor
    theta_or  = mu_o + rho_r + u_or

Estimated: kappa_s (sd of g), lam (h), tau_s (d), sig_u (u), sig_rho (rho); everything else is declared.
`psi` is the vector of the logs of those that are free, in that order.
"""

from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array, Mask


class LogNormal(NamedTuple):
    """Prior of a standard deviation: `centre` on the indicator's scale, `sd` of its log."""

    centre: float
    sd: float


class Priors(NamedTuple):
    """Priors of the standard deviations that are not declared per source (method, 3.3)."""

    lam: LogNormal = LogNormal(0.05, 0.7)
    tau: LogNormal = LogNormal(0.08, 0.7)
    sig_u: LogNormal = LogNormal(0.15, 1.0)
    sig_rho: LogNormal = LogNormal(0.25, 1.0)


class Declared(NamedTuple):
    """What is declared about S sources and O operators before a row is seen; build it with `declare`.

    omega (S,): sd of the level b_s. kappa_centre, kappa_sd (S,): lognormal prior of the sd of g_so.
    kind_correlation (S, S): correlation of g_so over sources. Gamma (S, O, O): covariance of the
    calibration error common to the cells of a source. q (S,): 1 where the common error applies, 0 for a
    reference. kappa_c, omega_c: sd of the common error by operator and in level.
    """

    omega: Array
    kappa_centre: Array
    kappa_sd: Array
    kind_correlation: Array
    Gamma: Array
    q: Array
    kappa_c: float
    omega_c: float


class Variances(NamedTuple):
    """Standard deviations of the estimated components; leading axes may index points or draws.

    kappa, tau (..., S); lam, sig_u, sig_rho (...). A component that the shape of the data has no
    room for is 0. As the argument `fixed`: NaN where the entry is estimated.
    """

    kappa: Array
    lam: Array
    tau: Array
    sig_u: Array
    sig_rho: Array


class Layout(NamedTuple):
    """Which of the 2S+3 standard deviations are estimated, and the priors of these p."""

    n_sources: int
    base: Array
    free: Mask
    log_centre: Array
    sd: Array

    @property
    def size(self) -> int:
        return len(self.sd)


def declare(
    omega: Array,
    kappa_centre: Array,
    *,
    n_operators: int,
    q: Array,
    kappa_c: float,
    omega_c: float,
    kappa_sd: float | Array = 0.5,
    kind_correlation: Array | None = None,
    Gamma: Array | None = None,
) -> Declared:
    """Declared terms, checked. Without `kind_correlation` sources err independently; without `Gamma`
    no calibration error is common to cells. Raises ValueError naming the argument that is wrong."""
    n_s, n_o = len(omega), n_operators
    declared = Declared(
        _vector("omega", omega, n_s),
        _vector("kappa_centre", kappa_centre, n_s),
        _vector("kappa_sd", np.broadcast_to(np.asarray(kappa_sd, float), (n_s,)), n_s),
        np.eye(n_s) if kind_correlation is None else np.asarray(kind_correlation, float),
        np.zeros((n_s, n_o, n_o)) if Gamma is None else np.asarray(Gamma, float),
        _vector("q", q, n_s),
        float(kappa_c),
        float(omega_c),
    )
    if declared.kind_correlation.shape != (n_s, n_s) or declared.Gamma.shape != (n_s, n_o, n_o):
        raise ValueError(f"kind_correlation must be {(n_s, n_s)} and Gamma {(n_s, n_o, n_o)}")
    if not (declared.kappa_centre > 0).all() or not (declared.kappa_sd > 0).all():
        raise ValueError("kappa_centre and kappa_sd must be positive")
    if not min(declared.kappa_c, declared.omega_c) >= 0:
        raise ValueError("kappa_c and omega_c must be 0 or more")
    if not np.allclose(np.diagonal(declared.kind_correlation), 1):
        raise ValueError("kind_correlation must have ones on its diagonal")
    return declared


def _vector(name: str, values: Array, size: int) -> Array:
    array = np.asarray(values, float)
    if array.shape != (size,) or not np.isfinite(array).all() or (array < 0).any():
        raise ValueError(f"{name} must be {size} finite numbers of 0 or more, got {array!r}")
    return array


def layout(
    shape: tuple[int, int, int], declared: Declared, priors: Priors, fixed: Variances | None = None
) -> Layout:
    """The components that data of `shape` (S, O, R) have room for.

    g needs two operators (with one it cannot be told from b); h two operators and two regions (else it is
    d or b); d, u and rho two regions, rho two operators as well (else it is u). What is left out is zero;
    what is kept without being identified (d and u with one source) rests on its prior, which is wider.
    """
    n_s, n_o, n_r = shape
    both = n_o > 1 and n_r > 1
    present = np.repeat([n_o > 1, both, n_r > 1, n_r > 1, both], [n_s, 1, n_s, 1, 1])
    scalars = (priors.lam, *[priors.tau] * n_s, priors.sig_u, priors.sig_rho)
    centre = np.concatenate([declared.kappa_centre, [prior.centre for prior in scalars]])
    sd = np.concatenate([declared.kappa_sd, [prior.sd for prior in scalars]])
    given = np.full(2 * n_s + 3, np.nan) if fixed is None else _flat(fixed, n_s)
    if (given < 0).any():
        raise ValueError("a fixed standard deviation must be 0 or more")
    free = present & np.isnan(given)
    base = np.where(present & ~free, given, 0.0)
    return Layout(n_s, base, free, np.log(centre[free]), sd[free])


def _flat(variances: Variances, n_s: int) -> Array:
    parts = zip(variances, (n_s, 1, n_s, 1, 1), strict=True)
    return np.concatenate([np.broadcast_to(np.asarray(part, float), (size,)) for part, size in parts])


def expand(shape: Layout, psi: Array) -> Variances:
    """Standard deviations (K, ...) at points psi (K, p)."""
    n_s = shape.n_sources
    full = np.tile(shape.base, (len(psi), 1))
    full[:, shape.free] = np.exp(psi)
    return Variances(full[:, :n_s], full[:, n_s], full[:, n_s + 1 : 2 * n_s + 1], full[:, -2], full[:, -1])


def log_prior(shape: Layout, psi: Array) -> Array:
    """Log density of psi (K, p), up to a constant; shape (K,)."""
    return np.asarray(-0.5 * (((psi - shape.log_centre) / shape.sd) ** 2).sum(-1))


def log_prior_gradient(shape: Layout, psi: Array) -> Array:
    """Its gradient, shape (K, p)."""
    return -(psi - shape.log_centre) / shape.sd**2
