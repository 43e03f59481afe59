"""MySpeed, the app of India's regulator TRAI, one CSV file a month: one row is one direction of one test.

`Data Speed(Mbps)` holds the rate of the direction named in `Test_type`, whose letters change their case from
month to month; `Signal_strength` is dBm or "na". Some months are said to be in kbit/s under the same
header: nothing in a row tells, so the level of the whole delivery is compared with the source's other months
before it lands (the unit sentinel). `LSA` is the licensed service area, about a state.

The rows say neither when nor who nor where exactly: `--period` names the month, which is an interval and
no instant, download and upload of one test cannot be put together, and how many tests one handset
made is unknown. A row's place in its file stands for an id: the same file delivered again is a
duplicate, but the same test in two files, or twice in one, cannot be told. Header and rows were seen
as somebody else printed them; no whole month was seen.
"""

from qos.domain.declaration import Csv, Declaration
from qos.domain.expressions import (
    constant,
    equals,
    join,
    mapped,
    matches,
    negate,
    period,
    period_start,
    row_number,
    where,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="trai-myspeed",
    title="TRAI MySpeed, crowdsourced mobile speeds",
    kind=SourceKind.APP,
    shape=Shape.MEASUREMENTS,
    licence="GODL-India",
    notice="Telecom Regulatory Authority of India, MySpeed; Government Open Data License - India.",
    url="https://www.data.gov.in/catalog/all-india-myspeed-data",
    needs_period=True,
    kin="trai",
    view=View.CLIENT,
    expected_rows=(100_000, 3_000_000),
)

SPEED, DIRECTION = "Data Speed(Mbps)", "Test_type"
TECHNOLOGY = {"2G": "2g", "3G": "3g", "4G": "4g", "LTE": "4g", "5G": None}
"""The file does not say which kind of 5G."""

MONTH = Csv(
    name="month",
    keep={
        "measurement_id": join(period(), row_number()),
        "measured_at": period_start(),
        "service": constant("mobile"),
        "access": constant("cellular"),
        "technology": mapped("Technology", TECHNOLOGY),
        "operator_name": "Service Provider",
        "region_name": "LSA",
        "download_mbps": where(SPEED, equals(DIRECTION, "download")),
        "upload_mbps": where(SPEED, equals(DIRECTION, "upload")),
        "signal_dbm": "Signal_strength",
    },
    reject={"neither download nor upload": negate(matches(DIRECTION, r"(?i)\s*(download|upload)\s*"))},
    none=("na", "NA", "Na", "null"),
    required=("operator_name",),
)

DECLARATION = Declaration(SOURCE, (MONTH,))
