import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.stats.summaries import (
    Sums,
    kish,
    pooled_variance,
    smoothed_variance,
    summary,
    sums_by_cell,
)


def test_equal_weights_give_the_usual_mean_and_variance():
    x = np.array([1.0, 4.0, 4.0, 7.0])
    got = summary(sums_by_cell(x, np.zeros(4, int), 1))
    assert (got.n[0], got.mean[0], got.n_effective[0]) == (4, 4, 4)
    assert got.s2[0] == pytest.approx(np.var(x, ddof=1))


def test_a_worked_cell_with_survey_weights():
    """x = 1, 2, 6 with a = 1, 1, 2: mean 3.75, residuals -2.75, -1.75, 2.25.
    sum (a r)^2 = 7.5625 + 3.0625 + 20.25 = 30.875; n_eff = 16/6; s2 = 16/6 * 30.875/16 * 3/2."""
    got = summary(sums_by_cell(np.array([1.0, 2.0, 6.0]), np.zeros(3, int), 1, np.array([1.0, 1.0, 2.0])))
    assert got.mean[0] == pytest.approx(3.75)
    assert got.n_effective[0] == pytest.approx(16 / 6)
    assert got.s2[0] == pytest.approx(30.875 / 6 * 1.5)
    assert got.design_effect[0] == pytest.approx(18 / 16)


def test_subjects_without_weight_or_value_do_not_enter():
    x, a = np.array([1.0, 50.0, 3.0, 9.0, np.nan]), np.array([1.0, 0.0, 1.0, np.nan, 1.0])
    got = summary(sums_by_cell(x, np.zeros(5, int), 1, a))
    assert (got.n[0], got.mean[0]) == (2, 2)


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="negative"):
        sums_by_cell(np.ones(2), np.zeros(2, int), 1, np.array([1.0, -1.0]))


def test_cells_of_none_and_of_one_subject_have_no_variance_of_their_own():
    got = summary(sums_by_cell(np.array([5.0]), np.array([1]), 2))
    assert np.isnan(got.mean[0]) and got.mean[1] == 5
    assert np.isnan(got.s2).all()


@given(st.integers(0, 10_000), st.integers(2, 60))
@settings(max_examples=40, deadline=None)
def test_sums_of_two_halves_add_to_the_whole(seed, n):
    rng = np.random.default_rng(seed)
    x, a, cell = rng.normal(4, 1, n), rng.uniform(0.1, 3, n), rng.integers(0, 3, n)
    half = rng.random(n) < 0.5
    parts = [sums_by_cell(x[side], cell[side], 3, a[side]) for side in (half, ~half)]
    added, whole = Sums(*(p + q for p, q in zip(*parts, strict=True))), sums_by_cell(x, cell, 3, a)
    for got, expected in zip(summary(added), summary(whole), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-9)


@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-10, 10))
@settings(max_examples=40, deadline=None)
def test_scale_of_weights_changes_nothing_and_a_shift_moves_only_the_mean(seed, factor, shift):
    rng = np.random.default_rng(seed)
    x, a, cell = rng.normal(0, 1, 20), rng.uniform(0.1, 3, 20), np.arange(20) % 2
    plain = summary(sums_by_cell(x, cell, 2, a))
    moved = summary(sums_by_cell(x + shift, cell, 2, a * factor))
    np.testing.assert_allclose(moved.mean, plain.mean + shift, atol=1e-9)
    np.testing.assert_allclose(moved.n_effective, plain.n_effective)
    np.testing.assert_allclose(moved.s2, plain.s2, rtol=1e-6)


def test_the_variance_of_a_weighted_mean_is_that_of_simulated_means():
    rng = np.random.default_rng(4)
    a = rng.uniform(0.2, 4, 40)
    cells = np.repeat(np.arange(4000), 40)
    got = summary(sums_by_cell(rng.normal(size=160_000), cells, 4000, np.tile(a, 4000)))
    assert (got.s2 / got.n_effective).mean() == pytest.approx(got.mean.var(), rel=0.05)


def test_kish_counts_equal_weights_fully():
    assert kish(np.array([2.0, 2.0, 0.0, 2.0])) == (pytest.approx(3), pytest.approx(1))
    assert kish(np.array([1.0, 3.0])) == (pytest.approx(1.6), pytest.approx(1.25))
    with pytest.raises(ValueError, match="positive"):
        kish(np.zeros(3))


def test_the_pooled_variance_weighs_cells_by_their_degrees_of_freedom():
    assert pooled_variance(np.array([1.0, 4.0, np.nan]), np.array([3, 2, 1])) == pytest.approx(2.0)
    assert np.isnan(pooled_variance(np.array([np.nan]), np.array([1])))


def test_cell_variances_are_smoothed_as_if_the_source_were_worth_twenty_subjects():
    got = smoothed_variance(np.array([3.0, np.nan]), np.array([21, 1]), 1.0)
    assert got == pytest.approx([2.0, 1.0])
