"""What is true in the simulated market, and by how much each source is off.

theta[o, r] is the mean over the subscribers of an operator in a region, on the scale of the quantity
(method §1): theta = mu_o + rho_r + u_or. A source delivers theta + b_s + g_so + h_sr + d_sor (method §3.1).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qos.domain.indicator import Scale
from qos.domain.places import NATION
from qos.domain.quarter import Quarter
from qos.simulated.country import Country
from qos.simulated.design import QUANTITIES, Design, Quantity

MARKET = "mobile"
_OPERATOR_SD, _REGION_SD, _CELL_SD = 0.25, 0.25, 0.15
"""Of mu, rho and u; the last two are the centres of their priors (method §3.3)."""
_GROWTH, _OPERATOR_CHANGE, _CELL_CHANGE = 0.03, 0.04, 0.03
"""From quarter to quarter: of everybody, of an operator, of a cell."""
_LASTING = 0.51**0.5
"""Part of d that lasts; the other part, 0.7 of its deviation, is new each quarter (method §3.7)."""

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


def stream(seed: int, *key: int) -> np.random.Generator:
    """An own stream of random numbers per purpose: one more source changes nothing for the others."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def theta(seed: int, country: Country, quarters: int) -> Array:
    """The truth, shape (quantity, quarter, operator, region), on each quantity's scale."""
    shape = (len(country.operators), len(country.regions))
    return np.stack(
        [_theta(stream(seed, 0, k), quantity, shape, quarters) for k, quantity in enumerate(QUANTITIES)]
    )


def _theta(rng: np.random.Generator, quantity: Quantity, shape: tuple[int, int], quarters: int) -> Array:
    operators, regions = shape
    level = (
        rng.normal(0, _OPERATOR_SD, (operators, 1))
        + rng.normal(0, _REGION_SD, regions)
        + rng.normal(0, _CELL_SD, shape)
    )
    steps = [level]
    for _ in range(quarters - 1):
        change = rng.normal(0, _OPERATOR_CHANGE, (operators, 1)) + rng.normal(0, _CELL_CHANGE, shape)
        steps.append(steps[-1] + quantity.sense * _GROWTH + change)
    return quantity.centre + quantity.spread * np.stack(steps)


def delivered(seed: int, country: Country, source: int, design: Design, truth: Array) -> Array:
    """What one source measures on average, shape of `truth`: every error of the source, no sampling error."""
    return np.stack(
        [
            _compressed(truth[k], quantity, design)
            + _errors(stream(seed, 1, source, k), design, truth.shape[1], country)
            for k, quantity in enumerate(QUANTITIES)
        ]
    )


def _compressed(truth: Array, quantity: Quantity, design: Design) -> Array:
    """One stream does not fill a fast line: differences in speed shrink towards the market's centre."""
    share = design.compression if quantity.metric in ("download_mbps", "upload_mbps") else 0.0
    return truth - share * (truth - quantity.centre)


def _errors(rng: np.random.Generator, design: Design, quarters: int, country: Country) -> Array:
    operators, regions = len(country.operators), len(country.regions)
    lasting = (
        rng.normal(0, design.level_sd)
        + rng.normal(0, design.operator_sd, (operators, 1))
        + rng.normal(0, design.region_sd, regions)
        + _LASTING * rng.normal(0, design.cell_sd, (operators, regions))
    )
    new = 0.7 * rng.normal(0, design.cell_sd, (quarters, operators, regions))
    return np.asarray(lasting + new)


def table(country: Country, quarters: tuple[Quarter, ...], truth: Array) -> pd.DataFrame:
    """The truth as rows: quarter, market, indicator, operator, region, scale, theta, value, place.

    value is in published units; place is the operator's true place in its region or the nation, 1 the best.
    """
    rows = [
        row
        for q, quarter in enumerate(quarters)
        for k, quantity in enumerate(QUANTITIES)
        for indicator in quantity.indicators
        for row in _rows(country, str(quarter), quantity, indicator, truth[k, q])
    ]
    names = ["quarter", "market", "indicator", "operator", "region", "scale", "theta", "value", "place"]
    return pd.DataFrame(rows, columns=names)


def _rows(
    country: Country, quarter: str, quantity: Quantity, indicator: str, truth: Array
) -> Iterator[tuple[object, ...]]:
    """One row per operator and region, and per operator and the nation; truth has shape (O, R)."""
    everywhere = np.column_stack([truth, truth @ country.weights])
    values = natural(quantity.scale, everywhere)
    places = (-quantity.sense * everywhere).argsort(axis=0).argsort(axis=0) + 1
    for r, region in enumerate([*country.regions, NATION]):
        for o, operator in enumerate(country.operators):
            about = (quarter, MARKET, indicator, operator, region, str(quantity.scale))
            yield (*about, float(everywhere[o, r]), float(values[o, r]), int(places[o, r]))


def natural(scale: Scale, values: Array) -> Array:
    """From the scale back to published units."""
    return np.exp(values) if scale is Scale.LOG else 1 / (1 + np.exp(-values))
