"""Figures that already use our names: one row is one cell, `period, service, metric, statistic, value`.

CSV, NDJSON or Parquet. `operator` null means all operators together; `region` is a code or `nation`.
An unknown error is left empty: it is never 0.
"""

from qos.domain.declaration import Declaration, Layout, Rows
from qos.domain.expressions import differs
from qos.domain.measurement import AGGREGATE_COLUMNS
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="canonical-aggregates",
    title="Aggregate cells under our own names",
    kind=SourceKind.APP,
    shape=Shape.AGGREGATES,
    licence="none stated",
)


def rows(source: str) -> Layout:
    """The layout of a source of this name."""
    return Rows(
        name="canonical-aggregates",
        keep={column.name: column.name for column in AGGREGATE_COLUMNS if column.name != "source"},
        reject={"another source's row": differs("source", source)},
        optional=("*",),
    )


DECLARATION = Declaration(SOURCE, (rows(SOURCE.name),))
