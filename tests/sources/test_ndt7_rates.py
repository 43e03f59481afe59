"""ndt7: the archive beside the repository, recomputed from its bytes; what counts as a complete subtest."""

import gzip
import json
import statistics
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.sources.ndt7 import subtests
from qos.store.reading import Reading, read

Json = dict[str, Any]
NDT7 = sources.find("ndt7")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def samples(shared_data: Path) -> Path:
    return shared_data / "samples-native"


@pytest.fixture(scope="module")
def archive(samples: Path) -> Path:
    return next((samples / "ndt7").glob("*.tgz"))


@pytest.fixture(scope="module")
def counters(archive: Path) -> dict[str, tuple[str, Json]]:
    """Id -> direction and last TCPInfo of each archived result, read without the code under test."""
    found = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            packed = opened.extractfile(member)
            assert packed is not None
            result = json.loads(gzip.decompress(packed.read()))
            direction = "download" if "Download" in result else "upload"
            test = result[direction.capitalize()]
            found[test["UUID"]] = (direction, test["ServerMeasurements"][-1]["TCPInfo"])
    return found


def mbps(direction: str, tcp: Json) -> float:
    moved = tcp["BytesAcked" if direction == "download" else "BytesReceived"]
    return float(8 * moved / tcp["ElapsedTime"])


def landed(connection: duckdb.DuckDBPyConnection, reading: Reading) -> dict[str, Json]:
    found = connection.execute(f"SELECT * FROM {reading.accepted}")
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {row["measurement_id"]: row for row in rows}


@pytest.fixture(scope="module")
def rows(connection: duckdb.DuckDBPyConnection, archive: Path) -> dict[str, Json]:
    reading = read(connection, NDT7, archive, delivery=archive.name, period=None)
    assert (reading.rows, reading.accepted_rows) == (114, 114)
    return landed(connection, reading)


def test_the_archive_has_the_medians_its_readme_states(counters: dict[str, tuple[str, Json]]) -> None:
    rates = {way: [mbps(w, t) for w, t in counters.values() if w == way] for way in ("download", "upload")}
    assert {way: len(found) for way, found in rates.items()} == {"download": 57, "upload": 57}
    assert round(statistics.median(rates["download"]), 3) == 32.905
    assert round(statistics.median(rates["upload"]), 3) == 5.769
    assert round(statistics.median(tcp["MinRTT"] / 1000 for _, tcp in counters.values())) == 226


def test_landed_rates_are_those_of_the_recorded_bytes_and_times(
    rows: dict[str, Json], counters: dict[str, tuple[str, Json]]
) -> None:
    assert rows.keys() == counters.keys()
    complete = {name for name, row in rows.items() if row["completed"] == 1}
    for name in complete:
        direction, tcp = counters[name]
        row = rows[name]
        assert row[f"{direction}_mbps"] == pytest.approx(mbps(direction, tcp), rel=1e-12)
        assert row["upload_mbps" if direction == "download" else "download_mbps"] is None
        assert row["latency_ms"] == pytest.approx(tcp["MinRTT"] / 1000)
        lost = tcp["BytesRetrans"] / tcp["BytesSent"] if direction == "download" else None
        assert row["loss_ratio"] == (lost if lost is None else pytest.approx(lost))


def test_two_downloads_and_four_uploads_ended_before_nine_seconds_and_failed(
    rows: dict[str, Json], counters: dict[str, tuple[str, Json]]
) -> None:
    failed = {name for name, row in rows.items() if row["completed"] == 0}
    assert Counter(counters[name][0] for name in failed) == {"download": 2, "upload": 4}
    assert all(counters[name][1]["ElapsedTime"] < 9_000_000 for name in failed)
    for name in failed:
        assert {rows[name][m] for m in ("download_mbps", "upload_mbps", "latency_ms", "loss_ratio")} == {None}


def test_the_loose_results_are_those_of_the_archive(
    connection: duckdb.DuckDBPyConnection, samples: Path, rows: dict[str, Json]
) -> None:
    download, upload = sorted((samples / "ndt7").glob("*.json"))
    reading = read(connection, NDT7, download, delivery=download.name, period=None)
    (alone,) = landed(connection, reading).values()
    assert {**alone, "line": 0} == {**rows[alone["measurement_id"]], "line": 0}
    reading = read(connection, NDT7, upload, delivery=upload.name, period=None)
    reasons = connection.execute(f"SELECT reason, value FROM {reading.rejected}").fetchall()
    assert reasons == [("a test inside a local network", "192.168.0.1")]


def test_annotations_are_read_and_left_alone_and_the_broken_one_stops(
    connection: duckdb.DuckDBPyConnection, samples: Path
) -> None:
    for path in sorted((samples / "mlab-annotation2").iterdir()):
        if path.name == "ndt-corrupt.json":
            with pytest.raises(DeliveryFault, match="not JSON, or cut short: line 49"):
                read(connection, NDT7, path, delivery=path.name, period=None)
            continue
        reading = read(connection, NDT7, path, delivery=path.name, period=None)
        assert (reading.layout, reading.rows, reading.unused_rows) == ("beside the results", 1, 1)


def result(direction: str, tcp: Json, **options: str) -> Json:
    named = [{"Name": name, "Value": value} for name, value in options.items()]
    test = {"UUID": "u", "ServerMeasurements": [{"TCPInfo": tcp}], "ClientMetadata": named}
    return {"ClientIP": "2001:db8::9", "StartTime": "2026-07-01T00:00:00Z", direction: test}


@pytest.mark.parametrize(
    ("elapsed", "moved", "options", "completed"),
    [
        (8_999_999, 10**9, {}, 0),
        (9_000_000, 10**9, {}, 1),
        (9_000_000, 8_191, {}, 0),
        (2_000_000, 250_000_000, {"early_exit": "250"}, 1),
        (0, 250_000_000, {"early_exit": "250"}, 0),
    ],
)
def test_a_subtest_completes_after_nine_seconds_or_when_its_client_says(
    elapsed: int, moved: int, options: dict[str, str], completed: int
) -> None:
    (row,) = subtests(result("Download", {"ElapsedTime": elapsed, "BytesAcked": moved}, **options))
    assert row["completed"] == completed
    assert row["download_mbps"] == (8 * moved / elapsed if completed else None)


def test_the_last_measurement_with_kernel_counters_counts() -> None:
    document = result("Upload", {"ElapsedTime": 10**7, "BytesReceived": 10**7})
    document["Upload"]["ServerMeasurements"] += [{"BBRInfo": {"BW": 1}}, {"TCPInfo": None}]
    (row,) = subtests(document)
    assert row["upload_mbps"] == 8.0


def test_hosts_of_one_line_are_one_subject() -> None:
    first, second = (result("Upload", {"ElapsedTime": 10**7, "BytesReceived": 10**7}) for _ in "ab")
    second["ClientIP"] = "2001:db8::ffff:1"
    (one,), (other,) = subtests(first), subtests(second)
    assert one["line"] == other["line"] == "2001:db8::/64"


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["ServerMeasurements", "ClientMetadata", "TCPInfo", "ElapsedTime", "BytesAcked", "Name"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["Download", "Upload", "ClientIP"]), _JSON, max_size=3))
def test_a_rate_is_never_made_of_counters_that_are_none(document: Json) -> None:
    try:
        found = list(subtests(document))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        return  # the reader rejects the document for its form
    for row in found:
        rate = row.get("download_mbps", row.get("upload_mbps"))
        assert (rate is None) == (row["completed"] == 0)


@pytest.mark.parametrize(
    "summary",
    [
        {"DownloadUUID": "u", "Download": {"Value": 13.9, "Unit": "Mbit/s"}},
        {"Download": {"UUID": "u", "Throughput": {"Value": 13.9, "Unit": "Mbit/s"}}, "Upload": None},
    ],
)
def test_a_summary_without_a_time_is_rejected_for_it(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, summary: Json
) -> None:
    path = tmp_path / "quiet.json"
    path.write_text(json.dumps({"ServerFQDN": "ndt.example", "ClientIP": "192.0.2.9", **summary}))
    reading = read(connection, NDT7, path, delivery=path.name, period=None)
    reasons = connection.execute(f"SELECT reason FROM {reading.rejected}").fetchall()
    assert reasons == [("what a client prints does not say when it was measured",)]
