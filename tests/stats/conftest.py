"""Small markets with known components, and the source model written out densely, to compare with."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from qos.stats.arrays import Array
from qos.stats.components import Declared, Variances, declare


class Market(NamedTuple):
    """y, v (S, O, R), what is declared, and the standard deviations behind them."""

    y: Array
    v: Array
    declared: Declared
    variances: Variances


class Dense(NamedTuple):
    """Every cell that is there as one long vector: y (N,), its covariance V, the design X (N, O), the
    covariance A (O, R, N) of u_or + rho_r with y, and that of u_or + rho_r with itself (O, R, O, R)."""

    y: Array
    V: Array
    X: Array
    A: Array
    G: Array


def make_market(
    shape: tuple[int, int, int], seed: int = 1, missing: float = 0.0, gamma_sd: float = 0.01
) -> Market:
    """A market whose every component differs between sources; the first source misses no cell."""
    rng = np.random.default_rng(seed)
    n_s, n_o, n_r = shape
    root = rng.normal(size=(n_s, n_o, n_o)) * gamma_sd
    declared = declare(
        rng.uniform(0.1, 0.4, n_s),
        rng.uniform(0.05, 0.2, n_s),
        n_operators=n_o,
        q=(np.arange(n_s) > 0).astype(float),
        kappa_c=0.03,
        omega_c=0.05,
        kind_correlation=np.eye(n_s) * 0.7 + 0.3,
        Gamma=root @ root.transpose(0, 2, 1),
    )
    both = n_o > 1 and n_r > 1
    variances = Variances(
        kappa=rng.uniform(0.05, 0.2, n_s) * (n_o > 1),
        lam=np.array(0.06 * both),
        tau=rng.uniform(0.05, 0.15, n_s) * (n_r > 1),
        sig_u=np.array(0.15 * (n_r > 1)),
        sig_rho=np.array(0.25 * both),
    )
    v = rng.uniform(0.002, 0.05, shape)
    gone = rng.random(shape) < missing
    gone[0] = False
    v[gone] = np.nan
    y = 4 + rng.normal(size=(1, n_o, n_r)) * 0.2 + rng.normal(size=(n_s, n_o, 1)) * 0.1
    y = y + rng.normal(size=shape) * 0.15
    y[gone] = np.nan
    return Market(y, v, declared, variances)


def make_dense(market: Market) -> Dense:
    """The model of method 3.1 cell by cell, from its definition and not from `qos.stats.covariance`."""
    y, v, d, sd = market
    n_o, n_r = y.shape[1:]
    cells = np.argwhere(~np.isnan(y))
    V = np.empty((len(cells), len(cells)))
    for i, (s, o, r) in enumerate(cells):
        for j, (t, p, q) in enumerate(cells):
            c = d.q[s] * d.q[t] * (d.omega_c**2 + d.kappa_c**2 * (o == p))
            c += d.kind_correlation[s, t] * sd.kappa[s] * sd.kappa[t] * (o == p)
            if s == t:
                c += d.omega[s] ** 2 + d.Gamma[s, o, p] + sd.lam**2 * (r == q)
                c += (sd.tau[s] ** 2 + v[s, o, r]) * (o == p and r == q)
            V[i, j] = c + (sd.sig_rho**2 + sd.sig_u**2 * (o == p)) * (r == q)
    operators, regions = cells[:, 1], cells[:, 2]
    own, place = np.arange(n_o), np.arange(n_r)
    same_region = place[None, :, None] == regions
    A = same_region * (sd.sig_rho**2 + sd.sig_u**2 * (own[:, None, None] == operators))
    G = np.zeros((n_o, n_r, n_o, n_r))
    for r in place:
        G[:, r, :, r] = sd.sig_rho**2 + sd.sig_u**2 * np.eye(n_o)
    return Dense(y[~np.isnan(y)], V, np.eye(n_o)[operators], A, G)


@pytest.fixture(scope="session")
def market() -> Callable[..., Market]:
    return make_market


@pytest.fixture(scope="session")
def dense() -> Callable[[Market], Dense]:
    return make_dense
