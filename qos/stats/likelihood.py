"""The marginal likelihood of the standard deviations, and its gradient (method, 3.2).

mu is flat, and exactly so: it is integrated out of the limit, not given a large variance. With
`q = sum Sigma_r^-1 y_r`, `P = sum Sigma_r^-1` and `m = X mu + E xi` this is the restricted likelihood
`l = -1/2 [ sum log|Sigma_r| + log|I + E'PE| + log|X'QX| + sum y'Sigma^-1 y - q'mhat ]`,
`Q = P - P E (I + E'PE)^-1 E'P`. Patterson & Thompson 1971; Harville 1977 for the derivatives.
"""

from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array, cholesky, solve
from qos.stats.components import Declared, Layout, Variances, expand, log_prior, log_prior_gradient
from qos.stats.covariance import (
    Information,
    cells_by_region,
    information,
    operator_map,
    region_block,
    region_blocks,
    source_factor,
)

CHUNK = 64
"""Points evaluated at once: enough to hide the cost of the interpreter, little enough for the cache."""


class Means(NamedTuple):
    """The source means m given psi, at K points.

    E (K, n, x); L (K, x, x): Cholesky factor of I + E'PE; V (K, x, n) = L^-1 E';
    mu (K, O): its mean; Omega (K, O, O): its covariance; D (K, n, O): slope of E(m | mu, y) on mu;
    m (K, n): mean; log_det (K,) = log|I + E'PE| + log|X'QX|; explained (K,) = q'mhat.
    """

    E: Array
    L: Array
    V: Array
    mu: Array
    Omega: Array
    D: Array
    m: Array
    log_det: Array
    explained: Array

    @property
    def C(self) -> Array:  # noqa: N802 - symbol of the method
        """Covariance of m (K, n, n), the uncertainty of mu included."""
        DO = self.D @ self.Omega
        return np.asarray(np.swapaxes(self.V, 1, 2) @ self.V + DO @ np.swapaxes(self.D, 1, 2))


def means(declared: Declared, variances: Variances, total: Information) -> Means:
    """Posterior of m and mu given the standard deviations at K points."""
    n_s, n_o = declared.Gamma.shape[:2]
    X = operator_map(n_s, n_o)
    E = source_factor(declared, variances.kappa)
    Et = np.swapaxes(E, 1, 2)
    L = cholesky(np.eye(E.shape[2]) + Et @ total.P @ E)
    V = solve(L, Et)
    PX = total.P @ X
    VPX, Vq = V @ PX, np.einsum("kxn,kn->kx", V, total.q)
    precision = X.T @ PX - np.swapaxes(VPX, 1, 2) @ VPX
    L_mu = cholesky(precision)
    score = total.q @ X - np.einsum("kxo,kx->ko", VPX, Vq)
    Omega = np.linalg.inv(precision)
    Omega = (Omega + np.swapaxes(Omega, 1, 2)) / 2
    mu = np.einsum("kop,kp->ko", Omega, score)
    D = X - np.swapaxes(V, 1, 2) @ VPX
    m = np.einsum("kxn,kx->kn", V, Vq) + np.einsum("kno,ko->kn", D, mu)
    explained = (Vq**2).sum(1) + (score * mu).sum(1)
    return Means(E, L, V, mu, Omega, D, m, 2 * (_log_diagonal(L) + _log_diagonal(L_mu)), explained)


def _log_diagonal(L: Array) -> Array:
    return np.asarray(np.log(np.diagonal(L, axis1=-2, axis2=-1)).sum(-1))


def log_likelihood(y: Array, v: Array, declared: Declared, variances: Variances) -> Array:
    """Restricted log-likelihood (K,), without its constant -(N - O)/2 log(2 pi)."""
    total = information(y, v, variances)
    source = means(declared, variances, total)
    return -0.5 * (total.log_det + source.log_det + total.yy - source.explained)


def log_posterior(y: Array, v: Array, declared: Declared, layout: Layout, psi: Array) -> Array:
    """Log posterior density of psi (K, p) up to a constant, in chunks; shape (K,)."""
    chunks = (psi[i : i + CHUNK] for i in range(0, len(psi), CHUNK))
    parts = [
        log_likelihood(y, v, declared, expand(layout, chunk)) + log_prior(layout, chunk) for chunk in chunks
    ]
    return np.concatenate(parts)


def log_posterior_gradient(
    y: Array, v: Array, declared: Declared, layout: Layout, psi: Array
) -> tuple[Array, Array]:
    """Log posterior (K,) and its gradient (K, p) at a few points psi (K, p)."""
    variances = expand(layout, psi)
    total = information(y, v, variances)
    source = means(declared, variances, total)
    value = -0.5 * (total.log_det + source.log_det + total.yy - source.explained)
    gradient = np.concatenate(
        [
            _kappa_gradient(declared, variances.kappa, total, source),
            _region_gradient(y, v, variances, source),
        ],
        axis=1,
    )
    gradient = gradient[:, layout.free] + log_prior_gradient(layout, psi)
    return value + log_prior(layout, psi), gradient


def _kappa_gradient(declared: Declared, kappa: Array, total: Information, source: Means) -> Array:
    """d l / d log kappa_s, (K, S): 1/2 [a'dM a - tr(dM (P - PCP))], a = sum of the residuals."""
    n_s, n_o = declared.Gamma.shape[:2]
    a = (total.q - np.einsum("kij,kj->ki", total.P, source.m)).reshape(-1, n_s, n_o)
    N = (total.P - total.P @ source.C @ total.P).reshape(-1, n_s, n_o, n_s, n_o)
    inner = np.einsum("kso,kto->kst", a, a) - np.einsum("ksoto->kst", N)
    pairs = kappa[:, :, None] * kappa[:, None, :] * declared.kind_correlation
    return np.asarray((pairs * inner).sum(2))


def _region_gradient(y: Array, v: Array, variances: Variances, source: Means) -> Array:
    """d l / d log of (lam, tau_1..S, sig_u, sig_rho), (K, S + 3): 1/2 sum_r [alpha'dS alpha - tr(dS N_r)],
    N_r = Sigma_r^-1 - Sigma_r^-1 C Sigma_r^-1."""
    n_s, n_o, _ = y.shape
    K, C = len(variances.lam), source.C
    by_tau, by_source, by_operator, by_all = np.zeros((K, n_s)), np.zeros(K), np.zeros(K), np.zeros(K)
    for block in region_blocks(y.shape):
        region = region_block(v[..., block], variances)
        w = region.W.reshape(K, -1, n_s * n_o)
        F = region.F
        residual = cells_by_region(y[..., block]) - source.m[:, None]
        Fe = np.einsum("krcn,krn->krc", F, residual)
        alpha = (w * residual - np.einsum("krcn,krc->krn", F, Fe)).reshape(region.W.shape)
        precision = w[..., None] * np.eye(n_s * n_o) - np.swapaxes(F, 2, 3) @ F
        N = (precision - precision @ C[:, None] @ precision).reshape(*alpha.shape, n_s, n_o)
        by_tau += (alpha**2 - np.einsum("krsoso->krso", N)).sum((1, 3))
        by_source += (alpha.sum(3) ** 2).sum((1, 2)) - np.einsum("krsosp->k", N)
        by_operator += (alpha.sum(2) ** 2).sum((1, 2)) - np.einsum("krsoto->k", N)
        by_all += (alpha.sum((2, 3)) ** 2).sum(1) - N.sum((1, 2, 3, 4, 5))
    return np.concatenate(
        [
            (variances.lam**2 * by_source)[:, None],
            variances.tau**2 * by_tau,
            (variances.sig_u**2 * by_operator)[:, None],
            (variances.sig_rho**2 * by_all)[:, None],
        ],
        axis=1,
    )
