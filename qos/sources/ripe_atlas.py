"""RIPE Atlas results: one document is what one probe measured once, a ping or a look-up of a name.

Every firmware generation: numbers as texts in the oldest, `addr`, `name`, `srcaddr`, `mode`, `pf` before
firmware 4460. Times are Unix seconds, delays ms; -1 stands for a missing delay and is null. Of a ping,
`avg` is the mean round trip of the packets that came back and loss is (sent - rcvd) / sent; a duplicate
answer is not counted by the probe. A look-up through the probe's own resolvers holds one answer per resolver
in `resultset`: each is a measurement. An answer that never came is a failed task.

What is reached decides what a delay means: an anchor next door and a server abroad are different
measurements, and `server` says which it was; addresses of the home network are left out of it. The clock of a
probe that was not set within 300 s, or nobody knows when, is marked `clock-doubtful`. The probe's address
(`from`, in the oldest firmware the public `src_addr`) finds its operator on that day: today's metadata of
the probe do not. Probes stand in homes, offices and data centres; which of them a delivery
speaks of, it does not say, so the service is said when it is landed.

Traceroutes name a path, certificates, NTP and Wi-Fi results feed no indicator, and `http` fetches one object
of an anchor, not a page: they are counted as not used. Samples are those of the RIPE NCC's own tests,
as printed in their documentation; no bulk delivery was seen.
"""

import re
from collections.abc import Iterator

from qos.domain.declaration import Declaration, Documents, Flat, dotted
from qos.domain.expressions import (
    above,
    any_of,
    differs,
    equals,
    first_of,
    matched,
    service_given,
    service_not_said,
    share,
    unix,
)
from qos.domain.source import Shape, Source, SourceKind, View
from qos.sources._addresses import LOCAL

SOURCE = Source(
    name="ripe-atlas",
    title="RIPE Atlas probes",
    kind=SourceKind.PROBE,
    shape=Shape.MEASUREMENTS,
    licence="RIPE Atlas terms of service",
    notice="Data from RIPE Atlas (RIPE NCC), used under the RIPE Atlas terms of service.",
    url="https://atlas.ripe.net/api/v2/measurements/{measurement}/results/",
    personal=True,
    streams=1,
    view=View.CLIENT,
    server_selection="chosen by whoever ordered the measurement",
)

RENAMED = {"addr": "dst_addr", "name": "dst_name", "srcaddr": "src_addr", "pf": "af", "paris-id": "paris_id"}
"""Names before firmware 4460, and what they are called since."""

UNUSED_KINDS = {
    "a path: no indicator of ours": ("traceroute",),
    "one object of an anchor, not a page": ("http", "httpget"),
    "a certificate, a clock or a Wi-Fi log: no indicator of ours": ("sslcert", "ntp", "wifi", "connection"),
}
KINDS = ("ping", "dns", *(kind for kinds in UNUSED_KINDS.values() for kind in kinds))


def results(document: Flat) -> Iterator[Flat]:
    """A ping as one row, a look-up as one row per resolver; of any other kind only what it was."""
    common = {RENAMED.get(name, name): value for name, value in document.items()}
    common |= _address_family(common)
    if common.get("type") == "ping":
        yield _row(common, _ping(common))
    elif common.get("type") == "dns":
        for answer in _answers(common):
            yield _row({**common, **answer}, _look_up(answer))
    else:
        yield {name: common.get(name) for name in ("type", "timestamp", "prb_id")}


def _answers(common: Flat) -> list[Flat]:
    several = common.get("resultset")
    if not isinstance(several, list):
        return [common]
    if not all(isinstance(answer, dict) for answer in several):
        raise ValueError("a resultset that is no list of objects")
    return [{**answer, "timestamp": answer.get("time", common.get("timestamp"))} for answer in several]


def _row(common: Flat, found: Flat) -> Flat:
    left = {name: value for name, value in common.items() if name not in ("result", "resultset", "error")}
    run = (str(common[name]) for name in ("msm_id", "prb_id", "timestamp", "subid") if name in common)
    return {
        **next(iter(dotted(left))),
        **found,
        "client": _public(common.get("from")) or _public(common.get("src_addr")),
        "reached": common.get("dst_name") or _public(common.get("dst_addr")),
        "how": " ".join(str(common[name]) for name in ("type", "proto") if common.get(name)),
        "run": "-".join(run),
    }


def _ping(common: Flat) -> Flat:
    sent, received = _number(common.get("sent")), _number(common.get("rcvd"))
    if not sent or received is None:
        return {}
    return {
        "lost": max(sent - received, 0),
        "answered": 1 if received else 0,
        "delay": _delay(common.get("avg")),
    }


def _look_up(answer: Flat) -> Flat:
    result = answer.get("result")
    delay = _delay(result.get("rt")) if isinstance(result, dict) else None
    return {"answered": 0 if delay is None else 1, "rt": delay}


def _address_family(common: Flat) -> Flat:
    """`ICMP4` and `UDP6` of old firmware say protocol and family at once."""
    mode = common.get("mode")
    if isinstance(mode, str) and mode[-1:] in ("4", "6"):
        return {"proto": mode[:-1], "af": int(mode[-1])}
    return {}


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def _delay(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


def _public(address: object) -> str | None:
    """An address outside the home network, whose own addresses tell nobody's operator."""
    return None if not address or re.fullmatch(LOCAL, str(address)) else str(address)


RESULTS = Documents(
    name="results",
    rows=results,
    keep={
        "measurement_id": "run",
        "measured_at": unix("timestamp"),
        "subject": "prb_id",
        "ip": "client",
        "service": service_given(assumed="fixed"),
        "ip_version": "af",
        "server": "reached",
        "method": "how",
        "client_version": first_of("mver", matched("fw", r"(\d+)")),
        "latency_ms": "delay",
        "loss_ratio": share("lost", "sent"),
        "dns_ms": "rt",
        "completed": "answered",
    },
    reject={"a kind of result nobody has explained": differs("type", *KINDS)},
    unused={reason: equals("type", *kinds) for reason, kinds in UNUSED_KINDS.items()},
    flags={
        "service-assumed": service_not_said(),
        "clock-doubtful": any_of(above("lts", 300), equals("lts", "-1")),
    },
    ignore={
        "kept in the id of the run": ("msm_id", "time", "subid", "submax"),
        "kept as the address, where it is public": ("from", "src_addr"),
        "kept as what was reached": ("dst_addr", "dst_name"),
        "kept as the method": ("proto",),
        "kept as a share or a mean": ("rcvd", "avg", "min", "max", "dup"),
        "when the result was stored or the name of its target resolved": ("stored_timestamp", "ttr"),
        "about the order, not the result": ("group_id", "msm_name", "step", "mode", "bundle", "dst_port"),
        "detail of the packets": ("size", "ttl", "tos", "qbuf", "retry"),
    },
)

DECLARATION = Declaration(SOURCE, (RESULTS,))
