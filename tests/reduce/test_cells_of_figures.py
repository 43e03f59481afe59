"""Delivered figures become cells: which statistic, what error, months, areas, what is never used twice."""

import numpy as np
import pytest

from qos import methodology
from qos.domain.market import Market

ASSUMED = methodology.load().edition.aggregates


def _cell(cells, indicator="download_geomean", operator="all", region="nation", source="agg"):
    found = cells[
        (cells["indicator"] == indicator) & (cells["operator"] == operator) & (cells["region"] == region)
        & (cells["source"] == source)
    ]  # fmt: skip
    assert len(found) == 1
    return found.iloc[0]


def test_an_unknown_error_is_never_zero(reduce):
    cell = _cell(reduce(figures=[{"value": 100.0, "statistic": "geomean", "publisher": "Example"}]))
    assert cell["v"] == pytest.approx(ASSUMED.published_std_error**2)
    assert "error-unknown" in cell["flags"]


def test_a_stated_error_of_zero_is_an_unknown_error(reduce):
    cell = _cell(reduce(figures=[{"value": 100.0, "statistic": "geomean", "std_error": 0.0}]))
    assert cell["v"] == pytest.approx(ASSUMED.default_std_error**2)


def test_an_unknown_statistic_costs_an_extra_deviation(reduce):
    cell = _cell(reduce(figures=[{"value": 100.0, "statistic": "unknown", "publisher": "Example"}]))
    assert cell["v"] == pytest.approx(ASSUMED.published_std_error**2 + ASSUMED.statistic_unknown_sd**2)
    assert cell["value"] == pytest.approx(100.0)
    assert "statistic-unknown" in cell["flags"]


@pytest.mark.parametrize(
    ("scale", "expected"), [("natural", (5 / 100) ** 2), ("log", 25.0), (None, (5 / 100) ** 2)]
)
def test_a_stated_error_is_taken_on_its_scale(reduce, scale, expected):
    cell = _cell(reduce(figures=[{"value": 100.0, "statistic": "geomean", "std_error": 5.0, "scale": scale}]))
    assert cell["v"] == pytest.approx(expected)


def test_the_error_is_that_of_the_statistic_that_is_taken(reduce):
    figures = [
        {"value": 100.0, "statistic": "geomean", "std_error": 5.0},
        {"value": 140.0, "statistic": "mean", "std_error": 70.0},
    ]
    cells = reduce(figures=figures)
    assert _cell(cells)["v"] == pytest.approx(0.05**2)
    assert _cell(cells, "download_mean")["v"] == pytest.approx(0.5**2)


def test_mean_and_median_of_one_sample_are_one_input_and_betray_its_spread(reduce):
    figures = [
        {"value": 40.0, "statistic": "mean", "n_subjects": 1000},
        {"value": 30.0, "statistic": "median", "n_subjects": 1000},
    ]
    cells = reduce(figures=figures)
    sigma2 = 2 * np.log(40 / 30)
    geomean = _cell(cells)
    assert geomean["value"] == pytest.approx(30.0)
    assert geomean["v"] == pytest.approx(np.pi / 2 * sigma2 / 1000)
    assert geomean["flags"] == "geomean-from-median"
    assert _cell(cells, "download_mean")["v"] == pytest.approx(np.expm1(sigma2) / 1000)
    assert _cell(cells, "download_median")["value"] == pytest.approx(30.0)
    assert geomean["n_subjects"] == 1000


def test_a_mean_alone_becomes_a_geometric_mean_by_the_assumed_spread(reduce):
    cell = _cell(reduce(figures=[{"value": 40.0, "statistic": "mean", "n_subjects": 1000}]))
    assert cell["value"] == pytest.approx(40 * np.exp(-ASSUMED.sigma2_default / 2))
    assert cell["flags"] == "geomean-from-mean"


def test_an_operator_without_a_median_takes_the_spread_of_its_source(reduce):
    figures = [
        {"operator": "bt", "value": 40.0, "statistic": "mean", "n_subjects": 1000},
        {"operator": "bt", "value": 30.0, "statistic": "median", "n_subjects": 1000},
        {"operator": "sky", "value": 40.0, "statistic": "mean", "n_subjects": 1000},
    ]
    sky = _cell(reduce(figures=figures), operator="sky")
    assert sky["value"] == pytest.approx(40 * np.exp(-np.log(40 / 30)))


def test_months_become_a_quarter_weighted_with_their_subjects(reduce):
    months = [("2026-01-01", "2026-02-01", 10.0, 100), ("2026-02-01", "2026-03-01", 40.0, 300)]
    figures = [
        {"period_start": a, "period_end": b, "value": x, "n_subjects": n, "statistic": "median"}
        for a, b, x, n in months
    ]
    cell = _cell(reduce(figures=figures))
    assert cell["value"] == pytest.approx(np.exp((100 * np.log(10) + 300 * np.log(40)) / 400))
    assert (cell["n_subjects"], cell["n_inputs"]) == (400, 2)
    assert "subjects-counted-per-month" in cell["flags"]


def test_two_months_of_unknown_error_are_no_surer_than_one(reduce):
    month = {"statistic": "unknown", "publisher": "Example", "value": 40.0}
    periods = [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")]
    figures = [month | {"period_start": start, "period_end": end} for start, end in periods]
    one, two = _cell(reduce(figures=figures[:1])), _cell(reduce(figures=figures))
    assert two["v"] == pytest.approx(one["v"])
    assert two["n_inputs"] == 2


def test_a_figure_of_the_whole_quarter_is_not_added_to_its_months(reduce):
    month = {"period_start": "2026-01-01", "period_end": "2026-02-01", "value": 10.0, "n_subjects": 100}
    quarter = {"value": 40.0, "n_subjects": 300}
    cell = _cell(reduce(figures=[month | {"statistic": "median"}, quarter | {"statistic": "median"}]))
    assert (cell["value"], cell["n_subjects"]) == (pytest.approx(40.0), 300)


def test_a_published_figure_enters_one_quarter_after_its_period_and_says_so(reduce):
    half = {"period_start": "2025-07-01", "period_end": "2026-01-01", "value": 10.0, "statistic": "unknown"}
    assert "older-period" in _cell(reduce(figures=[half | {"publisher": "Example"}]))["flags"]
    assert reduce(figures=[half]).empty, "only published figures may be older"
    older = half | {"period_start": "2025-04-01", "period_end": "2025-10-01", "publisher": "Example"}
    assert reduce(figures=[older]).empty


def test_a_figure_of_the_quarter_replaces_an_older_one_of_its_source(reduce):
    half = {"period_start": "2025-07-01", "period_end": "2026-01-01", "value": 10.0, "publisher": "Example"}
    month = {"period_start": "2026-01-01", "period_end": "2026-02-01", "value": 40.0, "publisher": "Example"}
    cell = _cell(reduce(figures=[half | {"statistic": "unknown"}, month | {"statistic": "unknown"}]))
    assert cell["value"] == pytest.approx(40.0)
    assert "older-period" not in cell["flags"]


def test_only_the_finest_areas_of_a_region_enter(reduce):
    fine = [{"region": f"nuts3:UKI3{i}", "value": x} for i, x in ((1, 50.0), (2, 80.0), (3, 100.0))]
    coarse = [{"region": "nuts2:UKI3", "value": 900.0}, {"region": "nuts1:UKI", "value": 900.0}]
    cell = _cell(reduce(figures=fine + coarse), "download_mean", region="nuts1:UKI")
    logs = np.log([50, 80, 100])
    assert cell["value"] == pytest.approx(np.exp(logs.mean()))
    assert cell["v"] == pytest.approx(np.var(logs, ddof=1) / 3)
    assert cell["n_inputs"] == 3


def test_areas_that_agree_keep_the_floor_of_the_error(reduce):
    figures = [{"region": f"nuts3:UKI3{i}", "value": 50.0} for i in (1, 2, 3)]
    cell = _cell(reduce(figures=figures), "download_mean", region="nuts1:UKI")
    assert cell["v"] == pytest.approx(ASSUMED.area_std_error_floor**2)


def test_a_figure_of_one_technology_enters_only_a_market_that_names_it(reduce):
    figure = {
        "service": "mobile",
        "technology": "5g",
        "value": 400.0,
        "statistic": "median",
        "n_subjects": 100,
    }
    five = Market(name="mobile-5g", service="mobile", technologies=("5g",))
    assert len(reduce(figures=[figure], market=five))
    assert reduce(figures=[figure], market=Market(name="mobile", service="mobile")).empty
    assert reduce(figures=[figure | {"technology": None}], market=five).empty


def test_a_national_figure_does_not_enter_beside_regional_ones(reduce):
    regional = {"region": "nuts1:UKI", "value": 50.0, "n_subjects": 100, "operator": "bt"}
    national = {"value": 60.0, "n_subjects": 1000, "operator": "bt"}
    cells = reduce(
        figures=[regional | {"statistic": "median"}, national | {"statistic": "median", "source": "other"}]
    )
    assert _cell(cells, operator="bt", region="nuts1:UKI")["entered"]
    other = _cell(cells, operator="bt", source="other")
    assert not other["entered"]
    assert "beside the regional cells" in other["reason"]


def test_all_operators_of_a_source_without_such_a_figure_are_its_own_mix_and_say_so(reduce):
    figures = [
        {"operator": "bt", "region": "nuts1:UKI", "value": 10.0, "n_subjects": 100, "statistic": "median"},
        {"operator": "sky", "region": "nuts1:UKI", "value": 40.0, "n_subjects": 300, "statistic": "median"},
    ]
    cell = _cell(reduce(figures=figures), region="nuts1:UKI")
    assert cell["value"] == pytest.approx(np.exp((100 * np.log(10) + 300 * np.log(40)) / 400))
    assert "sample-composition" in cell["flags"]


def test_a_figure_that_was_revised_or_is_the_same_twice_does_not_count(reduce):
    figures = [{"value": 10.0, "statistic": "median", "n_subjects": 50, "counts": False}]
    assert reduce(figures=figures).empty
