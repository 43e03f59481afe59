"""What the source model promises to its users: honest intervals, no gain from less data, clear refusals."""

import numpy as np
import pytest

from qos.stats.components import Declared, Priors, declare, layout
from qos.stats.pooling import draws, fit, given, national
from qos.stats.posterior import importance_points, mode, systematic, truncated
from qos.stats.ranks import rank_sets

CONTRADICTORY_5G = np.log([[421.61, 594.16, 306.5], [483.0, 315.0, 211.0]])[:, :, None]
"""Two published reports of one market; operators: viettel, vinaphone, mobifone (Mbit/s)."""


def published(n_sources: int, n_operators: int = 3) -> Declared:
    kinds = np.full((n_sources, n_sources), 0.3)
    np.fill_diagonal(kinds, 1.0)
    return declare(
        np.full(n_sources, 0.5),
        np.full(n_sources, 0.20),
        n_operators=n_operators,
        q=np.ones(n_sources),
        kappa_c=0.02,
        omega_c=0.02,
        kind_correlation=kinds,
    )


def bounds_of_reports(reports: list[int]):
    y = CONTRADICTORY_5G[reports]
    fitted = fit(y, np.full(y.shape, 0.20**2 + 0.15**2), published(len(reports)))
    return rank_sets(draws(fitted, 2000, np.random.default_rng(3)).theta[:, :, 0])


def test_reports_that_contradict_each_other_establish_no_leader():
    both = bounds_of_reports([0, 1])
    assert both.low[:2].tolist() == [1, 1]
    assert (both.high[:2] >= 2).all()
    assert both.not_separated[0, 1]


@pytest.mark.parametrize("kept", [[0], [1]])
def test_dropping_a_report_narrows_no_bound(kept):
    both, one = bounds_of_reports([0, 1]), bounds_of_reports(kept)
    assert (one.low <= both.low).all() and (one.high >= both.high).all()


def simulate(rng: np.random.Generator, shape: tuple[int, int, int]):
    """A market drawn from the model and its priors: the truth theta (O, R), y, v, what is declared."""
    n_s, n_o, n_r = shape
    declared = declare(
        np.full(n_s, 0.3), np.full(n_s, 0.07), n_operators=n_o, q=np.zeros(n_s), kappa_c=0.0, omega_c=0.0
    )
    plan = layout(shape, declared, Priors())
    sd = np.exp(plan.log_centre + plan.sd * rng.normal(size=plan.size))
    kappa, lam, tau, sig_u, sig_rho = sd[:n_s], sd[n_s], sd[n_s + 1 : 2 * n_s + 1], sd[-2], sd[-1]
    theta = (
        rng.normal(size=(n_o, 1)) * 0.15
        + sig_rho * rng.normal(size=n_r)
        + sig_u * rng.normal(size=(n_o, n_r))
    )
    v = rng.uniform(0.002, 0.02, shape)
    y = theta + 0.3 * rng.normal(size=(n_s, 1, 1)) + kappa[:, None, None] * rng.normal(size=(n_s, n_o, 1))
    y = y + lam * rng.normal(size=(n_s, 1, n_r)) + tau[:, None, None] * rng.normal(size=shape)
    return theta, y + np.sqrt(v) * rng.normal(size=shape), v, declared


def test_intervals_of_operator_differences_cover_the_truth_although_the_variances_are_unknown():
    rng = np.random.default_rng(11)
    covered, cells = [], []
    for _ in range(60):
        theta, y, v, declared = simulate(rng, (3, 3, 4))
        sample = draws(fit(y, v, declared), 600, rng, n_points=200)
        nation, truth = national(sample.theta, np.ones(4)), theta.mean(axis=1)
        for j, k in ((0, 1), (0, 2), (1, 2)):
            low, high = np.quantile(nation[:, j] - nation[:, k], [0.025, 0.975])
            covered.append(low <= truth[j] - truth[k] <= high)
        low, high = np.quantile(sample.theta, [0.025, 0.975], axis=0)
        cells.append(((low <= theta) & (theta <= high)).mean())
    assert 0.88 <= np.mean(covered) <= 1
    assert 0.88 <= np.mean(cells) <= 1


def test_the_unknown_variances_widen_the_interval_that_plugging_them_in_would_give(market):
    case = market((3, 3, 4))
    fitted = fit(case.y, case.v, case.declared)
    w = np.ones(4) / 4
    plug_in = given(case.y, case.v, case.declared, fitted.variances, w)
    sample = national(draws(fitted, 4000, np.random.default_rng(1)).theta, w)
    contrast = np.array([1.0, -1.0, 0.0])
    assert np.std(sample @ contrast) > np.sqrt(contrast @ plug_in.national_cov @ contrast)


def test_one_seed_gives_the_same_draws_to_the_last_bit(market):
    case = market((3, 3, 4), missing=0.2)
    first, again = (
        draws(fit(case.y, case.v, case.declared), 300, np.random.default_rng(9)) for _ in range(2)
    )
    assert first.theta.tobytes() == again.theta.tobytes()
    assert first.effective_size == again.effective_size


@pytest.mark.parametrize(
    "shape", [(1, 1, 1), (1, 1, 5), (1, 3, 1), (2, 1, 1), (1, 4, 6), (2, 1, 7), (2, 2, 2)]
)
def test_every_shape_gives_finite_draws_and_an_accepted_fit(shape, market):
    case = market(shape, missing=0.1)
    sample = draws(fit(case.y, case.v, case.declared), 200, np.random.default_rng(1))
    assert sample.theta.shape == (200, *shape[1:]) and np.isfinite(sample.theta).all()
    assert sample.b.shape == (200, shape[0]) and sample.g.shape == (200, *shape[:2])
    assert sample.accepted
    assert (sample.theta.std(axis=0) > 0).all()


def test_a_region_without_any_cell_is_estimated_from_the_others_and_less_surely(market):
    case = market((2, 3, 6))
    y, v = case.y.copy(), case.v.copy()
    y[:, :, 2], v[:, :, 2] = np.nan, np.nan
    sample = draws(fit(y, v, case.declared), 500, np.random.default_rng(1))
    sd = sample.theta.std(axis=0)
    assert (sd[:, 2] > np.delete(sd, 2, axis=1).max(axis=1)).all()


def test_a_weak_sample_of_points_is_drawn_again_with_four_times_as_many(market):
    case = market((3, 3, 4))
    fitted = fit(case.y, case.v, case.declared)
    points = importance_points(
        fitted.y, fitted.v, case.declared, fitted.layout, fitted.mode, 20, np.random.default_rng(1)
    )
    assert len(points.weights) > 20
    assert points.effective_size >= 50 or len(points.weights) == 320


def test_the_mode_is_where_the_posterior_is_highest(market):
    case = market((3, 3, 4))
    plan = layout((3, 3, 4), case.declared, Priors())
    at = mode(case.y - 4, case.v, case.declared, plan)
    assert at.gradient < 1e-3
    assert np.linalg.eigvalsh(at.H)[0] >= 0.5 / plan.sd.max() ** 2 - 1e-12


def test_truncated_weights_are_cut_at_root_k_times_their_mean():
    weights = truncated(np.array([100.0] + [1.0] * 99))
    cut = 10 * 199 / 100
    assert weights[0] == pytest.approx(cut / (cut + 99)) and weights.sum() == pytest.approx(1)


def test_systematic_resampling_takes_each_point_its_share_of_times():
    counts = np.bincount(
        systematic(np.array([0.5, 0.25, 0.0, 0.25]), 1000, np.random.default_rng(1)), minlength=4
    )
    assert counts.tolist() == [500, 250, 0, 250]
