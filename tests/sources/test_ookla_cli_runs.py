"""Results of Ookla's client: rates from bytes a second, failures from the log, nothing of the machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.store.reading import Reading, read

FIXTURES = Path(__file__).parent / "fixtures" / "ookla-cli"
SLOW_START = 0.25


@pytest.fixture(scope="module")
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def read_runs(connection: duckdb.DuckDBPyConnection, path: Path, service: str | None = None) -> Reading:
    client = sources.find("ookla-cli")
    return read(connection, client, path, delivery=path.name, period=None, service=service)


def rows(connection: duckdb.DuckDBPyConnection, path: Path) -> list[dict[str, Any]]:
    reading = read_runs(connection, path)
    found = connection.execute(f"SELECT * FROM {reading.accepted} ORDER BY line")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_the_rate_of_a_real_run_is_that_of_its_bytes_and_time(opened: duckdb.DuckDBPyConnection) -> None:
    raw = json.loads((FIXTURES / "run.json").read_text())["download"]
    (run,) = rows(opened, FIXTURES / "run.json")
    recomputed = 8 * raw["bytes"] / (raw["elapsed"] / 1000) / 1e6
    assert run["download_mbps"] == pytest.approx(269.315, abs=0.001)
    assert run["download_mbps"] == pytest.approx(recomputed, rel=SLOW_START)
    assert "rate-contradicts-bytes" not in run["flags"]


@pytest.mark.parametrize("factor", [8, 1 / 8, 1 / 1000, 1.35])
def test_a_rate_in_another_unit_is_flagged(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path, factor: float
) -> None:
    run = json.loads((FIXTURES / "run.json").read_text())
    run["download"]["bandwidth"] = int(run["download"]["bandwidth"] * factor)
    (tmp_path / "run.json").write_text(json.dumps(run))
    (found,) = rows(opened, tmp_path / "run.json")
    assert "rate-contradicts-bytes" in found["flags"]


def test_made_up_figures_of_a_test_contradict_themselves_and_are_flagged(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    (run,) = rows(opened, FIXTURES / "result.json")
    assert (run["download_mbps"], run["upload_mbps"]) == (925.0, 910.0)
    assert "rate-contradicts-bytes" in run["flags"]


def test_the_other_client_counts_bits_and_runs_for_about_ten_seconds(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    """Without a time in the file, its documented length of ten seconds is what the unit is held against."""
    raw = json.loads((FIXTURES / "sivel.json").read_text())
    (run,) = rows(opened, FIXTURES / "sivel.json")
    for metric, total in (("download_mbps", "bytes_received"), ("upload_mbps", "bytes_sent")):
        assert 8 * raw[total] / 1e6 / run[metric] == pytest.approx(10, rel=SLOW_START)


def test_an_absent_loss_is_unknown_and_a_loss_of_0_is_none(opened: duckdb.DuckDBPyConnection) -> None:
    (without,) = rows(opened, FIXTURES / "result-without-loss.json")
    (none,) = rows(opened, FIXTURES / "result.json")
    assert "loss_ratio" not in without or without["loss_ratio"] is None
    assert none["loss_ratio"] == 0


def test_an_error_line_is_a_failed_run_without_metrics(opened: duckdb.DuckDBPyConnection) -> None:
    (failed,) = rows(opened, FIXTURES / "error.json")
    assert failed["completed"] == 0
    assert not any(failed.get(metric) for metric in ("download_mbps", "upload_mbps", "latency_ms"))


def test_of_json_lines_results_and_failures_enter_and_progress_does_not(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    reading = read_runs(opened, FIXTURES / "run.jsonl")
    assert (reading.rows, reading.accepted_rows, reading.unused_rows, reading.rejected_rows) == (7, 2, 4, 1)
    reasons = f"SELECT reason, count(*) FROM {reading.unused} GROUP BY reason ORDER BY reason"
    assert opened.execute(reasons).fetchall() == [("a remark of the program", 1), ("progress of a run", 3)]


def test_a_page_of_the_tracker_holds_results_failures_and_what_never_ended(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(opened, FIXTURES / "tracker.json")
    assert [run["completed"] for run in found] == [1, 0]
    reading = read_runs(opened, FIXTURES / "tracker.json")
    rejected = f"SELECT reason FROM {reading.rejected}"
    assert opened.execute(rejected).fetchall() == [("neither a result nor a line of the log",)]


def test_a_result_that_was_not_sent_to_ookla_is_named_by_its_time(opened: duckdb.DuckDBPyConnection) -> None:
    sent, kept = rows(opened, FIXTURES / "array.json")
    assert sent["measurement_id"] == "00000000-0000-4000-8000-000000000001"
    assert kept["measurement_id"] == "2024-12-16T00:52:18Z 0"


@pytest.mark.parametrize(
    ("interface", "access"),
    [("wlp3s0", "wifi"), ("wlan0", "wifi"), ("wwan0", "cellular"), ("eth0", None), ("", None)],
)
def test_only_radio_interfaces_say_how_a_machine_reached_its_network(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path, interface: str, access: str | None
) -> None:
    run = json.loads((FIXTURES / "run.json").read_text())
    run["interface"]["name"] = interface
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert rows(opened, tmp_path / "run.json")[0]["access"] == access


def test_nothing_that_names_the_machine_is_read(opened: duckdb.DuckDBPyConnection) -> None:
    text = str(rows(opened, FIXTURES / "run.json"))
    assert "192.0.2.1" in text  # resolved to a network, then dropped
    assert not [secret for secret in ("00:00:5E:00:53:01", "192.0.2.7", "wlan0") if secret in text]


def test_service_is_assumed_unless_it_is_said(opened: duckdb.DuckDBPyConnection) -> None:
    assert "service-assumed" in rows(opened, FIXTURES / "run.json")[0]["flags"]
    reading = read_runs(opened, FIXTURES / "run.json", "mobile")
    said = f"SELECT service, flags FROM {reading.accepted}"
    assert opened.execute(said).fetchall() == [("mobile", [])]


def test_every_sample_of_the_folder_is_taken_in(opened: duckdb.DuckDBPyConnection, shared_data: Path) -> None:
    """Its README: two error lines, one full result, one without packetLoss."""
    found = [
        rows(opened, path) for path in sorted((shared_data / "samples-native" / "ookla-cli").glob("*.json"))
    ]
    assert [[run["completed"] for run in file] for file in found] == [[0], [1], [1], [0]]
    assert [file[0].get("loss_ratio") for file in found] == [None, 0, None, None]
