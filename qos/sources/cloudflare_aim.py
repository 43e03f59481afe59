"""Cloudflare's browser speed test: what its module logs of a run, and the summary it shows.

One document is one run. The log holds every request (`bytes`, `bps` in bit/s) and every ping (ms): the rate
is the 90th percentile of the requests of at least 10 ms, latency the median of the pings, jitter the mean
difference of pings that follow one another, the loaded latency the median of the pings during the download -
as the module itself computes them (linear between ranks), from rates that it rounded to whole bit/s. The
summary holds these results themselves, 0 where nothing was measured. The loss is a share from 0 to 1.

Neither says when it was measured or by whom: `--period` must say when, and without an address the operator
stays open. A summary has no id, so its place in the file stands for one and a summary delivered
twice in two files counts twice. Several requests run one after the other on one connection, against the
nearest data centre of Cloudflare: a web page's view of the line rather than its capacity.

Names are those of @cloudflare/speedtest (its logger and its tests); no real delivery was seen, and
the columns of the public BigQuery table are not known.
"""

import math
import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qos.domain.declaration import Declaration, Documents, Flat, dotted
from qos.domain.expressions import (
    constant,
    divide,
    join,
    period,
    period_start,
    row_number,
    service_given,
    service_not_said,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="cloudflare-aim",
    title="Cloudflare speed test (aggregated internet measurement)",
    kind=SourceKind.BROWSER,
    shape=Shape.MEASUREMENTS,
    licence="none stated",
    notice="Measured with Cloudflare's speed test (@cloudflare/speedtest).",
    url="https://github.com/cloudflare/speedtest",
    needs_period=True,
    personal=True,
    streams=1,
    view=View.CLIENT,
    server_selection="nearest data centre of Cloudflare (anycast)",
)

SHORTEST_MS = 10
RATE_RANK = 0.9
"""The module's defaults: `bandwidthMinRequestDuration`, `bandwidthPercentile`."""


def percentile(values: Sequence[float], rank: float) -> float | None:
    """Linear between the two nearest ranks; None of nothing."""
    if not values:
        return None
    ordered, place = sorted(values), (len(values) - 1) * rank
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def rate(requests: object) -> float | None:
    """Rate in bit/s that a list of requests amounts to, those shorter than 10 ms left out."""
    pairs = [_request(request) for request in _list(requests)]
    long_enough = [bps for size, bps in pairs if bps > 0 and 8000 * size / bps >= SHORTEST_MS]
    return percentile(long_enough, RATE_RANK)


def _request(request: object) -> tuple[float, float]:
    match request:
        case {"bytes": int() | float() as size, "bps": int() | float() as bps}:
            return float(size), float(bps)
        case {"bytes": _, "bps": None}:
            return 0.0, 0.0  # a request without a rate
    raise ValueError("a request without bytes and bps")


def _list(values: object) -> list[object]:
    if values is None:
        return []
    if not isinstance(values, list):
        raise ValueError("no list where one should be")
    return values


def _pings(values: object) -> list[float]:
    pings = [ping for ping in _list(values) if isinstance(ping, int | float)]
    if len(pings) != len(_list(values)):
        raise ValueError("a ping that is no number")
    return [float(ping) for ping in pings]


def logged(document: Flat) -> Iterator[Flat]:
    """The log of one run, with what the module makes of its lists."""
    pings = _pings(document.get("latencyMs"))
    under_load = _pings(document.get("downLoadedLatencyMs"))
    steps = [abs(after - before) for before, after in pairwise(pings)]
    yield {
        **next(iter(dotted({name: v for name, v in document.items() if not isinstance(v, list)}))),
        "down_bps": rate(document.get("download")),
        "up_bps": rate(document.get("upload")),
        "latency": statistics.median(pings) if pings else None,
        "jitter": statistics.fmean(steps) if steps else None,
        "loaded_latency": statistics.median(under_load) if under_load else None,
    }


METHOD = constant("HTTP requests 1 stream, 90th percentile")
NOTHING = ("0", "0.0")
"""What the summary says of a phase that measured nothing."""
ASSUMED = {"service-assumed": service_not_said()}

LOG = Documents(
    name="log",
    takes=lambda document: "sessionId" in document,
    rows=logged,
    keep={
        "measurement_id": "sessionId",
        "measured_at": period_start(),
        "service": service_given(assumed="fixed"),
        "method": METHOD,
        "download_mbps": divide("down_bps", 1e6),
        "upload_mbps": divide("up_bps", 1e6),
        "latency_ms": "latency",
        "loaded_latency_ms": "loaded_latency",
        "jitter_ms": "jitter",
        "loss_ratio": "packetLoss.lossRatio",
    },
    flags=ASSUMED,
    ignore={
        "the loss is kept": ("packetLoss.numMessages",),
        "how long the whole run took": ("totalDurationMs",),
        "Cloudflare's own marks; we publish no foreign score": ("scores.*",),
    },
)

SUMMARY = Documents(
    name="summary",
    takes=lambda document: "sessionId" not in document and not isinstance(document.get("download"), list),
    keep={
        "measurement_id": join(period(), row_number()),
        "measured_at": period_start(),
        "service": service_given(assumed="fixed"),
        "method": METHOD,
        "download_mbps": divide("download", 1e6, none=NOTHING),
        "upload_mbps": divide("upload", 1e6, none=NOTHING),
        "latency_ms": divide("latency", 1, none=NOTHING),
        "loaded_latency_ms": divide("downLoadedLatency", 1, none=NOTHING),
        "jitter_ms": "jitter",
        "loss_ratio": "packetLoss",
    },
    flags=ASSUMED,
    ignore={
        "under load from the upload, or its jitter: the download's latency is kept": (
            "downLoadedJitter",
            "upLoadedLatency",
            "upLoadedJitter",
        ),
        "reachability: no metric of ours": ("v4Reachability", "v6Reachability"),
    },
)

DECLARATION = Declaration(SOURCE, (LOG, SUMMARY))
