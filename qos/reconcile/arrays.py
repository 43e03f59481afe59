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
    """The cells of one fit: S sources, O operators, R regions (the nation where that is the only one).

    y, v are NaN where no cell enters; the counts also hold cells that are too small to enter.
    """

    sources: tuple[str, ...]
    operators: tuple[str, ...]
    regions: tuple[str, ...]
    y: Floats
    v: Floats
    n_measurements: Floats
    n_subjects: Floats
    n_effective: Floats

    @property
    def places(self) -> tuple[str, ...]:
        return self.regions if self.regions == (NATION,) else (*self.regions, NATION)


def cube(cells: pd.DataFrame, regions: list[str]) -> Cube:
    """Arrays of the cells of one fit; `regions` are those of the nation, with or without cells.

    When no entering cell lies in a region, the nation is the one region.
    """
    entering = cells["entered"].astype(bool)
    sources = tuple(sorted(cells.loc[entering, "source"].unique()))
    operators = tuple(sorted(cells.loc[entering, "operator"].unique()))
    places = (NATION,) if set(cells.loc[entering, "region"]) <= {NATION} else tuple(regions)
    if not set(cells.loc[entering, "region"]) <= set(places):
        raise ValueError("an entering cell lies in a region that the nation does not have")
    seen = cells["source"].isin(sources) & cells["operator"].isin(operators) & cells["region"].isin(places)

    def filled(column: str, chosen: pd.Series) -> Floats:
        array = np.full((len(sources), len(operators), len(places)), np.nan)
        position = tuple(
            pd.Index(axis).get_indexer(cells.loc[chosen, name])
            for axis, name in ((sources, "source"), (operators, "operator"), (places, "region"))
        )
        array[position] = cells.loc[chosen, column].to_numpy(dtype=float, na_value=np.nan)
        return array

    return Cube(
        sources,
        operators,
        places,
        *(filled(name, entering) for name in ("y", "v")),
        *(filled(name, seen) for name in ("n_measurements", "n_subjects", "n_effective")),
    )


def support(cube: Cube, variance: Floats, weights: Floats) -> Support:
    """What stands behind each figure; variance (S, O, R) of each cell in the fit, weights (R,)."""
    present = ~np.isnan(cube.y)
    precision = np.where(present, 1 / variance, 0.0)
    both = np.stack([with_nation(own, (own * weights).sum(axis=1), cube) for own in precision])
    total = both.sum(axis=0)
    names = np.array(cube.sources, dtype=object)
    return Support(
        n_measurements=_counted(cube.n_measurements, cube),
        n_subjects=_counted(cube.n_subjects, cube),
        n_effective=_counted(cube.n_effective, cube),
        sources=[
            [tuple(names[both[:, o, p] > 0]) for p in range(len(cube.places))]
            for o in range(len(cube.operators))
        ],
        largest_share=np.divide(both.max(axis=0), total, out=np.full(total.shape, np.nan), where=total > 0),
        coverage=(present.any(axis=0) * weights).sum(axis=1) / weights.sum(),
    )


def with_nation(values: Floats, nation: Floats, cube: Cube) -> Floats:
    """(..., R) and (...) become (..., P): the nation is the last place, or the only one."""
    if cube.regions == (NATION,):
        return values
    return np.concatenate([values, nation[..., None]], axis=-1)


def _counted(values: Floats, cube: Cube) -> Floats:
    """(S, O, R) summed over sources, and over regions for the nation, (O, P); NaN where nobody states it."""
    summed = np.where(np.isnan(values).all(axis=0), np.nan, np.nansum(values, axis=0))
    nation = np.where(np.isnan(summed).all(axis=1), np.nan, np.nansum(summed, axis=1))
    return with_nation(summed, nation, cube)
