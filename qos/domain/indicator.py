"""Indicators: what is published about a metric. Direction lives here and nowhere else."""

from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """Where estimates are added, compared and given errors."""

    LOG = "log"
    LOGIT = "logit"


class Statistic(StrEnum):
    """How a cell summarises its subjects."""

    GEOMEAN = "geomean"
    MEAN = "mean"
    QUANTILE = "quantile"
    SHARE = "share"


class Direction(StrEnum):
    HIGHER = "higher_is_better"
    LOWER = "lower_is_better"


@dataclass(frozen=True)
class Indicator:
    """One declaration of `methodology/indicators`.

    probability: of a quantile (0.5 for a median); threshold: of a share of subjects.
    services: where it is computed; ranked: false for figures shown because law or a source speaks of them.
    """

    name: str
    title: str
    metric: str
    statistic: Statistic
    direction: Direction
    unit: str
    scale: Scale
    services: tuple[str, ...]
    ranked: bool = True
    probability: float | None = None
    threshold: float | None = None
    min_subjects: int = 30

    @property
    def higher_is_better(self) -> bool:
        return self.direction is Direction.HIGHER
