"""Ofcom's panel of home broadband lines, measured by SamKnows probes: one row is one line.

A row holds a line's averages over the month of the wave, 24 hours a day, so it is one measurement of
one subject (`method` says "24-hour average": it has no hour of its own and no hour correction applies).
The files do not say their month; `--period` must. Speeds are Mbit/s, times ms, losses a share; 2014
gives loss in percent according to its column name ("Packet loss (%)"), though its values lie where
those of the later waves lie as shares: they are divided by 100, flagged `loss-unit-doubtful`, and not
to be compared across waves. `jitter_ms` is downstream.

National weights make the panel representative. Rows without one are kept and flagged
`no-weight`, those with 0 `zero-weight`; the 2019 wave has none at all (`unweighted`). 2023 has no unit
ids: its subjects are the rows of the file. Its flag `does_data_meet_qualification` is true everywhere; where
`does_metadata_meet_qualification` is false, the row is flagged `not-qualified` and kept, since Ofcom's
weights decide what enters. Lines without a download (219 in 2023) keep their other figures.

A unit stays in the panel from wave to wave, so figures of two waves are not independent samples. Its
pseudonym changes with the quarter: nothing here follows a line from one wave to the next.
"""

from qos.domain.declaration import Csv, Declaration, Xlsx
from qos.domain.expressions import (
    Value,
    always,
    any_of,
    col,
    constant,
    divide,
    empty,
    equals,
    join,
    mapped,
    negate,
    period,
    period_start,
    row_number,
    strip_product,
    zero,
)
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="ofcom-panel",
    title="Ofcom UK home broadband performance, panellist data",
    kind=SourceKind.PROBE,
    shape=Shape.MEASUREMENTS,
    licence="OGL-UK-3.0",
    notice=(
        "Contains public sector information licensed under the Open Government Licence v3.0. "
        "Source: Ofcom, UK home broadband performance, panellist data (measured by SamKnows)."
    ),
    url="https://www.ofcom.org.uk/phones-and-broadband/coverage-and-speeds/home-broadband-performance",
    kin="samknows",
    reference=True,
    reference_needs_weights=True,
    needs_period=True,
    expected_rows=(1_500, 4_000),
)

TECHNOLOGY = {
    "ADSL": "dsl",
    "ADSL1": "dsl",
    "ADSL2+": "dsl",
    "FTTC": "fttc",
    "G.Fast": "fttc",  # copper for the last metres, faster
    "SOGEA": "fttc",  # the same lines, sold without a telephone service
    "SOGFAST": "fttc",
    "FTTP": "ftth",
    "FTTH": "ftth",
    "Cable": "cable",
    "FWA": "fwa",
    "Fixed Wireless": "fwa",
    "Fixed Wireless - 4G": "fwa",
    "Fixed Wireless - 5G": "fwa",
    "Satellite": "satellite",
}
URBANITY = {"Urban": "urban", "Rural": "rural"}
EVERY_WAVE: dict[str, Value] = {
    "measured_at": period_start(),
    "service": constant("fixed"),
    "access": constant("ethernet"),
    "method": constant("24-hour average"),
}
PEAK = "evening peak only; the 24-hour average is kept"
EXTREMES = "averages of the slowest and fastest tests"
STREAMING = "quality of single streaming services"
FAILURES = "share of failed look-ups and disconnections a day: no metric of ours"
DETAIL = "detail that no figure of ours uses"
WEIGHTS = "weights for rural or per-operator figures; the national weight is kept"

WAVE_2014 = Csv(
    name="2014",
    keep={
        **EVERY_WAVE,
        "measurement_id": join(period(), "Id"),
        "subject": "Id",
        "operator_name": "ISP",
        "technology": mapped("Technology", TECHNOLOGY),
        "urbanity": mapped("Urban.rural", URBANITY),
        "plan_download_mbps": "Headline.speed",
        "download_mbps": "Download.speed..Mbit.s..24.hrs",
        "upload_mbps": "Upload.speed..Mbit.s.24.hour",
        "latency_ms": "Latency..ms.24.hour",
        "jitter_ms": "Jitter.down..ms.24.hour",
        "loss_ratio": divide("Packet.loss....24.hour", 100),
        "dns_ms": "DNS.resolution..ms.24.hour",
        "web_load_ms": "Web.page..ms.24.hour",
        "weight": "nat.weights",
    },
    flags={
        "no-weight": empty("nat.weights"),
        "zero-weight": zero("nat.weights"),
        "loss-unit-doubtful": negate(empty("Packet.loss....24.hour")),
    },
    ignore={
        PEAK: (
            "Download.speed..Mbit.s..8.10pm.weekday",
            "Upload.speed..Mbit.s.8.10pm.weekday",
            "DNS.resolution..ms.8.10pm.weekday",
            "Jitter.up..ms.8.10pm.weekday",
            "Jitter.down..ms.8.10pm.weekday",
            "Latency..ms.8.10pm.weekday",
            "Packet.loss....8.10pm.weekday",
            "Web.page..ms.8.10pm.weekday",
        ),
        EXTREMES: ("Download.speed..Mbit.s..Max", "Upload.speed..Mbit.s.Max"),
        FAILURES: ("DNS.failure....24.hour", "DNS.failure....8.10pm.weekday"),
        DETAIL: (
            "Distance.band",
            "Distance.band.used.for.weighting",
            "Market",
            "LLU",
            "Jitter.up..ms.24.hour",
        ),
        WEIGHTS: ("isp.weights",),
    },
)

HOURS_2019, WAYS = ("24 hour", "Peak"), ("download", "upload")

WAVE_2019 = Csv(
    name="2019",
    keep={
        **EVERY_WAVE,
        "measurement_id": join(period(), "unit_id"),
        "subject": "unit_id",
        "operator_name": strip_product("Ofcom product"),
        "region_name": "Region",
        "technology": mapped("Technology", TECHNOLOGY),
        "urbanity": mapped("Urban Rural", URBANITY),
        "download_mbps": "24 hr average download speed",
        "upload_mbps": "24 hr average upload speed",
        "latency_ms": "24 hour Latency",
        "jitter_ms": "24 hour Jitter Downstream",
        "loss_ratio": "24 hour packet loss",
        "dns_ms": "24 hour DNS",
        "web_load_ms": "24 hour time to load webpage",
    },
    flags={"unweighted": always()},
    ignore={
        PEAK: (
            "Peak average download speed",
            "Peak average upload speed",
            "Peak DNS",
            "Peak Jitter Upstream",
            "Peak Jitter Downstream",
            "Peak Latency",
            "Peak packet loss",
            "Peak time to load webpage",
        ),
        EXTREMES: [
            *(f"{hours} average minimum speed {way}" for hours in HOURS_2019 for way in WAYS),
            *(f"{hours} average maximum {way} speed" for hours in HOURS_2019 for way in WAYS),
        ],
        STREAMING: [
            f"{hours} {service} {what}"
            for service in ("Youtube", "Netflix", "iPlayer")
            for hours, what in (
                *(
                    (hours, what)
                    for hours in ("24 hour -", "Peak -")
                    for what in ("UHD", "HD", "SD", "failure")
                ),
                ("24 hour -", "Start-up delay"),
                ("Peak-", "Start-up delay"),
            )
        ],
        FAILURES: ("24 hour DNS Failure", "Peak DNS Failure", "Disconnections"),
        DETAIL: ("Country", "Distance from Exchange band)", "Market Class", "24 hour Jitter Upstream"),
    },
)

# 2021 and 2023 share most names.
SAMKNOWS_NAMES: dict[str, Value] = {
    "download_mbps": "Download - 24 (ave)",
    "upload_mbps": "Upload - 24 (ave)",
    "latency_ms": "Latency - 24h",
    # 13 lines of 2021 have 0 here, and no loaded test behind it.
    "loaded_latency_ms": col("mean_ping_ms_with_downstream_load", none=("0",)),
    "jitter_ms": "Jitter-downstream - 24h",
    "loss_ratio": "Packet Loss - 24h",
    "dns_ms": "DNS Rate - 24h",
    "web_load_ms": "Web loading - 24h",
    "weight": "national_weight",
}
WEIGHT_FLAGS = {"no-weight": empty("national_weight"), "zero-weight": zero("national_weight")}
"""Either way the line does not enter weighted figures; the panel means two things by it."""
HOURS = [f"Download - {hours}" for hours in (
    "0-6am", "6am-12am", "12-18pm", "18-19pm", "19-20pm", "20-21pm", "21-22pm", "22-23pm", "23pm-00midnight",
)]  # fmt: skip


def samknows_ignored(services: tuple[str, ...]) -> dict[str, list[str]]:
    """What 2021 and 2023 have in common and no figure of ours uses."""
    numbers = ("DL", "UL", "DNS", "Jitter", "Latency", "Web", *services)
    return {
        PEAK: [
            *("Download - peak (ave)", "Upload - peak (ave)", "DNS Rate - peak", "Jitter-upstream - peak"),
            *("Latency - peak", "Packet Loss - peak", "Web loading - peak"),
        ],
        EXTREMES: [
            *("Download - 24 max (ave)", "Download - peak max (ave)", "Upload - 24 min(ave)"),
            *("Upload - 24 max (ave)", "Upload - peak min(ave)", "Upload - peak max (ave)"),
        ],
        "download by hour of day; the 24-hour average is kept": HOURS,
        STREAMING: [
            f"{service}{what}{hours}"
            for service in services
            for what in ("UHD", "HD", "SD", "Failed", "StartupDelay")
            for hours in ("24hr", "Peak")
        ],
        FAILURES: ["DNS Failure 24hr", "DNS Failure peak", "Disconnections"],
        "number of tests behind a line's average": [
            *(f"{name}{'24h' if name in ('Jitter', 'Latency') else '24hr'}" for name in numbers),
            *(f"{name}{'peak' if name in ('DL', 'UL', 'DNS') else 'Peak'}" for name in numbers),
        ],
        DETAIL: ["Jitter-upstream - 24h", "median_ping_ms_with_downstream_load"],
        WEIGHTS: ["rural_weight", "isp_weight"],
    }


WAVE_2021 = Csv(
    name="2021",
    keep={
        **EVERY_WAVE,
        **SAMKNOWS_NAMES,
        "measurement_id": join(period(), "unit_id"),
        "subject": "unit_id",
        "operator_name": "ISP",
        "region_name": "Region",
        "technology": mapped("Technology", TECHNOLOGY),
        "urbanity": mapped("Geography", URBANITY),
        "plan_download_mbps": "PACKAGE (download by upload)",
    },
    flags=WEIGHT_FLAGS,
    ignore={
        **samknows_ignored(("YouTube", "Netflix", "iPlayer")),
        "of 2021: other spellings and detail": (
            "package_upload_speed",
            "MarketClass",
            "Distance from exchange - DSL only",
            "Country",
            "Full package name",
            "Download - 24 min(ave)",
            "Download - peak min(ave)",
            "Jitter-downtream - peak",
        ),
    },
)

WAVE_2023 = Xlsx(
    name="2023",
    keep={
        **EVERY_WAVE,
        **SAMKNOWS_NAMES,
        "measurement_id": join(period(), constant("row"), row_number()),
        "subject": join(period(), constant("row"), row_number()),
        "operator_name": "isp",
        "region_name": "region",
        "technology": mapped("technology", TECHNOLOGY),
        "urbanity": mapped("rurality", URBANITY),
        "plan_download_mbps": "package_download_speed",
    },
    flags={
        **WEIGHT_FLAGS,
        "not-qualified": any_of(
            equals("does_metadata_meet_qualification", "false"),
            equals("does_data_meet_qualification", "false"),
        ),
    },
    ignore={
        **samknows_ignored(("YouTube", "Netflix")),
        "of 2023: other spellings and detail": (
            "panel",
            "allocation_type",
            "package_upload_speed",
            "market_classification",
            "distance_to_exchange_metres",
            "max_attainable_mbps",
            "country",
            "Download - 24 min (ave)",
            "Download - peak min (ave)",
            "Jitter-downstream - peak",
            "mean_ping_ms_with_upstream_load",
            "median_ping_ms_with_upstream_load",
            "tests_DLPing24h",
            "tests_ULPing24h",
            "package_for_weighting",
        ),
    },
)

DECLARATION = Declaration(SOURCE, (WAVE_2014, WAVE_2019, WAVE_2021, WAVE_2023))
