import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.stats.quantiles import (
    histogram_quantiles,
    log_bin,
    share_variance,
    woodruff_band,
    woodruff_variance,
)
from qos.stats.summaries import pooled_variance, smoothed_variance

ONE_BIN = 2 ** (1 / 64)


def quantile(values, p, weights=None):
    bins, where = np.unique(log_bin(values), return_inverse=True)
    w = np.bincount(where, weights=weights).astype(float)
    return histogram_quantiles(np.zeros(len(bins), int), bins, w, p, 1)[0]


def test_bins_are_powers_of_two_and_hold_their_lower_edge():
    assert log_bin(np.array([1.0, 2.0, 0.5, 1.99])).tolist() == [0, 64, -64, 63]


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_what_has_no_logarithm_falls_in_no_bin(value):
    with pytest.raises(ValueError, match="positive"):
        log_bin(np.array([1.0, value]))


@given(
    st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=60),
    st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]),
)
@settings(max_examples=150, deadline=None)
def test_a_quantile_is_within_one_bin_of_the_inverse_distribution_function(values, p):
    exact = np.quantile(values, p, method="inverted_cdf")
    assert 1 / 1.011 <= quantile(np.array(values), p) / exact <= 1.011


def test_weights_of_one_over_the_tests_let_every_subject_weigh_one():
    """Three subjects with one test each at 10, and one with 300 tests at 1: the median is 10."""
    values = np.concatenate([np.full(3, 10.0), np.ones(300)])
    weights = np.concatenate([np.ones(3), np.full(300, 1 / 300)])
    assert quantile(values, 0.5, weights) == pytest.approx(10, rel=0.011)
    assert quantile(values, 0.5) == pytest.approx(1, rel=0.011)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_cells_together_equal_cells_alone_in_any_order_of_rows(seed):
    rng = np.random.default_rng(seed)
    rows = np.unique(rng.integers(0, [4, 300], size=(80, 2)), axis=0)
    weights, p = rng.uniform(0.1, 2, len(rows)), rng.uniform(0, 1, 5)
    order = rng.permutation(len(rows))
    together = histogram_quantiles(*rows[order].T, weights[order], p, 5)
    for cell in range(5):
        mine = rows[:, 0] == cell
        alone = histogram_quantiles(np.zeros(mine.sum(), int), rows[mine, 1], weights[mine], p[cell], 1)
        np.testing.assert_allclose(together[cell], alone[0], rtol=1e-9)


def test_a_cell_without_weight_has_no_quantile_and_probabilities_are_checked():
    rows = np.array([0, 2]), np.array([10, 10]), np.array([1.0, 0.0])
    assert np.isnan(histogram_quantiles(*rows, 0.5, 3)).tolist() == [False, True, True]
    assert np.isnan(histogram_quantiles(*(part[:0] for part in rows), 0.5, 2)).all()
    with pytest.raises(ValueError, match="probabilities"):
        histogram_quantiles(*rows, 1.5, 3)


def test_the_variance_of_a_share_is_worked_by_hand():
    """F = 0, 0.5, 1 with p = 0.5: squares 0.25, 0, 0.25, over 3^2."""
    F = np.array([0.0, 0.5, 1.0])
    assert share_variance(3, 3, F.sum(), (F**2).sum(), 0.5) == pytest.approx(0.5 / 9)


def test_the_band_is_two_standard_errors_wide_and_stays_between_0_and_1():
    low, high = woodruff_band(0.1, np.array([0.01, 1e-6]))
    assert low == pytest.approx([0.0, 0.05]) and high == pytest.approx([0.3, 0.15])


def test_the_variance_of_a_uniform_log_value_is_the_share_variance_over_the_density_squared():
    """log q runs over 2 units of probability 1: f = 1/2."""
    got = woodruff_variance(0.01, 0.3, 0.7, np.exp(0.6), np.exp(1.4))
    assert got == pytest.approx(0.04)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_clustered_intervals_of_quantiles_cover_their_truth(p):
    """300 cells of 60 subjects with 1 to 40 tests; log values N(subject, 0.5^2), subjects N(3, 0.7^2)."""
    rng = np.random.default_rng(6)
    n_cells, n = 300, 60
    m = np.minimum(40, rng.geometric(0.15, (n_cells, n)))
    subject = np.repeat(np.arange(n_cells * n), m.ravel())
    level = rng.normal(3, 0.7, n_cells * n)
    x = np.exp(level[subject] + 0.5 * rng.normal(size=len(subject)))
    cell, weight = subject // n, 1 / m.ravel()[subject]
    rows, where = np.unique(np.column_stack([cell, log_bin(x)]), axis=0, return_inverse=True)
    w = np.bincount(where.ravel(), weights=weight)
    q = histogram_quantiles(*rows.T, w, p, n_cells)
    F = np.bincount(subject, weights=weight * (x <= q[cell])).reshape(n_cells, n)
    V = share_variance(np.full(n_cells, n), np.full(n_cells, n), F.sum(1), (F**2).sum(1), p)
    low, high = woodruff_band(p, V)
    ends = [histogram_quantiles(*rows.T, w, end, n_cells) for end in (low, high)]
    s2 = woodruff_variance(V, low, high, *ends) * n * n / (n - 1)
    count = np.full(n_cells, n)
    v = smoothed_variance(s2, count, pooled_variance(s2, count)) / n
    truth = 3 + np.sqrt(0.7**2 + 0.5**2) * {0.1: -1.2816, 0.5: 0.0, 0.9: 1.2816}[p]
    covered = np.abs(np.log(q) - truth) <= 1.96 * np.sqrt(v)
    assert 0.91 <= covered.mean() <= 0.99
    assert abs((np.log(q) - truth).mean()) < 0.02
