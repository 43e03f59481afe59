"""From a position to its region: a raster of labels, and an exact test only beside a border.

Most of a country lies away from every border. A cell of the raster that no border crosses has one
label, looked up without geometry; positions in the other cells are tested against the few polygons
that come into question. Answers are those of the polygons themselves, position by position.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely  # type: ignore[import-untyped]

CELL = 0.01
"""Degrees, about a kilometre: the finest raster in which a country of Vietnam's size fits the cache."""
LARGEST = 1 << 24
"""Cells; a country whose box is larger gets larger cells (34 MB of labels at most)."""
NOWHERE = -1
_MARGIN = 1e-3
"""Cells; borders are drawn this much thicker, far more than floating point can be off."""
_BATCH = 1 << 16
"""Positions taken at a time: their intermediate columns stay in the cache of the processor."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Grid(NamedTuple):
    """Cells of a box with one empty cell around it; numbered row by row from the south-west."""

    west: float
    south: float
    per_degree: float
    columns: int
    rows: int

    @classmethod
    def around(cls, bounds: Floats) -> "Grid":
        west, south, east, north = (float(bound) for bound in bounds)
        width, height = max(east - west, CELL), max(north - south, CELL)
        cell = max(CELL, (width * height / (LARGEST / 2)) ** 0.5)
        columns, rows = int(width / cell) + 3, int(height / cell) + 3
        return cls(west - cell, south - cell, 1 / cell, columns, rows)

    def cells(self, longitude: Floats, latitude: Floats) -> Integers:
        """The cell of each position; those outside the box, or without a number, get an empty one."""
        column = np.fmin(np.fmax((longitude - self.west) * self.per_degree, 0), self.columns - 1)
        row = np.fmin(np.fmax((latitude - self.south) * self.per_degree, 0), self.rows - 1)
        cells: Integers = row.astype(np.int64) * self.columns + column.astype(np.int64)
        return cells

    def centres(self, cells: Integers) -> tuple[Floats, Floats]:
        row, column = np.divmod(cells, self.columns)
        return self.west + (column + 0.5) / self.per_degree, self.south + (row + 0.5) / self.per_degree


class RegionMap:
    """Regions drawn as polygons, those that go first in `shapes` before the others where two meet."""

    def __init__(self, shapes: Mapping[str, Any]) -> None:
        self.codes = tuple(shapes)
        self._shapes = np.array(list(shapes.values()), dtype=object)
        shapely.prepare(self._shapes)
        self._grid = Grid.around(shapely.total_bounds(self._shapes))
        cells, self._first, self._members = self._choices()
        self._labels = self._labelled(cells)

    def _choices(self) -> tuple[Integers, Integers, Integers]:
        """Cells that a border touches; first place of each, and one more, in the regions that may hold there.

        A region without a border in a cell holds all of it or nothing, so its middle tells.
        """
        cells, regions = _crossed_cells(self._shapes, self._grid)
        touched = np.unique(cells)
        middle, around = _covering(self._shapes, *self._grid.centres(touched))
        pairs = np.unique(
            np.concatenate([cells, touched[middle]]) * len(self.codes) + np.concatenate([regions, around])
        )
        own, members = np.divmod(pairs, len(self.codes))
        return touched, np.append(np.searchsorted(own, touched), len(own)), members

    def _labelled(self, crossed: Integers) -> npt.NDArray[np.int32]:
        """Label of each cell: a region, NOWHERE, or, beyond the regions, a choice between several."""
        grid = self._grid
        mixed = np.zeros(grid.rows * grid.columns, dtype=bool)
        mixed[crossed] = True
        begins = ~mixed
        begins[1:] &= mixed[:-1]
        begins[:: grid.columns] = ~mixed[:: grid.columns]  # a run of cells ends with its row
        runs = np.flatnonzero(begins)
        run, region = _covering(self._shapes, *grid.centres(runs))
        meant = np.full(len(runs), len(self.codes), dtype=np.int64)
        np.minimum.at(meant, run, region)
        meant[meant == len(self.codes)] = NOWHERE
        labels: npt.NDArray[np.int32] = meant[np.cumsum(begins) - 1].astype(np.int32)
        labels[crossed] = np.arange(len(crossed)) + len(self.codes)
        return labels

    def find(self, longitude: Floats, latitude: Floats) -> npt.NDArray[np.int32]:
        """Place in `codes` of the region that holds each position, or NOWHERE."""
        found = np.empty(len(longitude), dtype=np.int32)
        for start in range(0, len(longitude), _BATCH):
            part = slice(start, start + _BATCH)
            found[part] = self._find(longitude[part], latitude[part])
        return found

    def _find(self, longitude: Floats, latitude: Floats) -> npt.NDArray[np.int32]:
        found = self._labels.take(self._grid.cells(longitude, latitude))
        near = np.flatnonzero(found >= len(self.codes))
        if len(near):
            choice = found[near].astype(np.int64) - len(self.codes)
            found[near] = self._chosen(choice, longitude[near], latitude[near])
        return found

    def _chosen(self, choice: Integers, longitude: Floats, latitude: Floats) -> npt.NDArray[np.int32]:
        """The first region of each choice that holds the position or has it on its border."""
        counts = self._first[choice + 1] - self._first[choice]
        position = np.repeat(np.arange(len(choice)), counts)
        within = np.arange(len(position)) - np.repeat(np.cumsum(counts) - counts, counts)
        region = self._members[self._first[choice][position] + within]
        held = shapely.intersects_xy(self._shapes[region], longitude[position], latitude[position])
        found = np.full(len(choice), NOWHERE, dtype=np.int32)
        found[position[held][::-1]] = region[held][::-1]  # the first one is written last
        return found


def _covering(shapes: npt.NDArray[np.object_], x: Floats, y: Floats) -> tuple[Integers, Integers]:
    """(position, region) of every region that holds a position."""
    region, position = shapely.STRtree(shapely.points(x, y)).query(shapes, predicate="intersects")
    return position, region


def _crossed_cells(shapes: npt.NDArray[np.object_], grid: Grid) -> tuple[Integers, Integers]:
    """(cell, region) of every cell that a border of the region touches."""
    parts, region = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    points = (points - (grid.west, grid.south)) * grid.per_degree
    edge, cell = _cells_of_edges(points[joined], points[joined + 1], grid.columns)
    return cell, region[part[ring[joined[edge]]]]


def _cells_of_edges(start: Floats, end: Floats, columns: int) -> tuple[Integers, Integers]:
    """(edge, cell) of every cell that a straight line touches; start, end: (n, 2) in cells."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    edge, column = _spread(low[:, 0], high[:, 0])
    left, right = np.maximum(column - _MARGIN, low[edge, 0]), np.minimum(column + 1 + _MARGIN, high[edge, 0])
    run, rise = (end - start)[edge].T
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = rise / run
        ends = np.stack([start[edge, 1] + (x - start[edge, 0]) * slope for x in (left, right)])
    upright = np.abs(run) <= _MARGIN  # its height within a column cannot be told: all of it
    bottom = np.where(upright, low[edge, 1], np.clip(ends.min(axis=0), low[edge, 1], high[edge, 1]))
    top = np.where(upright, high[edge, 1], np.clip(ends.max(axis=0), low[edge, 1], high[edge, 1]))
    stretch, row = _spread(bottom, top)
    return edge[stretch], row * columns + column[stretch]


def _spread(low: Floats, high: Floats) -> tuple[Integers, Integers]:
    """(place, number) of every whole-numbered cell that each stretch from low to high touches."""
    first = np.floor(low - _MARGIN).astype(np.int64)
    counts = np.floor(high + _MARGIN).astype(np.int64) - first + 1
    place = np.repeat(np.arange(len(low)), counts)
    within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    return place, first[place] + within
