"""The covariances of the source model, in the forms that make them cheap.

Within a region the n = S*O cells of y, given the source means m, have covariance
`Sigma_r = diag(tau_s^2 + v_sor) + lam^2 1{s=s'} + sig_u^2 1{o=o'} + sig_rho^2` (method, 3.2). It is a
diagonal plus Z G Z' with only c = S+O+1 columns (source, operator, all), so everything is done on
the c x c matrix
`B_r = I + G^(1/2) Z' W_r Z G^(1/2)`, W_r = diag(1/(tau^2+v)), by the identities of Woodbury:
`Sigma_r^-1 = W_r - F_r' F_r`, `F_r = B_r^(-1/2) G^(1/2) Z' W_r`, `log|Sigma_r| = log|B_r| - log|W_r|`.
A missing cell has weight 0, which is exactly its absence; a component of sd 0 breaks nothing.

The source means are `m = X mu + E xi`, xi standard normal: E is a factor of Cov(m | mu).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array, Index, cholesky
from qos.stats.components import Declared, Variances

SMALL_PRODUCT = 250_000
"""Matrix products below this many multiplications stay on one thread in OpenBLAS, so that sums do not
depend on the number of threads."""


class Region(NamedTuple):
    """A block of r regions at K points: W (K, r, S, O); root (K, c) = G^(1/2); L_inv (K, r, c, c) with
    L_inv' L_inv = B^-1; log_det (K,) of Sigma, summed over the block."""

    W: Array
    root: Array
    L_inv: Array
    log_det: Array

    @property
    def F(self) -> Array:  # noqa: N802 - symbol of the method
        """L_inv G^(1/2) Z' W, shape (K, r, c, n)."""
        n_s, n_o = self.W.shape[2:]
        H = self.L_inv * self.root[:, None, None, :]
        own, others = H[..., :n_s, None], H[..., None, n_s:-1] + H[..., -1, None, None]
        return np.asarray((own + others) * self.W[:, :, None]).reshape(*H.shape[:3], n_s * n_o)


class Information(NamedTuple):
    """Over all regions: log_det (K,) of Sigma, P = sum Sigma^-1 (K, n, n), q = sum Sigma^-1 y (K, n),
    yy = sum y'Sigma^-1 y (K,)."""

    log_det: Array
    P: Array
    q: Array
    yy: Array


def region_blocks(shape: tuple[int, int, int]) -> Iterator[slice]:
    """Regions in blocks that keep memory flat and products small."""
    n_s, n_o, n_r = shape
    step = max(1, SMALL_PRODUCT // ((n_s * n_o) ** 2 * (n_s + n_o + 1)))
    return (slice(start, min(start + step, n_r)) for start in range(0, n_r, step))


def region_block(v: Array, variances: Variances) -> Region:
    """Sigma of a block of regions; v (S, O, r) with NaN where missing, variances at K points."""
    n_s, n_o, _ = v.shape
    noise = np.moveaxis(v, 2, 0) + (variances.tau**2)[:, None, :, None]
    W = np.where(np.isnan(noise), 0.0, 1 / noise)
    root = np.concatenate(
        [
            np.repeat(variances.lam[:, None], n_s, axis=1),
            np.repeat(variances.sig_u[:, None], n_o, axis=1),
            variances.sig_rho[:, None],
        ],
        axis=1,
    )
    B = np.eye(root.shape[1]) + root[:, None, :, None] * _margins(W) * root[:, None, None, :]
    L_inv, log_det_B = _inverse_factor(B, *_diagonal_part(n_s, n_o))
    log_w = np.log(W, out=np.zeros_like(W), where=W > 0)
    return Region(W, root, L_inv, log_det_B.sum(1) - log_w.sum((1, 2, 3)))


def _diagonal_part(n_s: int, n_o: int) -> tuple[Index, Index]:
    """Columns of the larger of sources and operators, whose block of B is diagonal, and the others."""
    columns = np.arange(n_s + n_o + 1)
    inside = columns < n_s if n_s > n_o else (columns >= n_s) & (columns < n_s + n_o)
    return columns[inside], columns[~inside]


def _inverse_factor(B: Array, a: Index, b: Index) -> tuple[Array, Array]:
    """A factor L_inv of B^-1 = L_inv' L_inv and log|B|, eliminating first the columns a, among which B is
    diagonal: only the Schur complement of the others needs a matrix factor."""
    pivot = B[..., a, a]
    slope = B[..., b[:, None], a] / pivot[..., None, :]
    L = cholesky(B[..., b[:, None], b] - slope @ B[..., a[:, None], b])
    rest = np.asarray(np.linalg.inv(L), dtype=np.float64)
    L_inv = np.zeros_like(B)
    L_inv[..., a, a] = 1 / np.sqrt(pivot)
    L_inv[..., b[:, None], b] = rest
    L_inv[..., b[:, None], a] = -rest @ slope
    log_det = np.log(pivot).sum(-1) + 2 * np.log(np.diagonal(L, axis1=-2, axis2=-1)).sum(-1)
    return L_inv, log_det


def _margins(W: Array) -> Array:
    """Z'WZ: weights (K, r, S, O) summed by pairs of columns (source, operator, all)."""
    by_source, by_operator = W.sum(3), W.sum(2)
    n_s, n_o = W.shape[2:]
    M = np.zeros((*W.shape[:2], n_s + n_o + 1, n_s + n_o + 1))
    s, o = np.arange(n_s), n_s + np.arange(n_o)
    M[..., s, s], M[..., o, o] = by_source, by_operator
    M[..., :n_s, n_s:-1], M[..., n_s:-1, :n_s] = W, np.swapaxes(W, 2, 3)
    M[..., :n_s, -1] = M[..., -1, :n_s] = by_source
    M[..., n_s:-1, -1] = M[..., -1, n_s:-1] = by_operator
    M[..., -1, -1] = by_source.sum(2)
    return M


def information(y: Array, v: Array, variances: Variances) -> Information:
    """What the regions say about the source means m: y, v (S, O, R), NaN where missing, K points."""
    n, K = y.shape[0] * y.shape[1], len(variances.lam)
    P, q, log_det, yy = np.zeros((K, n, n)), np.zeros((K, n)), np.zeros(K), np.zeros(K)
    for block in region_blocks(y.shape):
        region = region_block(v[..., block], variances)
        F = region.F
        stacked = F.reshape(K, -1, n)
        y_block = cells_by_region(y[..., block])
        w = region.W.reshape(K, -1, n)
        P -= np.swapaxes(stacked, 1, 2) @ stacked
        P[:, np.arange(n), np.arange(n)] += w.sum(1)
        Fy = np.einsum("krcn,rn->krc", F, y_block)
        q += (w * y_block).sum(1) - np.einsum("krcn,krc->kn", F, Fy)
        yy += (w * y_block**2).sum((1, 2)) - (Fy**2).sum((1, 2))
        log_det += region.log_det
    return Information(log_det, P, q, yy)


def cells_by_region(y: Array) -> Array:
    """(S, O, r) as (r, n), zero where missing (its weight is zero too)."""
    return np.nan_to_num(np.moveaxis(y, 2, 0).reshape(y.shape[2], -1))


def operator_map(n_s: int, n_o: int) -> Array:
    """X (n, O): which operator a source mean speaks of."""
    return np.tile(np.eye(n_o), (n_s, 1))


def source_factor(declared: Declared, kappa: Array) -> Array:
    """E (K, n, S + ...): the first S columns are the levels b_s, the others make g_so.

    `E E' = omega_s^2 1{s=s'} + kappa_s kappa_s' C_ss' 1{o=o'} + blockdiag(Gamma_s)
    + q_s q_s' (kappa_c^2 1{o=o'} + omega_c^2)`. Columns of terms that are zero are left out.
    Raises ValueError when kind_correlation or Gamma is no covariance.
    """
    n_s, n_o = declared.Gamma.shape[:2]
    ones, eye = np.ones((n_o, 1)), np.eye(n_o)
    constant = [np.kron(np.diag(declared.omega), ones)]
    if declared.Gamma.any():
        constant.append(_block_diagonal([_psd_root("Gamma", Gamma_s) for Gamma_s in declared.Gamma]))
    if declared.kappa_c > 0:
        constant.append(np.kron(declared.q[:, None] * declared.kappa_c, eye))
    if declared.omega_c > 0:
        constant.append(np.kron(declared.q[:, None] * declared.omega_c, ones))
    fixed = np.broadcast_to(np.hstack(constant), (len(kappa), n_s * n_o, sum(c.shape[1] for c in constant)))
    if not kappa.any():
        return np.array(fixed)
    kinds = np.kron(_psd_root("kind_correlation", declared.kind_correlation), eye)
    return np.concatenate([fixed, np.repeat(kappa, n_o, axis=1)[:, :, None] * kinds], axis=2)


def _psd_root(name: str, matrix: Array) -> Array:
    """R with R R' = matrix; a correlation of 1 is allowed, so no Cholesky factor."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    if values[0] < -1e-9 * max(values[-1], 1e-300):
        raise ValueError(f"{name} is not a covariance: its smallest eigenvalue is {values[0]:.3g}")
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))


def _block_diagonal(blocks: list[Array]) -> Array:
    size = blocks[0].shape[0]
    out = np.zeros((size * len(blocks), size * len(blocks)))
    for i, block in enumerate(blocks):
        out[i * size : (i + 1) * size, i * size : (i + 1) * size] = block
    return out
