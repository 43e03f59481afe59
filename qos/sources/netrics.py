"""Netrics, a small computer at a home's router that runs several tools: one row is one run of one tool.

The results of one round lie side by side, in the JSON a device writes (`Measurements`, `Meta`) as in the CSV
of a study (`time`, `install`), under the same names: `speedtest_ookla_…`, `speedtest_ndt7_…`, `iperf_udp_…`,
`dns_query_…`. Each tool that ran is a measurement of its own with its own `method`, so one round gives up to
four rows: the Speedtest CLI with several connections, ndt7 with one, UDP packets of iperf (a capacity, no
goodput: `payload_basis` says so), and the mean of some look-ups. Rates are Mbit/s, delays ms, losses and
retransmissions percent. No bytes are told to check a rate against; on the same line ndt7 reads 3 to 5 %
under Ookla. The same ndt7 tests lie in M-Lab's archive and the same Speedtests with Ookla.

The pings are given by the longest of several (`google_rtt_max_ms`, also under load), which is no
round-trip time to compare: a round of nothing else is not used. The subject is the home
(`install`), or the device. Read: a whole study of two homes in Chicago. The JSON was seen as the
program writes it (internet-equity/netrics) and not as a delivery.
"""

from collections.abc import Iterator, Mapping

from qos.domain.declaration import Computed, Declaration, Documents, Flat
from qos.domain.expressions import (
    Value,
    constant,
    divide,
    equals,
    unix,
    utc,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="netrics",
    title="Netrics home devices",
    kind=SourceKind.PROBE,
    shape=Shape.MEASUREMENTS,
    licence="CC-BY-SA-4.0",
    notice="Internet Equity Initiative, University of Chicago (netrics-data), CC BY-SA 4.0.",
    url="https://github.com/internet-equity/netrics-data",
    personal=True,
    view=View.CLIENT,
    server_selection="of each tool",
)

TOOLS: dict[str, dict[str, tuple[str, ...]]] = {
    "Ookla CLI": {
        "down": ("speedtest_ookla_download",),
        "up": ("speedtest_ookla_upload",),
        "latency": ("speedtest_ookla_latency",),
        "jitter": ("speedtest_ookla_jitter",),
        "loss": ("speedtest_ookla_pktloss2",),
        "server": ("speedtest_ookla_server_host",),
    },
    "ndt7 1 stream": {
        "down": ("speedtest_ndt7_download",),
        "up": ("speedtest_ndt7_upload",),
        "latency": ("speedtest_ndt7_minrtt", "speedtest_ndt7_downloadlatency"),
        "loss": ("speedtest_ndt7_downloadretrans",),
        "server": ("speedtest_ndt7_server",),
    },
    "iperf3 UDP": {"down": ("iperf_udp_download",), "up": ("iperf_udp_upload",)},
    "DNS": {"dns": ("dns_query_avg_ms",)},
}
"""Method -> our name for a figure -> where a round may hold it. The first tells whether the tool ran."""
UDP = "UDP payload"
NOTHING_ELSE = "nothing but the longest of several pings"
EXPLAINED = {name for figures in TOOLS.values() for names in figures.values() for name in names} | {
    *("google_rtt_max_ms", "google_rtt_max_ms_under_dl", "google_rtt_max_ms_under_ul", "dns_query_max_ms"),
    *("speedtest_ookla_server_name", "speedtest_ookla_server_id"),
    *("speedtest_ndt7_server_ip", "speedtest_ndt7_downloaduuid", "test_bytes_consumed"),
}


def rounds(row: Flat) -> Iterator[Flat]:
    """The tools that one line of a study's CSV holds."""
    figures = {name: value for name, value in row.items() if name not in ("time", "install")}
    return _tools(figures, {"time": row.get("time"), "home": row.get("install")})


def runs(document: Flat) -> Iterator[Flat]:
    """The tools that one document of a device holds; names are flat already or one level deep."""
    measured, about = document.get("Measurements"), document.get("Meta")
    if not isinstance(measured, Mapping) or not isinstance(about, Mapping):
        raise ValueError("without Measurements or Meta")
    return _tools(dict(_flat(measured)), {"time": about.get("Time"), "home": about.get("Id")})


def _flat(measured: Flat, prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in measured.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}_")
        else:
            yield prefix + name, value


def _tools(figures: Flat, about: Flat) -> Iterator[Flat]:
    """A row for each tool that ran, else one that says so; names nobody has explained stay in each."""
    about = {**about, **{name: value for name, value in figures.items() if name not in EXPLAINED}}
    ran = [(method, found) for method, names in TOOLS.items() if (found := _figures(figures, names))]
    for method, found in ran:
        run = " ".join(str(part) for part in (about["home"], about["time"], method) if part)
        basis = UDP if method == "iperf3 UDP" else None
        yield {**about, **found, "method": method, "basis": basis, "run": run}
    if not ran:
        yield {**about, "method": NOTHING_ELSE}


def _figures(figures: Flat, names: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    """What one tool found, empty where it did not run."""
    found = {
        ours: next((figures[name] for name in among if figures.get(name) not in (None, "")), None)
        for ours, among in names.items()
    }
    return found if next(iter(found.values())) is not None else {}


KEEP: dict[str, Value] = {
    "measurement_id": "run",
    "subject": "home",
    "service": constant("fixed"),
    "access": constant("ethernet"),
    "method": "method",
    "payload_basis": "basis",
    "server": "server",
    "download_mbps": "down",
    "upload_mbps": "up",
    "latency_ms": "latency",
    "jitter_ms": "jitter",
    "loss_ratio": divide("loss", 100),
    "dns_ms": "dns",
}
UNUSED = {NOTHING_ELSE: equals("method", NOTHING_ELSE)}

STUDY = Computed(
    name="study",
    takes=lambda row: "install" in row,
    rows=rounds,
    keep={**KEEP, "measured_at": utc("time")},
    unused=UNUSED,
    required=("subject",),
)
DEVICE = Documents(
    name="device",
    takes=lambda document: "Measurements" in document,
    rows=runs,
    keep={**KEEP, "measured_at": unix("time")},
    unused=UNUSED,
)

DECLARATION = Declaration(SOURCE, (STUDY, DEVICE))
