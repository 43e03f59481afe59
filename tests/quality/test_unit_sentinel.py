"""The unit sentinel on levels: it finds every unit, and what markets do is not a unit."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.domain.measurement import METRICS
from qos.ingest.unit_sentinel import MEANINGS, differences, exchanged, jumps, overhead_jump

OPERATORS = ("fpt", "mobifone", "viettel", "vinaphone")
TYPICAL = {"download_mbps": 50.0, "upload_mbps": 15.0, "latency_ms": 25.0, "loss_ratio": 0.004}


def levels(
    quarter: str, factors: dict[str, float] | None = None, *, moves: Any = 0.0, n: int = 2000, sd: float = 0.8
) -> pd.DataFrame:
    """Levels of four operators; factors: by which a metric is off; moves: of each operator, in logs."""
    strays = np.broadcast_to(moves, len(OPERATORS))
    rows = [
        {
            "quarter": quarter, "service": "mobile", "technology": "4g", "operator": operator,
            "metric": metric, "n": n, "sd_log": sd,
            "mean_log": math.log(value * (factors or {}).get(metric, 1.0)) + 0.2 * place + strays[place],
        }
        for metric, value in TYPICAL.items()
        for place, operator in enumerate(OPERATORS)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def found(new: pd.DataFrame, before: pd.DataFrame) -> list[str]:
    compared = differences(new, before)
    return [jump.metric for jump in jumps(compared, against="its level", allowed=0.25, least=2)]


def test_a_quarter_like_the_one_before_is_no_jump() -> None:
    assert found(levels("2026Q3"), levels("2026Q2")) == []


@pytest.mark.parametrize(
    ("metric", "factor"),
    [(metric, factor) for metric in TYPICAL for factor in MEANINGS[METRICS[metric].unit]],
)
def test_every_unit_is_found_though_the_market_moved(metric: str, factor: float) -> None:
    new = levels("2026Q3", {metric: factor}, moves=[0.1, -0.05, 0.15, 0.0])
    assert found(new, levels("2026Q2")) == [metric]
    (jump,) = jumps(differences(new, levels("2026Q2")), against="its level of 2026Q2", allowed=0.25, least=2)
    assert jump.ratio == pytest.approx(factor, rel=0.1)
    assert "its level of 2026Q2 in 4 of 4 operators" in str(jump)


@settings(max_examples=20, deadline=None)
@given(moves=st.lists(st.floats(-0.7, 0.7), min_size=4, max_size=4))
def test_no_market_that_at_most_doubles_is_taken_for_another_unit(moves: list[float]) -> None:
    assert found(levels("2026Q3", moves=moves), levels("2026Q2")) == []


def test_one_operator_that_became_eight_times_as_fast_is_no_unit() -> None:
    assert found(levels("2026Q3", moves=[math.log(8), 0, 0, 0]), levels("2026Q2")) == []


def test_operators_that_rose_unevenly_are_no_unit() -> None:
    assert found(levels("2026Q3", moves=np.log([2, 5, 12, 20])), levels("2026Q2")) == []


def test_levels_of_long_ago_are_not_compared() -> None:
    assert differences(levels("2026Q3"), levels("2020Q3")).empty


def test_of_many_quarters_the_nearest_count() -> None:
    before = pd.concat([levels("2026Q2"), levels("2025Q1", {"download_mbps": 1 / 8})])
    compared = differences(levels("2026Q3"), before)
    assert set(compared["quarters"]) == {("2026Q2",)}
    assert found(levels("2026Q3"), before) == []


def test_the_order_of_rows_changes_nothing() -> None:
    before = pd.concat([levels("2026Q1"), levels("2026Q2", moves=0.05)], ignore_index=True)
    shuffled = before.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(
        differences(levels("2026Q3"), shuffled), differences(levels("2026Q3"), before)
    )


OVERHEAD = {"download_mbps": 1.06, "upload_mbps": 1.06}


@pytest.mark.parametrize("factor", [1.06, 1 / 1.06])
def test_the_overhead_factor_is_found_where_both_rates_move_alike_and_latency_stays(factor: float) -> None:
    new = levels("2026Q3", dict.fromkeys(OVERHEAD, factor), n=20_000)
    jump = overhead_jump(differences(new, levels("2026Q2", n=20_000)), against="its level")
    assert jump is not None
    assert jump.ratio == pytest.approx(factor)
    assert "LibreSpeed" in str(jump)


@pytest.mark.parametrize(
    "new",
    [
        levels("2026Q3", {"download_mbps": 1.06}, n=20_000),  # one direction: growth
        levels("2026Q3", OVERHEAD | {"latency_ms": 0.94}, n=20_000),  # better in everything: growth
        levels("2026Q3", OVERHEAD, moves=[0.0, 0.05, -0.05, 0.1], n=20_000),  # uneven: growth
        levels("2026Q3", OVERHEAD, n=500),  # too few to know a hundredth
        levels("2026Q3", dict.fromkeys(OVERHEAD, 1.10), n=20_000),
        levels("2026Q3", OVERHEAD, n=20_000).query("operator in ['fpt', 'viettel']"),
        levels("2026Q3", OVERHEAD, n=20_000).query("metric != 'latency_ms'"),
    ],
    ids=["one direction", "latency too", "uneven", "few", "ten hundredths", "two operators", "no latency"],
)
def test_growth_is_not_taken_for_the_overhead_factor(new: pd.DataFrame) -> None:
    assert overhead_jump(differences(new, levels("2026Q2", n=20_000)), against="its level") is None


def test_exchanged_directions_show_where_they_were_apart() -> None:
    swap = {"download_mbps": 15 / 50, "upload_mbps": 50 / 15}
    assert exchanged(differences(levels("2026Q3", swap), levels("2026Q2"))) == (4, 4)
    assert exchanged(differences(levels("2026Q3"), levels("2026Q2"))) == (0, 4)
    alike = {"upload_mbps": 50 / 15}
    assert exchanged(differences(levels("2026Q3", alike), levels("2026Q2", alike))) == (0, 0)
