"""Boundaries of a country pack (GeoJSON, property `region`) as SVG paths on a coarse grid.

Points are snapped to whole units of the drawing, so neighbours keep their common border; a part that
shrinks to a point stays as a dot: no island is dropped. Equirectangular, true at the middle latitude.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 380, 620
"""Units the drawing has at most; one unit is about one CSS pixel."""

Point = tuple[int, int]


@dataclass(frozen=True)
class Outlines:
    """One path per region, in the order of the codes, inside `width` x `height`."""

    width: int
    height: int
    paths: dict[str, str]


@cache
def outlines(boundaries: Path) -> Outlines:
    """Every region of the file. Raises KeyError for a feature without the property `region`."""
    features = json.loads(boundaries.read_text(encoding="utf-8"))["features"]
    rings = {f["properties"]["region"]: list(_rings(f["geometry"])) for f in features}
    every = [point for parts in rings.values() for ring in parts for point in ring]
    west, east = min(x for x, _ in every), max(x for x, _ in every)
    south, north = min(y for _, y in every), max(y for _, y in every)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(WIDTH / ((east - west) * squeeze), HEIGHT / (north - south))

    def place(point: Sequence[float]) -> Point:
        return round((point[0] - west) * squeeze * scale), round((north - point[1]) * scale)

    paths = {
        code: _path([_snapped([place(point) for point in ring]) for ring in parts])
        for code, parts in sorted(rings.items())
    }
    return Outlines(round((east - west) * squeeze * scale), round((north - south) * scale), paths)


def _rings(geometry: dict[str, Any]) -> Iterator[list[Sequence[float]]]:
    """Outer and inner rings of a Polygon or MultiPolygon. Raises ValueError for another geometry."""
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"boundaries must be polygons, not {geometry['type']}")
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon


def _snapped(ring: list[Point]) -> tuple[Point, ...]:
    """The ring without repeated points and without points on a straight run."""
    points = [point for at, point in enumerate(ring) if at == 0 or point != ring[at - 1]]
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    kept = [
        p for at, p in enumerate(points) if not _straight(points[at - 1], p, points[(at + 1) % len(points)])
    ]
    return tuple(kept) if len(kept) > 2 else tuple(points[:1])


def _straight(before: Point, point: Point, after: Point) -> bool:
    ax, ay, bx, by = point[0] - before[0], point[1] - before[1], after[0] - point[0], after[1] - point[1]
    return ax * by == ay * bx and ax * bx + ay * by > 0


def _path(rings: list[tuple[Point, ...]]) -> str:
    """Relative moves, written as short as SVG allows; dots that fall on one place are drawn once."""
    return "".join(_ring(ring) for ring in dict.fromkeys(rings))


def _ring(ring: tuple[Point, ...]) -> str:
    x, y = ring[0]
    if len(ring) == 1:
        return f"M{x - 1} {y - 1}h2v2h-2z"
    steps = []
    for px, py in ring[1:]:
        dx, dy = px - x, py - y
        steps.append(f"h{dx}" if dy == 0 else f"v{dy}" if dx == 0 else f"l{dx}{'' if dy < 0 else ' '}{dy}")
        x, y = px, py
    return f"M{ring[0][0]} {ring[0][1]}{''.join(steps)}z"
