"""Axes, map classes, outlines and bars: what is drawn lies where the number says."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qos.site import marks
from qos.site.axis import axis, nice_step
from qos.site.classes import COUNT, classes
from qos.site.formats import Formats
from qos.site.outlines import HEIGHT, WIDTH, outlines

POSITIVE = st.floats(1e-3, 1e6)


@given(st.lists(POSITIVE, min_size=1, max_size=12))
def test_every_value_lies_inside_its_axis_in_order(values: list[float]) -> None:
    found = axis(values)
    assert found is not None
    assert all(found.low <= value <= found.high for value in values)
    places = [found.percent(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)


@example([0.1])
@given(st.lists(POSITIVE, min_size=1, max_size=12))
def test_grid_lines_are_few_and_inside(values: list[float]) -> None:
    found = axis(values)
    assert found is not None
    assert 1 <= len(found.ticks) <= 7
    assert found.low <= found.ticks[0] <= found.ticks[-1] <= found.high
    assert list(found.ticks) == sorted(set(found.ticks))


def test_no_values_make_no_axis_and_no_classes() -> None:
    assert axis([]) is None
    assert classes([], Formats("en", "UTC")) is None


def test_an_axis_of_speeds_has_round_ticks() -> None:
    found = axis([34.9, 76.5])
    assert found is not None
    assert found.ticks == (40.0, 50.0, 60.0, 70.0)
    assert found.decimals == 0


@given(POSITIVE)
def test_a_nice_step_is_no_smaller_and_at_most_two_and_a_half_times_larger(rough: float) -> None:
    assert rough * (1 - 1e-9) <= nice_step(rough) <= 2.5 * rough


@given(st.lists(POSITIVE, min_size=1, max_size=40))
def test_classes_are_at_most_six_and_ordered_like_the_values(values: list[float]) -> None:
    found = classes(values, Formats("en", "UTC"))
    assert found is not None
    shades = [found.of(value) for value in sorted(values)]
    assert shades == sorted(shades)
    assert set(shades) <= set(range(COUNT))
    assert len(found.labels) == len(found.limits) + 1 <= COUNT


def test_the_legend_names_open_ends() -> None:
    found = classes([29.0, 77.0], Formats("vi", "UTC"))
    assert found is not None
    assert found.labels == (("", "30"), ("30", "40"), ("40", "50"), ("50", "60"), ("60", "70"), ("70", ""))


def test_a_bar_spans_its_interval_and_the_tick_its_value() -> None:
    found = axis([0.0, 100.0])
    assert found is not None
    drawn = str(marks.bar(found, 50.0, 25.0, 75.0))
    ci = re.search(r'class="ci" x="([\d.]+)%" width="([\d.]+)%"', drawn)
    at = re.search(r'class="at" x="([\d.]+)%"', drawn)
    assert ci and at
    assert math.isclose(float(ci[1]) + float(ci[2]) / 2, float(at[1]), abs_tol=0.02)
    assert math.isclose(float(at[1]), 50.0, abs_tol=0.02)


def geojson(tmp_path: Path, *geometries: dict[str, Any]) -> Path:
    features = [
        {"type": "Feature", "properties": {"region": f"tt:{at}"}, "geometry": geometry}
        for at, geometry in enumerate(geometries)
    ]
    path = tmp_path / "regions.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def square(x: float, y: float, size: float) -> list[list[list[float]]]:
    return [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]]


def test_the_drawing_keeps_to_its_frame_and_drops_no_island(tmp_path: Path) -> None:
    mainland = {"type": "Polygon", "coordinates": square(100, 10, 5)}
    islands = {"type": "MultiPolygon", "coordinates": [square(110, 12, 1e-4), square(112, 12, 1e-4)]}
    drawn = outlines(geojson(tmp_path, mainland, islands))
    assert drawn.width <= WIDTH
    assert drawn.height <= HEIGHT
    assert drawn.paths["tt:1"].count("M") == 2
    assert drawn.paths["tt:0"].count("M") == 1


def test_neighbours_keep_their_common_border(tmp_path: Path) -> None:
    west = {"type": "Polygon", "coordinates": square(0, 0, 1)}
    east = {"type": "Polygon", "coordinates": square(1, 0, 1)}
    drawn = outlines(geojson(tmp_path, west, east))

    def columns(path: str) -> set[int]:
        x, found = 0, set()
        for command, number in re.findall(r"([Mhl])(-?\d+)", path):
            x = int(number) if command == "M" else x + int(number)
            found.add(x)
        return found

    assert columns(drawn.paths["tt:0"]) & columns(drawn.paths["tt:1"]) == {max(columns(drawn.paths["tt:0"]))}


def test_boundaries_of_points_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be polygons, not Point"):
        outlines(geojson(tmp_path, {"type": "Point", "coordinates": [0, 0]}))
