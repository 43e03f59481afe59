"""What one fit gives: joint draws of every operator in every place, and what they rest on.

Arrays are on the indicator's scale. B draws, O operators, S sources, P places: the ranking regions
and last the nation, or the nation alone where no source speaks about regions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FitSource:
    """One source as it stands in a fit."""

    name: str
    kind: str
    kin: str
    reference: bool
    """Declared to meet the reference protocol, and in this quarter its rows carry what that needs."""
    panel: bool
    """A reference that the edition names: a ranking may rest on it alone."""
    omega: float
    """Declared standard deviation of its level."""
    thin: bool = False
    """It states no subjects, or fewer than the edition wants: alone it carries no published figure."""


@dataclass(frozen=True)
class Support:
    """What stands behind each figure, arrays (O, P).

    Counts hold every subject of the sources in the fit, also of cells too small to enter; n_subjects is
    NaN where no source states it. coverage (O,): share of the national weight whose regions have a cell.
    """

    n_measurements: Floats
    n_subjects: Floats
    n_effective: Floats
    sources: list[list[tuple[str, ...]]]
    largest_share: Floats
    coverage: Floats


@dataclass(frozen=True)
class Summary:
    """The draws in short, arrays (O, P): median, ends of the edition's interval, standard deviation."""

    median: Floats
    low: Floats
    high: Floats
    std_error: Floats


@dataclass(frozen=True)
class Reconciled:
    """One fit of one indicator in one market: of its operators, or of `all` alone."""

    indicator: str
    market: str
    operators: tuple[str, ...]
    places: tuple[str, ...]
    sources: tuple[FitSource, ...]
    draws: Floats
    """(B, O, P)."""
    summary: Summary
    gamma: Floats
    """Shrinkage weight, (O, P); 1 for the nation."""
    bias: Floats
    """Level of each source against the reconciled figures, (B, S)."""
    kappa: Floats
    """Standard deviation of each source's operator discrepancies, (B, S)."""
    weight_share: Floats
    """Share of the precision of national contrasts, (S,)."""
    effective_sources: float
    effective_draws: float
    accepted: bool
    support: Support

    def source(self, name: str) -> FitSource:
        return next(source for source in self.sources if source.name == name)
