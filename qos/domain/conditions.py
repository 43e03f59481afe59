"""Conditions of one row, as data: what a declaration rejects on, leaves unused or flags."""

from collections.abc import Collection
from dataclasses import dataclass

from qos.domain.values import Expression, Value, expression


@dataclass(frozen=True)
class Condition:
    """Something that is true or false of one row."""

    def columns(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class OnColumn(Condition):
    name: str

    def columns(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True)
class Equals(OnColumn):
    """One of `texts`, in any case of letters."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Matches(OnColumn):
    """The whole text has this form (a regular expression); an empty one has none."""

    pattern: str


@dataclass(frozen=True)
class Zero(OnColumn):
    """A number, and 0."""


@dataclass(frozen=True)
class Above(OnColumn):
    """A number, and greater than `limit`."""

    limit: float


@dataclass(frozen=True)
class Contradicts(Condition):
    """A rate (value of a row, Mbit/s) that is not bytes / time within a factor of 1 ± tolerance.

    A second, independent estimate shows a wrong unit (formats 15.1). bytes_name and time_name are columns;
    per_second: how many units of time_name make a second (1000 for milliseconds). Missing says nothing.
    """

    rate: Expression
    bytes_name: str
    time_name: str
    per_second: float
    tolerance: float

    def columns(self) -> tuple[str, ...]:
        return (*self.rate.columns(), self.bytes_name, self.time_name)


@dataclass(frozen=True)
class Unequal(Condition):
    """Two columns that hold different texts; an empty one differs from nothing."""

    names: tuple[str, str]

    def columns(self) -> tuple[str, ...]:
        return self.names


@dataclass(frozen=True)
class Followed(Condition):
    """Another row of the same group (equal texts in `group`) has a greater number in `order`.

    For tests that are delivered as rows of growing intervals, of which the last is the result.
    """

    order: str
    group: tuple[str, ...]

    def columns(self) -> tuple[str, ...]:
        return (self.order, *self.group)


@dataclass(frozen=True)
class ServiceNotSaid(Condition):
    """The delivery was landed without saying whether it is mobile or fixed."""


@dataclass(frozen=True)
class Empty(Condition):
    """None of the columns holds a value."""

    names: tuple[str, ...]

    def columns(self) -> tuple[str, ...]:
        return self.names


@dataclass(frozen=True)
class Always(Condition):
    """Every row."""


@dataclass(frozen=True)
class Not(Condition):
    condition: Condition

    def columns(self) -> tuple[str, ...]:
        return self.condition.columns()


@dataclass(frozen=True)
class AnyOf(Condition):
    conditions: tuple[Condition, ...]

    def columns(self) -> tuple[str, ...]:
        return tuple(name for condition in self.conditions for name in condition.columns())


@dataclass(frozen=True)
class Where(Expression):
    """A value that a row has only where something else holds: a rate of one direction or the other."""

    value: Expression
    condition: Condition

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.value.columns(), *self.condition.columns())))


def equals(name: str, *texts: str) -> Equals:
    return Equals(name, texts)


def matches(name: str, pattern: str) -> Matches:
    return Matches(name, pattern)


def zero(name: str) -> Zero:
    return Zero(name)


def above(name: str, limit: float) -> Above:
    return Above(name, limit)


def contradicts(
    rate: Value, *, bytes_name: str, time_name: str, per_second: float, tolerance: float
) -> Contradicts:
    return Contradicts(expression(rate), bytes_name, time_name, per_second, tolerance)


def unequal(name: str, other: str) -> Unequal:
    return Unequal((name, other))


def followed(order: str, *, group: Collection[str]) -> Followed:
    return Followed(order, tuple(group))


def service_not_said() -> ServiceNotSaid:
    return ServiceNotSaid()


def empty(*names: str) -> Empty:
    return Empty(names)


def always() -> Always:
    return Always()


def differs(name: str, *texts: str) -> Not:
    """Something else stands there; an empty field does not differ."""
    return Not(AnyOf((Empty((name,)), Equals(name, texts))))


def unlike(name: str, pattern: str) -> Not:
    """The text has another form; an empty field does not."""
    return Not(AnyOf((Empty((name,)), Matches(name, pattern))))


def negate(condition: Condition) -> Not:
    return Not(condition)


def any_of(*conditions: Condition) -> AnyOf:
    return AnyOf(conditions)


def where(value: Value, condition: Condition) -> Where:
    return Where(expression(value), condition)
