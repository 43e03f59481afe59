"""Draws the boundaries of the packs gb and vn from the full shapes, simplified for small maps.

A border is simplified once for both its sides, so that neighbours still meet. An island smaller than
`ISLAND` goes only when a larger part of the same region lies within `NEAR`: remote archipelagos stay.
Run from the root of the repository: `python tests/countries/make_boundaries.py GEO_FOLDER`.
"""

import datetime as dt
import itertools
import json
import sys
from pathlib import Path
from typing import Any

from qos.countries import Pack, load

Point = tuple[float, float]
Ring = list[Point]
Polygon = list[Ring]

ISLAND = 3e-4  # square degrees, about 3.5 square kilometres in Vietnam
NEAR = 0.25  # degrees
TODAY, BEFORE = dt.date(2025, 7, 1), dt.date(2025, 6, 30)
VIETNAM = {
    "gso34": "vn-34/diaphantinhvn_merged_from_geojson.topo.json",
    "gso63": "vn-63/diaphantinh_63_fixednames.topo.json",
}
NUTS1 = dict(
    zip(
        [f"E1200000{i}" for i in range(1, 10)] + ["W92000004", "S92000003", "N92000002"],
        [f"nuts1:UK{letter}" for letter in "CDEFGHIJKLMN"],
        strict=True,
    )
)


# ---- the two sources


def united_kingdom(geo: Path) -> dict[str, list[Polygon]]:
    """ONS regions as GeoJSON, by the code of the statistical office."""
    shapes = {}
    for feature in json.loads((geo / "uk" / "uk_regions.geojson").read_text(encoding="utf-8"))["features"]:
        shapes[NUTS1[feature["properties"]["rgn19cd"]]] = rounded(polygons(feature["geometry"]), 2)
    return shapes


def vietnam(geo: Path, pack: Pack, day: dt.date = TODAY) -> dict[str, list[Polygon]]:
    """TopoJSON of the provinces of a day, by name: the codes in the files are the author's own."""
    topology = json.loads((geo / VIETNAM[pack.country.scheme_on(day)]).read_text(encoding="utf-8"))
    arcs = [list(decoded(arc, topology["transform"])) for arc in topology["arcs"]]
    shapes = {}
    (collection,) = topology["objects"].values()
    for geometry in collection["geometries"]:
        code = pack.find_region(geometry["properties"]["ten_tinh"], day)
        assert code is not None, geometry["properties"]
        parts = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        shapes[code] = rounded([[joined(ring, arcs) for ring in part] for part in parts], 3)
    return shapes


def decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    steps = zip(itertools.accumulate(p[0] for p in arc), itertools.accumulate(p[1] for p in arc), strict=True)
    return [(x * sx + tx, y * sy + ty) for x, y in steps]


def joined(indices: list[int], arcs: list[Ring]) -> Ring:
    ring: Ring = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring += arc if not ring else arc[1:]
    return ring


def polygons(geometry: dict[str, Any]) -> list[Polygon]:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[[(p[0], p[1]) for p in ring] for ring in part] for part in parts]


def rounded(parts: list[Polygon], digits: int) -> list[Polygon]:
    return [
        [clean([(round(x, digits), round(y, digits)) for x, y in ring]) for ring in part] for part in parts
    ]


def clean(ring: Ring) -> Ring:
    """Without repeated points and without spikes (there and back again)."""
    points: Ring = []
    for point in ring:
        if points and points[-1] == point:
            continue
        if len(points) > 1 and points[-2] == point:
            points.pop()
        else:
            points.append(point)
    return points if points[0] == points[-1] else [*points, points[0]]


# ---- simplification


def area(ring: Ring) -> float:
    """Signed area, positive when counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) / 2


def worth_drawing(parts: list[Polygon]) -> list[Polygon]:
    """Without rings that have no area, and without small islands beside a larger part."""
    solid = [
        [part[0], *(hole for hole in part[1:] if abs(area(hole)) >= ISLAND)]
        for part in parts
        if len(part[0]) >= 4 and area(part[0]) != 0
    ]
    kept: list[Polygon] = []
    for part in sorted(solid, key=lambda part: -abs(area(part[0]))):
        if abs(area(part[0])) >= ISLAND or not any(near(part[0][0], other[0]) for other in kept):
            kept.append(part)
    return kept


def near(point: Point, ring: Ring) -> bool:
    return any(abs(point[0] - x) < NEAR and abs(point[1] - y) < NEAR for x, y in ring)


def simplified(shapes: dict[str, list[Polygon]], tolerance: float) -> dict[str, list[Polygon]]:
    shapes = {code: worth_drawing(parts) for code, parts in shapes.items()}
    owners: dict[Point, set[str]] = {}
    for code, parts in shapes.items():
        for point in itertools.chain.from_iterable(itertools.chain.from_iterable(parts)):
            owners.setdefault(point, set()).add(code)
    return {
        code: [
            [oriented(coarse(ring, owners, tolerance), i == 0) for i, ring in enumerate(part)]
            for part in parts
        ]
        for code, parts in shapes.items()
    }


def coarse(ring: Ring, owners: dict[Point, set[str]], tolerance: float) -> Ring:
    """The ring with fewer points; finer where it would otherwise vanish."""
    while tolerance > 1e-4:
        points = [p for arc in cut(ring, owners) for p in simplified_arc(arc, tolerance)[:-1]]
        result = clean([*points, points[0]])
        if len(result) >= 4 and area(result) != 0:
            return result
        tolerance /= 2
    return ring


def cut(ring: Ring, owners: dict[Point, set[str]]) -> list[Ring]:
    """Arcs of the ring between the points where its neighbours change."""
    points = ring[:-1]
    n = len(points)
    corners = [
        i
        for i, point in enumerate(points)
        if owners[point] > owners[points[i - 1]] or owners[point] > owners[points[(i + 1) % n]]
    ]
    if len(corners) < 2:
        first = corners[0] if corners else points.index(min(points))
        corners = sorted(
            {first, max(range(n), key=lambda i: (distance(points[first], points[i]), points[i]))}
        )
    around = [*points, *points, points[0]]
    return [
        around[start : (end if end > start else end + n) + 1]
        for start, end in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]


def simplified_arc(arc: Ring, tolerance: float) -> Ring:
    """Douglas and Peucker (1973); the same from both ends, so that two neighbours get the same line."""
    if arc[-1] < arc[0]:
        return simplified_arc(arc[::-1], tolerance)[::-1]
    keep = {0, len(arc) - 1}
    stack = [(0, len(arc) - 1)]
    while stack:
        start, end = stack.pop()
        inner = range(start + 1, end)
        far = max(inner, key=lambda i: off_line(arc[i], arc[start], arc[end]), default=None)
        if far is not None and off_line(arc[far], arc[start], arc[end]) > tolerance:
            keep.add(far)
            stack += [(start, far), (far, end)]
    return [arc[i] for i in sorted(keep)]


def distance(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def off_line(point: Point, start: Point, end: Point) -> float:
    """Distance of a point from the segment start to end."""
    length = distance(start, end)
    if length == 0:
        return distance(point, start)
    along = (
        (point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (end[1] - start[1])
    ) / length**2
    along = min(1.0, max(0.0, along))
    return distance(point, (start[0] + along * (end[0] - start[0]), start[1] + along * (end[1] - start[1])))


def oriented(ring: Ring, outer: bool) -> Ring:
    """Outer rings counter-clockwise, holes clockwise (RFC 7946, 3.1.6)."""
    return ring if (area(ring) > 0) == outer else ring[::-1]


def geojson(shapes: dict[str, list[Polygon]]) -> str:
    """One feature per line, sorted by code."""
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"region": code},
                "geometry": {"type": "MultiPolygon", "coordinates": parts},
            },
            separators=(",", ":"),
        )
        for code, parts in sorted(shapes.items())
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"


if __name__ == "__main__":
    geo = Path(sys.argv[1])
    gb, vn = load("gb"), load("vn")
    for pack, file, shapes, tolerance in (
        (gb, "regions.geojson", united_kingdom(geo), 0.012),
        (vn, "regions.geojson", vietnam(geo, vn), 0.006),
        (vn, "former_regions.geojson", vietnam(geo, vn, BEFORE), 0.006),
    ):
        text = geojson(simplified(shapes, tolerance))
        (pack.folder / file).write_text(text, encoding="utf-8")
        print(pack.code, file, len(shapes), "regions,", len(text) // 1000, "kB")
