"""Which region holds a position: the same answer as the polygons themselves, everywhere and on borders."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.countries import Pack, load
from qos.countries.atlas import boundaries
from qos.countries.locating import CELL, LARGEST, NOWHERE, RegionMap

BEFORE, AFTER = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
Shapes = dict[str, shapely.Geometry]


def searched(shapes: Shapes, longitude: np.ndarray, latitude: np.ndarray) -> list[int]:
    """The first of the shapes that holds each position, found with every polygon as it is."""
    found = []
    for point in shapely.points(longitude, latitude):
        holding = [place for place, shape in enumerate(shapes.values()) if shapely.intersects(shape, point)]
        found.append(holding[0] if holding else NOWHERE)
    return found


def regions_at(
    pack: Pack, positions: list[tuple[float, float]], day: dt.date | None = AFTER
) -> list[str | None]:
    longitude, latitude = np.array(positions, dtype=float).T
    days = np.full(len(positions), np.datetime64(day, "D"))
    return [
        None if code is None else str(code) for code in pack.regions_at(longitude, latitude, days).to_pylist()
    ]


corner = st.tuples(st.integers(-30, 30), st.integers(-30, 30)).map(lambda at: (at[0] / 250, at[1] / 250))
triangles = st.lists(corner, min_size=3, max_size=3).map(shapely.Polygon).filter(lambda shape: shape.area > 0)
shapes = st.dictionaries(st.sampled_from("abcdef"), triangles, min_size=1).map(
    lambda some: dict(sorted(some.items()))
)
anywhere = st.one_of(corner, st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)))


@settings(max_examples=60, deadline=None)
@given(shapes, st.lists(anywhere, min_size=1, max_size=40))
def test_every_position_has_the_region_of_the_polygons(
    drawn: Shapes, positions: list[tuple[float, float]]
) -> None:
    """Triangles of a few cells, overlapping or apart, whose corners lie on corners of cells or not."""
    on_borders = [(x, y) for shape in drawn.values() for x, y in shapely.get_coordinates(shape)]
    middles = [
        (x, y)
        for shape in drawn.values()
        for x, y in shapely.get_coordinates(shape.exterior.interpolate(0.03))
    ]
    longitude, latitude = np.array([*positions, *on_borders, *middles], dtype=float).T
    assert RegionMap(drawn).find(longitude, latitude).tolist() == searched(drawn, longitude, latitude)


@pytest.mark.parametrize("code", ["gb", "vn"])
def test_positions_of_a_country_have_the_region_of_its_polygons(code: str) -> None:
    pack = load(code)
    assert pack.boundaries is not None
    drawn = dict(sorted(boundaries(pack.boundaries).items()))
    west, south, east, north = shapely.total_bounds(list(drawn.values()))
    rng = np.random.default_rng(5)
    inland = rng.uniform((west, south), (east, north), (3_000, 2))
    corners = shapely.get_coordinates(list(drawn.values()))
    near = rng.choice(corners, 3_000) + rng.normal(0, CELL / 2, (3_000, 2))
    tried = np.concatenate([inland, near, rng.choice(corners, 500)])
    tree = shapely.STRtree(list(drawn.values()))
    held = tree.query(shapely.points(tried), predicate="intersects")
    wanted = np.full(len(tried), len(drawn))
    np.minimum.at(wanted, *held)
    codes = [*drawn, None]
    assert regions_at(pack, [*map(tuple, tried)]) == [codes[place] for place in wanted]


def test_a_position_on_the_border_of_two_regions_is_in_the_one_whose_code_comes_first() -> None:
    west, east = shapely.box(0, 0, 0.5, 1), shapely.box(0.5, 0, 1, 1)
    longitude, latitude = np.array([0.5, 0.5, 0.4999, 0.5001]), np.array([0.5, 1.0, 0.5, 0.5])
    assert RegionMap({"a": west, "b": east}).find(longitude, latitude).tolist() == [0, 0, 0, 1]
    assert RegionMap({"a": east, "b": west}).find(longitude, latitude).tolist() == [0, 0, 1, 0]


def test_positions_without_a_number_or_far_away_are_nowhere() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 1e300, -180.0, 0.5])
    found = RegionMap({"a": shapely.box(0, 0, 1, 1)}).find(odd, np.full(6, 0.5))
    assert found.tolist() == [NOWHERE] * 5 + [0]
    assert RegionMap({"a": shapely.box(0, 0, 1, 1)}).find(np.full(6, 0.5), odd).tolist() == found.tolist()


def test_a_hole_is_outside_and_a_country_within_a_country_is_its_own() -> None:
    ring = shapely.box(0, 0, 1, 1).difference(shapely.box(0.4, 0.4, 0.6, 0.6))
    drawn = {"inner": shapely.box(0.45, 0.45, 0.55, 0.55), "ring": ring}
    found = RegionMap(drawn).find(np.array([0.5, 0.42, 0.1]), np.array([0.5, 0.5, 0.1]))
    assert found.tolist() == [0, NOWHERE, 1]


def test_a_country_around_the_world_takes_larger_cells_and_no_more_memory() -> None:
    drawn = {"east": shapely.box(170, 50, 180, 72), "west": shapely.box(-180, -60, -60, 72)}
    made = RegionMap(drawn)
    assert made._labels.nbytes <= 4 * LARGEST
    longitude, latitude = np.array([175.0, -60.0, -59.99999, 0.0]), np.array([60.0, 0.0, 0.0, 0.0])
    assert made.find(longitude, latitude).tolist() == [0, 1, NOWHERE, NOWHERE]


# ---- packs


def test_a_position_has_the_province_of_the_day(vn: Pack) -> None:
    """Bắc Giang, Bắc Ninh, Hà Nội, Trường Sa, the open sea."""
    cities = [(106.2, 21.28), (106.07, 21.18), (105.85, 21.03), (114.322, 9.872), (110.0, 8.0)]
    assert regions_at(vn, cities, AFTER) == ["gso34:24", "gso34:24", "gso34:01", "gso34:56", None]
    assert regions_at(vn, cities, BEFORE) == ["gso63:24", "gso63:27", "gso63:01", "gso63:56", None]


def test_a_column_of_several_days_is_answered_day_by_day(vn: Pack) -> None:
    days = np.array([BEFORE, AFTER, None, BEFORE], dtype="datetime64[D]")
    found = vn.regions_at(np.full(4, 106.2), np.full(4, 21.28), days)
    assert found.to_pylist() == ["gso63:24", "gso34:24", None, "gso63:24"]


def test_a_former_province_lies_in_the_province_it_became(vn: Pack) -> None:
    """The two maps are two drawings: a position well inside the one is inside its heir in the other."""
    assert vn.former_boundaries is not None
    drawn = boundaries(vn.former_boundaries)
    assert len(drawn) == 63
    inside = [shape.representative_point() for shape in drawn.values()]
    at = [(point.x, point.y) for point in inside]
    assert regions_at(vn, at, BEFORE) == list(drawn)
    assert regions_at(vn, at, AFTER) == [vn.roll_up(code, AFTER) for code in drawn]


def test_a_pack_without_boundaries_knows_no_positions(co: Pack) -> None:
    assert co.boundaries is None
    assert regions_at(co, [(-75.6, 6.2)]) == [None]
    assert co.regions_at(np.array([]), np.array([]), np.array([], "datetime64[D]")).to_pylist() == []


@pytest.fixture
def drawn_atlantis(atlantis: Path) -> Callable[..., Pack]:
    """The worked example with boxes for regions, and a village inside the north."""

    def draw(**boxes: tuple[float, float, float, float]) -> Pack:
        regions = atlantis / "regions.csv"
        regions.write_text(regions.read_text("utf-8") + "village:1,Village,isle:1,village,,\n", "utf-8")
        features = [
            {
                "type": "Feature",
                "properties": {"region": code.replace("_", ":")},
                "geometry": json.loads(shapely.to_geojson(shapely.box(*box))),
            }
            for code, box in boxes.items()
        ]
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (atlantis / "regions.geojson").write_text(text, encoding="utf-8")
        return load(atlantis)

    return draw


def test_a_village_counts_before_the_region_around_it(drawn_atlantis: Callable[..., Pack]) -> None:
    pack = drawn_atlantis(isle_1=(0, 0, 1, 1), village_1=(0.4, 0.4, 0.6, 0.6), isle_2=(0, -1, 1, 0))
    positions = [(0.5, 0.5), (0.1, 0.1), (0.5, -0.5)]
    found = regions_at(pack, positions)
    assert found == ["village:1", "isle:1", "isle:2"]
    assert [pack.roll_up(str(code), AFTER) for code in found] == ["isle:1", "isle:1", "isle:2"]


def test_a_boundary_holds_only_while_its_region_is_valid(drawn_atlantis: Callable[..., Pack]) -> None:
    pack = drawn_atlantis(isle_1=(0, 0, 1, 1), shore_2=(0, 0, 1, 1))
    assert [regions_at(pack, [(0.5, 0.5)], day) for day in (BEFORE, AFTER)] == [["shore:2"], ["isle:1"]]


def test_parts_that_overlap_are_put_together(tmp_path: Path) -> None:
    """Islands of a simplified map may come to lie over one another; under even-odd they would be holes."""
    parts = [shapely.box(0, 0, 1, 1), shapely.box(0.5, 0.5, 2, 2)]
    drawn = {"type": "MultiPolygon", "coordinates": [[list(part.exterior.coords)] for part in parts]}
    path = tmp_path / "regions.geojson"
    path.write_text(json.dumps({"features": [{"properties": {"region": "a:1"}, "geometry": drawn}]}))
    (shape,) = boundaries(path).values()
    assert shape.is_valid
    assert shapely.intersects_xy(shape, [0.75, 0.1, 1.9, 1.9], [0.75, 0.1, 1.9, 0.1]).tolist() == [
        True
    ] * 3 + [False]
