"""What must hold for the closed form at given standard deviations, whatever the market."""

import numpy as np
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from qos.stats.components import Variances, declare
from qos.stats.pooling import given

cases = st.tuples(st.integers(2, 4), st.integers(2, 4), st.integers(1, 5), st.integers(0, 10_000))


def closed_form(case, y=None, v=None, sources=slice(None), declared=None):
    n_r = case.y.shape[2]
    part = Variances(*(p[sources] if p.ndim else p for p in case.variances))
    y, v = (case.y if y is None else y)[sources], (case.v if v is None else v)[sources]
    return given(y, v, declared or case.declared, part, np.ones(n_r) / n_r)


@over(cases)
@settings(max_examples=25, deadline=None)
def test_larger_sampling_variances_never_narrow_an_interval(market, case_of):
    *shape, seed = case_of
    case = market(tuple(shape), seed, missing=0.2)
    factor = np.random.default_rng(seed).uniform(1, 4, case.v.shape)
    assert (closed_form(case, v=case.v * factor).se >= closed_form(case).se * (1 - 1e-9)).all()


@over(cases)
@settings(max_examples=25, deadline=None)
def test_less_sources_never_narrow_an_interval_or_a_difference(market, case_of):
    n_s, n_o, n_r, seed = case_of
    case = market((n_s, n_o, n_r), seed, missing=0.2)
    keep = np.arange(n_s) < n_s - 1
    d = case.declared
    fewer = declare(
        d.omega[keep],
        d.kappa_centre[keep],
        n_operators=n_o,
        q=d.q[keep],
        kappa_c=d.kappa_c,
        omega_c=d.omega_c,
        kind_correlation=d.kind_correlation[np.ix_(keep, keep)],
        Gamma=d.Gamma[keep],
    )
    full, less = closed_form(case), closed_form(case, sources=keep, declared=fewer)
    assert (less.se >= full.se * (1 - 1e-9)).all()
    contrast = np.eye(n_o)[0] - np.eye(n_o)[1]
    assert contrast @ less.national_cov @ contrast >= contrast @ full.national_cov @ contrast * (1 - 1e-9)


@over(cases)
@settings(max_examples=25, deadline=None)
def test_order_of_sources_operators_and_regions_and_a_common_shift_change_nothing(market, case_of):
    n_s, n_o, n_r, seed = case_of
    case = market((n_s, n_o, n_r), seed, missing=0.2)
    rng = np.random.default_rng(seed)
    s, o, r = rng.permutation(n_s), rng.permutation(n_o), rng.permutation(n_r)
    d = case.declared
    moved = declare(
        d.omega[s],
        d.kappa_centre[s],
        n_operators=n_o,
        q=d.q[s],
        kappa_c=d.kappa_c,
        omega_c=d.omega_c,
        kind_correlation=d.kind_correlation[np.ix_(s, s)],
        Gamma=d.Gamma[np.ix_(s, o, o)],
    )
    y, v = case.y[np.ix_(s, o, r)] + 1.5, case.v[np.ix_(s, o, r)]
    sd = case.variances._replace(kappa=case.variances.kappa[s], tau=case.variances.tau[s])
    got, plain = given(y, v, moved, sd, np.ones(n_r) / n_r), closed_form(case)
    np.testing.assert_allclose(got.theta, plain.theta[np.ix_(o, r)] + 1.5, rtol=1e-8)
    np.testing.assert_allclose(got.se, plain.se[np.ix_(o, r)], rtol=1e-8)
