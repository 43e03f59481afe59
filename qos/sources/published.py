"""Figures read in somebody's report, one row each, with who published them and where.

The columns are those of `canonical-aggregates`; `publisher` and `citation` are needed. What the report
does not say - which statistic it is, how large its error - is `unknown` or left empty. Operators and
regions may stand by name. The same figure of one publisher is one figure, under whatever source it
was entered.
"""

from qos.domain.declaration import TARGETS, Declaration, Layout, Rows
from qos.domain.expressions import differs
from qos.domain.measurement import COUNTRY
from qos.domain.source import Shape, Source, SourceKind

SOURCE = Source(
    name="published",
    title="Figures published in reports",
    kind=SourceKind.PUBLISHED,
    shape=Shape.AGGREGATES,
    licence="none stated",
)

_OF_NATIVE_FORMATS = (COUNTRY.name, "latitude", "longitude", "asn")


def rows(source: str) -> Layout:
    """The layout of a source of this name."""
    return Rows(
        name="published",
        keep={name: name for name in TARGETS[Shape.AGGREGATES] if name not in _OF_NATIVE_FORMATS},
        reject={"another source's row": differs("source", source)},
        required=("publisher", "citation"),
        optional=("*",),
    )


DECLARATION = Declaration(SOURCE, (rows(SOURCE.name),))
