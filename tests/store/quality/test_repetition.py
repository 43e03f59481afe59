"""Repeated values: what rounding, caps and coarse clocks repeat is chance; what is copied is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from qos.ingest.gate import too_often
from qos.store.quality.repetition import Repetition, repetition

CHANCE = np.random.default_rng(20261)
Values = np.ndarray


def seen(connection: Any, values: Values, subjects: Values | None = None) -> Repetition:
    who = np.arange(len(values)) if subjects is None else subjects
    frame = pd.DataFrame(
        {"measurement_id": [f"m{i}" for i in range(len(values))], "subject": who, "x": values}
    )
    connection.register("given_rows", frame)
    found = repetition(connection, "given_rows", "x")
    connection.unregister("given_rows")
    return found


def rates(n: int) -> Values:
    """Rates of a market, spread over two orders of magnitude."""
    return CHANCE.lognormal(3.5, 0.9, n)


HONEST: dict[str, Callable[[Values], Values]] = {
    "as measured": lambda x: x,
    "two decimals": lambda x: x.round(2),
    "one decimal": lambda x: x.round(1),
    "whole kbit/s": lambda x: x.round(3),
    "whole Mbit/s": lambda x: x.round(0),
    "a fixed size over whole milliseconds": lambda x: 200_000 / np.round(200_000 / x),
    "some rounded to whole numbers": lambda x: np.where(CHANCE.random(len(x)) < 0.3, x.round(0), x.round(2)),
    "four in ten at the limit of a 100 Mbit/s port": lambda x: np.where(
        CHANCE.random(len(x)) < 0.4, CHANCE.normal(94.93, 0.02, len(x)), x
    ).round(2),
    "all the same": lambda x: np.full(len(x), 50.5),
}


@pytest.mark.parametrize("n", [100, 2_000, 20_000])
@pytest.mark.parametrize("form", HONEST)
def test_honest_data_pass_in_every_form_and_size(connection: Any, form: str, n: int) -> None:
    assert not too_often(seen(connection, HONEST[form](rates(n))))


@pytest.mark.parametrize("form", ["as measured", "two decimals", "whole kbit/s"])
def test_copies_among_other_subjects_are_seen(connection: Any, form: str) -> None:
    values = HONEST[form](rates(400))
    found = seen(connection, np.concatenate([values, values[:60]]))
    assert found.shared >= 40
    assert too_often(found)


def test_copies_of_the_same_subject_are_a_line_at_its_limit(connection: Any) -> None:
    found = seen(connection, np.tile(rates(200), 4), np.tile(np.arange(200), 4))
    assert (found.shared, found.rows) == (0, 0)


def test_a_few_copies_among_many_rows_are_no_reason_to_stop(connection: Any) -> None:
    values = rates(5_000)
    found = seen(connection, np.concatenate([values, values[:20]]))
    assert found.shared == 20
    assert not too_often(found)


def test_failed_tasks_without_a_rate_repeat_nothing(connection: Any) -> None:
    assert seen(connection, np.zeros(500)) == Repetition("x", 0, 0, 0, 0.0, 0)


def test_the_order_of_rows_changes_nothing(connection: Any) -> None:
    values = rates(500).round(1)
    assert seen(connection, values) == seen(connection, values[::-1])
