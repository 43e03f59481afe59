"""Signal samples of a drive test, as GeoJSON: one feature is one reading of one network at one place.

A FeatureCollection of points with the properties `mcc`, `mnc`, `tech` (Gsm or Lte), `timestamp` (ms since
1970), `rssi`, and for LTE `rsrp`, `rsrq` (dBm, dB), `cell_id`, `lac`, `band`. The level is RSRP for LTE and
RSSI for GSM: two quantities, so the technology has to be told apart wherever levels are compared. `mnc` is
a number; it is written with two digits, as in 262-01. The band "N7" is LTE band 7, not 5G. Real files of one
day in Hamburg were read, with an antenna on the roof, which hears more than a handset in a pocket. A modem
that has no newer reading repeats its last one with the next position: network, technology and time name
a reading, and the repetition is a duplicate.

The subject is a place, a square of about 100 m seen by one network on one technology: a car waiting at a
light takes a reading a second and would otherwise outvote the road. A sample becomes the indicator
`coverage_4g_share`: the share of measured places whose median RSRP reaches -110 dBm. Neighbouring
places are still alike (shadowing reaches further than 100 m in open country), so the interval of one run is
too narrow rather than too wide; several runs on other roads are what shortens it honestly. No edition names
that indicator or its stricter fellow `coverage_4g_good_share` yet, so no release publishes one.
"""

import math
from collections.abc import Iterator

from qos.domain.declaration import Declaration, Documents, Flat, dotted
from qos.domain.expressions import constant, join, mapped, unix
from qos.domain.source import Shape, Source, SourceKind, View

SOURCE = Source(
    name="drive-test",
    title="Drive test, signal samples",
    kind=SourceKind.DRIVE_TEST,
    shape=Shape.MEASUREMENTS,
    licence="CC-BY-NC-4.0",
    notice="Measured by ENQT GmbH and HAW Hamburg, licensed CC BY-NC 4.0 (non-commercial).",
    url="https://github.com/felixbd/Data-Science-and-Visualization",
    personal=True,
    view=View.CLIENT,
    server_selection="none: the signal of the serving cell",
)

LEVELS = {"Lte": "rsrp", "Gsm": "rssi"}
TECHNOLOGIES = {"Gsm": "2g", "Lte": "4g"}
SQUARES_A_DEGREE = 1000
"""Of latitude: 111 m each. Sides along a parallel are made as long."""


def samples(feature: Flat) -> Iterator[Flat]:
    """A feature as one row: its properties, `latitude`, `longitude`, `place`, `network` and `level`."""
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        raise ValueError("a feature without properties")
    longitude, latitude = _point(feature.get("geometry"))
    rest = {name: value for name, value in feature.items() if name not in ("geometry", "properties")}
    row = dict(next(iter(dotted({**rest, **properties}))))
    network = _network(properties.get("mcc"), properties.get("mnc"))
    level = properties.get(LEVELS.get(str(properties.get("tech")), ""))
    place = f"{square(latitude, longitude)} {network} {properties.get('tech')}"
    yield {
        **row,
        "latitude": latitude,
        "longitude": longitude,
        "network": network,
        "place": place,
        "level": level,
    }


def square(latitude: float, longitude: float) -> str:
    """Name of the square of about 111 m that holds a position."""
    row = math.floor(latitude * SQUARES_A_DEGREE)
    width = math.cos(math.radians(row / SQUARES_A_DEGREE))
    return f"{row}/{math.floor(longitude * SQUARES_A_DEGREE * width)}"


def _point(geometry: object) -> tuple[float, float]:
    """Longitude and latitude; GeoJSON gives them in this order, a height may follow."""
    match geometry:
        case {
            "type": "Point",
            "coordinates": [int() | float() as longitude, int() | float() as latitude, *_],
        }:
            return float(longitude), float(latitude)
    raise ValueError("not a point")


def _network(mcc: object, mnc: object) -> str | None:
    match mcc, mnc:
        case int(), int():
            return f"{mcc:03d}-{mnc:02d}"
    return None


GEOJSON = Documents(
    name="geojson",
    records="features",
    rows=samples,
    keep={
        "measurement_id": join("network", "tech", "timestamp"),
        "measured_at": unix("timestamp", divisor=1e3),
        "subject": "place",
        "service": constant("mobile"),
        "technology": mapped("tech", TECHNOLOGIES),
        "access": constant("cellular"),
        "mcc_mnc": "network",
        "method": constant("signal sample"),
        "latitude": "latitude",
        "longitude": "longitude",
        "signal_dbm": "level",
    },
    ignore={
        "kind of the feature": ("type",),
        "kept as the network": ("mcc", "mnc"),
        "kept as the level, by technology": ("rssi", "rsrp"),
        "quality of the signal: no metric of ours": ("rsrq",),
        "of the cell, not of the subscriber's place": ("band", "cell_id", "lac"),
    },
    required=("mcc_mnc", "signal_dbm", "latitude", "longitude"),
)

DECLARATION = Declaration(SOURCE, (GEOJSON,))
