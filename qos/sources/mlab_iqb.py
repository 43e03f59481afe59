"""M-Lab's IQB aggregates of NDT: percentiles of one calendar month, worldwide, as Parquet files.

One row is one country, or one subdivision or network (ASN) in it, with the number of its tests and nine
percentiles of download (Mbit/s), of the least round-trip time (ms) and of the loss (ratio), or of upload.
The labels of latency and loss are turned round: `latency_p95` is the time of the best, the value that 5 % of
tests stay below, so p90 of ours is read from their p10. `NA` is Namibia, a text and never "no value". The
month is in the name of the folder; `--period 2024-10` must say it.

A row becomes the median, p10 and p90, and of rates and times the geometric mean: the integral of the log of
the curve through the nine percentiles, straight lines over normal scores, continued beyond the last ones.
Standard errors are on the log scale (of the loss, where 0 is usual, on its own): of order statistics with
the density that the curve has there, of the mean with what the curve leaves open besides. n counts tests,
not clients, and one client's tests are alike; hence the design effect. The percentiles themselves are
approximate (BigQuery), which nobody has measured here.

Rows of cities repeat the tests of their subdivision. An operator's networks in one region become one cell
when they land: the mean of their logs, weighted by tests, is its geometric mean; of their quantiles such a
mean is near the operator's only where they are alike. NDT is one TCP stream to a server of M-Lab's; clients
are placed by their address, fixed and mobile together unless `--service` says that they were told apart.
Seen: by country. Subdivisions and networks only as M-Lab's queries write them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import exp, inf, isfinite, log, nan, sqrt
from statistics import NormalDist

from qos.domain.declaration import Computed, Declaration, Flat
from qos.domain.expressions import empty, negate, period, service_given, service_not_said
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="mlab-iqb",
    title="M-Lab NDT, percentiles per country, subdivision and network",
    kind=SourceKind.BROWSER,
    shape=Shape.AGGREGATES,
    licence="CC0-1.0",
    notice="NDT measurements by Measurement Lab (CC0), aggregated by m-lab/iqb.",
    url="https://github.com/m-lab/iqb",
    kin="mlab",
    needs_period=True,
    streams=1,
    view=View.SERVER,
    server_selection="a near one of M-Lab's, chosen by its locator",
    expected_rows=(200, 1_000_000),
)

PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
METRICS = {
    "download": "download_mbps",
    "upload": "upload_mbps",
    "latency": "latency_ms",
    "loss": "loss_ratio",
}
LABELS_TURNED = ("latency", "loss")
QUANTILES = {"p10": 10, "median": 50, "p90": 90}

DESIGN_EFFECT = 3.0
"""Of tests by the same client. Ookla's national figures count 2.9 tests a device and quarter on fixed lines
and 1.9 on mobile (cis-ookla-national); if a client's tests were all equal, that would be the effect."""

LEAST_TESTS = 100
"""Hundredths of fewer tests are steps: no error is read from them, and n must say it."""

_NORMAL = NormalDist()
SCORES = [_NORMAL.inv_cdf(p / 100) for p in PERCENTILES]
"""Normal scores of PERCENTILES."""


def figures(row: Flat) -> Iterator[Flat]:
    """One row per metric and statistic, with what names the cell; of a city no more than that it is one."""
    if row.get("city"):
        yield {name: row.get(name) for name in ("country_code", "city", "sample_count")}
        return
    curves = {name: _curve(row, name) for name in METRICS}
    used = {column for name, curve in curves.items() if curve for column in _columns(name)}
    cell = {name: value for name, value in row.items() if name not in used}
    cell.update(_area(row))
    for name, curve in curves.items():
        for figure in _figures(curve, name, _tests(row)) if curve else ():
            yield {**cell, "metric": METRICS[name], **figure}


def _columns(name: str) -> list[str]:
    return [f"{name}_p{p}" for p in PERCENTILES]


def _area(row: Flat) -> dict[str, object]:
    """A country is the nation; a subdivision goes by its ISO 3166-2 code."""
    code = row.get("subdivision1_iso_code")
    if "subdivision1_iso_code" not in row:
        return {"region": "nation", "subdivision": None}
    return {"region": None, "subdivision": f"{row.get('country_code')}-{code}" if code else None}


def _tests(row: Flat) -> float:
    count = _number(row.get("sample_count"))
    if not 0 < count < inf:
        raise ValueError("sample_count is no number of tests")
    return count


def _number(value: object) -> float:
    """NaN for what is none."""
    try:
        return float(str(value))
    except ValueError:
        return nan


def _curve(row: Flat, name: str) -> list[float]:
    """Values of ours at PERCENTILES, rising; empty where the file has none of this metric."""
    if f"{name}_p50" not in row:
        return []
    values = [_number(row.get(column)) for column in _columns(name)]
    if not all(map(isfinite, values)):
        raise ValueError(f"a percentile of {name} is missing")
    values = values[::-1] if name in LABELS_TURNED else values
    if values != sorted(values):
        raise ValueError(f"percentiles of {name} are out of order")
    return values


def _figures(curve: Sequence[float], name: str, tests: float) -> Iterator[Mapping[str, object]]:
    logs = name != "loss" and curve[0] > 0
    heights = [log(value) for value in curve] if logs else curve
    scale = "log" if logs else "natural"
    for statistic, p in QUANTILES.items():
        error = quantile_error(heights, p, tests)
        at = curve[PERCENTILES.index(p)]
        yield {"statistic": statistic, "value": at, "std_error": _to_12_digits(error), "scale": scale}
    if logs:
        mean, error = log_mean(heights, tests)
        value = _to_12_digits(exp(mean))
        yield {"statistic": "geomean", "value": value, "std_error": _to_12_digits(error), "scale": scale}


def _to_12_digits(value: float | None) -> float | None:
    """Another machine's logarithms may differ in the last ones."""
    return None if value is None else float(f"{value:.12g}")


def log_mean(heights: Sequence[float], tests: float) -> tuple[float, float | None]:
    """Mean of the logs and its standard error, None for fewer than LEAST_TESTS.

    To the sampling error comes that of the curve between its points: half of what the mean moves when
    every second point is left out (for curves of one hump three to four times too much, of two about right).
    """
    mean, variance = moments(heights, SCORES)
    if tests < LEAST_TESTS:
        return mean, None
    coarser, _ = moments(heights[::2], SCORES[::2])
    return mean, sqrt(variance * DESIGN_EFFECT / tests + ((mean - coarser) / 2) ** 2)


def quantile_error(heights: Sequence[float], p: int, tests: float) -> float | None:
    """Standard error of the p-th percentile: sqrt(q (1 - q) / n) over the density (Cramér 1946, 28.5).

    heights: the curve at PERCENTILES. The density is that of the line over normal scores through the two
    neighbours. None where that line is level, or for fewer than LEAST_TESTS.
    """
    i, q = PERCENTILES.index(p), p / 100
    slope = (heights[i + 1] - heights[i - 1]) / (SCORES[i + 1] - SCORES[i - 1])
    if slope <= 0 or tests < LEAST_TESTS:
        return None
    return sqrt(q * (1 - q) * DESIGN_EFFECT / tests) * slope / _NORMAL.pdf(SCORES[i])


def moments(heights: Sequence[float], scores: Sequence[float]) -> tuple[float, float]:
    """Mean and variance of a quantity whose quantiles at normal scores are `heights`.

    The curve is a + b z between two points, z the normal score, the outer lines go on to infinity; then
    E and E of the square are sums of Phi(v) - Phi(u), phi(u) - phi(v) and u phi(u) - v phi(v).
    """
    slopes = [(b - a) / (v - u) for (a, b), (u, v) in zip(pairwise(heights), pairwise(scores), strict=True)]
    mean = square = 0.0
    edges = [-inf, *scores[1:-1], inf]
    for (u, v), slope, height, score in zip(pairwise(edges), slopes, heights, scores, strict=False):
        level = height - slope * score
        inside = _NORMAL.cdf(v) - _NORMAL.cdf(u)
        first = _density(u) - _density(v)
        second = inside + _moment(u) - _moment(v)
        mean += level * inside + slope * first
        square += level**2 * inside + 2 * level * slope * first + slope**2 * second
    return mean, max(square - mean**2, 0.0)


def _density(z: float) -> float:
    return _NORMAL.pdf(z) if isfinite(z) else 0.0


def _moment(z: float) -> float:
    return z * _NORMAL.pdf(z) if isfinite(z) else 0.0


PERCENTILES_OF_A_MONTH = Computed(
    name="percentiles",
    rows=figures,
    takes=lambda row: "country_code" in row and "sample_count" in row,
    keep={
        "period": period(),
        "service": service_given(assumed="fixed"),
        "country": "country_code",
        "region": "region",
        "region_name": "subdivision",
        "asn": "asn",
        "metric": "metric",
        "statistic": "statistic",
        "value": "value",
        "n_measurements": "sample_count",
        "std_error": "std_error",
        "scale": "scale",
    },
    unused={"cities repeat the tests of their subdivision": negate(empty("city"))},
    flags={"service-assumed": service_not_said()},
    ignore={"its code is kept": ("subdivision1_iso_code", "subdivision1_name", "as_name")},
    optional=("asn", "as_name", "city", "subdivision1_iso_code", "subdivision1_name"),
    required=("country",),
    combine=True,
)

DECLARATION = Declaration(SOURCE, (PERCENTILES_OF_A_MONTH,))
