"""Ookla's open data: means of all tests with a position, per tile of 610 m (zoom 16) and quarter.

One row is one tile of one service. Rates are arithmetic means in kbit/s, latencies means in ms; no operator,
and "fixed" is everything measured over Wi-Fi or a cable. Neither quarter nor service stands in the rows: the
file's name says them (`type=mobile/.../2022-04-01_performance_mobile_tiles.parquet`), `--period` and
`--service` must. Tiles have 1 or 2 tests more often than not, so they are no cells of their own: those of
one region become one, weighted by tests. The place is the middle of the quadkey's tile: exact, and in every
edition, which `tile_x` is not. Latency under load came with 2022 as whole numbers and later with fractions;
that of the upload is left out, as other sources give that of the download. Past quarters are issued anew
when somebody asks to be forgotten: another value is a revision.

Layouts: Parquet (or CSV) as Ookla gives it, known as documented, and GeoJSON made of it, read from files.
"""

from qos.domain.declaration import Declaration, Documents, Rows
from qos.domain.expressions import Value, constant, divide, period, quadkey, service_given, service_not_said
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="ookla-tiles",
    title="Ookla open data, means per tile and quarter",
    kind=SourceKind.TILES,
    shape=Shape.AGGREGATES,
    licence="CC-BY-NC-SA-4.0",
    notice=(
        "Speedtest by Ookla Global Fixed and Mobile Network Performance Maps, licensed CC BY-NC-SA 4.0 "
        "(non-commercial, share alike)."
    ),
    url="https://github.com/teamookla/ookla-open-data",
    kin="ookla",
    needs_period=True,
    expected_rows=(200, 8_000_000),
)

SERVICE_ASSUMED = {"service-assumed": service_not_said()}
OPTIONAL = ("avg_lat_down_ms", "avg_lat_up_ms", "tile", "tile_x", "tile_y")
IGNORED = {
    "the quadkey says where": ("tile", "tile_x", "tile_y"),
    "other sources give the latency under download": ("avg_lat_up_ms",),
}


def keep(prefix: str) -> dict[str, Value]:
    return {
        "period": period(),
        "service": service_given(assumed="fixed"),
        "longitude": quadkey(f"{prefix}quadkey", axis="longitude"),
        "latitude": quadkey(f"{prefix}quadkey", axis="latitude"),
        "statistic": constant("mean"),
        "n_measurements": f"{prefix}tests",
        "n_subjects": f"{prefix}devices",
    }


def metrics(prefix: str) -> dict[str, Value]:
    return {
        "download_mbps": divide(f"{prefix}avg_d_kbps", 1e3),
        "upload_mbps": divide(f"{prefix}avg_u_kbps", 1e3),
        "latency_ms": f"{prefix}avg_lat_ms",
        "loaded_latency_ms": f"{prefix}avg_lat_down_ms",
    }


TABLE = Rows(
    name="tiles",
    keep=keep(""),
    metrics=metrics(""),
    flags=SERVICE_ASSUMED,
    ignore=IGNORED,
    optional=OPTIONAL,
    required=("longitude", "latitude"),
    combine=True,
)

FEATURES = Documents(
    name="features",
    records="features",
    keep=keep("properties."),
    metrics=metrics("properties."),
    flags=SERVICE_ASSUMED,
    ignore={
        **{reason: tuple(f"properties.{name}" for name in names) for reason, names in IGNORED.items()},
        "the tile's corners; the quadkey says where": ("geometry.*",),
        "of the format": ("type", "id"),
    },
    optional=(*(f"properties.{name}" for name in OPTIONAL), "id"),
    required=("longitude", "latitude"),
    combine=True,
)

DECLARATION = Declaration(SOURCE, (TABLE, FEATURES))
