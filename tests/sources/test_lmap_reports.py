"""LMAP reports: rates from bytes and nanoseconds, times of a named zone, cells by the registry's names."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.sources.lmap_report import UNKNOWN, registered, trials
from qos.store.reading import read

FIXTURES = Path(__file__).parent / "fixtures" / "lmap-report"
REGISTRY = "https://www.iana.org/performance-metrics/"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def test_the_landed_rates_are_bytes_over_time(connection: duckdb.DuckDBPyConnection) -> None:
    path = FIXTURES / "berec.ndjson"
    raw = json.loads(path.read_text().splitlines()[0])["result"][0]["results"][0]
    reading = read(connection, sources.find("lmap-report"), path, delivery=path.name, period=None)
    query = f"SELECT download_mbps, upload_mbps FROM {reading.accepted} WHERE line = 1"
    for landed, way in zip(connection.execute(query).fetchall()[0], ("download", "upload"), strict=True):
        seconds = raw[f"duration_{way}_ns"] / 1e9
        assert landed == pytest.approx(raw[f"bytes_{way}"] * 8 / seconds / 1e6, rel=1e-9)


def report(**more: Any) -> dict[str, Any]:
    speed = {"status": "FINISHED", "bytes_download": 10**6, "duration_download_ns": 10**9}
    result = {"task": "SPEED", "start": "2018-11-08T12:17:51.950", "results": [speed]}
    zone = {"timezone": "Europe/Vienna"}
    return {"agent-id": "a", "result": [result], "additional_request_info": zone, **more}


@pytest.mark.parametrize(
    ("zone", "start", "in_utc"),
    [
        ("Europe/Vienna", "2018-11-08T12:17:51.950", "2018-11-08T11:17:51.950000+00:00"),
        ("Europe/Vienna", "2018-07-08T12:17:51", "2018-07-08T10:17:51+00:00"),
        ("Asia/Ho_Chi_Minh", "2018-07-08T12:17:51", "2018-07-08T05:17:51+00:00"),
        ("Asia/Ho_Chi_Minh", "2018-07-08T12:17:51Z", "2018-07-08T12:17:51+00:00"),
    ],
)
def test_local_times_are_those_of_the_zone_in_the_report(zone: str, start: str, in_utc: str) -> None:
    document = report(additional_request_info={"timezone": zone})
    document["result"][0]["start"] = start
    (row,) = trials(document)
    assert row["start"] == in_utc


@pytest.mark.parametrize(
    ("about", "reason"),
    [({}, "without a zone"), ({"timezone": "../etc"}, "nobody knows"), ({"timezone": "X/Y"}, "nobody knows")],
)
def test_a_time_nobody_can_place_rejects_the_report(about: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        list(trials(report(additional_request_info=about)))


@pytest.mark.parametrize(
    ("number", "service", "technology"),
    [
        (99, "fixed", None),
        (106, "fixed", None),
        (13, "mobile", "4g"),
        (41, "mobile", "5g-nsa"),
        (98, None, None),
    ],
)
def test_the_network_at_the_start_says_what_was_measured(
    number: int, service: str | None, technology: str | None
) -> None:
    path = {"network_points_in_time": [{"network_type_id": number}]}
    (row,) = trials(report(time_based_result=path))
    assert (row.get("service"), row.get("technology")) == (service, technology)


def table(name: str, columns: list[str], *cells: str) -> dict[str, Any]:
    return {"function": [{"uri": REGISTRY + name}], "column": columns, "row": [{"value": list(cells)}]}


def rows(*tables: dict[str, Any], status: int | None = 0) -> list[Any]:
    result = {"task": "ping", "start": "2016-12-20T09:16:30+00:00", "status": status, "table": list(tables)}
    return list(registered({"ietf-lmap-report:report": {"agent-id": "a", "result": [result]}}))


MEAN = "RTDelay_Active_IP-ICMP-SendOnRcv_RFC8912sec10_Seconds_Mean"


@pytest.mark.parametrize("columns", [["T0", "Mean"], ["T0", "value"], ["T0", MEAN]])
def test_a_figure_is_found_by_the_name_of_its_column(columns: list[str]) -> None:
    (row,) = rows(table(MEAN, columns, "2016-12-20T09:16:30Z", "0.0213"))
    assert (row["delay_s"], row["ended"]) == ("0.0213", 1)


def test_cells_that_no_column_names_are_not_guessed() -> None:
    (row,) = rows(table(MEAN, ["T0", "Max"], "2016-12-20T09:16:30Z", "0.0213"))
    assert row["what"] == UNKNOWN
    (row,) = rows(table("RTDelay_Active_IP-UDP-Periodic_RFC8912sec4_Seconds_95Percentile", ["value"], "0.04"))
    assert row["what"] == UNKNOWN


def test_a_failed_task_is_a_measurement_without_a_figure() -> None:
    (row,) = rows(table(MEAN, ["value"], "0.0213"), status=9)
    assert row["ended"] == 0
    assert "delay_s" not in row


def test_measurements_of_one_report_have_names_of_their_own() -> None:
    found = rows(table(MEAN, ["value"], "0.02"), table(MEAN, ["value"], "0.03"))
    assert len({row["run"] for row in found}) == 2
