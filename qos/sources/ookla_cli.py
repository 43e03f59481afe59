"""Ookla's command line client (`speedtest -f json`, `-f jsonl`) and what keeps its results.

One row is one run: finished, or failed as an error line tells (`completed` 0, no metrics). `bandwidth` is in
bytes a second, measured after the slow start, so that it differs from bytes / elapsed by up to a quarter;
latencies are in ms, the loss in percent and absent where it was not measured. The JSON Lines of a run also
hold its progress, the same figures before they were final. Error lines of the same second are one failed
run: nothing else tells them apart. The subject is unknown, for the only thing that names a machine is its
MAC address. `eth0` may be a container's, so only radio interfaces say how a machine reached its network.

Layouts: the client's own results, one or an array; the same inside results of speedtest-tracker's API
(seen only as documented). Another program, sivel's speedtest-cli, is the second layout: `download` is in
bits a second, without a time to check it against, and a failed run leaves nothing; known from samples that
others have made public.
"""

from collections.abc import Iterator, Mapping

from qos.domain.declaration import Declaration, Documents, Flat, dotted
from qos.domain.expressions import (
    any_of,
    constant,
    contradicts,
    differs,
    divide,
    equals,
    join,
    service_given,
    service_not_said,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="ookla-cli",
    title="Speedtest CLI by Ookla, single results",
    kind=SourceKind.APP,
    shape=Shape.MEASUREMENTS,
    licence="none stated",
    notice="Speedtest CLI by Ookla: its licence allows personal, non-commercial use of the results.",
    url="https://www.speedtest.net/apps/cli",
    kin="ookla",
    personal=True,
    view=View.CLIENT,
    server_selection="the quickest to answer of the nearest, or as configured",
)

BYTES_A_SECOND = 125_000
"""In a Mbit/s."""
SLOW_START = 0.25
"""How far `bandwidth` may be from bytes / elapsed: the slow start is trimmed (formats 3)."""

UNKNOWN = "unknown"

RADIO = {"wl": "wifi", "wwan": "cellular"}
"""How names of radio interfaces begin on Linux."""


def runs(document: Flat) -> Iterator[Flat]:
    """The runs of one document: a result, a line of the log, or a page of speedtest-tracker's results."""
    page = document.get("data", document)
    for result in page if isinstance(page, list) else [page]:
        if isinstance(result, Mapping) and isinstance(result.get("data"), Mapping):
            result = result["data"]
        yield _run(result) if isinstance(result, Mapping) and "type" in result else {"type": UNKNOWN}


def _run(document: Flat) -> Flat:
    row = {name: document.get(name) for name in ("type", "level", "timestamp")}
    match document["type"], document.get("level"):
        case "result", _:
            return {**next(iter(dotted(document))), "run": _name(document), "ended": 1, **_access(document)}
        case "log", "error":
            return {**row, "run": f"failed {row['timestamp']}", "ended": 0}
    return row


def _name(document: Flat) -> object:
    """The result's own id; one that was not sent to Ookla has none."""
    result = document.get("result")
    given = result.get("id") if isinstance(result, Mapping) else None
    server = document.get("server")
    host = server.get("id") if isinstance(server, Mapping) else None
    return given or f"{document.get('timestamp')} {host}"


def _access(document: Flat) -> dict[str, object]:
    interface = document.get("interface")
    name = str(interface.get("name") or "") if isinstance(interface, Mapping) else ""
    return {"radio": next((access for start, access in RADIO.items() if name.startswith(start)), None)}


NOT_KEPT = {
    "names a machine or its home": ("interface.internalIp", "interface.macAddr", "interface.name"),
    "the server, not the subscriber": (
        *("server.id", "server.port", "server.name", "server.location", "server.country", "server.ip"),
        *("server.sponsor", "server.distance"),
    ),
    "another figure of the same samples": (
        *("ping.low", "ping.high"),
        *(f"{way}.latency.{what}" for way in ("download", "upload") for what in ("low", "high", "jitter")),
        "upload.latency.iqm",
    ),
    "where the result is shown": ("result.id", "result.url", "result.persisted"),
}

RESULT = Documents(
    name="result",
    rows=runs,
    takes=lambda document: "type" in document or "data" in document,
    keep={
        "measurement_id": "run",
        "measured_at": "timestamp",
        "service": service_given(assumed="fixed"),
        "operator_name": "isp",
        "ip": "interface.externalIp",
        "access": "radio",
        "server": "server.host",
        "method": constant("ookla tcp, several streams"),
        "download_mbps": divide("download.bandwidth", BYTES_A_SECOND),
        "upload_mbps": divide("upload.bandwidth", BYTES_A_SECOND),
        "latency_ms": "ping.latency",
        "loaded_latency_ms": "download.latency.iqm",
        "jitter_ms": "ping.jitter",
        "loss_ratio": divide("packetLoss", 100),
        "completed": "ended",
    },
    reject={"neither a result nor a line of the log": equals("type", UNKNOWN)},
    unused={
        "progress of a run": differs("type", "result", "log"),
        "a remark of the program": differs("level", "error"),
    },
    flags={
        "service-assumed": service_not_said(),
        "vpn": equals("interface.isVpn", "true"),
        "rate-contradicts-bytes": any_of(
            *(
                contradicts(
                    divide(f"{way}.bandwidth", BYTES_A_SECOND),
                    bytes_name=f"{way}.bytes",
                    time_name=f"{way}.elapsed",
                    per_second=1000,
                    tolerance=SLOW_START,
                )
                for way in ("download", "upload")
            )
        ),
    },
    ignore=NOT_KEPT,
    optional=("*",),
)

SIVEL = Documents(
    name="sivel speedtest-cli",
    takes=lambda document: "bytes_received" in document,
    keep={
        "measurement_id": join("timestamp", "server.id"),
        "measured_at": "timestamp",
        "service": service_given(assumed="fixed"),
        "operator_name": "client.isp",
        "ip": "client.ip",
        "country": "client.country",
        "server": "server.host",
        "method": constant("speedtest-cli http, several streams"),
        "download_mbps": divide("download", 1e6, none=["0"]),
        "upload_mbps": divide("upload", 1e6, none=["0"]),
        "latency_ms": "ping",
    },
    flags={"service-assumed": service_not_said()},
    ignore={
        "without the time they took": ("bytes_sent", "bytes_received"),
        "the server, not the subscriber": (
            *("server.url", "server.lat", "server.lon", "server.name", "server.country", "server.cc"),
            *("server.sponsor", "server.d", "server.latency"),
        ),
        "found from the address, not a position": ("client.lat", "client.lon"),
        "Ookla's opinion of the provider": (
            *("client.isprating", "client.rating", "client.ispdlavg", "client.ispulavg", "client.loggedin"),
        ),
        "where the result is shown": ("share",),
    },
    optional=("*",),
)

DECLARATION = Declaration(SOURCE, (RESULT, SIVEL))
