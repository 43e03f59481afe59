"""LibreSpeed: speed tests of visitors of somebody's own server, and of its command line client.

One row is one test. Four layouts: the server's table of results (`speedtest_users`) as CSV, one result as
its `results/json.php` gives it, and the client's JSON (an array) and CSV with a header (`--csv-header`;
without one the columns have no names, and the file is refused). All are known from the programs'
source; no real delivery was seen. An export of several servers needs one source for each: ids repeat.

Rates are in Mbit/s, also the client's, whose help says bit/s. They are Mibit/s where somebody switched that
on, which no result says. The web page multiplies what it measured by 1.06 for the overhead of
protocols unless its owner changed the factor, which no result says either: rates of the table and of
json.php are landed as reported, with `payload_basis` telling so, and `overhead_factor` is 1.06. The client
does not multiply. json.php rounds to 2, 1 or 0 decimals by size. The client notes bytes, and no time but the
15 s it aims at: bytes that its rate moves in less than 4 s or only in more than a minute contradict it.

A phase that was not run is empty or 0, one that went wrong is `Fail`: then the test failed (`completed` 0).
`completed` is 1 where both rates and the latency are there, and unknown where a phase was left out, as it is
where a visitor left early. Times of the table and of json.php are in the server's zone, by default UTC, and
taken as UTC. The subject is the visitor's address; a server may be set to forget it (0.0.0.0). The client's
city and position are found from the address, not the line's place, and are not kept.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from qos.domain.declaration import Csv, Declaration, Documents, Flat, dotted
from qos.domain.expressions import (
    Condition,
    Expression,
    above,
    any_of,
    col,
    constant,
    empty,
    equals,
    first_of,
    join,
    matched,
    matches,
    negate,
    service_given,
    service_not_said,
    utc,
    where,
    zero,
)
from qos.domain.source import Shape, Source, SourceKind, View
from qos.sources._addresses import LOCAL, WITHIN, line_of

SOURCE = Source(
    name="librespeed",
    title="LibreSpeed, results of one server or of its command line client",
    kind=SourceKind.BROWSER,
    shape=Shape.MEASUREMENTS,
    licence="none stated",
    url="https://github.com/librespeed/speedtest",
    personal=True,
    view=View.CLIENT,
    server_selection="the one server, or the quickest to answer of a list",
    overhead_factor=1.06,
)

Json = Mapping[str, Any]

NONE = ("NULL", "\\N", "null", "Fail")
"""How dumps write that there is no value, and the page that a phase went wrong."""
HIDDEN = ("0.0.0.0", "::", "0:0:0:0:0:0:0:0")
"""Addresses that a server was set to forget."""
AS_REPORTED = constant("as reported: payload times 1.06, the default for protocol overhead")
METHOD = constant("librespeed http, several streams")
NOMINAL_SECONDS = 15
OFF_BY = 4
"""Bytes that are this many times more or less than the rate moves in 15 s do not belong to it."""

ISP = r'(?s).*"processedString": ?"[^"]*? - (?:AS\d+ )?([^"]+?)(?:, [A-Z]{2})?(?: \([^)"]*\))?".*'
COUNTRY = r'(?s).*"country": ?"([A-Z]{2})".*'


def ran(name: str) -> Expression:
    """A figure of a phase that was run."""
    return where(col(name, none=NONE), negate(zero(name)))


def completed(*phases: str) -> Expression:
    """0 where a phase went wrong, 1 where all have a figure."""
    wrong = any_of(*(equals(name, "Fail") for name in phases))
    return first_of(where(constant(0), wrong), where(constant(1), negate(any_of(*map(missing, phases)))))


def missing(name: str) -> Condition:
    return any_of(empty(name), zero(name), equals(name, *NONE))


def nothing(*phases: str) -> Condition:
    """No phase has a figure, and none went wrong."""
    return negate(any_of(*(negate(missing(name)) for name in phases), *(equals(n, "Fail") for n in phases)))


TABLE = Csv(
    name="table",
    keep={
        "measurement_id": join("timestamp", "id"),
        "measured_at": utc("timestamp"),
        "subject": col("ip", none=HIDDEN),
        "service": service_given(assumed="fixed"),
        "ip": col("ip", none=HIDDEN),
        "operator_name": where(matched("ispinfo", ISP), matches("ispinfo", ISP)),
        "country": where(matched("ispinfo", COUNTRY), matches("ispinfo", COUNTRY)),
        "method": METHOD,
        "payload_basis": AS_REPORTED,
        "download_mbps": ran("dl"),
        "upload_mbps": ran("ul"),
        "latency_ms": ran("ping"),
        "jitter_ms": where(col("jitter", none=NONE), negate(missing("ping"))),
        "completed": completed("dl", "ul", "ping"),
    },
    reject={WITHIN: matches("ip", LOCAL)},
    unused={"no phase was run": nothing("dl", "ul", "ping")},
    flags={"service-assumed": service_not_said()},
    ignore={
        "free texts, and the browser": ("extra", "ua", "lang", "log"),
    },
    none=("NULL", "\\N"),
    optional=("extra", "log", "lang", "ua", "ispinfo"),
)

SHOWN = Documents(
    name="json.php",
    takes=lambda document: {"timestamp", "download", "ispinfo"} <= document.keys(),
    keep={
        "measurement_id": join("timestamp", "download", "upload", "ping", "jitter"),
        "measured_at": utc("timestamp"),
        "service": service_given(assumed="fixed"),
        "operator_name": matched("ispinfo", r"(.+?)(?:, [A-Z]{2})?"),
        "method": METHOD,
        "payload_basis": AS_REPORTED,
        "download_mbps": ran("download"),
        "upload_mbps": ran("upload"),
        "latency_ms": ran("ping"),
        "jitter_ms": where(col("jitter", none=NONE), negate(missing("ping"))),
        "completed": completed("download", "upload", "ping"),
    },
    unused={"no phase was run": nothing("download", "upload", "ping")},
    flags={"service-assumed": service_not_said()},
    optional=("*",),
)


def tests(document: Json) -> Iterator[Flat]:
    """One test of the client, and how far its bytes are from its rates."""
    far = [
        off_by(document.get(rate), document.get(moved))
        for rate, moved in (("download", "bytes_received"), ("upload", "bytes_sent"))
    ]
    client = document.get("client")
    address = client.get("ip") if isinstance(client, Mapping) else None
    yield {**next(iter(dotted(document))), "off_by": max(far), "line": line_of(address)}


def off_by(rate: Any, moved: Any) -> float:
    """How many times longer or shorter than 15 s these bytes take at this rate (Mbit/s); 1 if unknown."""
    if not (rate and moved):
        return 1.0
    times = 8 * moved / (rate * 1e6) / NOMINAL_SECONDS
    return float(max(times, 1 / times))


CLIENT = Documents(
    name="client, JSON",
    rows=tests,
    takes=lambda document: {"bytes_received", "jitter", "timestamp"} <= document.keys(),
    keep={
        "measurement_id": join("timestamp", "server.url"),
        "measured_at": "timestamp",
        "subject": "line",
        "service": service_given(assumed="fixed"),
        "ip": "client.ip",
        "operator_name": where(
            matched("client.org", r"(?:AS\d+ )?(.+)"), matches("client.org", r"(?:AS\d+ )?.+")
        ),
        "country": "client.country",
        "server": "server.url",
        "method": METHOD,
        "download_mbps": ran("download"),
        "upload_mbps": ran("upload"),
        "latency_ms": ran("ping"),
        "jitter_ms": where("jitter", negate(missing("ping"))),
        "completed": completed("download", "upload", "ping"),
    },
    reject={WITHIN: matches("client.ip", LOCAL)},
    unused={"no phase was run": nothing("download", "upload", "ping")},
    flags={"service-assumed": service_not_said(), "rate-contradicts-bytes": above("off_by", OFF_BY)},
    ignore={
        "read by `tests`": ("bytes_sent", "bytes_received"),
        "found from the address, not the line's place": (
            *("client.city", "client.region", "client.loc", "client.postal", "client.timezone"),
        ),
        "may name a person": ("client.hostname",),
        "free texts": ("server.name", "share", "client.readme"),
    },
    optional=("*",),
)

LINE = Csv(
    name="client, CSV",
    keep={
        "measurement_id": join("Timestamp", "Address"),
        "measured_at": "Timestamp",
        "subject": "IP",
        "service": service_given(assumed="fixed"),
        "ip": "IP",
        "server": "Address",
        "method": METHOD,
        "download_mbps": ran("Download"),
        "upload_mbps": ran("Upload"),
        "latency_ms": ran("Ping"),
        "jitter_ms": where("Jitter", negate(missing("Ping"))),
        "completed": completed("Download", "Upload", "Ping"),
    },
    reject={WITHIN: matches("IP", LOCAL)},
    unused={"no phase was run": nothing("Download", "Upload", "Ping")},
    flags={"service-assumed": service_not_said()},
    ignore={"free texts": ("Server Name", "Share")},
)

DECLARATION = Declaration(SOURCE, (TABLE, SHOWN, CLIENT, LINE))
