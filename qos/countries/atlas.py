"""The boundaries of a pack as they are on a day: which region holds a position."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely  # type: ignore[import-untyped]

from qos.countries.locating import NOWHERE, RegionMap
from qos.domain.places import Region

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


class Atlas:
    """Regions with a boundary. A boundary holds as long as its region is valid (first row to last).

    Of two regions over one position the one further down counts (a commune before its province), then the
    one whose code comes first, so that a position on a border has one answer.
    """

    def __init__(self, files: Iterable[Path], regions: Mapping[str, Region]) -> None:
        self._files = tuple(files)
        self._regions = regions

    @cached_property
    def _shapes(self) -> dict[str, bytes]:
        """Well-known bytes of each boundary, in the order in which regions are preferred."""
        drawn = {code: shape for path in self._files for code, shape in _read(path).items()}
        return {code: drawn[code] for code in sorted(drawn, key=lambda code: (-self._depth(code), code))}

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of every boundary; None without any."""
        if not self._shapes:
            return None
        west, south, east, north = shapely.total_bounds(shapely.from_wkb([*self._shapes.values()]))
        return float(west), float(south), float(east), float(north)

    def _depth(self, code: str) -> int:
        """How many regions of the pack stand above one."""
        parent = self._regions[code].parent
        return 1 + self._depth(parent) if parent and parent in self._regions else 0

    @cached_property
    def _cuts(self) -> list[dt.date]:
        """Days on which some boundary begins or ceases to hold."""
        drawn = [self._regions[code] for code in self._shapes]
        return sorted({day for r in drawn for day in (r.valid_from, r.valid_to) if day})

    def regions_at(self, longitude: Floats, latitude: Floats, days: Days) -> pa.StringArray:
        """The region that holds each position on its day; null outside all of them, or without a number."""
        spans = self._spans(days)
        held = spans[:1] if len(spans) and (spans == spans[0]).all() else np.unique(spans)
        if len(held) == 1:
            found = self._found(int(held[0]), longitude, latitude)
        else:
            found = np.full(len(longitude), NOWHERE, dtype=np.int32)
            for span in held:
                here = np.flatnonzero(spans == span)
                found[here] = self._found(int(span), longitude[here], latitude[here])
        return pa.array([*self._shapes], pa.string()).take(pa.array(found, mask=found == NOWHERE))

    def _spans(self, days: Days) -> npt.NDArray[np.int64]:
        """Number of cuts on or before each day; NOWHERE where there is no day."""
        if not self._cuts:
            return np.where(np.isnat(days), NOWHERE, 0)
        spans = np.searchsorted(np.array(self._cuts, dtype="datetime64[D]"), days, side="right")
        return np.where(np.isnat(days), NOWHERE, spans)

    def _found(self, span: int, longitude: Floats, latitude: Floats) -> npt.NDArray[np.int32]:
        """Place among all shapes of the region that holds each position between two cuts, or NOWHERE."""
        codes = () if span == NOWHERE else self._codes(span)
        if not codes:
            return np.full(len(longitude), NOWHERE, dtype=np.int32)
        drawn, places = self._map(codes)
        found: npt.NDArray[np.int32] = places[drawn.find(longitude, latitude)]
        return found

    def _codes(self, span: int) -> tuple[str, ...]:
        """Regions that have a boundary between two cuts."""
        day = self._cuts[span - 1] if span else dt.date.min
        return tuple(code for code in self._shapes if self._regions[code].valid_on(day))

    def _map(self, codes: tuple[str, ...]) -> tuple[RegionMap, npt.NDArray[np.int32]]:
        """The map of these regions, and the place of each among all shapes (NOWHERE last)."""
        order = {code: place for place, code in enumerate(self._shapes)}
        places = np.array([*(order[code] for code in codes), NOWHERE], dtype=np.int32)
        return region_map(tuple((code, self._shapes[code]) for code in codes)), places


@lru_cache(maxsize=8)
def region_map(shapes: tuple[tuple[str, bytes], ...]) -> RegionMap:
    """The map of these boundaries; built once in a process (half a second for Vietnam)."""
    return RegionMap({code: shapely.from_wkb(shape) for code, shape in shapes})


def boundaries(path: Path) -> dict[str, shapely.Geometry]:
    """Region to its polygons, as the rings of the file say: parts that overlap are put together."""
    features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
    drawn = {
        str(feature["properties"]["region"]): shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in features
    }
    return {code: _sound(shape) for code, shape in drawn.items()}


def _sound(shape: shapely.Geometry) -> shapely.Geometry:
    """Simplified borders may touch or cross themselves, and then inside and outside are not defined."""
    valid: shapely.Geometry = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return valid


def _read(path: Path) -> dict[str, bytes]:
    return {code: shapely.to_wkb(shape) for code, shape in boundaries(path).items()}
