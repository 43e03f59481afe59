"""Speedtest Intelligence by Ookla as Colombia's regulator CRC publishes it: many cuts of one sample.

One cut enters: operator x department x month, mobile (`cellular`) and fixed (every platform together), in
its two editions, the mean and the median of the same tests. Every other table - cities, the nation,
years, single technologies, coverage, consistency - repeats that sample and is landed as not used; so
are the rows of all providers together, which must never be added to the operators'.

Speeds are read from the columns in kbit/s; those in Mbit/s are the same figures rounded, once with a
decimal comma. The sample count is the number of devices or users, the n to use. The median edition
gives a *minimum* latency, which is another quantity than the mean edition's latency. Months come as
"Jan 2018" and, where a Spanish spreadsheet took the text for a date, as "feb-18".
Latencies up to 3,433 ms are kept and flagged: nothing says that they are wrong.
"""

from qos.domain.declaration import Csv, Declaration, Layout, not_used
from qos.domain.expressions import (
    Condition,
    Value,
    above,
    any_of,
    before_comma,
    constant,
    differs,
    divide,
    mapped,
    matches,
    month,
    unlike,
)
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="crc-speedtest",
    title="CRC Postdata, quality of experience measured by Speedtest",
    kind=SourceKind.APP,
    shape=Shape.AGGREGATES,
    licence="none stated",
    notice="Source of the figures: Speedtest Intelligence by Ookla, published by CRC (Colombia).",
    url="https://github.com/postdatacrc/Mediciones_QoE",
    kin="ookla",
)

ANOTHER_CUT = "another cut of the same sample"
ROUNDED = "the same figure rounded to Mbit/s"
SLOW: dict[str, Condition] = {"latency-over-1000-ms": above("Latency", 1000)}
"""A mean round trip longer than over a geostationary satellite; met where few devices measured."""
EDITIONS: dict[str, tuple[dict[str, Value], dict[str, Condition], dict[str, tuple[str, ...]]]] = {
    "mean": ({"latency_ms": "Latency"}, SLOW, {}),
    "median": ({}, {}, {"the least latency of a sample, not its latency": ("Minimum Latency",)}),
}


def another_cut(mobile: bool) -> Condition:
    """Not operator x department x month of all mobile or all fixed tests."""
    return any_of(
        unlike("Location", r"[^,]+, *Colombia"),  # a city has more parts, the nation one
        matches("Aggregate Date", r"\d{4}"),
        differs("Technology Type", "cellular" if mobile else "N/A"),
        differs("Platform", "N/A" if mobile else "all"),
    )


def departments(service: str, edition: str, *, device: bool = True) -> Layout:
    """The table of one service and edition. One export lacks the column Device, empty everywhere else."""
    mobile = service == "mobile"
    latency, flags, ignored = EDITIONS[edition]
    metrics: dict[str, Value] = {
        "download_mbps": divide("Download Speed", 1e3),
        "upload_mbps": divide("Upload Speed", 1e3),
        **latency,
    }
    return Csv(
        name=f"{service} {edition}" + ("" if device else " without device"),
        keep={
            "period": month("Aggregate Date"),
            "service": constant(service),
            "operator_name": "Provider",
            "region_name": before_comma("Location"),
            "statistic": mapped("Metric Type", {edition: edition}),
            "n_measurements": "Test Count",
            "n_subjects": "Sample Count",
        },
        metrics=metrics,
        unused={
            ANOTHER_CUT: another_cut(mobile),
            "all-providers row": matches("Provider", "(?i)all providers( combined)?"),
        },
        flags=flags,
        ignore={
            "empty everywhere": ("Device",) if device else (),
            "the sample count is kept": ("Device Count" if mobile else "User Count",),
            ROUNDED: ("Download Speed Mbps", "Upload Speed Mbps"),
            **ignored,
        },
        required=("operator_name", "region_name"),
        no_value="no test",
    )


COVERAGE = not_used(
    name="coverage",
    reason=ANOTHER_CUT,
    header=(
        *("Aggregate Date", "Provider", "Location", "No Coverage (%)", "No Coverage Sample Count"),
        *(f"{technology}{roaming} {what}" for technology in ("5G", "4G", "3G", "2G")
          for roaming in ("", " Roaming") for what in ("(%)", "Sample Count")),
        *("Total Sample Count", "Total Device Count", "Total Scan Count"),
    ),
)  # fmt: skip
CONSISTENCY = not_used(
    name="consistency",
    reason=ANOTHER_CUT,
    header=(
        "place_name",
        "aggregate_date",
        "isp_name",
        "total_samples",
        "consistency_broadband",
        "consistency_ultra_broadband",
    ),
)

DECLARATION = Declaration(
    SOURCE,
    (
        departments("mobile", "mean"),
        departments("mobile", "median"),
        departments("fixed", "mean"),
        departments("fixed", "median"),
        departments("fixed", "mean", device=False),
        COVERAGE,
        CONSISTENCY,
    ),
)
