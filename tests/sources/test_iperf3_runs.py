"""iperf3: what arrived counts, in the direction it went, and never inside one's own network."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.sources.iperf3 import runs
from qos.store.reading import read

Json = dict[str, Any]
IPERF3 = sources.find("iperf3")
FIXTURES = Path(__file__).parent / "fixtures" / "iperf3"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def documents(text: str) -> Iterator[Json]:
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        document, place = decoder.raw_decode(text, place)
        yield document
        place += 1  # the line end between two


def test_the_sample_is_a_test_inside_a_local_network(
    connection: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    path = shared_data / "samples-native" / "iperf3" / "results.json"
    reading = read(connection, IPERF3, path, delivery=path.name, period=None)
    reasons = connection.execute(f"SELECT reason FROM {reading.rejected}").fetchall()
    assert (reading.rows, reasons) == (1, [("a test inside a local network",)])


def test_the_rate_of_the_sample_is_what_arrived_in_its_time(shared_data: Path) -> None:
    document = json.loads((shared_data / "samples-native" / "iperf3" / "results.json").read_text())
    (row,) = runs(document)
    received = document["end"]["sum_received"]
    assert row["upload_bps"] == pytest.approx(8 * received["bytes"] / received["seconds"], rel=1e-4)
    assert "download_bps" not in row


def test_landed_rates_are_those_of_the_bytes_and_seconds_received(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    path = FIXTURES / "runs.json"
    given = list(documents(path.read_text()))
    reading = read(connection, IPERF3, path, delivery=path.name, period=None)
    query = (
        "SELECT line, download_mbps, upload_mbps, list_contains(flags, 'rate-contradicts-bytes')"
        f" FROM {reading.accepted} WHERE coalesce(download_mbps, upload_mbps) IS NOT NULL ORDER BY line"
    )
    landed = connection.execute(query).fetchall()
    assert [line for line, *_ in landed] == [1, 2, 3, 5, 9]
    for line, download, upload, contradicts in landed:
        end, reverse = given[line - 1]["end"], given[line - 1]["start"]["test_start"]["reverse"]
        blocks = {"download" if reverse else "upload": end["sum_received"]}
        if back := end.get("sum_received_bidir_reverse"):
            blocks["download"] = back
        recorded = {way: 8 * block["bytes"] / block["seconds"] / 1e6 for way, block in blocks.items()}
        agree = {"download": download, "upload": upload} == {
            "download": pytest.approx(recorded["download"], rel=0.05) if "download" in recorded else None,
            "upload": pytest.approx(recorded["upload"], rel=0.05) if "upload" in recorded else None,
        }
        assert agree != contradicts


def test_the_name_of_a_machine_in_a_cookie_is_not_kept() -> None:
    (row,) = runs({"start": {"cookie": "secret-host.1498663888"}, "end": {}})
    assert "secret-host" not in json.dumps(row)
    (again,) = runs({"start": {"cookie": "secret-host.1498663888"}, "end": {}})
    assert row["id"] == again["id"]


def test_partial_figures_of_a_run_with_an_error_are_no_metrics() -> None:
    (document, *_) = documents((FIXTURES / "runs.json").read_text())
    (row,) = runs(document | {"error": "interrupt - the client has terminated"})
    assert row["completed"] == 0
    assert not {"upload_bps", "download_bps", "min_rtt_us"} & row.keys()
