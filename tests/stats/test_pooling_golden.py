"""The source model against closed forms and against an independent, dense implementation."""

import numpy as np
import pytest

from qos.stats.components import Priors, Variances, declare, expand, layout
from qos.stats.likelihood import log_likelihood, log_posterior, log_posterior_gradient
from qos.stats.pooling import draws, fit, given, national

SHAPES = [(6, 3, 5), (3, 3, 4), (1, 4, 6), (2, 1, 7), (2, 3, 1), (1, 1, 1), (1, 2, 1), (4, 1, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_likelihood_equals_the_dense_restricted_likelihood(shape, market, dense):
    case = market(shape, missing=0.2)
    big = dense(case)
    V_inv = np.linalg.inv(big.V)
    W = big.X.T @ V_inv @ big.X
    residual = big.y - big.X @ np.linalg.solve(W, big.X.T @ V_inv @ big.y)
    expected = -0.5 * (np.linalg.slogdet(big.V)[1] + np.linalg.slogdet(W)[1] + residual @ V_inv @ residual)
    batch = Variances(*(np.asarray(part)[None] for part in case.variances))
    got = log_likelihood(case.y, case.v, case.declared, batch)
    assert got == pytest.approx([expected], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_estimates_errors_and_national_covariance_equal_dense_least_squares(shape, market, dense):
    case = market(shape, missing=0.2)
    big = dense(case)
    n_o, n_r = shape[1:]
    w = np.arange(1, n_r + 1) / np.arange(1, n_r + 1).sum()
    V_inv = np.linalg.inv(big.V)
    mu_cov = np.linalg.inv(big.X.T @ V_inv @ big.X)
    mu = mu_cov @ big.X.T @ V_inv @ big.y
    A = big.A.reshape(n_o * n_r, -1)
    theta = np.repeat(mu, n_r) + A @ V_inv @ (big.y - big.X @ mu)
    slope = np.repeat(np.eye(n_o), n_r, axis=0) - A @ V_inv @ big.X
    cov = big.G.reshape(n_o * n_r, -1) - A @ V_inv @ A.T + slope @ mu_cov @ slope.T
    sums = np.kron(np.eye(n_o), w)

    got = given(case.y, case.v, case.declared, case.variances, w)

    np.testing.assert_allclose(got.theta.ravel(), theta, rtol=1e-6)
    np.testing.assert_allclose(got.se.ravel(), np.sqrt(np.diag(cov)), rtol=1e-6)
    np.testing.assert_allclose(got.national, sums @ theta, rtol=1e-6)
    np.testing.assert_allclose(got.national_cov, sums @ cov @ sums.T, rtol=1e-6)
    np.testing.assert_allclose(got.mu_cov, mu_cov, rtol=1e-6)


def test_one_operator_and_one_region_is_the_weighted_mean_of_the_sources():
    y, v, omega = np.array([4.1, 4.4, 3.9]), np.array([0.01, 0.04, 0.09]), np.array([0.02, 0.3, 0.5])
    declared = declare(omega, np.full(3, 0.07), n_operators=1, q=np.zeros(3), kappa_c=0, omega_c=0)
    known = Variances(*(np.array(0.0),) * 5)
    got = given(y[:, None, None], v[:, None, None], declared, known, np.ones(1))
    w = 1 / (v + omega**2)
    assert got.theta[0, 0] == pytest.approx(w @ y / w.sum(), rel=1e-6)
    assert got.se[0, 0] == pytest.approx(w.sum() ** -0.5, rel=1e-6)


def test_one_source_without_discrepancies_is_fay_herriot():
    rng = np.random.default_rng(3)
    v, sigma2 = rng.uniform(0.01, 0.2, 15), 0.05
    y = 3 + rng.normal(size=15) * np.sqrt(sigma2 + v)
    declared = declare(np.zeros(1), np.full(1, 0.07), n_operators=1, q=np.zeros(1), kappa_c=0, omega_c=0)
    zero = np.zeros(1)
    known = Variances(zero, np.array(0.0), zero, np.array(sigma2**0.5), np.array(0.0))
    got = given(y[None, None], v[None, None], declared, known, np.ones(15))
    gamma, w = sigma2 / (sigma2 + v), 1 / (sigma2 + v)
    mean = w @ y / w.sum()
    np.testing.assert_allclose(got.theta[0], gamma * y + (1 - gamma) * mean, rtol=1e-6)
    g1, g2 = gamma * v, (1 - gamma) ** 2 / w.sum()
    np.testing.assert_allclose(got.se[0], np.sqrt(g1 + g2), rtol=1e-6)


def test_one_source_is_returned_unchanged_where_nothing_else_is_known():
    y = np.array([[[4.0], [5.0], [4.2]]])
    declared = declare(
        np.full(1, 0.3), np.full(1, 0.07), n_operators=3, q=np.ones(1), kappa_c=0.02, omega_c=0.02
    )
    known = Variances(np.array([0.1]), *(np.array(0.0),) * 4)
    got = given(y, np.full((1, 3, 1), 0.01), declared, known, np.ones(1))
    np.testing.assert_allclose(got.theta, y[0], rtol=1e-12)
    level, discrepancy = 0.3**2 + 0.02**2, 0.1**2 + 0.02**2
    np.testing.assert_allclose(got.se, np.sqrt(level + discrepancy + 0.01), rtol=1e-9)


@pytest.mark.parametrize("shape", [(6, 3, 5), (3, 3, 4), (1, 4, 6), (2, 1, 7), (2, 3, 1)])
def test_the_gradient_is_that_of_the_log_posterior(shape, market):
    case = market(shape, missing=0.1)
    plan = layout(shape, case.declared, Priors())
    psi = plan.log_centre + np.random.default_rng(2).normal(size=plan.size) * 0.3
    y = case.y - 4
    value, gradient = log_posterior_gradient(y, case.v, case.declared, plan, psi[None])
    steps = np.concatenate([psi + 1e-5 * np.eye(plan.size), psi - 1e-5 * np.eye(plan.size)])
    up, down = np.split(log_posterior(y, case.v, case.declared, plan, steps), 2)
    np.testing.assert_allclose(gradient[0], (up - down) / 2e-5, rtol=1e-5, atol=1e-6)
    assert value == pytest.approx(log_posterior(y, case.v, case.declared, plan, psi[None]), rel=1e-12)


def test_many_points_at_once_equal_one_point_at_a_time(market):
    case = market((3, 3, 4), missing=0.1)
    plan = layout((3, 3, 4), case.declared, Priors())
    psi = plan.log_centre + np.random.default_rng(2).normal(size=(70, plan.size)) * 0.3
    together = log_posterior(case.y, case.v, case.declared, plan, psi)
    alone = [log_posterior(case.y, case.v, case.declared, plan, point[None])[0] for point in psi]
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    _, gradients = log_posterior_gradient(case.y, case.v, case.declared, plan, psi[:5])
    for point, gradient in zip(psi, gradients, strict=False):
        alone_gradient = log_posterior_gradient(case.y, case.v, case.declared, plan, point[None])[1][0]
        np.testing.assert_allclose(gradient, alone_gradient, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shape", [(3, 3, 4), (1, 4, 6), (2, 1, 7), (2, 3, 1)])
def test_joint_draws_have_the_closed_form_moments_when_everything_is_fixed(shape, market):
    case = market(shape, missing=0.1)
    w = np.ones(shape[2]) / shape[2]
    exact = given(case.y, case.v, case.declared, case.variances, w)
    fitted = fit(case.y, case.v, case.declared, fixed=case.variances)
    sample = draws(fitted, 20_000, np.random.default_rng(5))
    assert sample.n_points == 1 and sample.accepted
    error = np.abs(sample.theta.mean(0) - exact.theta) / (exact.se / np.sqrt(20_000))
    assert error.max() < 5
    np.testing.assert_allclose(sample.theta.std(0), exact.se, rtol=0.03)
    cov = np.atleast_2d(np.cov(national(sample.theta, w).T))
    np.testing.assert_allclose(cov, exact.national_cov, atol=0.04 * exact.national_cov.max())


def test_source_effects_in_the_draws_have_their_dense_posterior(market, dense):
    case = market((3, 2, 3))
    big = dense(case)
    V_inv = np.linalg.inv(big.V)
    mu_cov = np.linalg.inv(big.X.T @ V_inv @ big.X)
    residual = big.y - big.X @ (mu_cov @ big.X.T @ V_inv @ big.y)
    sources = np.argwhere(~np.isnan(case.y))[:, 0]
    with_y = case.declared.omega[:, None] ** 2 * (np.arange(3)[:, None] == sources)
    mean = with_y @ V_inv @ residual
    slope = -with_y @ V_inv @ big.X
    cov = np.diag(case.declared.omega**2) - with_y @ V_inv @ with_y.T + slope @ mu_cov @ slope.T
    sample = draws(fit(case.y, case.v, case.declared, fixed=case.variances), 20_000, np.random.default_rng(1))
    np.testing.assert_allclose(sample.b.mean(0), mean, atol=5 * np.sqrt(np.diag(cov).max() / 20_000))
    np.testing.assert_allclose(np.cov(sample.b.T), cov, atol=0.03 * cov.max())


def test_the_draws_add_up_to_the_source_means_that_the_data_support(market):
    """With tiny sampling variances and no cell noise, mu + b + g + u + rho must reproduce y."""
    case = market((2, 3, 4), gamma_sd=0)
    small = np.full_like(case.v, 1e-8)
    known = case.variances._replace(tau=np.zeros(2), lam=np.array(0.0))
    y = np.repeat(case.y[:1], 2, axis=0)
    y[1] += 0.1
    sample = draws(fit(y, small, case.declared, fixed=known), 50, np.random.default_rng(1))
    rebuilt = sample.theta[:, None] + sample.b[..., None, None] + sample.g[..., None]
    np.testing.assert_allclose(rebuilt, np.broadcast_to(y, rebuilt.shape), atol=1e-3)


def test_a_cell_that_is_missing_is_the_same_as_one_of_endless_variance(market):
    case = market((3, 3, 4), missing=0.3)
    filled = np.where(np.isnan(case.y), 4.0, case.y), np.where(np.isnan(case.v), 1e8, case.v)
    w = np.ones(4) / 4
    absent = given(case.y, case.v, case.declared, case.variances, w)
    vague = given(*filled, case.declared, case.variances, w)
    np.testing.assert_allclose(absent.theta, vague.theta, rtol=1e-6)
    np.testing.assert_allclose(absent.national_cov, vague.national_cov, rtol=1e-5)


def test_fixed_entries_stay_and_free_entries_move(market):
    case = market((3, 3, 4))
    nan = np.full(3, np.nan)
    some = Variances(nan, np.array(0.05), nan, np.array(np.nan), np.array(0.3))
    fitted = fit(case.y, case.v, case.declared, fixed=some)
    assert fitted.layout.size == 7
    assert fitted.variances.lam == 0.05 and fitted.variances.sig_rho == 0.3
    assert (expand(fitted.layout, fitted.mode.psi[None] + 1).lam == 0.05).all()
    assert fitted.mode.gradient < 1e-3
