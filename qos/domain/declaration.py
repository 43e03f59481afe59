"""The language in which a source says what it keeps, rejects and ignores: data only, nothing runs here.

A source has one or several layouts, each recognised by its header. In `keep`, a plain text names a
column of the delivery whose values get the type of ours (`qos.domain.measurement`); anything else is
said with the words of `qos.domain.expressions`: `divide("down_kbps", 1e3)`, `constant("fixed")`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from qos.domain.expressions import Condition, DeliveryService, Expression, Value, always, expression
from qos.domain.flags import FLAGS
from qos.domain.measurement import (
    AGGREGATE_COLUMNS,
    COUNTRY,
    DROPPED_AFTER_RESOLUTION,
    MEASUREMENT_COLUMNS,
    METRICS,
    Column,
    Kind,
)
from qos.domain.source import Shape, Source

TARGETS: dict[Shape, dict[str, Column]] = {
    Shape.MEASUREMENTS: {c.name: c for c in (*MEASUREMENT_COLUMNS, *DROPPED_AFTER_RESOLUTION, COUNTRY)},
    Shape.AGGREGATES: {
        c.name: c
        for c in (
            *(c for c in AGGREGATE_COLUMNS if c.name != "source"),
            *(c for c in DROPPED_AFTER_RESOLUTION if c.name not in ("ip", "location_accuracy_m")),
            Column("asn", Kind.INTEGER, doc="autonomous system, for the operator"),
            COUNTRY,
            Column("publisher", Kind.TEXT, doc="who published the figure; only of kind published"),
        )
    },
}
"""What a layout may keep, by shape. `source` is what a delivery is landed as, never what it says."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One form in which a source delivers. Every column is kept, used in a rule, or ignored by name.

    keep: our column -> value.  metrics: metric -> value, where one row holds several figures of an
    aggregate; each becomes a cell. Rules are `reason: condition`, the first that holds counts:
    `reject` for rows that cannot be believed, `unused` for good rows that another cut repeats;
    `flags` are kept beside the row. ignore: names, or reason -> names. required: targets that must
    have a value beside those the contract demands. optional: columns that may be absent; "*" is all
    but those with required targets. none: texts that mean "no value" in every column. decimal_comma:
    numbers are written 1,5. no_value: reason for a row none of whose `metrics` has a value. combine: rows
    that end in the same cell are parts of it (tiles of one region) and become their mean, weighted by
    n_measurements. An ignored name may end in `.*`: everything below it in a nested document.
    """

    formats: ClassVar[tuple[str, ...]] = ()

    name: str = ""
    keep: Mapping[str, Value] = field(default_factory=dict, hash=False)
    metrics: Mapping[str, Value] = field(default_factory=dict, hash=False)
    reject: Mapping[str, Condition] = field(default_factory=dict, hash=False)
    unused: Mapping[str, Condition] = field(default_factory=dict, hash=False)
    flags: Mapping[str, Condition] = field(default_factory=dict, hash=False)
    ignore: Collection[str] | Mapping[str, Collection[str]] = field(default=(), hash=False)
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    decimal_comma: bool = False
    no_value: str = "no value"
    combine: bool = False

    def __post_init__(self) -> None:
        used = set(self.kept_columns) | self._rule_columns()
        if both := sorted(used & set(self.ignored)):
            raise ValueError(f"layout {self.name!r} ignores columns it uses: {both}")
        if undeclared := sorted(set(self.flags) - set(FLAGS)):
            raise ValueError(f"layout {self.name!r} raises flags that qos.domain.flags lacks: {undeclared}")
        if unknown := sorted(set(self.metrics) - set(METRICS)):
            raise ValueError(f"layout {self.name!r} gives metrics nobody knows: {unknown}")

    @cached_property
    def values(self) -> dict[str, Expression]:
        """Target -> expression of everything kept, metrics of a wide row included."""
        return {target: expression(value) for target, value in {**self.keep, **self.metrics}.items()}

    @cached_property
    def kept_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for value in self.values.values() for name in value.columns()))

    @cached_property
    def used(self) -> tuple[str, ...]:
        """Every column that a value or a rule reads."""
        return tuple(dict.fromkeys((*self.kept_columns, *sorted(self._rule_columns()))))

    @cached_property
    def ignored(self) -> dict[str, str]:
        """Column (or subtree, `name.*`) -> reason (empty where none is declared)."""
        if isinstance(self.ignore, Mapping):
            return {name: reason for reason, names in self.ignore.items() for name in names}
        return dict.fromkeys(self.ignore, "")

    @cached_property
    def explained(self) -> tuple[str, ...]:
        """Every column the layout says something about."""
        return tuple(dict.fromkeys((*self.used, *self.ignored)))

    def reason_to_ignore(self, name: str) -> str | None:
        """Why a column, or the subtree it is in, is ignored; None where it is not."""
        ignored = self.ignored
        if name in ignored:
            return ignored[name]
        below = (why for one, why in ignored.items() if one[-2:] == ".*" and name.startswith(one[:-1]))
        return next(below, None)

    def may_lack(self, name: str, targets: Mapping[str, Column]) -> bool:
        """Whether a delivery without this column still has the layout."""
        if "*" not in self.optional:
            return name in self.optional
        needed = (self.values.get(target) for target in self.required_targets(targets))
        return not any(value is not None and name in value.columns() for value in needed)

    def required_targets(self, targets: Mapping[str, Column]) -> tuple[str, ...]:
        return tuple(name for name, c in targets.items() if c.required or name in self.required)

    def _rule_columns(self) -> set[str]:
        rules = (*self.reject.values(), *self.unused.values(), *self.flags.values())
        return {name for condition in rules for name in condition.columns()}


@dataclass(frozen=True, kw_only=True)
class Csv(Layout):
    """Text with separators; `delimiter` is found from the header unless given.

    named: a regular expression that the delivery's name has to hold, in any case of letters, for tables
    that share a header. bare: the columns, in order, of a delivery that has no header line.
    """

    formats: ClassVar[tuple[str, ...]] = ("csv",)
    delimiter: str | None = None
    named: str = ""
    bare: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Xlsx(Layout):
    """A sheet of a workbook (.xlsx, .xlsm); the first one unless named."""

    formats: ClassVar[tuple[str, ...]] = ("workbook",)
    sheet: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rows(Csv):
    """Rows under these names in any of CSV, NDJSON (one object a line) and Parquet."""

    formats: ClassVar[tuple[str, ...]] = ("csv", "ndjson", "parquet")


Flat = Mapping[str, object]
"""One row of a nested document: dotted names to texts, numbers, true, false or null."""


def dotted(document: Flat) -> Iterator[Flat]:
    """The document as one row: `{"ping": {"jitter": 1}}` has the column `ping.jitter`. Lists stay lists."""
    yield dict(_leaves(document, ""))


def _leaves(node: Flat, prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in node.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


@dataclass(frozen=True, kw_only=True)
class Documents(Layout):
    """Nested JSON: single documents, one a line, an array, or many in a .tgz or .zip.

    rows: what one document holds, as flat rows; from there on as with any table. A ValueError of it
    rejects the document with that reason. records: dotted name of the list in which a document keeps its
    rows (`features` of a GeoJSON); each item is then a document. takes: tells this layout's documents from
    those of the source's other layouts; a column that some documents lack is empty there.
    """

    formats: ClassVar[tuple[str, ...]] = ("documents",)
    rows: Callable[[Flat], Iterable[Flat]] = field(default=dotted, hash=False)
    records: str = ""
    takes: Callable[[Flat], bool] | None = field(default=None, hash=False)


@dataclass(frozen=True, kw_only=True)
class Computed(Documents):
    """A table (CSV, Parquet) whose rows need thought: `rows` gets each as a document, so small files only."""

    formats: ClassVar[tuple[str, ...]] = ("documents", "csv", "parquet")


def not_used(*, name: str, reason: str, header: Collection[str]) -> Csv:
    """A table that is landed, counted and left alone, whole."""
    return Csv(name=name, ignore={reason: tuple(header)}, unused={reason: always()})


@dataclass(frozen=True)
class Declaration:
    """A source and the layouts it comes in."""

    source: Source
    layouts: tuple[Layout, ...]

    def __post_init__(self) -> None:
        if not self.layouts:
            raise ValueError(f"{self.source.name}: no layout")
        for layout in self.layouts:
            if unknown := sorted(set(layout.keep) - set(self.targets)):
                raise ValueError(
                    f"{self.source.name} {layout.name}: keeps what we have no column for: {unknown}"
                )
            if layout.metrics and self.source.shape is not Shape.AGGREGATES:
                raise ValueError(
                    f"{self.source.name} {layout.name}: only aggregates have several metrics a row"
                )
            if missing := self._lacks(layout):
                raise ValueError(f"{self.source.name} {layout.name}: says nothing about {missing}")

    @property
    def targets(self) -> dict[str, Column]:
        return TARGETS[self.source.shape]

    @property
    def asks_service(self) -> bool:
        """Whether it makes a difference to say of a delivery what was measured, `mobile` or `fixed`."""
        return any(
            isinstance(value, DeliveryService) for layout in self.layouts for value in layout.values.values()
        )

    def _lacks(self, layout: Layout) -> list[str]:
        """Required columns of ours that the layout gives no value for; a table not used gives none."""
        if not layout.keep:
            return []
        given = set(layout.keep) | ({"metric", "value"} if layout.metrics else set())
        return sorted(set(layout.required_targets(self.targets)) - given)
