"""OONI Probe's test `ndt`: a phone or computer measures against a server of Measurement Lab.

One row is one measurement in both directions. Covered are the plain record (data format 0.2.0, one a line
in OONI's archive), and the record inside the text `raw_measurement` of the explorer's `measurement_meta`,
also where that is a text again in the `body` of a recorded HTTP answer. Two generations of the test:
ndt7 (`protocol` 7: rates in `summary`, with the measurements they come from) and the ndt5 of Measurement
Kit (rates in `simple`; of it only a failed one was seen, the rest is known from programs that read it).

Rates are in kbit/s, of the client's own counters in both directions: bytes received, and bytes handed
to the socket, which over-reports the upload. The last AppInfo of each direction (bytes, us) must give the
rate within 2 %. Latency is the least round trip of the loaded connection in ms, of the server's
counters; the loss is its share of bytes sent again, 0..1. Times are UTC without saying so. A measurement
with a `failure` failed (`completed` 0, no metrics).

AS0 and ZZ mean that the network or country is hidden. `network_type` tells Wi-Fi, taken as a fixed line, from
mobile; computers do not say it. There is no subject: OONI knows its users by nothing. The same test lies
in M-Lab's archive, with the client's address; `server` is its host. Other tests of OONI are left alone.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from qos.domain.declaration import Declaration, Documents, Flat, dotted
from qos.domain.expressions import (
    any_of,
    col,
    constant,
    contradicts,
    differs,
    divide,
    equals,
    first_of,
    join,
    mapped,
    negate,
    service_given,
    service_not_said,
    utc,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="ooni-ndt",
    title="OONI Probe, test of speed with NDT",
    kind=SourceKind.APP,
    shape=Shape.MEASUREMENTS,
    licence="CC-BY-NC-SA-4.0",
    notice="OONI data, CC BY-NC-SA 4.0 (non-commercial, share alike), https://ooni.org/data",
    url="https://ooni.org/nettest/ndt/",
    kin="mlab",
    personal=True,
    streams=1,
    view=View.CLIENT,
    server_selection="the nearest by the address's place, as M-Lab's Locate service answers",
)

Json = Mapping[str, Any]

SAME_COUNTERS = 0.02
"""How far a rate may be from the counters it was computed of."""
NETWORKS = {"wifi": "fixed", "wired_ethernet": "fixed", "mobile": "mobile"}
UNTOLD = ("vpn", "unknown", "no_internet", "none", "usb", "bluetooth")
"""Kinds of network that say neither mobile nor fixed."""


def measured(document: Json) -> Iterator[Flat]:
    """The measurement of one document, unpacked from what it was kept in."""
    record = unpacked(document)
    if record.get("test_name") != "ndt":
        yield {"test_name": record.get("test_name")}
        return
    keys = record["test_keys"]
    outer = {name: value for name, value in record.items() if name != "test_keys"}
    yield {
        **next(iter(dotted(outer))),
        "asn": autonomous_system(record.get("probe_asn")),
        **(of_ndt5(keys) if "test_s2c" in keys else of_ndt7(keys)),
    }


def autonomous_system(text: object) -> int | None:
    """13285 of `AS13285`; AS0 hides the network."""
    found = re.fullmatch(r"AS(\d{1,10})", str(text))
    return int(found[1]) or None if found else None


def unpacked(document: Json) -> Json:
    """The record itself. Raises ValueError where a text that should hold JSON does not."""
    for name in ("body", "raw_measurement"):
        inner = document.get(name)
        if isinstance(inner, str):
            try:
                document = json.loads(inner)
            except (ValueError, RecursionError) as fault:
                raise ValueError(f"{name} is not JSON") from fault
    return document


def of_ndt7(keys: Json) -> dict[str, Any]:
    """The summary, and the client's last counters of each direction."""
    summary = keys.get("summary") or {}
    return {
        "protocol": "ndt7",
        "server": (keys.get("server") or {}).get("hostname"),
        **values(keys, summary, latency="min_rtt"),
        "retransmit_rate": None if keys.get("failure") else summary.get("retransmit_rate"),
        **counters(keys, "download"),
        **counters(keys, "upload"),
    }


def of_ndt5(keys: Json) -> dict[str, Any]:
    """Rates of Measurement Kit; it has no counters to check them against."""
    return {
        "protocol": "ndt5",
        "server": keys.get("server_address"),
        **values(keys, keys.get("simple") or {}, latency="ping"),
    }


def values(keys: Json, given: Json, *, latency: str) -> dict[str, Any]:
    """Rates in kbit/s and latency in ms of a measurement that did not fail; 0 is a phase that did not run."""
    done = not keys.get("failure")
    return {
        "download_kbps": (given.get("download") or None) if done else None,
        "upload_kbps": (given.get("upload") or None) if done else None,
        "rtt_ms": (given.get(latency) or None) if done else None,
        "completed": int(done),
    }


def counters(keys: Json, direction: str) -> dict[str, Any]:
    """Bytes and us of the client's last measurement."""
    entries: list[Json] = keys.get(direction) or []
    app: Json = next((entry["AppInfo"] for entry in reversed(entries) if entry.get("AppInfo")), {})
    return {f"{direction}_bytes": app.get("NumBytes"), f"{direction}_us": app.get("ElapsedTime")}


RECORD = Documents(
    name="measurement",
    rows=measured,
    takes=lambda document: not {"test_keys", "raw_measurement", "body"}.isdisjoint(document),
    keep={
        "measurement_id": join("report_id", "measurement_start_time"),
        "measured_at": utc("measurement_start_time"),
        "service": first_of(
            mapped("annotations.network_type", {**NETWORKS, **dict.fromkeys(UNTOLD)}),
            service_given(assumed="fixed"),
        ),
        "access": mapped(
            "annotations.network_type",
            {
                "wifi": "wifi",
                "wired_ethernet": "ethernet",
                "mobile": "cellular",
                **dict.fromkeys(UNTOLD),
            },
        ),
        "asn": "asn",
        "ip": col("probe_ip", none=("127.0.0.1",)),
        "operator_name": "probe_network_name",
        "country": col("probe_cc", none=("ZZ",)),
        "server": "server",
        "method": join("protocol", constant("tcp, 1 stream")),
        "payload_basis": constant("download as received, upload as handed to the socket"),
        "client_version": join("software_name", "software_version"),
        "download_mbps": divide("download_kbps", 1e3),
        "upload_mbps": divide("upload_kbps", 1e3),
        "latency_ms": "rtt_ms",
        "loss_ratio": "retransmit_rate",
        "completed": "completed",
    },
    unused={"another test of OONI": differs("test_name", "ndt")},
    flags={
        "service-assumed": negate(
            any_of(
                equals("annotations.network_type", *NETWORKS),
                negate(service_not_said()),
            )
        ),
        "vpn": equals("annotations.network_type", "vpn"),
        "rate-contradicts-bytes": any_of(
            *(
                contradicts(
                    divide(f"{way}_kbps", 1e3),
                    bytes_name=f"{way}_bytes",
                    time_name=f"{way}_us",
                    per_second=1e6,
                    tolerance=SAME_COUNTERS,
                )
                for way in ("download", "upload")
            )
        ),
    },
    ignore={
        "read by `measured`": ("probe_asn",),
        "of the program and the report": (
            *("data_format_version", "id", "measurement_uid", "test_start_time", "test_runtime", "options"),
            *("test_version", "input", "input_hashes", "test_helpers", "bucket_date", "backend_version"),
        ),
        "the user's resolver or city": (
            *("resolver_asn", "resolver_ip", "resolver_network_name", "probe_city"),
        ),
        "what a program notes about itself": ("annotations.*",),
    },
    optional=("*",),
)

DECLARATION = Declaration(SOURCE, (RECORD,))
