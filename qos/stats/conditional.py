"""Given the standard deviations everything is Gaussian: exact joint draws, and moments in closed form.

The order of conditioning is mu, then the source means m = X mu + E xi, then the regions: with
`zeta_r` the standard normal effects of sources, operators and the region behind Z G^(1/2),
`zeta_r | m, y ~ N(L^-T F_r (y_r - m), (L L')^-1)`, L the Cholesky factor of B_r (`covariance`).
"""

from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array, Index, cholesky, solve
from qos.stats.components import Declared, Variances
from qos.stats.covariance import (
    Region,
    cells_by_region,
    information,
    operator_map,
    region_block,
    region_blocks,
)
from qos.stats.likelihood import CHUNK, Means, means


class Joint(NamedTuple):
    """B joint draws: mu (B, O), b (B, S), g (B, S, O), theta (B, O, R), u (B, O, R)."""

    mu: Array
    b: Array
    g: Array
    theta: Array
    u: Array


class Moments(NamedTuple):
    """Posterior given the standard deviations: theta, se (O, R); national (O,) = sum_r w_r theta_or and its
    covariance (O, O); mu (O,) and its covariance (O, O)."""

    theta: Array
    se: Array
    national: Array
    national_cov: Array
    mu: Array
    mu_cov: Array


def joint_draws(
    y: Array, v: Array, declared: Declared, variances: Variances, which: Index, rng: np.random.Generator
) -> Joint:
    """One draw for each entry of `which` (B,), the point of `variances` (K) it belongs to, ascending."""
    n_s, n_o, n_r = y.shape
    n_draws = len(which)
    out = Joint(
        *(np.empty((n_draws, *rest)) for rest in ((n_o,), (n_s,), (n_s, n_o), (n_o, n_r), (n_o, n_r)))
    )
    for points in _point_chunks(which):
        rows = slice(*np.searchsorted(which, [points[0], points[-1] + 1]))
        chunk = Variances(*(part[points] for part in variances))
        _draw_chunk(y, v, declared, chunk, np.searchsorted(points, which[rows]), rng, out, rows)
    return out


def _point_chunks(which: Index) -> list[Index]:
    points = np.unique(which)
    return [points[i : i + CHUNK] for i in range(0, len(points), CHUNK)]


def _draw_chunk(
    y: Array,
    v: Array,
    declared: Declared,
    variances: Variances,
    at: Index,
    rng: np.random.Generator,
    out: Joint,
    rows: slice,
) -> None:
    n_s, n_o, _ = y.shape
    source = means(declared, variances, total := information(y, v, variances))
    L_mu = cholesky(source.Omega)
    mu = source.mu[at] + _correlated(L_mu[at], rng)
    unexplained = total.q[at] - np.einsum("bnp,bp->bn", (total.P @ operator_map(n_s, n_o))[at], mu)
    score = np.einsum("bxn,bn->bx", source.V[at], unexplained) + rng.standard_normal(
        (len(at), source.E.shape[2])
    )
    xi = solve(np.swapaxes(source.L, 1, 2)[at], score[..., None])[..., 0]
    b = xi[:, :n_s] * declared.omega
    g = np.einsum("bnx,bx->bn", source.E[at][..., n_s:], xi[:, n_s:]).reshape(-1, n_s, n_o)
    out.mu[rows], out.b[rows], out.g[rows] = mu, b, g
    m = mu[:, None] + b[:, :, None] + g
    for block in region_blocks(y.shape):
        u, rho = _region_draws(y[..., block], v[..., block], variances, at, m, rng)
        out.u[rows, :, block] = u
        out.theta[rows, :, block] = mu[:, :, None] + u + rho[:, None]


def _correlated(L: Array, rng: np.random.Generator) -> Array:
    return np.asarray(np.einsum("bij,bj->bi", L, rng.standard_normal(L.shape[:2])))


def _region_draws(
    y: Array, v: Array, variances: Variances, at: Index, m: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """u (B, O, r) and rho (B, r) of a block of regions, given the source means m (B, S, O)."""
    n_s = y.shape[0]
    region = region_block(v, variances)
    weighted = region.W[at] * (np.nan_to_num(np.moveaxis(y, 2, 0)) - m[:, None])
    ZWe = np.concatenate([weighted.sum(3), weighted.sum(2), weighted.sum((2, 3))[..., None]], axis=2)
    L_inv, root = region.L_inv[at], region.root[at][:, None]
    noise = rng.standard_normal(ZWe.shape)
    zeta = np.einsum("brji,brj->bri", L_inv, np.einsum("brij,brj->bri", L_inv, ZWe * root) + noise)
    effects = zeta * root
    return np.swapaxes(effects[..., n_s:-1], 1, 2), effects[..., -1]


def moments(y: Array, v: Array, declared: Declared, variances: Variances, weights: Array) -> Moments:
    """Posterior mean and covariance in closed form at one point of `variances` (leading axis 1).

    weights (R,) are those of the regions in the national value. Henderson 1975 (BLUP and its error).
    """
    source = means(declared, variances, information(y, v, variances))
    Omega, D, C, mu = source.Omega[0], source.D[0], source.C[0], source.mu[0]
    theta, se, gain, noise = _region_moments(y, v, variances, source, weights)
    total = weights.sum()
    cross = gain @ D @ Omega
    national_cov = total**2 * Omega - total * (cross + cross.T) + gain @ C @ gain.T + noise
    return Moments(theta, se, theta @ weights, national_cov, mu, Omega)


def _region_moments(
    y: Array, v: Array, variances: Variances, source: Means, weights: Array
) -> tuple[Array, Array, Array, Array]:
    """theta, se (O, R), and over regions: sum w_r kappa_r (O, n), sum w_r^2 Cov(u_r + rho_r | m, y) (O, O).

    kappa_r = H_r' F_r is what one unit of y_r - m moves u_r + rho_r by.
    """
    n_s, n_o, n_r = y.shape
    Omega, D, C = source.Omega[0], source.D[0], source.C[0]
    theta, se = np.empty((n_o, n_r)), np.empty((n_o, n_r))
    gain, noise = np.zeros((n_o, n_s * n_o)), np.zeros((n_o, n_o))
    for block in region_blocks(y.shape):
        region = region_block(v[..., block], variances)
        kappa, spread = region_gains(region, n_s)
        residual = cells_by_region(y[..., block]) - source.m[0]
        theta[:, block] = (source.mu[0] + np.einsum("ron,rn->ro", kappa, residual)).T
        cross = kappa @ D @ Omega
        cov = Omega - cross - np.swapaxes(cross, 1, 2) + kappa @ C @ np.swapaxes(kappa, 1, 2) + spread
        se[:, block] = np.sqrt(np.einsum("roo->or", cov))
        gain += np.einsum("r,ron->on", weights[block], kappa)
        noise += np.einsum("r,rop->op", weights[block] ** 2, spread)
    return theta, se, gain, noise


def region_gains(region: Region, n_s: int) -> tuple[Array, Array]:
    """At one point: kappa_r = H_r' F_r (r, O, n), what one unit of y_r - m moves u_r + rho_r by, and
    H_r' H_r (r, O, O), the covariance that is left."""
    scaled = region.L_inv[0] * region.root[0]
    H = scaled[..., n_s:-1] + scaled[..., -1:]
    Ht = np.swapaxes(H, 1, 2)
    return np.asarray(Ht @ region.F[0]), np.asarray(Ht @ H)
