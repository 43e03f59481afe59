"""ndt5: every archived result beside the repository, and rates against the counters of the kernel."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.sources.ndt5 import subtests
from qos.store.reading import read

Json = dict[str, Any]
NDT5 = sources.find("ndt5")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


FATES = {"5hkck": (2, {}), "m9pcq": (2, {})}
FATES |= {
    "vscqp": (0, {"a test of M-Lab's own monitoring": 2}),
    "x5dms": (0, {"a test inside a local network": 1}),
}


@pytest.mark.parametrize("name", FATES)
def test_every_generation_is_read(
    connection: duckdb.DuckDBPyConnection, shared_data: Path, name: str
) -> None:
    (path,) = (shared_data / "samples-native" / "ndt5").glob(f"ndt-{name}_*.json")
    reading = read(connection, NDT5, path, delivery=path.name, period=None)
    rejected = connection.execute(f"SELECT reason, count(*) FROM {reading.rejected} GROUP BY 1").fetchall()
    assert (reading.accepted_rows, dict(rejected)) == FATES[name]


def test_a_landed_rate_is_that_of_the_bytes_acknowledged(
    connection: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    (path,) = (shared_data / "samples-native" / "ndt5").glob("ndt-m9pcq_*.json")
    download = json.loads(path.read_text())["S2C"]
    start, end = (datetime.fromisoformat(download[name]) for name in ("StartTime", "EndTime"))
    recorded = 8 * download["TCPInfo"]["BytesAcked"] / (end - start).total_seconds() / 1e6
    reading = read(connection, NDT5, path, delivery=path.name, period=None)
    landed = connection.execute(
        f"SELECT download_mbps, latency_ms, flags FROM {reading.accepted} WHERE download_mbps IS NOT NULL"
    ).fetchall()
    assert landed == [(pytest.approx(recorded, rel=1e-6), 40.0, ["service-assumed"])]
    assert landed[0][1] == pytest.approx(download["TCPInfo"]["MinRTT"] / 1000, rel=0.05)  # ns against us


def test_a_subtest_that_never_began_has_the_time_and_the_id_of_its_test() -> None:
    never = {"UUID": "", "StartTime": "0001-01-01T00:00:00Z", "EndTime": "0001-01-01T00:00:00Z", "Error": "x"}
    document = {"StartTime": "2022-06-17T20:06:13Z", "ClientIP": "192.0.2.1", "Control": {"UUID": "c"}}
    (row,) = subtests({**document, "S2C": never})
    assert (row["id"], row["began"], row["completed"]) == ("c download", "2022-06-17T20:06:13Z", 0)
    (row,) = subtests(document)
    assert (row["id"], row["completed"]) == ("c test", 0)


def test_a_time_that_is_none_is_named_without_its_text() -> None:
    document = {"Control": {"UUID": "c"}, "S2C": {"StartTime": "soon", "EndTime": "later"}}
    with pytest.raises(ValueError, match=r"^a subtest's time that is no time$"):
        list(subtests(document))
