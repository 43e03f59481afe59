"""Cells made by hand, and a fit of them with few draws."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd
import pytest

from qos import methodology
from qos.domain.quarter import Quarter
from qos.domain.reconciled import FitSource, Reconciled
from qos.methodology import Edition
from qos.reconcile import reconcile

REGIONS = ("r:1", "r:2", "r:3")
WEIGHTS = {"r:1": 0.5, "r:2": 0.3, "r:3": 0.2}
OPERATORS = ("a", "b", "c")

_COUNTS = {"n_measurements": 400.0, "n_subjects": 100.0, "n_effective": 90.0}


def cell(source: str, operator: str, region: str, y: float = 1.0, v: float = 0.01, **more: object) -> dict:
    entered = more.pop("entered", True)
    shown = {"y": y, "v": v} if entered else {"y": None, "v": None}
    return (
        {"source": source, "operator": operator, "region": region, "entered": entered}
        | shown
        | _COUNTS
        | more
    )


def grid(*sources: str, levels: Mapping[str, float] | None = None) -> list[dict]:
    """A cell of every source, operator and region; operators 0.2 apart, regions 0.1, sources at `levels`."""
    return [
        cell(source, operator, region, 0.2 * o + 0.1 * r + (levels or {}).get(source, 0.0))
        for source in sources
        for o, operator in enumerate(OPERATORS)
        for r, region in enumerate(REGIONS)
    ]


def frame(cells: list[dict]) -> pd.DataFrame:
    numbers = ["y", "v", *_COUNTS]
    return pd.DataFrame(cells).astype(dict.fromkeys(numbers, "float64"))


def declared(name: str, kind: str = "app", **more: object) -> FitSource:
    return FitSource(
        **({"name": name, "kind": kind, "kin": name, "reference": False, "panel": False, "omega": 0.3} | more)
    )


@pytest.fixture(scope="session")
def edition() -> Edition:
    """The first edition, with few draws."""
    edition = methodology.load("2026.1").edition
    return replace(edition, fit=replace(edition.fit, draws=200, points=50))


Fit = Callable[..., Reconciled | None]


@pytest.fixture
def fit(edition: Edition) -> Fit:
    def fit(cells: list[dict], *sources: FitSource, **options: object) -> Reconciled | None:
        rules = methodology.load("2026.1")
        given = {
            "indicator": rules.indicators["download_geomean"],
            "market": "mobile",
            "quarter": Quarter(2026, 1),
            "edition": edition,
            "weights": WEIGHTS,
        } | options
        weights = given.pop("weights")
        return reconcile(frame(cells), sources, weights, **given)

    return fit
