"""Fits made by hand: every operator in every place stands on evidence that the test names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from qos import methodology
from qos.domain.indicator import Indicator
from qos.domain.quarter import Quarter
from qos.domain.reconciled import FitSource, Reconciled, Summary, Support
from qos.methodology import Edition

NAN = float("nan")


@dataclass(frozen=True)
class Figure:
    """What one operator has in one place; the defaults give a figure without a doubt."""

    level: float = 0.0
    """Middle of the draws, on the indicator's scale."""
    half_width: float = 0.1
    n_subjects: float = 1000.0
    n_effective: float = 900.0
    gamma: float = 1.0
    sources: tuple[str, ...] = ("app", "browser")


def source(name: str, kind: str = "app", *, kin: str = "", **options: bool) -> FitSource:
    reference = options.get("reference", False) or options.get("panel", False)
    return FitSource(
        name=name,
        kind=kind,
        kin=kin or name,
        reference=reference,
        panel=options.get("panel", False),
        omega=0.3,
        thin=options.get("thin", False),
    )


SOURCES = (
    source("app"),
    source("browser", "browser"),
    source("panel", "probe", panel=True),
    source("probes", "probe", reference=True),
    source("sister-app", kin="app"),
    source("thin-app", thin=True),
    source("thin-browser", "browser", thin=True),
)
"""An app, a sister of it with the same SDK, a browser test, small ones of both, a panel that the edition
names, and a reference that it does not name."""

Fit = Callable[..., Reconciled]


@pytest.fixture
def fit() -> Fit:
    """A fit of figures {operator: {place: Figure}}; all operators have the same places.

    The draws of operators are independent normals with exactly the level and half-width that are said.
    """

    def fit(
        figures: Mapping[str, Mapping[str, Figure]],
        *,
        coverage: Mapping[str, float] | None = None,
        accepted: bool = True,
        sources: tuple[FitSource, ...] = SOURCES,
        bias: np.ndarray | None = None,
    ) -> Reconciled:
        operators, places = tuple(figures), tuple(next(iter(figures.values())))

        def table(name: str) -> np.ndarray:
            return np.array([[getattr(figures[o][p], name) for p in places] for o in operators], dtype=float)

        level, half_width = table("level"), table("half_width")
        draws = level + _normals(2000, level.shape) * half_width / 1.96
        return Reconciled(
            indicator="download_geomean",
            market="mobile",
            operators=operators,
            places=places,
            sources=sources,
            draws=draws,
            summary=Summary(level, level - half_width, level + half_width, half_width / 1.96),
            gamma=table("gamma"),
            bias=np.zeros((2000, len(sources))) if bias is None else bias,
            kappa=np.full((2000, len(sources)), 0.07),
            weight_share=np.full(len(sources), 1 / len(sources)),
            effective_sources=2.0,
            effective_draws=300.0,
            accepted=accepted,
            support=Support(
                n_measurements=10 * table("n_subjects"),
                n_subjects=table("n_subjects"),
                n_effective=table("n_effective"),
                sources=[[figures[o][p].sources for p in places] for o in operators],
                largest_share=np.full(level.shape, 0.5),
                coverage=np.array([(coverage or {}).get(o, 1.0) for o in operators]),
            ),
        )

    return fit


def _normals(count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Columns of mean 0 and sd 1, without correlation."""
    z = np.random.default_rng(1).standard_normal((count, int(np.prod(shape))))
    z -= z.mean(axis=0)
    z = z @ np.linalg.inv(np.linalg.cholesky(z.T @ z / count)).T
    return z.reshape(count, *shape)


@pytest.fixture(scope="session")
def edition() -> Edition:
    return methodology.load("2026.1").edition


@pytest.fixture(scope="session")
def speed() -> Indicator:
    """Higher is better, on the log scale."""
    return methodology.load("2026.1").indicators["download_geomean"]


@pytest.fixture(scope="session")
def latency() -> Indicator:
    """Lower is better."""
    return methodology.load("2026.1").indicators["latency_geomean"]


@pytest.fixture(scope="session")
def quarter() -> Quarter:
    return Quarter(2026, 1)
