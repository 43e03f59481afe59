"""Measurements that already use our names: one row is one finished or failed measurement task.

CSV, NDJSON or Parquet, plain, gzip or zstd. `measurement_id`, `measured_at` (ISO 8601 with a zone)
and `service` are needed, everything else may be absent; `source`, where it stands, is the name the
delivery is landed under.
"""

from qos.domain.declaration import TARGETS, Declaration, Layout, Rows
from qos.domain.expressions import differs
from qos.domain.measurement import COUNTRY
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="canonical",
    title="Measurements under our own names",
    kind=SourceKind.APP,
    shape=Shape.MEASUREMENTS,
    licence="none stated",
    personal=True,  # rows may carry addresses, positions and names of subjects
)


def rows(source: str) -> Layout:
    """The layout of a source of this name."""
    return Rows(
        name="canonical",
        keep={name: name for name in TARGETS[Shape.MEASUREMENTS] if name != COUNTRY.name},
        reject={"another source's row": differs("source", source)},
        optional=("*",),
    )


DECLARATION = Declaration(SOURCE, (rows(SOURCE.name),))
