"""Yearly averages derived from TRAI's MySpeed, India 2018-2023, that do not pass the gate.

A row is year x provider x circle: a "Data Speed(Mbps)" of which nothing says how many tests stand behind
it, whether it is a mean or a median, or which direction it is. Jio's 4G of 2018 stands at a median of 114
Mbit/s over the circles, where its own tests in the same collection gave about 20: a sum of months or
another unit. `INDIA` is the nation, a row beside the circles.
"""

from qos.domain.declaration import Csv, Declaration
from qos.domain.expressions import constant, mapped
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="trai-annual",
    title="MySpeed by year (MrinalDesai/Dashboard)",
    kind=SourceKind.APP,
    shape=Shape.AGGREGATES,
    licence="none stated",
    url="https://github.com/MrinalDesai/Dashboard",
    kin="trai",
    expected_rows=(400, 600),
)

YEARS = Csv(
    name="years",
    keep={
        "period": mapped("Year", {str(year): f"{year}-01-01/{year + 1}-01-01" for year in range(2018, 2024)}),
        "service": constant("mobile"),
        "operator_name": "Service Provider",
        "region_name": "Circle",
        "country": constant("IND"),
        "metric": constant("download_mbps"),
        "statistic": constant("unknown"),
        "value": "Data Speed(Mbps)",
    },
    required=("operator_name", "region_name"),
)

DECLARATION = Declaration(SOURCE, (YEARS,))
