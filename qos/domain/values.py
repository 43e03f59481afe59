"""Values of one row, as data: what a declaration makes of the columns of a delivery.

They say what, not how; `qos.store.reading.words` turns them into SQL.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expression:
    """A value made of columns of one row."""

    def columns(self) -> tuple[str, ...]:
        """The delivery's columns it reads."""
        return ()


@dataclass(frozen=True)
class Col(Expression):
    """The column as it stands; the texts in `none` mean that there is no value."""

    name: str
    none: tuple[str, ...] = field(default=(), kw_only=True)

    def columns(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True)
class Utc(Col):
    """A time; one without a zone is in UTC."""


@dataclass(frozen=True)
class Unix(Col):
    """A time as seconds since 1970, times `divisor` (1000 where it is in milliseconds)."""

    divisor: float = 1.0


@dataclass(frozen=True)
class Scaled(Col):
    """A number times `factor` over `divisor`."""

    factor: float = 1.0
    divisor: float = 1.0


@dataclass(frozen=True)
class Mapped(Col):
    """A word translated. One that is not listed rejects the row; None says nothing."""

    words: Mapping[str, str | None] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Matched(Col):
    """First group of a regular expression that has to match the whole text."""

    pattern: str = "(.*)"


@dataclass(frozen=True)
class Shaped(Col):
    """The text put for `{}` into the template of the first form (regular expression) it has whole."""

    forms: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Quadkey(Col):
    """The middle of a web map tile in degrees, `longitude` or `latitude`; its name has a digit a zoom."""

    axis: str = "longitude"


@dataclass(frozen=True)
class Month(Col):
    """`Jan 2018`, `feb-18` (English or Spanish) or `2018-02-01`, as `2018-02`."""


@dataclass(frozen=True)
class QuarterStarting(Col):
    """The quarter's first day `2021-01-01`, as `2021Q1`."""


@dataclass(frozen=True)
class Share(Expression):
    """A number over the sum of others; null where that is 0: `share("failures", "successes", "failures")`."""

    part: str
    whole: tuple[str, ...]

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.part, *self.whole)))


@dataclass(frozen=True)
class DeliveryService(Expression):
    """`mobile` or `fixed` as the delivery is landed with; else what is assumed (flag `service-assumed`)."""

    assumed: str


@dataclass(frozen=True)
class Constant(Expression):
    """The same for every row."""

    value: str | float


@dataclass(frozen=True)
class DeliveryPeriod(Expression):
    """The period the delivery is landed with, as text."""


@dataclass(frozen=True)
class PeriodStart(Expression):
    """The first day of that period, as a time."""


@dataclass(frozen=True)
class RowNumber(Expression):
    """Place of the row in its file, from 1: for deliveries that name their rows in no other way."""


@dataclass(frozen=True)
class Joined(Expression):
    """Texts put together."""

    parts: tuple[Expression, ...]
    separator: str

    def columns(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in part.columns())


@dataclass(frozen=True)
class FirstOf(Expression):
    """The first of several values that is there: `first_of("lte_rsrp", "signal_strength")`."""

    options: tuple[Expression, ...]

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for option in self.options for name in option.columns()))


Value = str | Expression


def expression(value: Value) -> Expression:
    """A plain text is a column's name."""
    return Col(value) if isinstance(value, str) else value


def col(name: str, *, none: Collection[str] = ()) -> Col:
    return Col(name, none=tuple(none))


def utc(name: str) -> Utc:
    return Utc(name)


def divide(name: str, by: float, *, none: Collection[str] = ()) -> Scaled:
    return Scaled(name, divisor=by, none=tuple(none))


def multiply(name: str, by: float, *, none: Collection[str] = ()) -> Scaled:
    return Scaled(name, factor=by, none=tuple(none))


def unix(name: str, *, divisor: float = 1.0) -> Unix:
    return Unix(name, divisor=divisor)


def share(part: str, *whole: str) -> Share:
    return Share(part, whole)


def service_given(*, assumed: str) -> DeliveryService:
    return DeliveryService(assumed)


def constant(value: str | float) -> Constant:
    return Constant(value)


def mapped(name: str, words: Mapping[str, str | None]) -> Mapped:
    return Mapped(name, words=words)


def matched(name: str, pattern: str) -> Matched:
    return Matched(name, pattern=pattern)


def strip_product(name: str) -> Matched:
    """The seller in `Sky 76` or `EE 4GEEHome`: what stands before the first word with a digit."""
    return Matched(name, pattern=r"(.+?)(?:\s+\S*\d.*)?")


def before_comma(name: str) -> Matched:
    """`Antioquia` of `Antioquia, Colombia`."""
    return Matched(name, pattern=r"([^,]+),.*")


def shaped(name: str, forms: Mapping[str, str]) -> Shaped:
    return Shaped(name, forms=forms)


def quadkey(name: str, *, axis: str) -> Quadkey:
    return Quadkey(name, axis=axis)


def month(name: str) -> Month:
    return Month(name)


def quarter_starting(name: str) -> QuarterStarting:
    return QuarterStarting(name)


def period() -> DeliveryPeriod:
    return DeliveryPeriod()


def period_start() -> PeriodStart:
    return PeriodStart()


def row_number() -> RowNumber:
    return RowNumber()


def join(*parts: Value, separator: str = " ") -> Joined:
    return Joined(tuple(expression(part) for part in parts), separator)


def first_of(*options: Value) -> FirstOf:
    return FirstOf(tuple(expression(option) for option in options))
