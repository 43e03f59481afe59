"""Reports of large-scale measurement platforms (LMAP): RFC 8194 in JSON, and the BEREC tool's own variant.

RFC 8194: a report holds results of tasks, each with tables whose cells are texts. What a cell means is said
by the table's `function` (a name of the IANA registry of performance metrics, RFC 8911 and 8912) and its
`column`; one row of a table is one measurement. Read are round-trip delay, loss and look-up time, from the
column that is called as the name's statistic, `value`, or the only one; the unit is part of the name
(Seconds, Percent). A table that names no function of these, like the output of mtr in lmapd's own tests, is
counted as not used. A task that ended with another status than 0 has failed. Times carry their offset;
the agent is the subject.

The variant (nntool) puts typed `results` beside the tasks: bytes and nanoseconds of a download and an upload
after their slow start, from which the rates are made (537484 bytes in 14.00000001 s are 0.307 Mbit/s), and
round trips, of which the median is kept. Its times are local; the report says the zone's name, and a
report without one is rejected. Wi-Fi and cable measure the line, cellular the mobile network; a test
whose network is not told is rejected. Positions find the region; network names (SSID) are left alone.

Seen: reports in the test suites of lmapd and of the BEREC tool, with made-up figures; names of registry
metrics only as printed there. Other platforms' own functions (SIMET's) are not read.
"""

import datetime as dt
import re
import statistics
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qos.domain.declaration import Declaration, Documents, Flat
from qos.domain.expressions import (
    divide,
    empty,
    equals,
    join,
    multiply,
    service_given,
    service_not_said,
    share,
    utc,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="lmap-report",
    title="LMAP reports (RFC 8194, BEREC measurement tool)",
    kind=SourceKind.PROBE,
    shape=Shape.MEASUREMENTS,
    licence="none stated",
    notice="As agreed with the operator of the measurement platform.",
    url="https://www.rfc-editor.org/rfc/rfc8194",
    personal=True,
    view=View.CLIENT,
    server_selection="by the platform's controller",
)

FUNCTIONS = {
    r"RTDelay_\w[\w-]*_Seconds_(Mean|Raw|Singleton)": "delay_s",
    r"RTLoss_\w[\w-]*_Percent_(LossRatio)": "loss_percent",
    r"RTDNS_\w[\w-]*_Seconds_(Mean|Raw)": "look_up_s",
}
"""Name in the registry -> our word for its figure. Delay percentiles are no central value and not read."""
UNKNOWN = "no function or column of ours says what the cells mean"
NO_TABLE = "a task that gave no table"
REPORT_NAMES = ("date", "agent-id", "group-id", "measurement-point", "result")
RESULT_NAMES = (
    *("schedule", "action", "task", "parameters", "option", "tag", "event", "start", "end", "cycle-number"),
    *("status", "conflict", "table", "results"),
)


def registered(document: Flat) -> Iterator[Flat]:
    """The rows of all tables of a report of RFC 8194; names that it does not have stay in each row."""
    report = _object(document.get("ietf-lmap-report:report", document.get("report")))
    for number, result in enumerate(_objects(report.get("result")), 1):
        about = {
            **_rest(report, REPORT_NAMES),
            **_rest(result, RESULT_NAMES),
            "agent": report.get("agent-id"),
            "start": result.get("start"),
            "task": result.get("task"),
        }
        run = (
            f"{report.get('agent-id')} {result.get('schedule')} {result.get('action')} {result.get('start')}"
        )
        rows = [row for table in _objects(result.get("table")) for row in _table(table)]
        for place, row in enumerate(rows or [{"what": NO_TABLE}], 1):
            yield {**about, "run": f"{run} {number}.{place}", **_judged(row, result.get("status"))}


def _judged(row: Flat, status: object) -> Flat:
    """Of a failed task no figure is believed; a status that is not told says nothing."""
    if status is None or row["what"] in (UNKNOWN, NO_TABLE):
        return row
    return {**row, "ended": 1} if str(status) == "0" else {"what": row["what"], "ended": 0}


def _table(table: Mapping[str, Any]) -> Iterator[Flat]:
    columns = [str(name) for name in table.get("column") or []]
    known = [figure for function in _objects(table.get("function")) if (figure := _figure(function))]
    for row in _objects(table.get("row")):
        cells = dict(zip(columns, row.get("value") or [], strict=False))
        found = {}
        for name, word, statistic in known:
            of_value = [cells[key] for key in (name, statistic, "value") if key in cells]
            only = list(cells.values()) if len(columns) == 1 else []
            found[word] = next(iter(of_value or only), None)
        said = known and any(value is not None for value in found.values())
        yield {"what": known[0][0], **found} if said else {"what": UNKNOWN}


def _figure(function: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Name of a registered metric, our word for its figure, and its statistic."""
    name = re.split(r"[/:]", str(function.get("uri", "")))[-1]
    for pattern, word in FUNCTIONS.items():
        if found := re.fullmatch(pattern, name):
            return name, word, found[1]
    return None


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("no object where the report should have one")
    return value


def _objects(value: object) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise ValueError("no list of objects where the report should have one")
    return value


def _rest(node: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name not in known}


# --- the BEREC tool ---------------------------------------------------------------------------

CELLULAR: dict[int, str | None] = {
    **dict.fromkeys((1, 2, 4, 5, 6, 7, 11, 12, 14, 16), "2g"),
    **dict.fromkeys((3, 8, 9, 10, 15, 17), "3g"),
    **dict.fromkeys((13, 19, 40), "4g"),
    20: "5g-sa",
    **dict.fromkeys((41, 42), "5g-nsa"),
    **dict.fromkeys((0, 101, 102, 103, 104, 105), None),  # cellular of any or of changing technology
}
LINES = {99: "wifi", 106: "ethernet"}
"""Numbers of networks as in RTR-NetTest, whose successor the tool is."""
NOT_SPEED = "single services tried: no indicator of ours"
NOT_ENDED = "a test that was neither finished nor failed"
NOT_TOLD = "neither mobile nor fixed can be told"
ENDS = {"FINISHED": 1, "FAILED": 0}


def trials(document: Flat) -> Iterator[Flat]:
    """The tests of one report of the BEREC tool; names at its top that it does not have stay in each row."""
    client = _object(document.get("additional_request_info") or {})
    path = _object(document.get("time_based_result") or {})
    about = {
        **_rest(document, (*REPORT_NAMES, "additional_request_info", "time_based_result")),
        "agent": document.get("agent-id"),
        "model": client.get("model"),
        "program": client.get("app_version_name"),
        **_network(path),
        **_place(path),
    }
    for result in _objects(document.get("result")):
        start = _in_utc(result.get("start"), client.get("timezone"))
        for place, test in enumerate(_objects(result.get("results")), 1):
            run = f"{document.get('agent-id')} {result.get('task')} {result.get('start')} {place}"
            yield {**about, "start": start, "run": run, **_test(result.get("task"), test)}


def _in_utc(local: object, zone: object) -> str:
    """A local time of a named zone in UTC; of the hour that autumn repeats, the first."""
    if not zone:
        raise ValueError("a local time without a zone")
    try:
        there = ZoneInfo(str(zone))
    except (ValueError, OSError, ZoneInfoNotFoundError) as fault:
        raise ValueError("a zone nobody knows") from fault
    try:
        at = dt.datetime.fromisoformat(str(local))
    except ValueError as fault:
        raise ValueError("no time where the start should be") from fault
    return (at if at.tzinfo else at.replace(tzinfo=there)).astimezone(dt.UTC).isoformat()


def _network(path: Mapping[str, Any]) -> Flat:
    """What the device was in when the test began: `service`, `access`, `technology`."""
    points = _objects(path.get("network_points_in_time"))
    number = points[0].get("network_type_id") if points else None
    if number in LINES:
        return {"service": "fixed", "access": LINES[number]}
    if number in CELLULAR:
        return {"service": "mobile", "access": "cellular", "technology": CELLULAR[number]}
    return {}


def _place(path: Mapping[str, Any]) -> Flat:
    first = next(iter(_objects(path.get("geo_locations"))), dict[str, Any]())
    return {name: first.get(name) for name in ("latitude", "longitude", "accuracy")}


def _test(task: object, test: Mapping[str, Any]) -> Flat:
    if task != "SPEED":
        return {"what": NOT_SPEED}
    if test.get("status") not in ENDS:
        return {"what": NOT_ENDED}
    trips, server = test.get("rtt_info") or {}, test.get("connection_info") or {}
    times = [trip["rtt_ns"] for trip in _objects(trips.get("rtts"))]
    streams = server.get("actual_num_streams_download")
    return {
        "what": "SPEED",
        "ended": ENDS[test["status"]],
        "down_mbps": _rate(test.get("bytes_download"), test.get("duration_download_ns")),
        "up_mbps": _rate(test.get("bytes_upload"), test.get("duration_upload_ns")),
        "rtt_ns": statistics.median(times) if times else None,
        "lost": trips.get("num_missing"),
        "sent": trips.get("num_sent"),
        "server": server.get("address"),
        "how": "BEREC tool" if streams is None else f"BEREC tool {streams} streams",
    }


def _rate(size: object, duration: object) -> float | None:
    """Mbit/s from bytes and nanoseconds."""
    if not isinstance(size, int | float) or not isinstance(duration, int | float) or duration <= 0:
        return None
    return 8000 * size / duration


REPORT = Documents(
    name="rfc8194",
    takes=lambda document: "ietf-lmap-report:report" in document or "report" in document,
    rows=registered,
    keep={
        "measurement_id": "run",
        "measured_at": "start",
        "subject": "agent",
        "service": service_given(assumed="fixed"),
        "method": join("task", "what"),
        "latency_ms": multiply("delay_s", 1000),
        "loss_ratio": divide("loss_percent", 100),
        "dns_ms": multiply("look_up_s", 1000),
        "completed": "ended",
    },
    unused={UNKNOWN: equals("what", UNKNOWN), NO_TABLE: equals("what", NO_TABLE)},
    flags={"service-assumed": service_not_said()},
)

VARIANT = Documents(
    name="berec",
    takes=lambda document: "result" in document and "agent-id" in document,
    rows=trials,
    keep={
        "measurement_id": "run",
        "measured_at": utc("start"),
        "subject": "agent",
        "service": "service",
        "access": "access",
        "technology": "technology",
        "server": "server",
        "method": "how",
        "client_version": "program",
        "device_model": "model",
        "latitude": "latitude",
        "longitude": "longitude",
        "location_accuracy_m": "accuracy",
        "download_mbps": "down_mbps",
        "upload_mbps": "up_mbps",
        "latency_ms": divide("rtt_ns", 1e6),
        "loss_ratio": share("lost", "sent"),
        "completed": "ended",
    },
    unused={NOT_SPEED: equals("what", NOT_SPEED), NOT_ENDED: equals("what", NOT_ENDED)},
    reject={NOT_TOLD: empty("service")},
)

DECLARATION = Declaration(SOURCE, (REPORT, VARIANT))
