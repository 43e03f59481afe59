import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.stats import scales


@given(st.floats(1e-6, 1 - 1e-6), st.sampled_from(["log", "logit"]))
def test_a_value_comes_back_from_its_scale(value, scale):
    assert scales.back(scales.transform(np.array([value]), scale), scale) == pytest.approx([value])


@pytest.mark.parametrize(("value", "scale"), [(0.0, "log"), (-1.0, "log"), (1.0, "logit"), (0.0, "logit")])
def test_a_value_outside_its_scale_is_refused(value, scale):
    with pytest.raises(ValueError, match="range"):
        scales.transform(np.array([value]), scale)


def test_a_missing_value_stays_missing_and_an_unknown_scale_is_refused():
    assert np.isnan(scales.transform(np.array([np.nan]), "log")).all()
    with pytest.raises(ValueError, match="probit"):
        scales.back(np.zeros(1), "probit")


@pytest.mark.parametrize("scale", ["log", "logit"])
def test_delta_variances_are_those_of_simulated_values(scale):
    rng = np.random.default_rng(1)
    values = 0.3 + 0.01 * rng.normal(size=200_000)
    simulated = scales.transform(values, scale).var()
    assert scales.scale_variance(np.array(0.3), np.array(1e-4), scale) == pytest.approx(simulated, rel=0.02)


def test_a_ratio_of_none_or_all_is_kept_off_its_end():
    got = scales.open_ratio(np.array([0.0, 1.0, 0.4, np.nan]), np.array([9, 9, 9, 9]))
    assert got[:3] == pytest.approx([0.05, 0.95, 0.4]) and np.isnan(got[3])


def test_mean_and_median_give_the_geometric_mean_of_a_lognormal_sample():
    """mu = 3, sigma^2 = 0.5: mean exp(3.25), median exp(3)."""
    sigma2 = scales.sigma2_of_mean_and_median(np.exp(3.25), np.exp(3.0))
    assert sigma2 == pytest.approx(0.5)
    assert scales.geomean_from_mean(np.exp(3.25), sigma2) == pytest.approx(np.exp(3.0))


def test_pooled_sigma2_uses_cells_of_thirty_and_counts_negative_ones():
    sigma2, n = np.array([0.6, -0.2, 9.0, np.nan]), np.array([30, 90, 29, 500])
    assert scales.pooled_sigma2(sigma2, n) == pytest.approx(scales.SIGMA2_FLOOR)
    assert scales.pooled_sigma2(sigma2, np.array([90, 30, 29, 500])) == pytest.approx(0.4)


def test_pooled_sigma2_of_small_cells_only_is_unknown():
    assert np.isnan(scales.pooled_sigma2(np.array([0.6]), np.array([12])))


def test_cells_are_shrunk_to_their_source_and_those_without_a_median_take_its_sigma2():
    got = scales.shrunk_sigma2(np.array([0.9, np.nan, -3.0, 0.9]), np.array([21, 50, 101, np.nan]), 0.3)
    assert got == pytest.approx([0.6, 0.3, scales.SIGMA2_FLOOR, 0.3])


@pytest.mark.parametrize(
    ("statistic", "variance"),
    [
        (lambda x: np.log(x.mean(axis=1)), scales.log_mean_variance),
        (lambda x: np.log(np.median(x, axis=1)), scales.log_median_variance),
        (lambda x: np.log(x).mean(axis=1), scales.log_geomean_variance),
    ],
)
def test_variances_of_logs_of_aggregates_are_those_of_simulated_samples(statistic, variance):
    samples = np.random.default_rng(2).lognormal(3, np.sqrt(0.4), size=(4000, 200))
    assert variance(np.array(0.4), np.array(200)) == pytest.approx(statistic(samples).var(), rel=0.08)


@given(st.floats(0, 5), st.floats(1, 1e6), st.floats(0.05, 5))
@settings(max_examples=50)
def test_a_shrunk_sigma2_lies_between_the_cells_and_the_sources(own, n, pooled):
    got = scales.shrunk_sigma2(np.array([own]), np.array([n]), pooled)[0]
    assert min(max(own, 0.05), pooled) - 1e-9 <= got <= max(own, pooled) + 1e-9
