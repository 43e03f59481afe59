"""How much of a figure is its own measurement: what its own cells move it by."""

import numpy as np

from qos.stats.arrays import Array
from qos.stats.components import Declared, Variances
from qos.stats.conditional import region_gains
from qos.stats.covariance import information, region_block, region_blocks
from qos.stats.likelihood import means


def own_share(v: Array, declared: Declared, variances: Variances) -> Array:
    """gamma (O, R): by how much theta_or rises when every cell of operator o in region r rises by one.

    1: the figure is measured; 0: it is what the model says from other cells. v (S, O, R) is NaN where a cell
    is missing; variances are standard deviations at one point, leading axis 1. Given these the posterior
    mean is linear in y, with `d theta_r / d y_r = kappa_r + (Omega D' - kappa_r C) Sigma_r^-1` in the symbols
    of `conditional.moments`. Unlike `1 - Var(u | y)/sig_u^2` it does not fall where a market is small or an
    operator has one region only: nobody else's cells say anything about it there.
    """
    n_s, n_o, n_r = v.shape
    blank = np.where(np.isnan(v), np.nan, 0.0)
    source = means(declared, variances, information(blank, v, variances))
    Omega, D, C = source.Omega[0], source.D[0], source.C[0]
    own = np.tile(np.eye(n_o), n_s)
    share = np.empty((n_o, n_r))
    for block in region_blocks(v.shape):
        region = region_block(v[..., block], variances)
        F, w = region.F[0], region.W[0].reshape(-1, n_s * n_o)
        kappa, _ = region_gains(region, n_s)
        outer = Omega @ D.T - kappa @ C
        precise = outer * w[:, None, :] - (outer @ np.swapaxes(F, 1, 2)) @ F
        share[:, block] = np.einsum("ron,on->or", kappa + precise, own)
    return np.clip(share, 0.0, 1.0)
