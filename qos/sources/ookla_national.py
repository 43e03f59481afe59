"""National figures that others computed from Ookla's open tiles: countries of ASEAN and of the CIS.

One row is one country, quarter and service. Arithmetic means weighted by tests are statistics of tests; the
CIS files also give medians weighted by tests, of which each tile enters with its mean, so that the spread
inside tiles is missing from them. Means and medians that count a tile of one test like one of a thousand
describe tiles, not tests, and are left out. Rates in Mbit/s, latencies in ms; the ASEAN file has neither
latencies nor devices. Countries are written in three letters there and in two here.

The CIS files come in editions of the same figures: UA twice, with other columns and other last digits,
three rows of RU twice in one file. Figures are read to 12 digits, so that an edition is a duplicate and not
a revision.
"""

from collections.abc import Iterator

from qos.domain.declaration import Computed, Csv, Declaration, Flat
from qos.domain.expressions import constant, mapped, quarter_starting
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="ookla-national",
    title="Ookla open data, national means per quarter",
    kind=SourceKind.TILES,
    shape=Shape.AGGREGATES,
    licence="CC-BY-NC-SA-4.0",
    notice=(
        "Speedtest by Ookla Global Fixed and Mobile Network Performance Maps, licensed CC BY-NC-SA 4.0 "
        "(non-commercial, share alike); national figures by tesserakh (ASEAN) and sorujov (CIS)."
    ),
    url="https://github.com/teamookla/ookla-open-data",
    kin="ookla",
    expected_rows=(40, 300),
)

SERVICES: dict[str, str | None] = {"fixed": "fixed", "mobile": "mobile"}

ASEAN = Csv(
    name="asean",
    keep={
        "period": quarter_starting("quart_start"),
        "service": mapped("type", SERVICES),
        "country": "country",
        "region": constant("nation"),
        "statistic": constant("mean"),
        "n_measurements": "tests",
    },
    metrics={"download_mbps": "avg_d_mbps", "upload_mbps": "avg_u_mbps"},
    ignore={"the day it starts says which": ("quarter",), "tiles are not tests": ("n_tiles",)},
    none=("NA",),
    required=("country",),
)

METRICS = ("download_mbps", "upload_mbps", "latency_ms")
WEIGHTED = {"mean": "weighted_mean", "median": "weighted_median"}


def statistics(row: Flat) -> Iterator[Flat]:
    """One row per statistic of tests: its name and the three metrics."""
    columns = {f"{metric}_{name}" for metric in METRICS for name in WEIGHTED.values()}
    rest = {name: value for name, value in row.items() if name not in columns}
    for statistic, name in WEIGHTED.items():
        yield {
            **rest,
            "statistic": statistic,
            **{metric: _to_12_digits(row.get(f"{metric}_{name}")) for metric in METRICS},
        }


def _to_12_digits(value: object) -> object:
    """Editions differ from the 15th digit on. What is no number is left for the reader to reject."""
    try:
        return float(f"{float(str(value)):.12g}")
    except ValueError:
        return value


CIS = Computed(
    name="cis",
    rows=statistics,
    takes=lambda row: f"download_mbps_{WEIGHTED['mean']}" in row,
    keep={
        "period": quarter_starting("date"),
        "service": mapped("network_type", SERVICES),
        "country": "country_code",
        "region": constant("nation"),
        "statistic": "statistic",
        "n_measurements": "total_tests",
        "n_subjects": "total_devices",
    },
    metrics={metric: metric for metric in METRICS},
    ignore={
        "the day it starts says which": ("year", "quarter"),
        "the country's code is kept": ("country_name",),
        "a statistic of tiles, not of tests": (
            *("tile_count", "download_mbps_mean", "upload_mbps_mean", "latency_ms_mean"),
            *("download_mbps_median", "upload_mbps_median", "latency_ms_median"),
        ),
    },
    optional=("upload_mbps_median",),
    required=("country",),
)

DECLARATION = Declaration(SOURCE, (ASEAN, CIS))
