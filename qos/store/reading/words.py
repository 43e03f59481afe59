"""The words of a declaration as SQL: values and conditions of one row.

Everything reads text that was trimmed, with empty and "no value" texts as null; columns that arrive
typed (Parquet) are used as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qos.domain.expressions import (
    Above,
    Always,
    AnyOf,
    Col,
    Condition,
    Constant,
    Contradicts,
    DeliveryPeriod,
    DeliveryService,
    Empty,
    Equals,
    Expression,
    FirstOf,
    Followed,
    Joined,
    Mapped,
    Matched,
    Matches,
    Month,
    Not,
    PeriodStart,
    Quadkey,
    QuarterStarting,
    RowNumber,
    Scaled,
    ServiceNotSaid,
    Shaped,
    Share,
    Unequal,
    Unix,
    Utc,
    Where,
    Zero,
)
from qos.domain.measurement import Kind
from qos.domain.quarter import Period

# English, then the Spanish ones that differ.
MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
    "ene": 1, "abr": 4, "ago": 8, "set": 9, "dic": 12,
}  # fmt: skip
# RFC 3339, the T may be a space; the zone is part of it.
ZONED = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)? ?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)"
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
NUMERIC = (*_INTEGERS, *(f"U{name}" for name in _INTEGERS), "FLOAT", "DOUBLE", "DECIMAL")


def literal(value: str | float) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(float(value)) + "::DOUBLE"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class RawColumn:
    """A column of the delivery: its name in SQL and its DuckDB type (VARCHAR for text formats).

    tidy: no text in it is empty or has blanks around it; a value of another type is one or null.
    """

    sql: str
    type: str = "VARCHAR"
    tidy: bool = False

    @property
    def is_text(self) -> bool:
        return self.type == "VARCHAR"

    @property
    def shown(self) -> str:
        """SQL of its text, the same in every session (a zoned time is shown in UTC)."""
        if self.type == "TIMESTAMP WITH TIME ZONE":
            return f"(make_timestamp(epoch_us({self.sql}))::VARCHAR || 'Z')"
        return self.sql if self.is_text else f"{self.sql}::VARCHAR"

    @property
    def trimmed(self) -> str:
        """SQL of its text without blanks around it."""
        return self.shown if self.tidy else f"trim({self.shown})"


@dataclass(frozen=True)
class Value:
    """A typed value. `said`: the source gave something; null where it did is `reason`."""

    sql: str
    said: str
    reason: str


@dataclass(frozen=True)
class Words:
    """Turns words about the columns of one delivery into SQL; what is absent is null."""

    columns: Mapping[str, RawColumn]
    none: tuple[str, ...] = ()
    decimal_comma: bool = False
    period: Period | None = None
    service: str | None = None

    def text(self, name: str, none: tuple[str, ...] = ()) -> str:
        """The trimmed text of a column, null where it says nothing."""
        raw = self.columns.get(name)
        if raw is None:
            return "NULL::VARCHAR"
        empty = () if raw.tidy else ("",)
        nothing = ", ".join(literal(text) for text in dict.fromkeys((*empty, *self.none, *none)))
        if not nothing:
            return raw.trimmed
        return f"CASE WHEN {raw.trimmed} NOT IN ({nothing}) THEN {raw.trimmed} END"

    def given(self, name: str, none: tuple[str, ...] = ()) -> str:
        """Whether a column says something; of a tidy one no text has to be made to know that."""
        raw = self.columns.get(name)
        plainly = raw is not None and raw.tidy and not self.none and not none
        return f"{raw.sql if raw and plainly else self.text(name, none)} IS NOT NULL"

    def value(self, expression: Expression, kind: Kind) -> Value:
        """The expression as a value of one of our kinds."""
        match expression:
            case Constant(value):
                return Value(literal(value), "FALSE", "")
            case DeliveryPeriod():
                return Value(literal(str(self._period())), "FALSE", "")
            case PeriodStart():
                return Value(f"TIMESTAMP {literal(f'{self._period().start} 00:00:00')}", "FALSE", "")
            case DeliveryService(assumed):
                return Value(literal(self.service or assumed), "FALSE", "")
            case Share(part, whole=names):
                return self._share(part, names)
            case RowNumber():
                return Value("row_number::VARCHAR", "FALSE", "")
            case Joined(parts, separator):
                texts = [self.value(part, Kind.TEXT).sql for part in parts]
                whole = f" || {literal(separator)} || ".join(texts)
                return Value(f"({whole})", "FALSE", "")
            case FirstOf(options):
                return self._first_of([self.value(option, kind) for option in options])
            case Where(inner, condition):
                typed, holds = self.value(inner, kind), self.condition(condition)
                return Value(
                    f"CASE WHEN {holds} THEN {typed.sql} END", f"({typed.said} AND {holds})", typed.reason
                )
            case Col(name):
                return self._column(expression, name, kind)
        raise TypeError(f"no SQL for {expression}")

    def _first_of(self, values: list[Value]) -> Value:
        """Faulty where none can be read, though one was said."""
        said = " OR ".join(value.said for value in values)
        return Value(f"coalesce({', '.join(value.sql for value in values)})", f"({said})", values[0].reason)

    def _period(self) -> Period:
        if self.period is None:
            raise ValueError("a layout that uses the delivery's period needs one")
        return self.period

    def _share(self, part: str, whole: tuple[str, ...]) -> Value:
        """Null where the whole is 0 or a part of it is missing; a text that is no number is a fault."""
        names = dict.fromkeys((part, *whole))
        odd = " OR ".join(
            f"({self.text(name)} IS NOT NULL AND {self.number(name)} IS NULL)" for name in names
        )
        over = " + ".join(self.number(name) for name in whole)
        return Value(f"({self.number(part)} / nullif({over}, 0))", f"({odd})", "not a number")

    def _column(self, expression: Col, name: str, kind: Kind) -> Value:
        text = self.text(name, expression.none)
        said = self.given(name, expression.none)
        match expression:
            case Mapped():
                return Value(
                    _mapped(text, expression.words), _unmapped(text, expression.words), "unknown value"
                )
            case Matched():
                whole = literal(f"^(?:{expression.pattern})$")
                matched = (
                    f"CASE WHEN regexp_matches({text}, {whole}) THEN regexp_extract({text}, {whole}, 1) END"
                )
                return Value(f"nullif({matched}, '')", said, "unexpected form")
            case Shaped():
                return Value(_shaped(text, expression.forms), said, "unexpected form")
            case Quadkey(axis=axis):
                return Value(_tile_middle(text, axis), said, "not a quadkey")
            case Month():
                return Value(_month(text), said, "not a month")
            case QuarterStarting():
                return Value(_quarter(text), said, "not the first day of a quarter")
            case Scaled():
                number = self.number(name, expression.none)
                scale = f" * {expression.factor!r}" if expression.factor != 1 else ""
                over = f" / {float(expression.divisor)!r}::DOUBLE" if expression.divisor != 1 else ""
                return Value(f"({number}{scale}{over})", said, "not a number")
            case Utc():
                return Value(self.time(name, zone_needed=False), said, "not a time")
            case Unix():
                return Value(self._unix(expression), said, "not a time")
        return self._typed(name, expression.none, kind, text, said)

    def _typed(self, name: str, none: tuple[str, ...], kind: Kind, text: str, said: str) -> Value:
        match kind:
            case Kind.NUMBER:
                return Value(self.number(name, none), said, "not a number")
            case Kind.INTEGER:
                number = self.number(name, none)
                whole = (
                    f"CASE WHEN abs({number}) < 1e15 AND {number} = floor({number}) THEN {number}::BIGINT END"
                )
                return Value(whole, said, "not a whole number")
            case Kind.BOOLEAN:
                return Value(f"TRY_CAST({text} AS BOOLEAN)", said, "neither true nor false")
            case Kind.TIMESTAMP:
                return Value(self.time(name, zone_needed=True), said, "not a time with a zone")
        return Value(text, "FALSE", "")

    def number(self, name: str, none: tuple[str, ...] = ()) -> str:
        """A DOUBLE; null where there is no number."""
        raw = self.columns.get(name)
        if raw is None:
            return "NULL::DOUBLE"
        if raw.type.startswith(NUMERIC):
            number = f"{raw.sql}::DOUBLE"
            zeros = [text for text in (*self.none, *none) if _is_number(text)]
            return f"CASE WHEN {number} NOT IN ({', '.join(zeros)}) THEN {number} END" if zeros else number
        if not raw.is_text:
            return "NULL::DOUBLE"
        source = self.text(name, none) if self.none or none else raw.sql
        if self.decimal_comma:
            source = f"replace({source}, ',', '.')"
        return f"TRY_CAST({source} AS DOUBLE)"

    def time(self, name: str, *, zone_needed: bool) -> str:
        """A TIMESTAMP in UTC, from text or a typed column; null where there is none."""
        raw = self.columns.get(name)
        if raw is None:
            return "NULL::TIMESTAMP"
        if raw.type == "TIMESTAMP WITH TIME ZONE":
            return f"make_timestamp(epoch_us({raw.sql}))"
        if raw.type.startswith("TIMESTAMP"):
            return "NULL::TIMESTAMP" if zone_needed else f"{raw.sql}::TIMESTAMP"
        text = self.text(name)
        zoned = f"make_timestamp(epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)))"
        has_zone = f"(suffix({text}, 'Z') OR regexp_full_match({text}, {literal(ZONED)}))"
        other = "" if zone_needed else f" ELSE TRY_CAST({text} AS TIMESTAMP)"
        return f"CASE WHEN {has_zone} THEN {zoned}{other} END"

    def _unix(self, expression: Unix) -> str:
        """A TIMESTAMP of a number of seconds; null beyond the year 9999."""
        seconds = f"{self.number(expression.name, expression.none)} / {float(expression.divisor)!r}::DOUBLE"
        micros = f"round({seconds} * 1000000)::BIGINT"
        return f"CASE WHEN abs({seconds}) < 253402300800 THEN make_timestamp({micros}) END"

    def condition(self, condition: Condition) -> str:
        """True or false, never null."""
        match condition:
            case Always():
                return "TRUE"
            case Equals(name, texts):
                options = ", ".join(literal(text.lower()) for text in texts)
                return f"coalesce(lower({self._plain(name)}) IN ({options}), FALSE)"
            case Matches(name, pattern):
                return f"coalesce(regexp_full_match({self._plain(name)}, {literal(pattern)}), FALSE)"
            case Zero(name):
                return f"coalesce({self.number(name)} = 0, FALSE)"
            case Above(name, limit):
                return f"coalesce({self.number(name)} > {literal(limit)}, FALSE)"
            case Unequal((name, other)):
                return f"coalesce({self.text(name)} <> {self.text(other)}, FALSE)"
            case Followed(order, group):
                number, same = self.number(order), ", ".join(self.text(name) for name in group)
                return f"coalesce({number} < max({number}) OVER (PARTITION BY {same}), FALSE)"
            case Contradicts():
                return self._contradicts(condition)
            case ServiceNotSaid():
                return "TRUE" if self.service is None else "FALSE"
            case Empty(names):
                return "(" + " AND ".join(f"{self.text(name)} IS NULL" for name in names) + ")"
            case Not(inner):
                return f"(NOT {self.condition(inner)})"
            case AnyOf(conditions):
                return "(" + " OR ".join(self.condition(inner) for inner in conditions) + ")"
        raise TypeError(f"no SQL for {condition}")

    def _contradicts(self, condition: Contradicts) -> str:
        rate = self.value(condition.rate, Kind.NUMBER).sql
        seconds = f"(nullif({self.number(condition.time_name)}, 0) / {float(condition.per_second)!r}::DOUBLE)"
        counted = f"({self.number(condition.bytes_name)} * 8 / 1e6 / {seconds})"
        return f"coalesce(abs({rate} - {counted}) > {condition.tolerance!r}::DOUBLE * abs({counted}), FALSE)"

    def _plain(self, name: str) -> str:
        """The trimmed text itself, so that a rule may speak of a text that means "no value"."""
        raw = self.columns.get(name)
        return "NULL::VARCHAR" if raw is None else raw.trimmed


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _mapped(text: str, words: Mapping[str, str | None]) -> str:
    cases = " ".join(
        f"WHEN {literal(word.lower())} THEN {literal(ours)}"
        for word, ours in words.items()
        if ours is not None
    )
    return f"CASE lower({text}) {cases} END" if cases else "NULL::VARCHAR"


def _unmapped(text: str, words: Mapping[str, str | None]) -> str:
    known = ", ".join(literal(word.lower()) for word in words)
    return f"({text} IS NOT NULL AND lower({text}) NOT IN ({known}))"


def _shaped(text: str, forms: Mapping[str, str]) -> str:
    cases = []
    for pattern, template in forms.items():
        before, _, after = template.partition("{}")
        cases.append(
            f"WHEN regexp_full_match({text}, {literal(pattern)})"
            f" THEN {literal(before)} || {text} || {literal(after)}"
        )
    return f"CASE {' '.join(cases)} END"


def _tile_middle(text: str, axis: str) -> str:
    """Degrees. The bits of the digits are the tile's column and row (Bing Maps tile system): 0-3 = yx."""
    bits = "0101" if axis == "longitude" else "0011"
    place = f"(TRY_CAST('0b' || translate({text}, '0123', '{bits}') AS BIGINT) + 0.5) / 2 ** length({text})"
    degrees = (
        f"{place} * 360 - 180" if axis == "longitude" else f"degrees(atan(sinh(pi() * (1 - 2 * {place}))))"
    )
    return f"CASE WHEN regexp_full_match({text}, '[0-3]{{1,30}}') THEN {degrees} END"


def _month(text: str) -> str:
    named = literal(r"^([a-z]{3})[a-z]*\.?[ /-]+(?:20)?(\d{2})$")
    iso = literal(r"^(\d{4}-(?:0[1-9]|1[0-2]))(?:-\d{2}(?:t.*)?)?$")
    low = f"lower({text})"
    months = " ".join(f"WHEN '{name}' THEN '-{number:02d}'" for name, number in MONTHS.items())
    word = f"CASE regexp_extract({low}, {named}, 1) {months} END"
    return (
        f"CASE WHEN regexp_matches({low}, {named}) THEN '20' || regexp_extract({low}, {named}, 2) || {word}"
        f" WHEN regexp_matches({low}, {iso}) THEN regexp_extract({low}, {iso}, 1) END"
    )


def _quarter(text: str) -> str:
    day = f"TRY_CAST(left({text}, 10) AS DATE)"
    first = f"day({day}) = 1 AND month({day}) IN (1, 4, 7, 10)"
    return f"CASE WHEN {first} THEN year({day})::VARCHAR || 'Q' || quarter({day})::VARCHAR END"
