"""Murakami of Measurement Lab: a box in a home, school or library that runs other people's speed tests.

One row is one line: one run of one test in both directions. Covered are ndt7 and ndt5 (also their custom
runners), Ookla's client and sivel's speedtest-cli with one or several streams; the files of the
local exporters and the wrapper of the HTTP exporter, `{"apiVersion": 1, "data": {...}}`, which drops nulls.
Not rates, and left alone: the iterations of a DASH test and what ooniprobe says about blocked sites.

`TestStartTime` has no zone and is UTC. Units are labels beside the values, and one of them is wrong:
of Ookla's `Bandwidth` it says `Bit/s` (until 2023; `Bytes/s` since) though both times it is BYTES a second;
of speedtest-cli `Bit/s` is right. Bytes and elapsed ms of Ookla's must give the rate within a quarter (its
slow start is trimmed); speedtest-cli notes bytes, and no time but the ten seconds it aims at. Retransmission
and PacketLoss are in percent. Of ndt the download is counted by the client, and so was the upload,
which over-reports what still stood in buffers; `MinRTT` is the least of the loaded connection.

Odd inputs seen: settings nobody filled in stand there as `<Value of MURAKAMI_LOCATION>`, once without
the `<`; the runner ndt7custom writes the download's rate as the upload's, so an upload equal
to the download in every digit is no value. A run with an error, in either direction, failed (`completed`
0) and keeps what the other direction measured. Ookla's client takes a container's tap0 for a VPN.
The subject is the device id where one was set, else the line by its address. Location names are free text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from qos.domain.declaration import Declaration, Documents, Flat
from qos.domain.expressions import (
    any_of,
    contradicts,
    differs,
    divide,
    empty,
    equals,
    first_of,
    matches,
    negate,
    service_given,
    service_not_said,
    utc,
)
from qos.domain.source import Shape, Source, SourceKind, View
from qos.sources._addresses import LOCAL, WITHIN, line_of

SOURCE = Source(
    name="murakami",
    title="Murakami of Measurement Lab, lines of its exporters",
    kind=SourceKind.PROBE,
    shape=Shape.MEASUREMENTS,
    licence="none stated",
    notice="Measured with Murakami (M-Lab, Apache-2.0) and the clients it runs.",
    url="https://github.com/m-lab/murakami",
    kin="mlab",
    personal=True,
    view=View.CLIENT,
    server_selection="of each client, or as configured",
)

Json = Mapping[str, Any]

PLACEHOLDER = re.compile(r"<?Value of \w+>?")
UNITS = {
    "ndt": {"Mbit/s": 1.0},
    "ookla": {"Bit/s": 125_000.0, "Bytes/s": 125_000.0},
    "speedtest-cli": {"Bit/s": 1e6},
}
"""What the label of a rate means, by client: how many of it are a Mbit/s."""
SLOW_START = 0.25
"""How far Ookla's bandwidth may be from bytes / elapsed (formats 3)."""
ACCESS = {
    **dict.fromkeys(("wired", "ethernet", "lan"), "ethernet"),
    **dict.fromkeys(("wifi", "wi-fi", "wireless"), "wifi"),
    **dict.fromkeys(("cellular", "mobile", "lte", "4g", "5g"), "cellular"),
}
"""Words people write as the connection's type; it is free text, and any other word says nothing."""


def runs(document: Json) -> Iterator[Flat]:
    """The run of one line."""
    inner = document.get("data")
    run = inner if isinstance(inner, Mapping) else document
    test = str(run.get("TestName", "dash"))
    for begins, measured in CLIENTS.items():
        if test.startswith(begins):
            said = {name: None if is_placeholder(value) else value for name, value in run.items()}
            access = ACCESS.get(str(said.get("MurakamiConnectionType")).lower())
            yield {
                **said,
                "line": line_of(said.get("ClientIP") or said.get("InterfaceExternalIp")),
                "access": access,
                "told_service": "mobile" if access == "cellular" else None,
                **measured(said),
            }
            return
    others = [name for name in ("dash", "ooniprobe") if test.startswith(name)]
    if not others:
        raise ValueError(f"a test nobody has explained yet: {test[:40]!r}")
    yield {"TestName": others[0]}


def is_placeholder(value: object) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None


def ndt(run: Json) -> dict[str, Any]:
    """A run of ndt7 or ndt5."""
    download, upload = run.get("DownloadValue"), run.get("UploadValue")
    failed = any(run.get(f"{what}Error") for what in ("Download", "Upload", "Test"))
    return {
        "id": run.get("DownloadUUID") or unnamed(run),
        "method": f"{run['TestName']} tcp, 1 stream",
        "download_mbps": rate(run, "ndt", download, "DownloadUnit"),
        "upload_mbps": None if upload == download else rate(run, "ndt", upload, "UploadUnit"),
        "completed": int(not failed and download is not None),
    }


def ookla(run: Json) -> dict[str, Any]:
    """A run of Ookla's client."""
    return {
        "id": run.get("ResultId") or unnamed(run),
        "method": "ookla tcp, several streams",
        "download_mbps": rate(run, "ookla", run.get("DownloadBandwidth"), "DownloadUnit"),
        "upload_mbps": rate(run, "ookla", run.get("UploadBandwidth"), "UploadUnit"),
        "completed": int(run.get("Type", "result") == "result"),
    }


def speedtest_cli(run: Json) -> dict[str, Any]:
    """A run of sivel's client; a direction that was left out is 0."""
    streams = "1 stream" if "single" in str(run["TestName"]) else "several streams"
    return {
        "id": unnamed(run),
        "method": f"speedtest-cli http, {streams}",
        "download_mbps": rate(run, "speedtest-cli", run.get("DownloadValue") or None, "DownloadUnit"),
        "upload_mbps": rate(run, "speedtest-cli", run.get("UploadValue") or None, "UploadUnit"),
        "completed": 1,
    }


CLIENTS: dict[str, Callable[[Json], dict[str, Any]]] = {
    "ndt": ndt,
    "ookla": ookla,
    "speedtest-cli": speedtest_cli,
}
"""By how the name of their tests begins."""


def unnamed(run: Json) -> str:
    """Id of a run that has none: what ran, when, on which device."""
    return f"{run['TestName']} {run['TestStartTime']} {run.get('MurakamiDeviceID') or ''}".strip()


def rate(run: Json, client: str, value: Any, unit: str) -> float | None:
    """In Mbit/s. Raises ValueError on a label nobody has explained, and on what is no number."""
    if value is None:
        return None
    label = str(run.get(unit))
    if label not in UNITS[client]:
        raise ValueError(f"{unit} {label[:20]!r} of {client} is not known")
    if not isinstance(value, int | float):
        raise ValueError(f"a rate of {client} that is no number")
    return float(value) / UNITS[client][label]


LINE = Documents(
    name="line",
    rows=runs,
    takes=lambda document: not {"TestName", "data", "iteration"}.isdisjoint(document),
    keep={
        "measurement_id": "id",
        "measured_at": utc("TestStartTime"),
        "subject": first_of("MurakamiDeviceID", "line"),
        "service": first_of("told_service", service_given(assumed="fixed")),
        "access": "access",
        "ip": first_of("ClientIP", "InterfaceExternalIp"),
        "country": "Country",
        "operator_name": "Isp",
        "server": first_of("ServerHost", "ServerName", "ServerIP"),
        "method": "method",
        "download_mbps": "download_mbps",
        "upload_mbps": "upload_mbps",
        "latency_ms": first_of("MinRTTValue", "PingLatency", "Ping"),
        "loaded_latency_ms": "DownloadLatencyIqm",
        "jitter_ms": "PingJitter",
        "loss_ratio": first_of(divide("DownloadRetransValue", 100), divide("PacketLoss", 100)),
        "completed": "completed",
    },
    reject={
        WITHIN: any_of(matches("ServerIP", LOCAL), matches("ClientIP", LOCAL)),
        "a round trip or loss in another unit": any_of(
            differs("MinRTTUnit", "ms"), differs("PingUnit", "ms"), differs("DownloadRetransUnit", "%")
        ),
    },
    unused={
        "an iteration of a DASH test": equals("TestName", "dash"),
        "what ooniprobe says of blocked sites": equals("TestName", "ooniprobe"),
    },
    flags={
        "service-assumed": negate(any_of(negate(empty("told_service")), negate(service_not_said()))),
        "vpn": equals("InterfaceIsVpn", "true"),
        "rate-contradicts-bytes": any_of(
            *(
                contradicts(
                    f"{way.lower()}_mbps",
                    bytes_name=f"{way}Bytes",
                    time_name=f"{way}Elapsed",
                    per_second=1e3,
                    tolerance=SLOW_START,
                )
                for way in ("Download", "Upload")
            )
        ),
    },
    ignore={
        "read by `runs`": (
            *("DownloadUUID", "ResultId", "Type", "DownloadUnit", "UploadUnit", "MurakamiConnectionType"),
            *("DownloadValue", "UploadValue", "DownloadBandwidth", "UploadBandwidth"),
            *("DownloadError", "UploadError", "TestError"),
        ),
        "free text of the deployer": ("MurakamiLocation", "MurakamiNetworkType"),
        "when it ended, of all directions together": ("TestEndTime", "Timestamp"),
        "the last round trip under load, of clients before MinRTT": ("RTTValue", "RTTUnit"),
        "without the time they took": ("BytesSent", "BytesReceived"),
        "parts of distributions": (
            *("PingLow", "PingHigh", "UploadLatencyIqm"),
            *(f"{way}Latency{what}" for way in ("Download", "Upload") for what in ("Low", "High", "Jitter")),
        ),
        "identifies the machine": ("InterfaceInternalIp", "InterfaceName", "InterfaceMacAddr"),
        "the server, not the line": (
            *("ServerId", "ServerID", "ServerPort", "ServerLocation", "ServerCountry", "ServerIp"),
            *("ServerURL", "ServerLat", "ServerLon", "ServerCountryCode", "ServerSponsor", "ServerDistance"),
            *("ServerLatency", "ServerLatencyUnit"),
        ),
        "found from the address, not a position": ("ClientLat", "ClientLon"),
        "Ookla's opinion of the provider": ("IspRating", "Rating", "IspDownloadAvg", "IspUploadAvg"),
        "where the result is shown": ("ResultUrl", "ResultPersisted", "Share", "LoggedIn"),
    },
    optional=("*",),
)

DECLARATION = Declaration(SOURCE, (LINE,))
