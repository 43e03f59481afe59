import numpy as np
import pytest

from qos.stats.intervals import interval, monte_carlo_error, quantile_error
from qos.stats.small_areas import (
    effective_sources,
    national_sampling_variance,
    precision_shares,
)


def test_an_interval_leaves_the_same_share_out_on_both_sides():
    ends = interval(np.arange(1001.0), 0.90)
    assert [ends.low, ends.high, ends.half_width] == pytest.approx([50, 950, 450])
    with pytest.raises(ValueError, match="level"):
        interval(np.arange(3.0), 1.0)


def test_intervals_keep_the_shape_of_a_draw():
    assert interval(np.random.default_rng(1).normal(size=(100, 2, 3))).low.shape == (2, 3)


def test_the_monte_carlo_error_of_a_coverage_is_that_of_its_mean():
    assert monte_carlo_error(np.array([1.0, 0.0, 1.0, 1.0])) == pytest.approx(0.25)
    assert np.isnan(monte_carlo_error(np.array([1.0])))


def test_the_error_of_a_quantile_is_that_of_repeated_samples():
    samples = np.random.default_rng(3).normal(size=(2000, 500))
    repeated = np.quantile(samples, 0.9, axis=0).std()
    assert quantile_error(samples, 0.9).mean() == pytest.approx(repeated, rel=0.1)


def test_the_national_sampling_variance_of_a_source_uses_the_regions_it_covers():
    """Two regions of weight 1/4, 3/4: one operator in both, one in the second only."""
    v = np.array([[[0.16, 0.16], [np.nan, 0.04]], [[np.nan, np.nan], [np.nan, np.nan]]])
    got = national_sampling_variance(v, np.array([0.25, 0.75]))
    assert got[0] == pytest.approx((0.16 * (1 / 16 + 9 / 16) + 0.04) / 2)
    assert np.isinf(got[1])


def test_shares_of_precision_sum_to_one_and_who_has_no_cell_brings_nothing():
    assert precision_shares(np.array([1.0, 3.0, np.inf, np.nan])) == pytest.approx([0.75, 0.25, 0, 0])
    by_cell = precision_shares(np.array([[1.0, np.nan], [1.0, np.nan]]))
    assert by_cell[:, 0] == pytest.approx([0.5, 0.5]) and np.isnan(by_cell[:, 1]).all()


@pytest.mark.parametrize(("r", "expected"), [(0.0, 4.0), (1.0, 1.0), (0.5, 4 / 2.5)])
def test_alike_sources_count_less_the_more_they_err_together(r, expected):
    C = np.full((4, 4), r)
    np.fill_diagonal(C, 1.0)
    assert effective_sources(np.full(4, 0.01), C) == pytest.approx(expected)


def test_a_precise_source_beside_a_weak_one_is_little_more_than_one():
    assert effective_sources(np.array([0.01, 0.09]), np.eye(2)) == pytest.approx(1 / (0.81 + 0.01))
