"""Measurements of one simulated source in one quarter, as canonical rows (contract §2).

Subjects differ, their measurements scatter around them, and whoever is badly served measures more
often. The technology of a subject says nothing about its speed here, so that the truth of the market is
the truth of each technology too; neither does the hour.
"""

import datetime as dt

import numpy as np
import pandas as pd

from qos.domain.indicator import Scale
from qos.domain.quarter import Quarter
from qos.simulated.country import Country
from qos.simulated.design import PACKETS, QUANTITIES, Design
from qos.simulated.truth import Array, Counts, natural

_MOST_TESTS = 60
_COMMON = 0.7
"""Correlation of a subject's quality with each quantity: a good place is good for everything."""
_TECHNOLOGIES, _TECHNOLOGY_SHARES = ("4g", "5g-nsa"), (0.7, 0.3)
_HOURS = np.array([1] * 7 + [3] * 10 + [6] * 6 + [2], dtype=float)
"""How often each hour of the day is measured in: most in the evening."""
_DECIMALS = 3
"""As measuring programs write them; it also hides last bits in which two processors may differ."""


def allocate(total: int, country: Country) -> Counts:
    """Subjects per operator and region, shape (O, R): by share and population, at least one."""
    return np.maximum(1, np.rint(total * np.outer(country.shares, country.weights))).astype(np.int64)


def measurements(
    rng: np.random.Generator, country: Country, design: Design, quarter: Quarter, level: Array
) -> pd.DataFrame:
    """One row per test, sorted by time, with columns of the contract and codes of the pack.

    level: what the source measures on average, shape (quantity, operator, region).
    """
    counts = allocate(design.subjects, country).ravel()
    cell = np.repeat(np.arange(counts.size), counts)
    quality = rng.normal(size=cell.size)
    tests = _tests_per_subject(rng, design, quality)
    subject = np.repeat(np.arange(cell.size), tests)
    operator, region = np.divmod(cell[subject], len(country.regions))
    rows = pd.DataFrame(
        {
            "measured_at": _times(rng, quarter, subject.size),
            "subject": [f"{design.name}-{number:05}" for number in subject],
            "operator": np.array(country.operators)[operator],
            "region": np.array(country.regions)[region],
            "service": "mobile",
            "technology": rng.choice(_TECHNOLOGIES, cell.size, p=_TECHNOLOGY_SHARES)[subject],
            "access": "cellular",
            **_values(rng, level.reshape(len(QUANTITIES), -1)[:, cell], quality, subject),
        }
    )
    if design.weighted:
        rows["weight"] = _survey_weights(country, counts)[cell[subject]]
    rows = rows.sort_values(["measured_at", "subject"], kind="stable", ignore_index=True)
    rows.insert(0, "measurement_id", [f"{design.name}-{quarter}-{number:06}" for number in rows.index])
    return rows


def _tests_per_subject(rng: np.random.Generator, design: Design, quality: Array) -> Counts:
    """Heavy testers, and more tests where service is bad; the mean is `design.tests` before rounding."""
    log_sd = np.hypot(design.heavy, design.slow_use)
    wished = np.exp(
        np.log(design.tests)
        - log_sd**2 / 2
        + design.heavy * rng.normal(size=quality.size)
        - design.slow_use * quality
    )
    return np.asarray(np.clip(np.rint(wished), 1, _MOST_TESTS), dtype=np.int64)


def _times(rng: np.random.Generator, quarter: Quarter, size: int) -> pd.DatetimeIndex:
    days = rng.integers((quarter.end - quarter.start).days, size=size)
    hours = rng.choice(_HOURS.size, size, p=_HOURS / _HOURS.sum())
    seconds = days * 86_400 + hours * 3_600 + rng.integers(3_600, size=size)
    start = dt.datetime(quarter.start.year, quarter.start.month, 1, tzinfo=dt.UTC)
    return pd.Timestamp(start).as_unit("us") + pd.to_timedelta(seconds, unit="s").as_unit("us")


def _values(
    rng: np.random.Generator,
    level: Array,
    quality: Array,
    subject: Counts,
) -> dict[str, Array]:
    """The metrics of each test; level has shape (quantity, subject). A failed test measured nothing else."""
    values = {}
    for k, quantity in enumerate(QUANTITIES):
        own = quantity.sense * _COMMON * quality + np.sqrt(1 - _COMMON**2) * rng.normal(size=quality.size)
        mean = (level[k] + quantity.between * own)[subject]
        if quantity.scale is Scale.LOG:
            scattered = mean + quantity.within * rng.normal(size=subject.size)
            values[quantity.metric] = np.round(np.exp(scattered), _DECIMALS)
        else:
            trials = PACKETS if quantity.metric == "loss_ratio" else 1
            values[quantity.metric] = rng.binomial(trials, natural(quantity.scale, mean)) / trials
    failed = values["completed"] == 0
    return {m: x if m == "completed" else np.where(failed, np.nan, x) for m, x in values.items()}


def _survey_weights(country: Country, counts: Counts) -> Array:
    """Subscribers that one panel line stands for, in the operator and region of the line, in thousands."""
    people = country.populations.sum() / 1_000 * np.outer(country.shares, country.weights).ravel()
    return np.asarray(np.round(people / counts, _DECIMALS))
