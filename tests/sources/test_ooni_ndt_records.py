"""OONI's ndt: records in whatever they were kept in, and rates against the client's own counters."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.sources.ooni_ndt import measured
from qos.store.reading import read

Json = dict[str, Any]
OONI = sources.find("ooni-ndt")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def finished(shared_data: Path) -> Path:
    (path,) = (shared_data / "samples-native" / "ooni").glob("*_DE_ndt_*.json")
    return path


@pytest.fixture(scope="module")
def record(finished: Path) -> Json:
    loaded: Json = json.loads(json.loads(json.loads(finished.read_text())["body"])["raw_measurement"])
    return loaded


def test_the_failed_sample_is_a_failed_measurement(
    connection: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    (path,) = (shared_data / "samples-native" / "ooni").glob("measurement_meta__01*.json")
    reading = read(connection, OONI, path, delivery=path.name, period=None)
    columns = "completed, download_mbps, service, access, country, asn"
    landed = connection.execute(f"SELECT {columns} FROM {reading.accepted}").fetchall()
    assert landed == [(0, None, "fixed", "wifi", "AE", 15802)]


def test_landed_rates_are_those_of_the_recorded_bytes_and_times(
    connection: duckdb.DuckDBPyConnection, finished: Path, record: Json
) -> None:
    reading = read(connection, OONI, finished, delivery=finished.name, period=None)
    query = f"SELECT download_mbps, upload_mbps, latency_ms, flags FROM {reading.accepted}"
    ((*rates, latency, flags),) = connection.execute(query).fetchall()
    for rate, way in zip(rates, ("download", "upload"), strict=True):
        app = [entry["AppInfo"] for entry in record["test_keys"][way] if entry["Origin"] == "client"][-1]
        assert rate == pytest.approx(8 * app["NumBytes"] / app["ElapsedTime"], rel=0.02)
    tcp = [entry["TCPInfo"] for entry in record["test_keys"]["download"] if "TCPInfo" in entry][-1]
    assert latency == tcp["MinRTT"] / 1000
    assert flags == ["service-assumed"]


def test_a_record_is_the_same_in_whatever_it_was_kept_in(record: Json) -> None:
    meta = {"raw_measurement": json.dumps(record), "probe_cc": "elsewhere"}
    answer = {"status": 200, "body": json.dumps(meta)}
    assert list(measured(record)) == list(measured(meta)) == list(measured(answer))


@pytest.mark.parametrize("text", ["{", "[" * 100_000])
def test_a_text_that_should_hold_a_record_and_does_not_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="raw_measurement is not JSON"):
        list(measured({"raw_measurement": text}))


def test_a_hidden_network_is_no_network(record: Json) -> None:
    (row,) = measured({**record, "probe_asn": "AS0"})
    assert row["asn"] is None
