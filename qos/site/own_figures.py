"""What each source says by itself, beside the reconciled figure, and where sources contradict each other.

Nothing is estimated here: a source's national figure is the one it delivered, or, where it delivered
regions only, the mean of its own cells with the release's region weights (`weights.csv`).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from qos.domain.places import NATION
from qos.site.release import Release
from qos.site.rows import Cell, Estimate

COVERED = 0.8
"""Share of the nation's weight in which a source must have cells before they are added up (method 11)."""

SPEAKING = frozenset({"too-uncertain", "one-source", "one-kind"})
"""A figure withheld for these alone is still shown source by source: that the sources disagree, or
do not suffice, is what a reader should see. Withheld for anything else, their figures are too."""

Figures = dict[str, dict[str, float]]
"""operator -> source -> the source's own figure, published units."""


@dataclass(frozen=True)
class Contradiction:
    """Two sources that put two operators in opposite order: `first` says a, `second` says b is better."""

    first: str
    second: str
    a: str
    b: str


@dataclass(frozen=True)
class Spread:
    """The operator about which sources differ most. `factor` is largest over smallest figure."""

    operator: str
    low: str
    high: str
    low_value: float
    high_value: float

    @property
    def factor(self) -> float:
        return self.high_value / self.low_value if self.low_value > 0 else math.inf


def own_figures(release: Release, market: str, indicator: str, region: str = NATION) -> Figures:
    """Figures of the cells that entered the fit, by operator and source."""
    cells: dict[tuple[str, str], list[Cell]] = {}
    for cell in release.cells_of.get((market, indicator), []):
        if cell.entered:
            cells.setdefault((cell.operator, cell.source), []).append(cell)
    weights = {row.region: row.weight for row in release.weights if row.market == market}
    figures: Figures = {}
    for (operator, source), rows in sorted(cells.items()):
        figure = _figure(rows, region, weights)
        estimate = release.estimates.get((market, indicator, operator, region))
        if figure is not None and _may_speak(estimate):
            figures.setdefault(operator, {})[source] = figure
    return figures


def _may_speak(estimate: Estimate | None) -> bool:
    return estimate is None or estimate.value is not None or set(estimate.status_reason) <= SPEAKING


def _figure(rows: Iterable[Cell], region: str, weights: Mapping[str, float]) -> float | None:
    found = {cell.region: cell for cell in rows}
    if region in found:
        return found[region].value
    return _national(found, weights) if region == NATION else None


def _national(cells: Mapping[str, Cell], weights: Mapping[str, float]) -> float | None:
    """Weighted mean on the indicator's scale, in published units; None below `COVERED`."""
    used = {
        region: weights[region] for region, cell in cells.items() if region in weights and cell.y is not None
    }
    covered = sum(used.values())
    if covered < COVERED * sum(weights.values()) or covered == 0:
        return None
    mean = sum(weight * (cells[region].y or 0.0) for region, weight in used.items()) / covered
    return math.exp(mean) if next(iter(cells.values())).scale == "log" else 1 / (1 + math.exp(-mean))


def widest(figures: Figures) -> Spread | None:
    """Where sources are furthest apart, by ratio; None when no operator has two sources."""
    spreads = [spread(operator, own) for operator, own in sorted(figures.items()) if len(own) > 1]
    return max(spreads, key=lambda found: found.factor, default=None)


def spread(operator: str, own: Mapping[str, float]) -> Spread:
    """Smallest and largest figure of one operator, of at least one source."""
    low = min(own, key=lambda source: (own[source], source))
    high = max(own, key=lambda source: (own[source], source))
    return Spread(operator, low, high, own[low], own[high])


def contradictions(figures: Figures, *, higher_is_better: bool) -> list[Contradiction]:
    """Every pair of operators that two sources order in opposite ways, with one source for each."""
    found = []
    for a, b in combinations(sorted(figures), 2):
        apart = sorted(s for s in figures[a].keys() & figures[b].keys() if figures[a][s] != figures[b][s])
        for_a = [s for s in apart if (figures[a][s] > figures[b][s]) == higher_is_better]
        for_b = [s for s in apart if s not in for_a]
        if for_a and for_b:
            found.append(Contradiction(for_a[0], for_b[0], a, b))
    return found


def first_by_source(figures: Figures, *, higher_is_better: bool) -> dict[str, str]:
    """source -> the operator that it puts first, for sources that speak of at least two operators."""
    by_source: dict[str, dict[str, float]] = {}
    for operator, own in figures.items():
        for source, value in own.items():
            by_source.setdefault(source, {})[operator] = value
    best = max if higher_is_better else min
    return {
        source: best(sorted(values), key=values.__getitem__)
        for source, values in sorted(by_source.items())
        if len(values) > 1
    }
