"""The same market without rows: source x operator x region values with known sampling variance.

For studies of the source model over many seeds, where rows would only cost time: the value of a cell is
what the source delivers on average plus a normal error of the variance that its subjects and tests give.
"""

from typing import NamedTuple

import numpy as np

from qos.simulated import truth
from qos.simulated.country import country
from qos.simulated.design import QUANTITIES, SOURCES, Design
from qos.simulated.rows import allocate
from qos.simulated.truth import Array


class Cells(NamedTuple):
    """Download of one quarter, log scale, with S sources, O operators, R regions.

    theta (O, R): truth; y, v (S, O, R): values and their sampling variances; weights (R,): shares of the
    nation; level_sd, operator_sd (S,): deviations that the sources' errors were drawn with.
    """

    theta: Array
    y: Array
    v: Array
    weights: Array
    level_sd: Array
    operator_sd: Array


def cells(seed: int, *, operators: int = 3, regions: int = 4, sources: tuple[Design, ...] = SOURCES) -> Cells:
    """The first quarter of `market(seed)` with the same truth and the same errors of its sources."""
    place = country(operators, regions)
    theta = truth.theta(seed, place, 1)
    y = np.stack([truth.delivered(seed, place, s, d, theta)[0, 0] for s, d in enumerate(sources)])
    v = np.stack([_variance(d) / allocate(d.subjects, place) for d in sources])
    y = y + np.sqrt(v) * truth.stream(seed, 3).normal(size=y.shape)
    return Cells(
        theta[0, 0],
        y,
        v,
        place.weights,
        np.array([d.level_sd for d in sources]),
        np.array([d.operator_sd for d in sources]),
    )


def _variance(design: Design) -> float:
    """Of one subject's mean log download; the mean of 1/tests is taken as 1/(mean of the tests)."""
    download = QUANTITIES[0]
    return download.between**2 + download.within**2 / design.tests
