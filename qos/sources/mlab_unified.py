"""M-Lab's unified NDT views (`ndt.unified_downloads`, `ndt.unified_uploads`) as BigQuery exports them.

One row is one direction of one finished test: `a.Direction` says which, so a client's download and upload
are two rows. Rates in Mbit/s as the server counted them, MinRTT in ms, the loss a ratio, which uploads do not
have. The views hold what M-Lab calls valid: long enough, from production servers, not from monitors; where
`IsValidBest` is delivered it is heeded. Tests that failed are not in them, so they say nothing about success
and `completed` stays empty. What tells lines apart is the address: the subject is an IPv4 address or the
upper half of one of IPv6, since hosts change the lower one daily. Area and network are those of the address;
a position would be the middle of that area and is left out. Fixed and mobile lines are together: `--service`
says it where they were told apart before.

Layouts: dotted names (nested Parquet or NDJSON opened up, CSV by hand) and names with `_` for `.` (tables
made from the views). No real delivery was seen: names, types and units are those of M-Lab's schema.
"""

from qos.domain.declaration import Declaration, Documents, Rows
from qos.domain.expressions import (
    Value,
    any_of,
    constant,
    empty,
    equals,
    first_of,
    join,
    matched,
    matches,
    negate,
    service_given,
    service_not_said,
    unequal,
    utc,
    where,
)
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="mlab-unified",
    title="M-Lab NDT, single tests of the unified views",
    kind=SourceKind.BROWSER,
    shape=Shape.MEASUREMENTS,
    licence="CC0-1.0",
    notice="NDT measurements by Measurement Lab (CC0).",
    url="https://www.measurementlab.net/tests/ndt/",
    kin="mlab",
    personal=True,
    streams=1,
    view=View.SERVER,
    server_selection="a near one of M-Lab's, chosen by its locator",
)

CLIENT, SERVER = "client.Geo.CountryCode", "server.Geo.CountryCode"
GEO = (
    *("ContinentCode", "CountryCode3", "CountryName", "Region", "Subdivision1Name"),
    *("Subdivision2ISOCode", "Subdivision2Name", "MetroCode", "City", "AreaCode", "PostalCode"),
    *("Latitude", "Longitude", "AccuracyRadiusKm", "Missing"),
)
NETWORK = ("CIDR", "ASName", "Missing", "Systems")
IGNORED = {
    "`a.TestTime` is exact": ("date", "test_date"),
    "the id again": ("a.UUID",),
    "how the sender paced itself": ("a.CongestionControl",),
    "the area of an address, not a position": tuple(f"client.Geo.{name}" for name in GEO),
    "the number of the network is kept": tuple(f"client.Network.{name}" for name in NETWORK),
    "the server is named by its site": (
        *("client.Port", "server.IP", "server.Port", "server.Machine"),
        *("server.Network.ASNumber", "server.Geo.Subdivision1ISOCode"),
        *(f"server.Geo.{name}" for name in GEO),
        *(f"server.Network.{name}" for name in NETWORK),
    ),
    "how the view was made": (
        *("metadata.View", "metadata.ClientMetadata", "metadata.ServerMetadata", "metadata.Tables"),
        *("IsValid2023", "IsValid2021"),
    ),
}

HALF_OF_IPV6 = r"((?:[0-9a-fA-F]{1,4}:){4}).+"
"""Where zeros are left out in that half (`2001:db8::1`) the whole address has to do."""


def keep(mark: str) -> dict[str, Value]:
    """What a test gives, for names with `mark` between their parts."""

    def at(name: str) -> str:
        return name.replace(".", mark)

    download, upload = (equals(at("a.Direction"), way) for way in ("download", "upload"))
    abroad = unequal(at(CLIENT), at(SERVER))
    at_home = negate(any_of(abroad, empty(at(CLIENT)), empty(at(SERVER))))
    return {
        "measurement_id": "id",
        "measured_at": utc(at("a.TestTime")),
        "subject": first_of(
            where(matched(at("client.IP"), HALF_OF_IPV6), matches(at("client.IP"), HALF_OF_IPV6)),
            at("client.IP"),
        ),
        "service": service_given(assumed="fixed"),
        "asn": at("client.Network.ASNumber"),
        "ip": at("client.IP"),
        "country": at(CLIENT),
        "region_name": join(at(CLIENT), at("client.Geo.Subdivision1ISOCode"), separator="-"),
        "server": at("server.Site"),
        "server_class": first_of(
            where(constant("international"), abroad), where(constant("domestic"), at_home)
        ),
        "method": join(matched(at("metadata.Protocol"), r"(ndt\d|web100).*"), constant("tcp, 1 stream")),
        "download_mbps": where(at("a.MeanThroughputMbps"), download),
        "upload_mbps": where(at("a.MeanThroughputMbps"), upload),
        "latency_ms": at("a.MinRTT"),
        "loss_ratio": where(at("a.LossRate"), download),
    }


NOT_VALID = {"not valid in M-Lab's own opinion": equals("IsValidBest", "false")}
SERVICE_ASSUMED = {"service-assumed": service_not_said()}

MAY_LACK = (
    *("IsValidBest", "metadata.Protocol", "a.MinRTT", "a.LossRate", "client.IP", "client.Network.ASNumber"),
    *("client.Geo.Subdivision1ISOCode", "server.Site", CLIENT, SERVER),
    *(name for names in IGNORED.values() for name in names),
)
"""Of a table somebody made from the views; without a direction a rate would be nobody's."""

NESTED = Documents(
    name="nested",
    keep=keep("."),
    reject=NOT_VALID,
    flags=SERVICE_ASSUMED,
    ignore={**IGNORED, "of the view, not of the test": ("client.*", "server.*", "metadata.*")},
)
DOTTED = Rows(
    name="dotted",
    keep=keep("."),
    reject=NOT_VALID,
    flags=SERVICE_ASSUMED,
    ignore=IGNORED,
    optional=MAY_LACK,
)
UNDERSCORED = Rows(
    name="underscored",
    keep=keep("_"),
    reject=NOT_VALID,
    flags=SERVICE_ASSUMED,
    ignore={reason: tuple(name.replace(".", "_") for name in names) for reason, names in IGNORED.items()},
    optional=tuple(name.replace(".", "_") for name in MAY_LACK),
)

DECLARATION = Declaration(SOURCE, (NESTED, DOTTED, UNDERSCORED))
