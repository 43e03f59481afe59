"""Raw tables of the FCC's Measuring Broadband America: probes of SamKnows at home routers, one file a test.

The tables have the names of their files (`curr_httpgetmt.csv`, `curr_httpgetmt_2012_01.csv`), and several
share one header, so a delivery has to keep its name. Rates are bytes a second, times microseconds, `dtime` is
UTC, `unit_id` the probe. Kept: downloads and uploads with one and with several connections, round trips by
ICMP and UDP, those under a download, UDP jitter, look-ups, web pages; IPv6 variants end in 6. Other
tables are counted as not used.

A transfer is delivered as rows of growing length: `sequence` 0 covers the first seconds, each further row
one interval more. The last row is the test; its `bytes_sec_interval`, the rate of the last seconds, is the
sustained speed the FCC publishes, and the earlier rows are not used. `bytes_sec` is bytes_total / fetch_time
over the whole test and checks the unit. 0 stands for a figure that was not measured.

Headers: `#unit_id` from 2011-02 to 2011-06 (transfers then without intervals: the whole test counts), none
from 2011-07 to 2016-08 (columns by order, the table by the name of the file), plain since 2016-09, with the
header again among the rows in 2021. Not read: the videostream without header, webget of 2011-07 and 08,
and tables of the mobile programme.

Provider, technology and plan stand in the unit profile, a side table: rows alone have no operator. The FCC
also drops units, months and the top percent; what lands here is everything. Headers and units are those of
public preprocessing projects and the FCC's data dictionary; no real rows were seen.
"""

from qos.domain.declaration import Csv, Declaration
from qos.domain.expressions import (
    Condition,
    Value,
    always,
    constant,
    contradicts,
    divide,
    equals,
    followed,
    join,
    share,
    utc,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="samknows-mba",
    title="FCC Measuring Broadband America, raw data",
    kind=SourceKind.PROBE,
    shape=Shape.MEASUREMENTS,
    licence="US-Government-Works",
    notice="Federal Communications Commission, Measuring Broadband America (measured by SamKnows).",
    url="https://www.fcc.gov/oet/mba/raw-data-releases",
    kin="samknows",
    view=View.CLIENT,
    server_selection="nearest by round trip, on-net and off-net",
)

BYTES_A_SECOND, MICROSECONDS = 125_000.0, 1000.0
"""In a Mbit/s; in a ms."""
ZERO = ("0", "0.0", "-1")
ROUNDING = 0.02
"""How far bytes_sec may be from bytes_total / fetch_time."""
UNIT, OLD_UNIT = "unit_id", "#unit_id"
SOMETIMES = ("location_id", "ddate")
ENDED = share("successes", "successes", "failures")
PLACES: dict[str, tuple[str, ...]] = {"of the study, not of the test": SOMETIMES}
RTT = ("target", "rtt_avg", "rtt_min", "rtt_max", "rtt_std", "successes", "failures")
TRANSFER = (
    *("target", "address", "fetch_time", "bytes_total", "bytes_sec", "bytes_sec_interval", "warmup_time"),
    *("warmup_bytes", "sequence", "threads", "successes", "failures"),
)
WEB_PARTS = tuple(
    f"{part}_{statistic}_time"
    for part in ("request", "ttfb", "lookup")
    for statistic in ("total", "min", "avg", "max")
)
WEB = (
    *("target", "address", "fetch_time", "bytes_total", "bytes_sec", "objects", "threads", "requests"),
    *("connections", "reused_connections", "lookups", *WEB_PARTS, "successes", "failures"),
)


def named(table: str) -> str:
    """The table's name within that of a file, no longer name around it."""
    return rf"(^|[^a-z]){table}([^a-z0-9]|$)"


def rows(table: str, unit: str, *who: str) -> dict[str, Value]:
    """What every kept row has. who: columns that, with probe and time, name the test."""
    return {
        "measurement_id": join(constant(table), unit, "dtime", *who),
        "measured_at": utc("dtime"),
        "subject": unit,
        "service": constant("fixed"),
        "access": constant("ethernet"),
    }


def again(unit: str) -> dict[str, Condition]:
    return {"the header again": equals(unit, unit)}


def bare(unit: str, *columns: str) -> tuple[str, ...]:
    """Order of the columns where no header says it."""
    return (UNIT, "dtime", *columns, "location_id") if unit == UNIT else ()


def transfer(table: str, metric: str, how: str, unit: str) -> Csv:
    """Downloads or uploads, one row per test: its last interval."""
    rate = "bytes_sec_interval" if unit == UNIT else "bytes_sec"
    return Csv(
        name=f"{table} {unit}",
        named=named(table),
        bare=bare(unit, *TRANSFER),
        keep={
            **rows(table, unit, "target"),
            "server": "target",
            "method": join(constant(how), "threads", constant("connections")),
            metric: divide(rate, BYTES_A_SECOND, none=ZERO),
            "completed": ENDED,
        },
        unused={
            **again(unit),
            "an earlier interval of the same test": followed("sequence", group=(unit, "dtime", "target")),
        },
        flags={
            "rate-contradicts-bytes": contradicts(
                divide("bytes_sec", BYTES_A_SECOND, none=ZERO),
                bytes_name="bytes_total",
                time_name="fetch_time",
                per_second=1e6,
                tolerance=ROUNDING,
            )
        },
        ignore={
            **PLACES,
            "of the server or the warm-up": ("address", "warmup_time", "warmup_bytes"),
        },
        optional=(*SOMETIMES, "address"),
    )


def round_trips(table: str, metric: str, how: str, unit: str) -> Csv:
    """Means of some round trips; without load, the lost ones are a loss."""
    idle: dict[str, Value] = {"loss_ratio": share("failures", "successes", "failures")}
    loaded = {"losses under load are another quantity": ("successes", "failures")}
    return Csv(
        name=f"{table} {unit}",
        named=named(table),
        bare=bare(unit, *RTT),
        keep={
            **rows(table, unit, "target"),
            "server": "target",
            "method": constant(how),
            metric: divide("rtt_avg", MICROSECONDS, none=ZERO),
            **(idle if metric == "latency_ms" else {}),
        },
        unused=again(unit),
        ignore={
            **PLACES,
            "kept is the mean": ("rtt_min", "rtt_max", "rtt_std"),
            **(loaded if metric != "latency_ms" else {}),
        },
        optional=SOMETIMES,
    )


def jitter(unit: str) -> Csv:
    packets = ("packets_up_sent", "packets_down_sent", "packets_up_recv", "packets_down_recv")
    columns = ("target", "packet_size", "stream_rate", "duration", *packets)
    rest = ("jitter_up", "jitter_down", "latency", "successes", "failures")
    return Csv(
        name=f"udpjitter {unit}",
        named=named("udpjitter"),
        bare=bare(unit, *columns, *rest),
        keep={
            **rows("udpjitter", unit, "target"),
            "server": "target",
            "method": constant("UDP stream, downstream"),
            "jitter_ms": divide("jitter_down", MICROSECONDS, none=ZERO),
            "completed": ENDED,
        },
        unused=again(unit),
        ignore={
            **PLACES,
            "kept is the jitter downstream": ("jitter_up", "latency"),
            "of the stream": (*columns[1:4], *packets),
        },
        optional=SOMETIMES,
    )


def look_ups(unit: str) -> Csv:
    return Csv(
        name=f"dns {unit}",
        named=named("dns"),
        bare=bare(unit, "nameserver", "lookup_host", "response_ip", "rtt", "successes", "failures"),
        keep={
            **rows("dns", unit, "nameserver", "lookup_host"),
            "server": "nameserver",
            "method": constant("DNS"),
            "dns_ms": divide("rtt", MICROSECONDS, none=ZERO),
            "completed": ENDED,
        },
        unused=again(unit),
        ignore={**PLACES, "what was looked up": ("response_ip",)},
        optional=SOMETIMES,
    )


def web_pages(unit: str) -> Csv:
    return Csv(
        name=f"webget {unit}",
        named=named("webget"),
        bare=bare(unit, *WEB),
        keep={
            **rows("webget", unit, "target"),
            "server": "target",
            "method": join(constant("web page"), "threads", constant("connections")),
            "web_load_ms": divide("fetch_time", MICROSECONDS, none=ZERO),
            "completed": ENDED,
        },
        unused=again(unit),
        ignore={
            **PLACES,
            "parts of the page": ("address", *WEB[3:6], *WEB[7:11], *WEB_PARTS),
        },
        optional=SOMETIMES,
    )


def left_alone(table: str, reason: str, unit: str, *columns: str) -> Csv:
    """A table that is landed, counted and not used."""
    return Csv(
        name=f"{table} {unit}",
        named=named(table),
        bare=bare(unit, *columns),
        ignore={reason: (unit, "dtime", *columns, *SOMETIMES)},
        unused={reason: always()},
        optional=SOMETIMES,
    )


def of(unit: str) -> tuple[Csv, ...]:
    """Every table under the one name or the other of its first column."""
    get, post = "HTTP GET", "HTTP POST"
    transfers = [
        transfer(f"{table}{version}", metric, how, unit)
        for table, metric, how in (
            ("httpgetmt", "download_mbps", get),
            ("httppostmt", "upload_mbps", post),
            ("httpget", "download_mbps", get),
            ("httppost", "upload_mbps", post),
        )
        for version in ("", "6")
    ]
    trips = [
        round_trips("ping", "latency_ms", "ping ICMP", unit),
        round_trips("udplatency", "latency_ms", "ping UDP", unit),
        round_trips("udplatency6", "latency_ms", "ping UDP", unit),
        round_trips("dlping", "loaded_latency_ms", "ping under a download", unit),
        left_alone("ulping", "under load from the upload; the download's is kept", unit, *RTT),
    ]
    no_indicator = "no indicator of ours"
    hop = ("target", "address", "protocol", "hop", "hop_address", "hop_name", "sent", "received", "rtt_avg")
    others = [
        left_alone("traceroute", no_indicator, unit, *hop, "successes", "failures"),
        left_alone("udpcloss", no_indicator, unit, "duration", "target", "address", "packets"),
        left_alone(
            *("netusage", no_indicator, unit, "wan_rx_bytes", "wan_tx_bytes", "sk_rx_bytes", "sk_tx_bytes")
        ),
    ]
    return (*transfers, *trips, jitter(unit), look_ups(unit), web_pages(unit), *others)


AVAILABILITY = Csv(
    name="avail",
    named=named("avail"),
    bare=(UNIT, "location_id", "dtime", "successes", "failures"),
    ignore={
        "minutes the probe was online: no indicator of ours": (
            *(UNIT, "dtime", "successes", "failures"),
            *SOMETIMES,
        )
    },
    unused={"minutes the probe was online: no indicator of ours": always()},
    optional=SOMETIMES,
)

DECLARATION = Declaration(SOURCE, (*of(UNIT), *of(OLD_UNIT), AVAILABILITY))
