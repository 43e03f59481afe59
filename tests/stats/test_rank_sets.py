"""Rank sets: worked cases, a brute-force stepdown, coverage, invariants."""

import numpy as np
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from scipy.stats import norm, studentized_range

from qos.stats.ranks import _critical_value, rank_sets


def normal_table(means, sds, n=4001, seed=1):
    """Independent normal draws whose means and sds are exact."""
    z = np.random.default_rng(seed).standard_normal((n, len(means)))
    z -= z.mean(0)
    z = z @ np.linalg.inv(np.linalg.cholesky(z.T @ z / n)).T
    return means + z * sds


def brute_force(draws, alpha):
    """Stepdown written with loops, from the definition."""
    n_draws, n_o = draws.shape
    mean = draws.mean(0)
    pairs = [(j, k) for j in range(n_o) for k in range(n_o) if j != k]
    sd = {(j, k): np.std(draws[:, j] - draws[:, k]) for j, k in pairs}
    error = {(j, k): -(draws[:, j] - mean[j] - draws[:, k] + mean[k]) / sd[j, k] for j, k in pairs}
    beats: set[tuple[int, int]] = set()
    while left := [pair for pair in pairs if pair not in beats]:
        largest = sorted(max(error[pair][b] for pair in left) for b in range(n_draws))
        c = largest[int(np.ceil((1 - alpha) * n_draws)) - 1]
        new = {(j, k) for j, k in left if mean[j] - mean[k] - c * sd[j, k] > 0}
        if not new:
            break
        beats |= new
    low = [1 + sum((k, j) in beats for k in range(n_o)) for j in range(n_o)]
    high = [n_o - sum((j, k) in beats for k in range(n_o)) for j in range(n_o)]
    return low, high


@pytest.mark.parametrize(("gap", "separated"), [(1.90, False), (2.02, True)])
def test_two_operators_separate_at_the_two_sided_normal_limit(gap, separated):
    """sd of the difference is 1; the limit is 1.96."""
    z = norm.ppf((np.arange(4000) + 0.5) / 4000)
    ranks = rank_sets(np.column_stack([gap + z, np.zeros(4000)]))
    assert ranks.beats[0, 1] == separated
    assert ranks.high.tolist() == ([1, 2] if separated else [2, 2])
    assert ranks.not_separated[0, 1] != separated


def test_the_first_step_uses_the_studentised_range():
    draws = normal_table(np.zeros(3), np.ones(3), n=100_000)
    sd = np.sqrt(2) * (1 - np.eye(3))
    c = _critical_value(draws - draws.mean(0), sd, ~np.eye(3, dtype=bool), 0.05)
    assert c == pytest.approx(studentized_range.ppf(0.95, 3, np.inf) / np.sqrt(2), rel=0.01)


def test_stepping_down_separates_what_one_step_cannot():
    """Three operators far above the fourth: once those pairs are gone, a gap of 2.46 sd is enough
    where one step needs 2.57."""
    draws = normal_table(np.array([2.46 * np.sqrt(2), 0.0, -40.0, -80.0]), np.ones(4), n=20_000)
    sd = np.sqrt(2) * (1 - np.eye(4))
    every = _critical_value(draws - draws.mean(0), sd, ~np.eye(4, dtype=bool), 0.05)
    assert every > 2.5
    ranks = rank_sets(draws)
    assert ranks.low.tolist() == [1, 2, 3, 4] and ranks.high.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("seed", range(8))
def test_rank_sets_equal_a_brute_force_stepdown(seed):
    rng = np.random.default_rng(seed)
    n_o = int(rng.integers(2, 7))
    draws = rng.normal(size=n_o) * 2 + rng.standard_t(5, size=(400, n_o)) @ rng.normal(size=(n_o, n_o)) * 0.3
    ranks = rank_sets(draws, alpha=0.1)
    assert (ranks.low.tolist(), ranks.high.tolist()) == brute_force(draws, 0.1)


def test_bounds_hold_all_true_places_at_once_in_at_least_95_of_100_markets():
    rng = np.random.default_rng(7)
    truth = np.array([0.0, 0.5, 1.0, 3.0, 3.2])
    places = 5 - np.argsort(np.argsort(truth))
    noise = rng.normal(size=(1500, 5))
    held = []
    for _ in range(300):
        ranks = rank_sets(truth + rng.normal(size=5) + noise - noise.mean(0))
        held.append(((ranks.low <= places) & (places <= ranks.high)).all())
    assert np.mean(held) >= 0.93


def test_one_operator_is_first_of_one():
    ranks = rank_sets(np.array([[1.0], [2.0], [3.0]]))
    assert (ranks.rank[0], ranks.low[0], ranks.high[0], ranks.p_first[0]) == (1, 1, 1, 1.0)


def test_draws_that_never_vary_are_ordered_by_value_and_ties_stay_open():
    ranks = rank_sets(np.tile([3.0, 1.0, 3.0], (50, 1)))
    assert ranks.low.tolist() == [1, 3, 1] and ranks.high.tolist() == [2, 3, 2]
    assert ranks.rank.tolist() == [1, 3, 1]
    assert ranks.p_first.tolist() == [0.5, 0.0, 0.5]
    assert ranks.not_separated[0, 2] and not ranks.not_separated[0, 1]


def test_a_margin_asks_for_more_than_a_difference():
    draws = normal_table(np.array([1.0, 0.0]), np.full(2, 0.1))
    assert rank_sets(draws).beats[0, 1]
    assert not rank_sets(draws, margin=0.9).beats.any()


def test_lower_is_better_turns_the_order_around():
    draws = normal_table(np.array([10.0, 50.0]), np.ones(2))
    assert rank_sets(draws, higher_is_better=False).rank.tolist() == [1, 2]
    assert rank_sets(draws, higher_is_better=True).rank.tolist() == [2, 1]


@pytest.mark.parametrize("draws", [np.zeros(3), np.zeros((1, 3)), np.array([[1.0, np.nan], [1.0, 2.0]])])
def test_a_table_that_is_no_set_of_draws_is_refused(draws):
    with pytest.raises(ValueError, match="finite"):
        rank_sets(draws)


tables = st.tuples(st.integers(2, 6), st.integers(0, 10_000))


@over(tables)
@settings(max_examples=60, deadline=None)
def test_bounds_hold_the_operators_own_place_and_p_first_sums_to_one(case):
    n_o, seed = case
    rng = np.random.default_rng(seed)
    ranks = rank_sets(rng.normal(size=n_o) + rng.normal(size=(200, n_o)) * rng.uniform(0, 1, n_o))
    assert ((ranks.low <= ranks.rank) & (ranks.rank <= ranks.high)).all()
    assert ranks.p_first.sum() == pytest.approx(1)
    assert not (ranks.beats & ranks.beats.T).any()


@over(tables, st.floats(-100, 100))
@settings(max_examples=60, deadline=None)
def test_order_of_operators_and_a_common_shift_change_nothing(case, shift):
    n_o, seed = case
    rng = np.random.default_rng(seed)
    draws = rng.normal(size=n_o) + rng.normal(size=(200, n_o)) * 0.5
    order = rng.permutation(n_o)
    ranks, moved = rank_sets(draws), rank_sets(draws[:, order] + shift)
    assert (moved.low == ranks.low[order]).all() and (moved.high == ranks.high[order]).all()


@over(tables)
@settings(max_examples=40, deadline=None)
def test_order_of_draws_changes_nothing(case):
    n_o, seed = case
    rng = np.random.default_rng(seed)
    draws = rng.normal(size=n_o) + rng.normal(size=(200, n_o)) * 0.5
    ranks, shuffled = rank_sets(draws), rank_sets(rng.permutation(draws))
    assert (shuffled.beats == ranks.beats).all()
