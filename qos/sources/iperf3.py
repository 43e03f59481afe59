"""iperf3 with `-J`: a run between two machines of somebody's choice, as its client writes it.

One row is one run, in one direction or (`--bidir`) both; a file may hold several documents one after the
other. The rate is that of `sum_received`, in bit/s: what arrived, not what was sent. `reverse` 1 is a
download for the client, 0 an upload; in a run both ways the sums named `_bidir_reverse` are the
download. The recorded bytes and seconds must give the rate within 5 %: the two ends stop their clocks at
different moments. `min_rtt` is in us, of the loaded connection, and 0 where the sender did not know it.
Of UDP runs the rate is what somebody asked for and is not kept; jitter (ms) and loss (percent) are.
Retransmits are a count of segments without their total, and no loss.

A run with an `error` failed (`completed` 0, no metrics) even where it holds partial figures; one without a
time, as old versions write when nobody answers, is rejected. What the server's side writes is rejected: it
sees the same run from the other end. A target in a private network is a test inside a local network.
Any other target measures the line only if its host is known to be well connected: until somebody
names it in VOUCHED its runs carry the flag `server-unlisted`. Rates of 3.0 (real run) to 3.6 were seen;
bidir, UDP and the server's side are known from the documentation and programs that read them.

The id is a digest of the run's cookie, since old versions put the machine's name into it. A client behind
a router knows only its private address: then there is neither subject nor operator in the run.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from qos.domain.declaration import Declaration, Documents, Flat
from qos.domain.expressions import (
    any_of,
    contradicts,
    divide,
    empty,
    equals,
    matches,
    service_given,
    service_not_said,
    unix,
    unlike,
    where,
)
from qos.domain.source import Shape, Source, SourceKind, View
from qos.sources._addresses import LOCAL, WITHIN, line_of

SOURCE = Source(
    name="iperf3",
    title="iperf3, runs as their client writes them",
    kind=SourceKind.PROBE,
    shape=Shape.MEASUREMENTS,
    licence="none stated",
    url="https://software.es.net/iperf/",
    personal=True,
    view=View.CLIENT,
    server_selection="whatever was typed in",
)

Json = Mapping[str, Any]

VOUCHED = ""
"""Form (regular expression) of the hosts somebody vouches for as well connected test servers."""
TWO_CLOCKS = 0.05
"""How far a rate may be from its bytes / seconds."""

START = ("timestamp", "test_start", "connected", "connecting_to", "cookie", "version")
END = ("sum", "sum_sent", "sum_received")


def runs(document: Json) -> Iterator[Flat]:
    """The run of one document."""
    start, end = document.get("start") or {}, document.get("end") or {}
    test = start.get("test_start") or {}
    ends: Json = next(iter(start.get("connected") or []), {})
    target = (start.get("connecting_to") or {}).get("host")
    error = document.get("error")
    measured = {} if error else datagrams(end) if test.get("protocol") == "UDP" else streams(test, end)
    local = ends.get("local_host")
    yield {
        **{name: value for name, value in document.items() if name not in ("start", "end", "error")},
        **{f"start.{name}": value for name, value in start.items() if name not in START},
        **{f"end.{name}": value for name, value in end.items() if name not in END},
        "seconds_since_1970": (start.get("timestamp") or {}).get("timesecs"),
        "id": digest(start.get("cookie") or f"{start.get('timestamp')} {target}"),
        "side": "server" if "accepted_connection" in start else "client",
        "target": target or ends.get("remote_host"),
        "target_address": ends.get("remote_host") or target,
        "local_address": local,
        "line": line_of(local),
        "version": start.get("version"),
        "method": method(test),
        "completed": int(bool(measured)),
        **measured,
    }


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def method(test: Json) -> str:
    """`iperf3 tcp, 4 streams`, as far as it is told."""
    number = test.get("num_streams")
    protocol = str(test.get("protocol", "")).lower()
    streams = f", {number} stream{'' if number == 1 else 's'}" if number else ""
    return f"iperf3 {protocol}".rstrip() + streams


def streams(test: Json, end: Json) -> dict[str, Any]:
    """What a run over TCP received each way; empty if nothing arrived."""
    forth, back = end.get("sum_received") or {}, end.get("sum_received_bidir_reverse") or {}
    ways = {"download" if test.get("reverse") else "upload": forth} | ({"download": back} if back else {})
    received: dict[str, Any] = {}
    for way, block in ways.items():
        if block.get("bytes"):
            received[f"{way}_bps"] = block.get("bits_per_second")
            received[f"{way}_bytes"] = block["bytes"]
            received[f"{way}_seconds"] = block.get("seconds")
    return {**received, "min_rtt_us": least_round_trip(end)} if received else {}


def least_round_trip(end: Json) -> float | None:
    """us, of all streams whose sender knows it."""
    senders = [stream.get("sender") or {} for stream in end.get("streams") or []]
    return min((sender["min_rtt"] for sender in senders if sender.get("min_rtt")), default=None)


def datagrams(end: Json) -> dict[str, Any]:
    """What a run over UDP lost; empty if no packet was sent."""
    block = {**(end.get("sum") or {}), **(end.get("sum_received") or {})}
    if not block.get("packets"):
        return {}
    return {"jitter_ms": block.get("jitter_ms"), "lost_percent": block.get("lost_percent")}


RUN = Documents(
    name="run",
    rows=runs,
    takes=lambda document: isinstance(document.get("start"), Mapping) or "error" in document,
    keep={
        "measurement_id": "id",
        "measured_at": unix("seconds_since_1970"),
        "subject": where("line", unlike("local_address", LOCAL)),
        "service": service_given(assumed="fixed"),
        "ip": where("local_address", unlike("local_address", LOCAL)),
        "server": "target",
        "method": "method",
        "client_version": "version",
        "download_mbps": divide("download_bps", 1e6),
        "upload_mbps": divide("upload_bps", 1e6),
        "latency_ms": divide("min_rtt_us", 1e3),
        "jitter_ms": "jitter_ms",
        "loss_ratio": divide("lost_percent", 100),
        "completed": "completed",
    },
    reject={
        "written by the server's side of the run": equals("side", "server"),
        "it does not say when it ran": empty("seconds_since_1970"),
        WITHIN: matches("target_address", LOCAL),
    },
    flags={
        "service-assumed": service_not_said(),
        "server-unlisted": unlike("target", VOUCHED),
        "rate-contradicts-bytes": any_of(
            *(
                contradicts(
                    divide(f"{way}_bps", 1e6),
                    bytes_name=f"{way}_bytes",
                    time_name=f"{way}_seconds",
                    per_second=1,
                    tolerance=TWO_CLOCKS,
                )
                for way in ("download", "upload")
            )
        ),
    },
    ignore={
        "parts of the whole": ("intervals", "end.streams", "end.sum_bidir_reverse"),
        "what was sent, not what arrived": ("end.sum_sent_bidir_reverse",),
        "read by `streams`": ("end.sum_received_bidir_reverse",),
        "identifies the machine": ("start.system_info", "start.accepted_connection"),
        "settings and state of the two machines": (
            *("start.tcp_mss_default", "start.tcp_mss", "start.sock_bufsize", "start.sndbuf_actual"),
            *("start.rcvbuf_actual", "start.target_bitrate", "start.fq_rate"),
            "end.cpu_utilization_percent",
            *("end.sender_tcp_congestion", "end.receiver_tcp_congestion"),
        ),
        "of the other side, or free text": (
            *("server_output_json", "server_output_text", "title", "extra_data", "start.extra_data"),
        ),
    },
    optional=("*",),
)

DECLARATION = Declaration(SOURCE, (RUN,))
