"""Ookla's open data for fixed lines, averaged over the tiles of each NUTS area, one file a quarter.

Arithmetic means weighted by tests; no counts and no operator are given. Level 0 is the country, 2 and 3
are areas; which one a row is follows from the length of its id, save for countries without NUTS that
stand there with three letters (BIH, MDA, XKO). `NA` means that nobody measured there.
"""

from qos.domain.declaration import Csv, Declaration
from qos.domain.expressions import constant, quarter_starting, shaped
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="ookla-nuts",
    title="Ookla open data, fixed, averages per NUTS area",
    kind=SourceKind.TILES,
    shape=Shape.AGGREGATES,
    licence="CC-BY-NC-SA-4.0",
    notice=(
        "Speedtest by Ookla Global Fixed Network Performance Maps, licensed CC BY-NC-SA 4.0 "
        "(non-commercial, share alike); averages per NUTS area by EDJNet (internet_speed)."
    ),
    url="https://github.com/EDJNet/internet_speed",
    kin="ookla",
    expected_rows=(30, 2_000),
)

NUTS = {
    "[A-Z]{2}": "nuts0:{}",
    "BIH|MDA|XKO": "nuts0:{}",
    "[A-Z]{2}[A-Z0-9]": "nuts1:{}",
    "[A-Z]{2}[A-Z0-9]{2}": "nuts2:{}",
    "[A-Z]{2}[A-Z0-9]{3}": "nuts3:{}",
}

AREAS = Csv(
    name="nuts",
    keep={
        "period": quarter_starting("quarter"),
        "service": constant("fixed"),
        "region": shaped("id", NUTS),
        "statistic": constant("mean"),
    },
    metrics={"download_mbps": "avg_d", "upload_mbps": "avg_u", "latency_ms": "avg_l"},
    ignore={"the area's name; its id is kept": ("name",)},
    none=("NA",),
    required=("region",),
    no_value="no test",
)

DECLARATION = Declaration(SOURCE, (AREAS,))
