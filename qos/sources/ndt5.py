"""ndt5, the older protocol of Measurement Lab: one connection each way for ten seconds.

One row is one subtest, S2C (download) or C2S (upload), each with its id, its own end points and its own
error, as M-Lab's unified views have them; a test that came to neither is one failed row. One JSON document
of the server's archive is one test. Rates are in Mbit/s: of downloads what was handed to the server's socket
in ten seconds, in newer versions what was acknowledged; of uploads what was received. `MinRTT` is in
NANOSECONDS, rounded to ms: the least of the loaded connection, mostly known of downloads only. Where the
last kernel counters are given (seen in v0.20) the loss is bytes sent again / bytes sent, and bytes
acknowledged / the subtest's time must give the rate; older results hold nothing to check it against.

A subtest with an error or of less than 9 s failed (`completed` 0, no metrics), as in M-Lab's filter. Its
further condition, that loss or delay show the network to be the limit, is not used: it would leave out
the best lines. Addresses are the subtest's, not those of the control connection, which may go through a
proxy or another version of IP. What clients say of themselves comes as a list or, before v0.12, as an object.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from qos.domain.declaration import Declaration, Documents, Flat
from qos.domain.expressions import (
    constant,
    contradicts,
    divide,
    equals,
    matches,
    service_given,
    service_not_said,
    share,
    utc,
)
from qos.domain.source import Shape, Source, SourceKind, View
from qos.sources._addresses import LOCAL, MONITORS, WITHIN, line_of, version_of

SOURCE = Source(
    name="ndt5",
    title="NDT5 of Measurement Lab, archive of a server",
    kind=SourceKind.BROWSER,
    shape=Shape.MEASUREMENTS,
    licence="CC0-1.0",
    notice="NDT data of Measurement Lab (M-Lab), https://www.measurementlab.net",
    url="https://www.measurementlab.net/tests/ndt/ndt5/",
    kin="mlab",
    personal=True,
    streams=1,
    view=View.SERVER,
    server_selection="the nearest by the address's place, as M-Lab's name service answered",
)

Json = Mapping[str, Any]

COMPLETE_SECONDS = 9
"""Less is no complete subtest: M-Lab's filter of valid rows."""
COUNTED_LATER = 0.1
"""How far the rate may be from counters that were read a moment later."""
NEVER = "0001-"
"""Begins the time of a subtest that did not begin."""

DIRECTIONS = {"S2C": "download", "C2S": "upload"}
OUTER = ("ServerIP", "ClientIP", "StartTime")
INNER = ("UUID", "ServerIP", "ClientIP", "StartTime", "EndTime", "MeanThroughputMbps", "MinRTT", "TCPInfo")


def subtests(document: Json) -> Iterator[Flat]:
    """The subtests of one test; one row for a test that came to none."""
    whole = {name: value for name, value in document.items() if name not in (*DIRECTIONS, *OUTER, "Control")}
    control: Json = document["Control"]
    whole |= {f"Control.{name}": value for name, value in control.items() if name != "ClientMetadata"}
    ran = [(name, document[name]) for name in DIRECTIONS if isinstance(document.get(name), Mapping)]
    for name, test in ran:
        yield {**whole, **subtest(document, test, DIRECTIONS[name])}
    if not ran:
        yield {**whole, **began(document, {}, "test")}


def subtest(document: Json, test: Json, direction: str) -> Json:
    """One subtest: its rate where it completed, and the counters that must agree with it."""
    tcp = test.get("TCPInfo") or {}
    seconds = lasted(test)
    completed = not test.get("Error") and seconds >= COMPLETE_SECONDS
    return {
        **{f"Subtest.{name}": value for name, value in test.items() if name not in INNER},
        **began(document, test, direction),
        "completed": int(completed),
        f"{direction}_mbps": test.get("MeanThroughputMbps") if completed else None,
        "min_rtt_ns": test.get("MinRTT") if completed else None,
        "bytes_acked": tcp.get("BytesAcked"),
        "bytes_again": tcp.get("BytesRetrans") if completed else None,
        "bytes_sent": tcp.get("BytesSent") if completed else None,
        "seconds": seconds,
    }


def began(document: Json, test: Json, what: str) -> dict[str, Any]:
    """Where and when, of the subtest if it began, else of the whole test."""
    own = test if test.get("UUID") and not str(test.get("StartTime")).startswith(NEVER) else document
    control = document["Control"]["UUID"]
    return {
        "id": test["UUID"] if own is test else f"{control} {what}",
        "began": own.get("StartTime"),
        "client": own.get("ClientIP"),
        "server": own.get("ServerIP"),
        "line": line_of(own.get("ClientIP")),
        "ip_version": version_of(own.get("ClientIP")),
        "completed": 0,
    }


def lasted(test: Json) -> float:
    """Seconds; 0 where the subtest has no times. Raises ValueError where they are none."""
    if not (test.get("StartTime") and test.get("EndTime")):
        return 0.0
    try:
        start, end = (datetime.fromisoformat(str(test[name])) for name in ("StartTime", "EndTime"))
    except ValueError as fault:
        raise ValueError("a subtest's time that is no time") from fault
    return (end - start).total_seconds()


RESULT = Documents(
    name="archive",
    rows=subtests,
    takes=lambda document: isinstance(document.get("Control"), Mapping),
    keep={
        "measurement_id": "id",
        "measured_at": utc("began"),
        "subject": "line",
        "service": service_given(assumed="fixed"),
        "ip": "client",
        "ip_version": "ip_version",
        "server": "server",
        "method": constant("ndt5 tcp, 1 stream"),
        "download_mbps": "download_mbps",
        "upload_mbps": "upload_mbps",
        "latency_ms": divide("min_rtt_ns", 1e6, none=("0",)),
        "loss_ratio": share("bytes_again", "bytes_sent"),
        "completed": "completed",
    },
    reject={
        WITHIN: matches("client", LOCAL),
        "a test of M-Lab's own monitoring": equals("client", *MONITORS),
        "its connection has no id": equals("id", "ERROR_DISCOVERING_UUID"),
    },
    flags={
        "service-assumed": service_not_said(),
        "rate-contradicts-bytes": contradicts(
            "download_mbps",
            bytes_name="bytes_acked",
            time_name="seconds",
            per_second=1,
            tolerance=COUNTED_LATER,
        ),
    },
    ignore={
        "of the control connection": (
            *("Control.UUID", "Control.Protocol", "Control.MessageProtocol", "Control.ServerMetadata"),
            *("EndTime", "ClientPort", "ServerPort"),
        ),
        "of the server's software": ("GitShortCommit", "Version"),
        "a port says nothing": ("Subtest.ClientPort", "Subtest.ServerPort"),
        "round trips under load, but over a queue of the test's own making": (
            *("Subtest.MaxRTT", "Subtest.SumRTT", "Subtest.CountRTT"),
        ),
        "the client's own count, another view of the same": ("Subtest.ClientReportedMbps",),
        "kept as a test that failed": ("Subtest.Error",),
    },
    optional=("*",),
)

DECLARATION = Declaration(SOURCE, (RESULT,))
