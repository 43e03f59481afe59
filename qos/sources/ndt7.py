"""ndt7 of Measurement Lab: one connection downloads or uploads for ten seconds.

One row is one subtest, as the server archives it: one JSON document each, loose or in the .tgz files of
M-Lab's archive, of any server that runs the reference software. The rate is taken from the last of the
server's measurements with a TCPInfo: 8 x BytesAcked (download) or BytesReceived (upload) / ElapsedTime in
us, which counts TLS and WebSocket framing too. Latency is the least round trip of the loaded connection
(us): neither idle nor loaded latency, and mostly the distance of the server. Loss is bytes sent again /
bytes sent, and known of downloads only.

The archive has no field for errors. A subtest whose counters end before 9 s failed (`completed` 0, no
metrics) unless its client asked for an early end; so did one that moved less than 8 KiB. M-Lab's views
use the same limits, but the 9 s of the connection: in samples of 2020 uploads stopped moving after 4 s and
were closed after 10 s or half an hour, and the mean of their start is not what the line can do.

The subject is the client's address (the upper 64 bits of IPv6), as no other name of a line is known; the
subscribers behind one shared address are one subject. Neither mobile nor fixed is said. Client versions come
from what clients say of themselves; what else they say (their session, system, integration) is not kept.

Not measurements, and said so: the stream that ndt7-client-go prints with `-format json`, since neither its
lines nor its summary say when it ran (Murakami adds the time, see `murakami`); annotations of
addresses; streams of msak, of which several together make one measurement. The client's output and the
archive of msak are known from their documentation only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from qos.domain.declaration import Declaration, Documents, Flat
from qos.domain.expressions import (
    above,
    constant,
    contradicts,
    divide,
    equals,
    first_of,
    join,
    matches,
    service_given,
    service_not_said,
    share,
    utc,
)
from qos.domain.source import Shape, Source, SourceKind, View
from qos.sources._addresses import LOCAL, MONITORS, WITHIN, line_of, version_of

SOURCE = Source(
    name="ndt7",
    title="NDT7 of Measurement Lab, archive of a server",
    kind=SourceKind.BROWSER,
    shape=Shape.MEASUREMENTS,
    licence="CC0-1.0",
    notice="NDT data of Measurement Lab (M-Lab), https://www.measurementlab.net",
    url="https://www.measurementlab.net/tests/ndt/ndt7/",
    kin="mlab",
    personal=True,
    streams=1,
    view=View.SERVER,
    server_selection="one of the four nearest by the address's place, as M-Lab's Locate service answers",
)

Json = Mapping[str, Any]

COMPLETE_US = 9_000_000
COMPLETE_BYTES = 8_192
"""Less is no complete subtest: M-Lab's filter of valid rows."""
ENDED_BY_CLIENT = frozenset({"early_exit", "max_elapsed_time"})
"""Options of a client that wants its test to end sooner."""
FRAMING = 0.25
"""How far the server's rate may be from the client's: framing, and counters read at other moments."""

METHOD = constant("ndt7 tcp, 1 stream")
COUNTERS = {"Download": "BytesAcked", "Upload": "BytesReceived"}
LISTS = ("ServerMeasurements", "ClientMeasurements", "ClientMetadata", "ServerMetadata")


def subtests(document: Json) -> Iterator[Flat]:
    """The subtests of one archived result; a real one has one."""
    whole = {name: value for name, value in document.items() if name not in COUNTERS}
    for direction, counter in COUNTERS.items():
        test = document.get(direction)
        if isinstance(test, Mapping):
            yield {
                **whole,
                **{f"Subtest.{name}": value for name, value in test.items() if name not in LISTS},
                **counted(test, direction.lower(), counter),
                "line": line_of(document.get("ClientIP")),
                "ip_version": version_of(document.get("ClientIP")),
            }


def counted(test: Json, direction: str, counter: str) -> Json:
    """What the last counters of a subtest say. Raises ValueError where the server had none."""
    tcp = last(test, "ServerMeasurements", "TCPInfo")
    if not tcp and last(test, "ServerMeasurements", "AppInfo"):
        raise ValueError("no TCPInfo: its server does not run on Linux")
    app = last(test, "ClientMeasurements", "AppInfo")
    options = {entry.get("Name"): entry.get("Value") for entry in listed(test, "ClientMetadata")}
    moved, elapsed = number(tcp, counter), number(tcp, "ElapsedTime")
    early = not ENDED_BY_CLIENT.isdisjoint(options)
    completed = moved >= COMPLETE_BYTES and (elapsed >= COMPLETE_US or (early and elapsed > 0))
    download = direction == "download"
    return {
        "completed": int(completed),
        f"{direction}_mbps": 8 * moved / elapsed if completed else None,
        "min_rtt_us": tcp.get("MinRTT") if completed else None,
        "bytes_again": tcp.get("BytesRetrans") if completed and download else None,
        "bytes_sent": tcp.get("BytesSent") if completed and download else None,
        "elapsed_us": tcp.get("ElapsedTime"),
        "client_bytes": app.get("NumBytes"),
        "client_us": app.get("ElapsedTime"),
        "ending": "ended early by the client" if early else None,
        "client": options.get("client_name") or options.get("client_library_name"),
        "client_version": options.get("client_version") or options.get("client_library_version"),
    }


def last(test: Json, measurements: str, block: str) -> Json:
    """The last of one side's measurements that has this block; empty if there is none."""
    blocks = (entry.get(block) for entry in reversed(listed(test, measurements)))
    return next((found for found in blocks if isinstance(found, Mapping)), {})


def listed(test: Json, name: str) -> list[Json]:
    """The objects of a list, which may be null or absent."""
    entries = test.get(name)
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def number(block: Json, name: str) -> float:
    """A counter; 0 where there is none."""
    value = block.get(name)
    return value if isinstance(value, int | float) else 0


RESULT = Documents(
    name="archive",
    rows=subtests,
    takes=lambda document: "StartTime" in document and not COUNTERS.keys().isdisjoint(document),
    keep={
        "measurement_id": "Subtest.UUID",
        "measured_at": utc("Subtest.StartTime"),
        "subject": "line",
        "service": service_given(assumed="fixed"),
        "ip": "ClientIP",
        "ip_version": "ip_version",
        "server": "ServerIP",
        "method": first_of(join(METHOD, "ending", separator=", "), METHOD),
        "payload_basis": constant("TCP payload, with TLS and WebSocket framing"),
        "client_version": join("client", "client_version"),
        "download_mbps": "download_mbps",
        "upload_mbps": "upload_mbps",
        "latency_ms": divide("min_rtt_us", 1e3),
        "loss_ratio": share("bytes_again", "bytes_sent"),
        "completed": "completed",
    },
    reject={
        WITHIN: matches("ClientIP", LOCAL),
        "a test of M-Lab's own monitoring": equals("ClientIP", *MONITORS),
        "its connection has no id": equals("Subtest.UUID", "ERROR_DISCOVERING_UUID"),
        "counters of more than a minute": above("elapsed_us", 60e6),
    },
    flags={
        "service-assumed": service_not_said(),
        "rate-contradicts-bytes": contradicts(
            "download_mbps",
            bytes_name="client_bytes",
            time_name="client_us",
            per_second=1e6,
            tolerance=FRAMING,
        ),
    },
    ignore={
        "of the whole connection, the subtest's own is kept": ("StartTime", "EndTime"),
        "the counters have their own time": ("Subtest.EndTime",),
        "of the server's software": ("GitShortCommit", "Version", "Subtest.CongestionControl"),
        "a port says nothing": ("ClientPort", "ServerPort"),
    },
    optional=("*",),
)


MARKS = {
    "summary": {"ServerFQDN"},
    "progress": {"Key", "Value"},
    "annotation": {"UUID", "Timestamp", "Client", "Server"},
    "msak": {"MeasurementID", "Direction", "ServerMeasurements"},
}
"""Names by which documents are known that lie beside results and are none."""


def kind(document: Json) -> str | None:
    """Which of them a document is."""
    return next((name for name, marks in MARKS.items() if marks <= document.keys()), None)


OTHER = Documents(
    name="beside the results",
    rows=lambda document: [{"kind": kind(document)}],
    takes=lambda document: kind(document) is not None,
    reject={
        "what a client prints does not say when it was measured": equals("kind", "summary"),
        "a stream of msak, of which several together are one measurement": equals("kind", "msak"),
    },
    unused={
        "progress of a test": equals("kind", "progress"),
        "where an address is, not a measurement": equals("kind", "annotation"),
    },
)

DECLARATION = Declaration(SOURCE, (RESULT, OTHER))
