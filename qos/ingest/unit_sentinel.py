"""Whether the values of a delivery jumped by a factor that a wrong unit makes.

Levels (means of logarithms, `qos.store.quality.levels`) are compared cell by cell with what was landed
before. A market changes operator by operator; a unit changes all of them at once by the same factor.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qos.domain.measurement import METRICS
from qos.domain.quarter import Quarter
from qos.store.quality.levels import CELL

_RATE = {
    8: "bit/s multiplied by 8 as if they were byte/s",
    1 / 8: "byte/s read as bit/s",
    125: "kilobyte/s read as Mbit/s",
    1000: "kbit/s read as Mbit/s",
    1 / 1000: "Gbit/s read as Mbit/s, or divided by 1000 once too often",
    1024: "kbit/s read as Mbit/s, in steps of 1024",
    1 / 1024: "divided by 1024 once too often",
    125_000: "byte/s read as Mbit/s",
    1_000_000: "bit/s read as Mbit/s",
    1 / 1_000_000: "divided by a million once too often",
}
_DELAY = {
    1000: "µs read as ms",
    1 / 1000: "seconds read as ms",
    1_000_000: "ns read as ms",
}
_SHARE = {100: "percent read as a share of 1", 1 / 100: "a share of 1 read as percent"}
MEANINGS: dict[str, dict[float, str]] = {"Mbit/s": dict(_RATE), "ms": dict(_DELAY), "ratio": dict(_SHARE)}
"""By unit of a metric: factor against the true value -> what was probably done."""

OVERHEAD = 1.06
"""What LibreSpeed's clients multiply rates with to make up for headers."""

MARKET_MOVES = 0.25
"""Logarithm by which a market may move between the quarters compared: a quarter more or less."""
SOURCES_DIFFER = 0.35
"""The same between two sources of the same cells, which measure in different ways."""
CELL_MOVES = 0.5
"""Logarithm by which one operator may stray from the common jump."""
AGREEING = 0.8
"""Share of the cells that have to make the jump."""

NEAR_QUARTERS = 8
"""Levels of quarters further away say little about a unit."""
_TAKEN_QUARTERS = 4


@dataclass(frozen=True)
class Jump:
    """ratio: of the levels, as a factor; cells: compared; agreeing: of them; against: whose levels."""

    metric: str
    ratio: float
    meaning: str
    agreeing: int
    cells: int
    against: str

    def __str__(self) -> str:
        times = f"{self.ratio:,.2f}" if self.ratio >= 0.1 else f"1/{1 / self.ratio:,.1f}"
        return (
            f"{self.metric} is {times} times {self.against} in {self.agreeing} of {self.cells} "
            f"operators and technologies: {self.meaning}?"
        )


def differences(new: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """The two levels side by side, one row per cell and metric; of `before` the nearest quarters count.

    Columns: metric, the cell, `level`, `known`, `n` (the smaller count), `error` of the difference as far
    as sampling goes (measurements taken for independent), `quarters` compared with.
    """
    joined = new.merge(before, on=[*CELL, "metric"], suffixes=("", "_known"))
    away = (_number(joined["quarter"]) - _number(joined["quarter_known"])).abs()
    joined = joined.assign(away=away)[away <= NEAR_QUARTERS]
    nearest = joined.groupby(["metric", *CELL])["away"].transform("min")
    joined = joined[joined["away"] < nearest + _TAKEN_QUARTERS]
    joined = joined.assign(
        variance=joined["sd_log"] ** 2 / joined["n"] + joined["sd_log_known"] ** 2 / joined["n_known"],
        smaller=joined[["n", "n_known"]].min(axis=1),
    )
    return joined.groupby(["metric", *CELL], as_index=False).agg(
        level=("mean_log", "mean"),
        known=("mean_log_known", "mean"),
        n=("smaller", "min"),
        error=("variance", lambda variance: float(np.sqrt(variance.max()))),
        quarters=("quarter_known", lambda names: tuple(sorted(set(names)))),
    )


def _number(quarters: pd.Series) -> pd.Series:
    """Quarters since year 0."""
    parsed = {text: Quarter.parse(text) for text in quarters.unique()}
    return quarters.map(lambda text: 4 * parsed[text].year + parsed[text].number).astype("int64")


def jumps(compared: pd.DataFrame, *, against: str, allowed: float, least: int) -> list[Jump]:
    """Metrics that jumped by the factor of a unit in at least `least` cells and nearly everywhere."""
    found = []
    for metric, cells in compared.groupby("metric"):
        change = (cells["level"] - cells["known"]).to_numpy()
        middle = float(np.median(change))
        factors = MEANINGS.get(METRICS[str(metric).split()[0]].unit, {})
        near = min(factors, key=lambda factor: abs(middle - np.log(factor)), default=None)
        if near is None or abs(middle - np.log(near)) > allowed:
            continue
        agreeing = int((np.abs(change - np.log(near)) <= CELL_MOVES).sum())
        if len(cells) >= least and agreeing >= AGREEING * len(cells):
            found.append(
                Jump(str(metric), float(np.exp(middle)), factors[near], agreeing, len(cells), against)
            )
    return found


def overhead_jump(compared: pd.DataFrame, *, against: str) -> Jump | None:
    """Both rates 1.06 times (or 1/1.06) what they were, alike in every operator, and latency as before.

    A market may well grow by six hundredths; it does so unevenly, in one direction more than in the
    other. Only with at least three cells, each known within a hundredth, is it said.
    """
    by_metric = {str(metric): cells for metric, cells in compared.groupby("metric")}
    rates = [by_metric.get(name) for name in ("download_mbps", "upload_mbps")]
    if any(cells is None or len(cells) < 3 for cells in rates) or "latency_ms" not in by_metric:
        return None
    changes = [(cells["level"] - cells["known"]).to_numpy() for cells in rates if cells is not None]
    middles = [float(change.mean()) for change in changes]
    known = all(float(cells["error"].max()) <= 0.01 for cells in rates if cells is not None)
    alike = max(float(change.std()) for change in changes) <= 0.02 and abs(middles[0] - middles[1]) <= 0.012
    delay = by_metric["latency_ms"]
    still = float((delay["level"] - delay["known"]).abs().median()) <= 0.02
    shifted = any(abs(abs(middle) - np.log(OVERHEAD)) <= 0.012 for middle in middles)
    if not (known and alike and still and shifted):
        return None
    what = "an allowance for headers added" if middles[0] > 0 else "an allowance for headers taken away"
    return Jump(
        "every rate",
        float(np.exp(middles[0])),
        f"{what} (LibreSpeed multiplies by 1.06)",
        len(changes[0]),
        len(changes[0]),
        against,
    )


def exchanged(compared: pd.DataFrame) -> tuple[int, int]:
    """Cells whose upload stands where the download stood and the reverse, and cells in which that shows.

    It shows where the two were at least a factor of 1.5 apart.
    """
    rates = compared[compared["metric"].isin(["download_mbps", "upload_mbps"])]
    if rates["metric"].nunique() < 2:
        return 0, 0
    wide = rates.pivot(index=list(CELL), columns="metric", values=["level", "known"]).dropna()
    if wide.empty:
        return 0, 0
    known_down, known_up = wide[("known", "download_mbps")], wide[("known", "upload_mbps")]
    apart = (known_down - known_up).abs() >= np.log(1.5)
    crossed = (
        ((wide[("level", "download_mbps")] - known_up).abs() <= MARKET_MOVES)
        & ((wide[("level", "upload_mbps")] - known_down).abs() <= MARKET_MOVES)
        & apart
    )
    return int(crossed.sum()), int(apart.sum())


def spoken(quarters: Iterable[tuple[str, ...]]) -> str:
    """`its level of 2026Q1, 2026Q2`."""
    return f"its level of {', '.join(sorted({name for names in quarters for name in names}))}"
