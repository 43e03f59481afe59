"""gamma: what a figure's own cells move it by."""

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from qos.stats.components import Variances, declare
from qos.stats.leverage import own_share
from qos.stats.pooling import given


def _declared(n_s, n_o):
    return declare(
        np.linspace(0.1, 0.3, n_s),
        np.full(n_s, 0.07),
        n_operators=n_o,
        q=np.ones(n_s),
        kappa_c=0.02,
        omega_c=0.02,
    )


def _variances(n_s, lam=0.05, sig_u=0.1, sig_rho=0.2):
    return Variances(*map(np.array, ([[0.07] * n_s], [lam], [[0.08] * n_s], [sig_u], [sig_rho])))


@settings(max_examples=25, deadline=None)
@drawn(st.integers(0, 10_000), st.integers(1, 3), st.integers(2, 3), st.integers(2, 4))
def test_it_is_the_derivative_of_the_estimate_by_its_own_cells(seed, n_s, n_o, n_r):
    rng = np.random.default_rng(seed)
    y, v = rng.normal(3, 0.3, (n_s, n_o, n_r)), rng.uniform(0.01, 0.2, (n_s, n_o, n_r))
    missing = rng.random(y.shape) < 0.3
    missing[0, :, 0] = False
    y[missing] = v[missing] = np.nan
    declared, variances = _declared(n_s, n_o), _variances(n_s)
    point = Variances(*(part[0] for part in variances))
    got = own_share(v, declared, variances)
    base = given(y, v, declared, point, np.full(n_r, 1 / n_r)).theta
    for o in range(n_o):
        for r in range(n_r):
            moved = y.copy()
            moved[:, o, r] += 1e-3
            rise = (given(moved, v, declared, point, np.full(n_r, 1 / n_r)).theta - base)[o, r] / 1e-3
            assert got[o, r] == pytest.approx(np.clip(rise, 0, 1), abs=1e-8)


def test_an_operator_that_has_one_region_only_is_all_measurement():
    v = np.full((1, 3, 4), 0.05)
    v[0, 2, 1:] = np.nan
    share = own_share(v, _declared(1, 3), _variances(1, sig_u=0.01))
    assert share[2, 0] == pytest.approx(1.0, abs=1e-6)
    assert (share[2, 1:] == 0).all()
    assert (share[:2] < 0.6).all(), "the others borrow from their other regions"


def test_a_cell_that_was_not_measured_has_no_share():
    v = np.full((2, 2, 3), 0.05)
    v[:, 0, 1] = np.nan
    assert own_share(v, _declared(2, 2), _variances(2))[0, 1] == 0


def test_it_falls_as_the_sampling_variance_grows_and_reaches_one_without_any():
    shares = [
        own_share(np.full((2, 3, 6), v), _declared(2, 3), _variances(2)).mean()
        for v in (1e-9, 0.01, 0.1, 1.0)
    ]
    assert shares == sorted(shares, reverse=True)
    tight = own_share(np.full((1, 2, 3), 1e-12), _declared(1, 2), Variances(
        *map(np.array, ([[0.07]], [0.0], [[0.0]], [0.5], [0.2]))))  # fmt: skip
    assert tight == pytest.approx(np.ones((2, 3)), abs=1e-6)
