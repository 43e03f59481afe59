"""Ookla's tiles: means in kbit/s, placed by their quadkey, and every file of the raw data."""

import gzip
import json
from collections.abc import Iterator
from math import asinh, pi, radians, tan
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from qos import sources
from qos.domain.expressions import quadkey
from qos.domain.measurement import Kind
from qos.domain.quarter import Period
from qos.store.reading import Reading, read
from qos.store.reading.words import RawColumn, Words

FIXTURES = Path(__file__).parent / "fixtures" / "ookla-tiles"
COUNTS = {  # least and most tiles and tests of the four quarters; the README rounds them
    ("fixed", "hawaii-state"): ((4190, 4428), (97_219, 108_136)),
    ("fixed", "guam"): ((460, 519), (8_612, 9_548)),
    ("fixed", "anchorage-ak"): ((1_029, 1_102), (8_899, 11_568)),
    ("mobile", "hawaii-state"): ((1815, 1901), (10_983, 13_237)),
    ("mobile", "guam"): ((297, 329), (1_607, 2_119)),
    ("mobile", "anchorage-ak"): ((361, 471), (1_147, 1_602)),
}


@pytest.fixture(scope="module")
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def read_tiles(
    connection: duckdb.DuckDBPyConnection, path: Path, period: str, service: str | None = None
) -> Reading:
    tiles = sources.find("ookla-tiles")
    given_period = Period.parse(period)
    return read(connection, tiles, path, delivery=path.name, period=given_period, service=service)


@pytest.mark.parametrize(("service", "area"), COUNTS)
def test_every_file_of_an_area_has_the_tiles_and_tests_of_its_readme(
    opened: duckdb.DuckDBPyConnection, shared_data: Path, service: str, area: str
) -> None:
    files = sorted((shared_data / "us-ookla-tiles" / service).glob(f"{area}_*.geojson.gz"))
    assert len(files) == 4
    tiles, tests = [], []
    for path in files:
        reading = read_tiles(opened, path, path.name.removesuffix(".geojson.gz")[-6:], service)
        assert (reading.rejected_rows, reading.unused_rows) == (0, 0)
        query = (
            "SELECT count(DISTINCT (longitude, latitude)), sum(n_measurements)::INT, any_value(service),"
            f" max(flags) FROM {reading.accepted} WHERE metric = 'download_mbps'"
        )
        found = opened.execute(query).fetchall()[0]
        assert (found[0], *found[2:]) == (reading.accepted_rows, service, [])
        tiles.append(found[0])
        tests.append(found[1])
    assert ((min(tiles), max(tiles)), (min(tests), max(tests))) == COUNTS[service, area]


def test_weighted_by_tests_the_mean_of_hawaii_is_the_one_of_the_readme(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    path = shared_data / "us-ookla-tiles" / "mobile" / "hawaii-state_ookla_2022Q4.geojson.gz"
    reading = read_tiles(opened, path, "2022Q4", "mobile")
    query = (
        "SELECT round(sum(value * n_measurements) / sum(n_measurements)), round(median(value))"
        f" FROM {reading.accepted} WHERE metric = 'download_mbps'"
    )
    assert opened.execute(query).fetchall() == [(161, 71)]


def test_the_middle_of_a_tile_is_the_middle_of_its_polygon(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    path = shared_data / "us-ookla-tiles" / "fixed" / "guam_ookla_2022Q1.geojson.gz"
    reading = read_tiles(opened, path, "2022Q1")
    query = f"SELECT longitude, latitude FROM {reading.accepted} WHERE metric = 'upload_mbps' ORDER BY line"
    found = opened.execute(query).fetchall()
    features: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))["features"]
    for (longitude, latitude), feature in zip(found, features, strict=True):
        middle = shape(feature["geometry"]).envelope.centroid
        assert middle.distance(Point(longitude, latitude)) < 1e-6


@pytest.mark.parametrize(
    ("file", "loaded"),
    [
        ("2020-04-01_performance_mobile_tiles.parquet", []),
        ("2023-04-01_performance_mobile_tiles.parquet", [173.0]),
        ("2026-04-01_performance_mobile_tiles.parquet", [173.0]),
    ],
)
def test_every_edition_of_the_parquet_files_is_read_alike(
    opened: duckdb.DuckDBPyConnection, file: str, loaded: list[float]
) -> None:
    reading = read_tiles(opened, FIXTURES / file, file[:4] + "Q2")
    query = f"SELECT metric, value FROM {reading.accepted} WHERE line = 1"
    values = dict(opened.execute(query).fetchall())
    assert [values.pop("loaded_latency_ms")] == loaded if loaded else "loaded_latency_ms" not in values
    assert values == {"download_mbps": 29.684, "upload_mbps": 3.512, "latency_ms": 36}


def test_the_tile_of_a_real_row_lies_where_the_row_says(opened: duckdb.DuckDBPyConnection) -> None:
    reading = read_tiles(opened, FIXTURES / "2026-04-01_performance_mobile_tiles.parquet", "2026Q2")
    query = f"SELECT DISTINCT round(longitude, 4), round(latitude, 4) FROM {reading.accepted}"
    assert opened.execute(query).fetchall() == [(-114.6121, 34.8251)]


def test_a_period_must_be_said(opened: duckdb.DuckDBPyConnection) -> None:
    tiles = sources.find("ookla-tiles")
    path = FIXTURES / "guam_ookla_2022Q3.geojson"
    with pytest.raises(Exception, match="does not say when it was measured"):
        read(opened, tiles, path, delivery=path.name, period=None)


def tile_of(longitude: float, latitude: float, zoom: int) -> str:
    """The quadkey of the tile a place is in, digit by digit: another way to the same numbers."""
    x, y, digits = (longitude + 180) / 360, (1 - asinh(tan(radians(latitude))) / pi) / 2, ""
    for _ in range(zoom):
        x, y = x * 2, y * 2
        digits += str(int(x) + 2 * int(y))
        x, y = x - int(x), y - int(y)
    return digits


@given(st.floats(-179.9, 179.9), st.floats(-84, 84), st.integers(1, 20))
def test_a_place_lies_in_the_tile_around_its_middle(
    opened: duckdb.DuckDBPyConnection, longitude: float, latitude: float, zoom: int
) -> None:
    key = tile_of(longitude, latitude, zoom)
    words = Words({"key": RawColumn("key")})
    sql = ", ".join(
        words.value(quadkey("key", axis=axis), Kind.NUMBER).sql for axis in ("longitude", "latitude")
    )
    found = opened.execute(f"SELECT {sql} FROM (SELECT ? AS key)", [key]).fetchall()[0]
    assert abs(found[0] - longitude) <= 180 / 2**zoom + 1e-9
    assert tile_of(found[0], found[1], zoom) == key
