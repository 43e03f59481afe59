"""A signal sample lands with its network, its level and the place that counts once."""

import gzip
import json
import math
import statistics
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos import sources
from qos.sources.drive_test import samples, square
from qos.store.reading import Reading, read

# Network and technology of each file, rows, and the median RSRP that the README states.
FILES: dict[int, tuple[str, str, int, float | None]] = {
    0: ("262-03", "2g", 1_301, None),
    1: ("262-03", "4g", 1_426, -98),
    2: ("262-01", "2g", 1_246, None),
    3: ("262-01", "4g", 1_429, -105),
    4: ("262-02", "2g", 1_183, None),
    5: ("262-02", "4g", 1_440, -100),
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def landed(connection: duckdb.DuckDBPyConnection, path: Path) -> Reading:
    return read(connection, sources.find("drive-test"), path, delivery=path.name, period=None)


@pytest.mark.parametrize("number", FILES)
def test_every_sample_of_a_drive_has_its_network_and_level(
    connection: duckdb.DuckDBPyConnection, shared_data: Path, number: int
) -> None:
    network, technology, count, median = FILES[number]
    folder = shared_data / "de-haw-drivetest"
    reading = landed(connection, folder / f"geojson_record_1631520957590_cellular_{number}.geojson.gz")
    assert (reading.rows, reading.accepted_rows) == (count, count)
    found = connection.execute(
        f"SELECT DISTINCT mcc_mnc, technology, service, access FROM {reading.accepted}"
    ).fetchall()
    assert found == [(network, technology, "mobile", "cellular")]
    if median is not None:
        query = f"SELECT median(signal_dbm) FROM {reading.accepted}"
        assert connection.execute(query).fetchall() == [(median,)]


def test_the_level_is_rsrp_of_lte_and_rssi_of_gsm(
    connection: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    for number, name in ((2, "rssi"), (3, "rsrp")):
        path = shared_data / "de-haw-drivetest" / f"geojson_record_1631520957590_cellular_{number}.geojson.gz"
        features = json.loads(gzip.decompress(path.read_bytes()))["features"]
        expected = statistics.fmean(feature["properties"][name] for feature in features)
        query = f"SELECT avg(signal_dbm) FROM {landed(connection, path).accepted}"
        assert connection.execute(query).fetchall()[0][0] == pytest.approx(expected, abs=1e-9)


def test_a_reading_that_the_modem_repeats_keeps_its_name() -> None:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [10.024448, 53.551222]},
        "properties": {"mcc": 262, "mnc": 1, "tech": "Gsm", "timestamp": 1631520957815, "rssi": -68.0},
    }
    moved = {**feature, "geometry": {"type": "Point", "coordinates": [10.024449, 53.551223]}}
    first, second = next(iter(samples(feature))), next(iter(samples(moved)))
    named = ("network", "tech", "timestamp")
    assert [first[name] for name in named] == [second[name] for name in named]
    assert first["latitude"] != second["latitude"]


@pytest.mark.parametrize(("number", "covered", "places"), [(3, 23, 28), (5, 26, 28), (1, 27, 27)])
def test_a_place_counts_once_however_long_the_car_stood_there(
    connection: duckdb.DuckDBPyConnection, shared_data: Path, number: int, covered: int, places: int
) -> None:
    """The shares behind `coverage_4g_share`: places whose median RSRP reaches -110 dBm."""
    path = shared_data / "de-haw-drivetest" / f"geojson_record_1631520957590_cellular_{number}.geojson.gz"
    accepted = landed(connection, path).accepted
    found = connection.execute(
        "SELECT count(CASE WHEN level >= -110 THEN 1 END), count(*)"
        f" FROM (SELECT median(signal_dbm) AS level FROM {accepted} GROUP BY subject)"
    ).fetchall()
    assert found == [(covered, places)]
    longest = connection.execute(
        f"SELECT max(n) FROM (SELECT count(*) AS n FROM {accepted} GROUP BY subject)"
    ).fetchall()[0][0]
    assert longest > 5 * 1_400 / places  # a stop of minutes, which would outvote the road


@given(st.floats(-80, 80), st.floats(-179, 179))
def test_two_positions_in_one_square_are_at_most_160_m_apart(latitude: float, longitude: float) -> None:
    """Its sides are 111 m: a position 200 m to the north, or to the east, is in another one."""
    north = latitude + 200 / 111_320
    east = longitude + 200 / (111_320 * math.cos(math.radians(latitude)))
    assert len({square(latitude, longitude), square(north, longitude), square(latitude, east)}) == 3


def test_networks_are_written_with_two_digits() -> None:
    properties = {"mcc": 262, "mnc": 3, "tech": "Lte", "timestamp": 1, "rsrp": -90.0}
    feature = {"geometry": {"type": "Point", "coordinates": [10, 53, 12]}, "properties": properties}
    assert next(iter(samples(feature)))["network"] == "262-03"
