"""Murakami: the label of a unit is not believed; recorded bytes and times decide."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.sources.murakami import runs
from qos.store.reading import Reading, read

Json = dict[str, Any]
MURAKAMI = sources.find("murakami")
FIXTURES = Path(__file__).parent / "fixtures" / "murakami"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def reading(connection: duckdb.DuckDBPyConnection, path: Path) -> Reading:
    return read(connection, MURAKAMI, path, delivery=path.name, period=None)


def test_every_sample_is_read(connection: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    fates = {}
    for path in sorted((shared_data / "samples-native" / "murakami").iterdir()):
        found = reading(connection, path)
        fates[path.name.split("-_")[0]] = (found.accepted_rows, found.rejected_rows, found.unused_rows)
    assert fates == {"dash": (0, 0, 15), "ndt5": (1, 0, 0), "ndt7": (1, 0, 0), "ookla-speedtest": (1, 0, 0)}


def test_bandwidth_labelled_bits_is_bytes_as_the_recorded_bytes_and_times_show(
    connection: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    (path,) = (shared_data / "samples-native" / "murakami").glob("ookla-*")
    line = json.loads(path.read_text())
    assert line["DownloadUnit"] == line["UploadUnit"] == "Bit/s"
    found = reading(connection, path)
    query = f"SELECT download_mbps, upload_mbps, flags FROM {found.accepted}"
    ((download, upload, flags),) = connection.execute(query).fetchall()
    for landed, way in ((download, "Download"), (upload, "Upload")):
        recorded = 8 * line[f"{way}Bytes"] / line[f"{way}Elapsed"] / 1e3
        assert landed == pytest.approx(recorded, rel=0.25)
    assert "rate-contradicts-bytes" not in flags


def test_the_same_label_of_speedtest_cli_means_bits(connection: duckdb.DuckDBPyConnection) -> None:
    path = FIXTURES / "speedtest-cli.jsonl"
    found = reading(connection, path)
    landed = connection.execute(
        f"SELECT download_mbps, upload_mbps FROM {found.accepted} ORDER BY line"
    ).fetchall()
    for rates, line in zip(landed, map(json.loads, path.read_text().splitlines()), strict=True):
        for rate, moved in zip(rates, (line["BytesReceived"], line["BytesSent"]), strict=True):
            assert 8 * moved / (rate * 1e6) == pytest.approx(10, rel=0.1)  # the seconds it aims at


def test_a_rate_in_another_unit_contradicts_its_bytes(connection: duckdb.DuckDBPyConnection) -> None:
    found = reading(connection, FIXTURES / "ookla.jsonl")
    flagged = connection.execute(
        f"SELECT line FROM {found.accepted} WHERE list_contains(flags, 'rate-contradicts-bytes')"
    ).fetchall()
    assert flagged == [(3,)]


NDT = {
    "TestName": "ndt7",
    "TestStartTime": "2021-09-08T19:07:27",
    "DownloadUnit": "Mbit/s",
    "UploadUnit": "Mbit/s",
}


@pytest.mark.parametrize("text", ["<Value of MURAKAMI_DEVICE_ID>", "Value of MURAKAMI_DEVICE_ID>"])
def test_a_setting_nobody_filled_in_is_no_value(text: str) -> None:
    (row,) = runs({**NDT, "MurakamiDeviceID": text})
    assert row["MurakamiDeviceID"] is None


def test_an_upload_equal_to_the_download_in_every_digit_is_no_value() -> None:
    (row,) = runs({**NDT, "DownloadValue": 13.907644425550366, "UploadValue": 13.907644425550366})
    assert (row["download_mbps"], row["upload_mbps"]) == (13.907644425550366, None)


def test_a_run_with_an_error_in_one_direction_failed_and_keeps_the_other() -> None:
    (row,) = runs({**NDT, "DownloadValue": 13.9, "UploadValue": None, "UploadError": "i/o timeout"})
    assert (row["completed"], row["download_mbps"], row["upload_mbps"]) == (0, 13.9, None)


def test_a_label_nobody_has_explained_is_no_unit() -> None:
    with pytest.raises(ValueError, match="'Gbit/s' of ndt is not known"):
        list(runs({**NDT, "DownloadValue": 1, "DownloadUnit": "Gbit/s"}))


def test_a_rate_that_is_no_number_is_named_without_its_text() -> None:
    with pytest.raises(ValueError, match=r"^a rate of ndt that is no number$"):
        list(runs({**NDT, "DownloadValue": "192.0.2.9"}))
