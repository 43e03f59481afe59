"""Percentiles of M-Lab's IQB files: labels turned the right way, and errors that hold what they promise."""

from collections.abc import Iterator
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos import sources
from qos.domain.quarter import Period
from qos.sources.mlab_iqb import (
    DESIGN_EFFECT,
    PERCENTILES,
    SCORES,
    figures,
    log_mean,
    moments,
    quantile_error,
)
from qos.store.reading import Reading, read

SHARES = np.array(PERCENTILES) / 100


@pytest.fixture(scope="module")
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def month(shared_data: Path, way: str) -> Path:
    folder = shared_data / "mlab-iqb-country" / "20241001T000000Z-20241101T000000Z"
    return folder / f"{way}s_by_country" / "data.parquet"


def read_month(connection: duckdb.DuckDBPyConnection, path: Path) -> Reading:
    iqb, period = sources.find("mlab-iqb"), Period.parse("2024-10")
    return read(connection, iqb, path, delivery=path.name, period=period)


@pytest.mark.parametrize(("way", "countries", "metrics"), [("download", 236, 3), ("upload", 237, 1)])
def test_every_country_of_the_month_enters(
    opened: duckdb.DuckDBPyConnection, shared_data: Path, way: str, countries: int, metrics: int
) -> None:
    reading = read_month(opened, month(shared_data, way))
    assert (reading.rejected_rows, reading.unused_rows) == (0, 0)
    query = f"SELECT count(DISTINCT country), count(DISTINCT metric) FROM {reading.accepted}"
    assert opened.execute(query).fetchall() == [(countries, metrics)]
    namibia = f"SELECT DISTINCT n_measurements FROM {reading.accepted} WHERE country = 'NA'"
    assert opened.execute(namibia).fetchall() == [({"download": 3443, "upload": 3103}[way],)]


def test_medians_of_the_readme_are_those_that_are_read(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    reading = read_month(opened, month(shared_data, "download"))
    query = (
        f"SELECT country, n_measurements, round(value, 2) FROM {reading.accepted} WHERE statistic = 'median'"
        " AND metric = 'download_mbps' AND country IN ('VN', 'CO', 'GB') ORDER BY country"
    )
    assert opened.execute(query).fetchall() == [
        ("CO", 288_942, 22.71),
        ("GB", 7_993_971, 58.35),
        ("VN", 112_362, 33.67),
    ]


def test_the_best_latency_is_the_lowest_though_its_label_is_the_highest(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    path = month(shared_data, "download")
    (raw,) = [row for row in pq.read_table(path).to_pylist() if row["country_code"] == "VN"]
    reading = read_month(opened, path)
    query = (
        f"SELECT metric, statistic, value FROM {reading.accepted} WHERE country = 'VN'"
        " AND statistic IN ('p10', 'p90')"
    )
    found = {(metric, statistic): value for metric, statistic, value in opened.execute(query).fetchall()}
    assert found["latency_ms", "p90"] == raw["latency_p10"] == pytest.approx(234.639)
    assert found["latency_ms", "p10"] == raw["latency_p90"] < raw["latency_p10"]
    assert found["loss_ratio", "p90"] == raw["loss_p10"] > found["loss_ratio", "p10"] == raw["loss_p90"]
    assert found["download_mbps", "p90"] == raw["download_p90"] > raw["download_p10"]


def test_a_geometric_mean_of_rates_lies_between_the_tenths(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    """In every country; latencies have a second hump where a near server was not always at hand."""
    reading = read_month(opened, month(shared_data, "download"))
    query = (
        f"PIVOT (SELECT country, statistic, value FROM {reading.accepted} WHERE metric = 'download_mbps'"
        " AND n_measurements > 100) ON statistic USING any_value(value)"
    )
    wide = opened.execute(f"SELECT count(*), count(*) FILTER (geomean BETWEEN p10 AND p90) FROM ({query})")
    assert wide.fetchall() == [(218, 218)]


def row(values: list[float], tests: int) -> dict[str, Any]:
    names = [f"download_p{p}" for p in PERCENTILES]
    return {"country_code": "VN", "sample_count": tests, **dict(zip(names, values, strict=True))}


def by_statistic(values: list[float], tests: int) -> dict[Any, dict[str, Any]]:
    return {figure["statistic"]: dict(figure) for figure in figures(row(values, tests))}


@given(st.floats(-2, 6), st.floats(0.1, 2.5))
def test_of_a_lognormal_curve_mean_and_spread_come_back_exactly(centre: float, spread: float) -> None:
    mean, variance = moments([centre + spread * score for score in SCORES], SCORES)
    assert mean == pytest.approx(centre, abs=1e-9)
    assert variance == pytest.approx(spread**2, rel=1e-9)


@given(st.floats(-2, 6), st.floats(0.1, 2.5), st.integers(100, 10**7))
def test_the_error_of_a_lognormal_median_is_that_of_the_textbook(
    centre: float, spread: float, tests: int
) -> None:
    error = quantile_error([centre + spread * score for score in SCORES], 50, tests)
    assert error == pytest.approx(spread * sqrt(np.pi / 2 * DESIGN_EFFECT / tests), rel=1e-9)


def test_errors_are_those_of_repeated_samples() -> None:
    """Without the design effect, as the samples here are independent: 400 samples of 2,000 tests."""
    samples = np.random.default_rng(20241001).lognormal(3, 1.1, (400, 2_000))
    curves = np.quantile(samples, SHARES, axis=1).T
    found = [by_statistic(list(curve), 2_000) for curve in curves]
    for statistic in ("p10", "median", "p90", "geomean"):
        values = np.log([one[statistic]["value"] for one in found])
        stated = np.mean([one[statistic]["std_error"] for one in found]) / sqrt(DESIGN_EFFECT)
        assert stated == pytest.approx(values.std(ddof=1), rel=0.15)


def mixture(rng: np.random.Generator, slow: float) -> npt.NDArray[np.float64]:
    """Two kinds of lines, such as dsl and fibre, with nothing between them."""
    is_slow = rng.random(200_000) < slow
    return np.where(is_slow, rng.lognormal(1.0, 0.8, 200_000), rng.lognormal(5.3, 0.2, 200_000))


@pytest.mark.parametrize("slow", [0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0])
def test_the_error_covers_what_nine_points_leave_open(slow: float) -> None:
    """Even of lines of two kinds, where no percentile may lie in the gap between them."""
    speeds = mixture(np.random.default_rng(7), slow)
    mean, error = log_mean([float(x) for x in np.log(np.quantile(speeds, SHARES))], 10**9)
    assert error is not None
    assert abs(mean - np.log(speeds).mean()) < 2.5 * error + 0.005


@pytest.mark.parametrize("form", ["gamma", "uniform", "shifted"])
def test_of_curves_with_one_hump_the_mean_is_right_within_three_percent(form: str) -> None:
    rng = np.random.default_rng(11)
    sample = {
        "gamma": rng.gamma(0.5, 30, 200_000),
        "uniform": rng.uniform(1, 100, 200_000),
        "shifted": 10 + rng.lognormal(3, 1.2, 200_000),
    }[form]
    mean, error = log_mean([float(x) for x in np.log(np.quantile(sample, SHARES))], 10**9)
    assert abs(mean - np.log(sample).mean()) < 0.03
    assert error is not None
    assert abs(mean - np.log(sample).mean()) < 2 * error


def test_of_few_tests_the_error_is_unknown_not_zero() -> None:
    found = by_statistic([5.0] * 9, 1)
    assert {one["std_error"] for one in found.values()} == {None}
    assert found["geomean"]["value"] == pytest.approx(5)
    rising = by_statistic([float(x) for x in range(1, 10)], 99)
    assert {one["std_error"] for one in rising.values()} == {None}


def test_a_level_curve_has_no_error_to_read() -> None:
    found = by_statistic([1.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 9.0], 1_000)
    assert found["median"]["std_error"] is None


def test_rates_of_0_have_no_geometric_mean() -> None:
    found = by_statistic([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 1_000)
    assert "geomean" not in found
    assert (found["median"]["value"], found["median"]["scale"]) == (4.0, "natural")


def test_the_log_error_of_a_quantile_is_relative() -> None:
    """Ten times the speed has the same error on the log scale."""
    values = [exp(score) for score in SCORES]
    one, ten = (by_statistic([factor * value for value in values], 5_000) for factor in (1, 10))
    assert one["p10"]["std_error"] == pytest.approx(ten["p10"]["std_error"])
    assert log(ten["geomean"]["value"]) - log(one["geomean"]["value"]) == pytest.approx(log(10))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"download_p25": 900.0}, "percentiles of download are out of order"),
        ({"download_p25": None}, "a percentile of download is missing"),
        ({"sample_count": 0}, "sample_count is no number of tests"),
        ({"sample_count": "many"}, "sample_count is no number of tests"),
    ],
)
def test_a_row_that_cannot_be_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        list(figures({**row([1.0, 2, 3, 4, 5, 6, 7, 8, 9], 500), **change}))


def test_a_subdivision_goes_by_its_iso_code_and_a_country_is_the_nation() -> None:
    plain = row([1.0, 2, 3, 4, 5, 6, 7, 8, 9], 500)
    named = {**plain, "subdivision1_iso_code": "HN", "subdivision1_name": "Hanoi", "asn": 7552}
    (country, area) = (next(iter(figures(one))) for one in (plain, named))
    assert (country["region"], country["subdivision"]) == ("nation", None)
    assert (area["region"], area["subdivision"], area["asn"]) == (None, "VN-HN", 7552)
