"""The column table of a measurement and of an aggregate cell, once.

Everything that reads, checks, stores or documents rows takes its columns from here.
Units are part of the name; a missing value is null, never 0 and never a sentinel.
"""

import math
from dataclasses import dataclass
from enum import StrEnum


class Service(StrEnum):
    MOBILE = "mobile"
    FIXED = "fixed"


TECHNOLOGIES: dict[str, tuple[str, ...]] = {
    Service.MOBILE: ("2g", "3g", "4g", "5g-nsa", "5g-sa"),
    Service.FIXED: ("ftth", "fttc", "cable", "dsl", "fwa", "satellite", "other"),
}
ACCESS = ("cellular", "wifi", "ethernet")


@dataclass(frozen=True)
class Metric:
    """What a source delivers. Values outside `low`..`high` are impossible, not merely unusual."""

    name: str
    unit: str
    low: float
    high: float
    higher_is_better: bool
    title: str


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("download_mbps", "Mbit/s", 0.0, 100_000.0, True, "Download goodput"),
        Metric("upload_mbps", "Mbit/s", 0.0, 100_000.0, True, "Upload goodput"),
        Metric("latency_ms", "ms", 0.0, 60_000.0, False, "Idle round-trip time"),
        Metric("loaded_latency_ms", "ms", 0.0, 60_000.0, False, "Round-trip time under load"),
        Metric("jitter_ms", "ms", 0.0, 60_000.0, False, "Delay variation"),
        Metric("loss_ratio", "ratio", 0.0, 1.0, False, "Packets lost"),
        Metric("dns_ms", "ms", 0.0, 60_000.0, False, "Name resolution time"),
        Metric("web_load_ms", "ms", 0.0, 600_000.0, False, "Web page load time"),
        Metric("video_start_ms", "ms", 0.0, 600_000.0, False, "Video start delay"),
        Metric("signal_dbm", "dBm", -200.0, 0.0, True, "Received signal level"),
        Metric("completed", "ratio", 0.0, 1.0, True, "Task ended (1) or failed (0)"),
    )
}


class Kind(StrEnum):
    """Type of a column."""

    TEXT = "text"
    TIMESTAMP = "timestamp"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """One column of a row from outside. `required` must be present and not null."""

    name: str
    kind: Kind
    required: bool = False
    one_of: tuple[str, ...] = ()
    doc: str = ""


_TECHNOLOGY = TECHNOLOGIES[Service.MOBILE] + TECHNOLOGIES[Service.FIXED]
_SERVICE = tuple(Service)

CONTEXT: tuple[Column, ...] = (
    Column("technology", Kind.TEXT, one_of=_TECHNOLOGY, doc="radio generation or kind of line"),
    Column("access", Kind.TEXT, one_of=ACCESS, doc="how the subject reached its network"),
    Column("asn", Kind.INTEGER, doc="autonomous system of the client"),
    Column("mcc_mnc", Kind.TEXT, doc="network code, 452-04"),
    Column("urbanity", Kind.TEXT, doc="urban, rural, as the source says"),
    Column("ip_version", Kind.INTEGER, doc="4 or 6"),
    Column("server", Kind.TEXT, doc="what was measured against"),
    Column("server_on_net", Kind.BOOLEAN, doc="the server stands in the operator's own network"),
    Column("server_class", Kind.TEXT, one_of=("domestic", "international"), doc="where the server stands"),
    Column("method", Kind.TEXT, doc="protocol and streams"),
    Column("payload_basis", Kind.TEXT, doc="what the rate counts, goodput unless said"),
    Column("client_version", Kind.TEXT, doc="of the program that measured"),
    Column("device_model", Kind.TEXT, doc="of the handset or probe, as the source says"),
    Column("plan_download_mbps", Kind.NUMBER, doc="speed of the subscribed plan"),
    Column("weight", Kind.NUMBER, doc="survey weight of the subject; null or 0 does not enter"),
)

MEASUREMENT_COLUMNS: tuple[Column, ...] = (
    Column("measurement_id", Kind.TEXT, required=True, doc="unique within its source"),
    Column("measured_at", Kind.TIMESTAMP, required=True, doc="UTC"),
    Column("subject", Kind.TEXT, doc="what measured repeatedly; pseudonymous before it is stored"),
    Column("operator", Kind.TEXT, doc="slug of the country pack"),
    Column("region", Kind.TEXT, doc="scheme:code"),
    Column("service", Kind.TEXT, required=True, one_of=_SERVICE, doc="what was measured"),
    *CONTEXT,
    *(Column(name, Kind.NUMBER, doc=metric.title) for name, metric in METRICS.items()),
)

DROPPED_AFTER_RESOLUTION: tuple[Column, ...] = (
    Column("operator_name", Kind.TEXT, doc="in any spelling of the pack"),
    Column("region_name", Kind.TEXT, doc="in any spelling of the pack"),
    Column("ip", Kind.TEXT, doc="address of the client, for its operator"),
    Column("latitude", Kind.NUMBER, doc="degrees, for the region"),
    Column("longitude", Kind.NUMBER, doc="degrees, for the region"),
    Column("location_accuracy_m", Kind.NUMBER, doc="of latitude and longitude"),
)

COUNTRY = Column("country", Kind.TEXT, doc="ISO 3166 code of the client's country, two or three letters")
"""Said by sources that cover the world: rows of another country than the workspace's are not used."""

STATISTICS = ("mean", "geomean", "median", "share", "unknown", "p10", "p90")
"""Named statistics; any `pNN` is allowed beside them."""

AGGREGATE_COLUMNS: tuple[Column, ...] = (
    Column("source", Kind.TEXT, doc="if present, the declared name"),
    Column("period", Kind.TEXT, required=True, doc="2021Q4, 2021-10 or 2025-01-01/2025-07-01"),
    Column("service", Kind.TEXT, required=True, one_of=_SERVICE, doc="what was measured"),
    Column("technology", Kind.TEXT, one_of=(*_TECHNOLOGY, "5g", "4g"), doc="null: all technologies"),
    Column("operator", Kind.TEXT, doc="null: all operators together"),
    Column("region", Kind.TEXT, doc="scheme:code or nation (null: nation)"),
    Column("metric", Kind.TEXT, required=True, one_of=tuple(METRICS), doc="what the figure is about"),
    Column("statistic", Kind.TEXT, required=True, doc="mean, geomean, median, share, unknown or pNN"),
    Column("value", Kind.NUMBER, required=True, doc="in the metric's unit"),
    Column("n_measurements", Kind.NUMBER, doc="measurements behind the figure"),
    Column("n_subjects", Kind.NUMBER, doc="subjects behind the figure"),
    Column("std_error", Kind.NUMBER, doc="unknown is null, never zero"),
    Column("scale", Kind.TEXT, one_of=("natural", "log"), doc="of std_error; natural when null"),
    Column("citation", Kind.TEXT, doc="where the figure was read"),
)

BOUNDS: dict[str, tuple[float, float]] = {
    **{name: (metric.low, metric.high) for name, metric in METRICS.items()},
    "plan_download_mbps": (0.0, 100_000.0),
    "weight": (0.0, math.inf),
    "ip_version": (4, 6),
    "asn": (0, 2**32 - 1),
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "location_accuracy_m": (0.0, math.inf),
    "n_measurements": (0.0, math.inf),
    "n_subjects": (0.0, math.inf),
    "std_error": (math.ulp(0.0), math.inf),  # above 0: no figure is free of error
}
"""Lowest and highest possible value of a column; a value outside rejects its row."""

AGGREGATE_KEY = ("source", "period", "service", "technology", "operator", "region", "metric", "statistic")
