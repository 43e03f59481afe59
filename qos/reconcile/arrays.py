"""Cells as arrays: what one fit sees."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from qos.domain.places import NATION
from qos.domain.reconciled import Support

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cube:
    """The entered cells of one fit: S sources, O operators, R regions, NaN where there is no cell."""

    sources: tuple[str, ...]
    operators: tuple[str, ...]
    regions: tuple[str, ...]
    y: Floats
    v: Floats
    n_measurements: Floats
    n_subjects: Floats
    n_effective: Floats


def cube(cells: pd.DataFrame, regions: list[str]) -> Cube:
    """Arrays of the cells that enter; `regions` are those of the nation, with or without cells.

    When no cell lies in a region, the nation is the one region.
    """
    cells = cells[cells["entered"].astype(bool)]
    sources = tuple(sorted(cells["source"].unique()))
    operators = tuple(sorted(cells["operator"].unique()))
    places = (NATION,) if set(cells["region"]) <= {NATION} else tuple(regions)
    position = (
        pd.Index(sources).get_indexer(cells["source"]),
        pd.Index(operators).get_indexer(cells["operator"]),
        pd.Index(places).get_indexer(cells["region"]),
    )
    if any((axis < 0).any() for axis in position):
        raise ValueError("an entered cell lies in a region that the fit does not have")

    def filled(column: str) -> Floats:
        array = np.full((len(sources), len(operators), len(places)), np.nan)
        array[position] = cells[column].to_numpy(dtype=float, na_value=np.nan)
        return array

    return Cube(
        sources, operators, places,
        filled("y"), filled("v"), filled("n_measurements"), filled("n_subjects"), filled("n_effective"),
    )  # fmt: skip


def support(cube: Cube, variance: Floats, weights: Floats) -> Support:
    """What stands behind each figure; variance (S, O, R) of each cell in the fit, weights (R,)."""
    present = ~np.isnan(cube.y)
    share = np.where(present, 1 / variance, 0.0)
    national = (share * weights).sum(axis=2, keepdims=True)
    both = share if cube.regions == (NATION,) else np.concatenate([share, national], axis=2)
    total = both.sum(axis=0)
    names = np.array(cube.sources, dtype=object)
    measured = present.any(axis=0)
    return Support(
        n_measurements=_with_nation(_sum(cube.n_measurements), cube),
        n_subjects=_with_nation(_sum(cube.n_subjects), cube),
        n_effective=_with_nation(_sum(cube.n_effective), cube),
        sources=[
            [tuple(names[both[:, o, p] > 0]) for p in range(both.shape[2])]
            for o in range(len(cube.operators))
        ],
        largest_share=np.divide(both.max(axis=0), total, out=np.full(total.shape, np.nan), where=total > 0),
        coverage=(measured * weights).sum(axis=1) / weights.sum(),
    )


def _sum(values: Floats) -> Floats:
    """Over sources, (O, R); NaN where no source states it."""
    return np.where(np.isnan(values).all(axis=0), np.nan, np.nansum(values, axis=0))


def _with_nation(values: Floats, cube: Cube) -> Floats:
    if cube.regions == (NATION,):
        return values
    nation = np.where(np.isnan(values).all(axis=1), np.nan, np.nansum(values, axis=1))
    return np.concatenate([values, nation[:, None]], axis=1)
