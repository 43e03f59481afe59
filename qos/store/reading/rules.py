"""One SELECT that types every row of a delivery and says of each whether it enters, and if not, why."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qos.domain.declaration import Layout
from qos.domain.expressions import (
    AnyOf,
    Col,
    Condition,
    Constant,
    Expression,
    Followed,
    Joined,
    Not,
    RowNumber,
)
from qos.domain.measurement import BOUNDS, METRICS, STATISTICS, Column, Kind
from qos.store.reading.content import NUL
from qos.store.reading.words import Value, Words, identifier, literal

REJECTED, UNUSED = "rejected", "unused"
_PERIOD = r"\d{4}[Qq][1-4]|\d{4}-(0[1-9]|1[0-2])"
_RANGE = r"\d{4}-\d{2}-\d{2}/\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True)
class Rule:
    """A reason for a row not to enter; `when` is SQL, `value` the text that is shown for `column`."""

    fate: str
    reason: str
    column: str
    when: str
    value: str


@dataclass(frozen=True)
class Judgement:
    """The SELECT's typed columns, flags and rules, in the order in which they are asked.

    form: rules of the file's form (NDJSON), asked before all others; they may use `line_text`.
    numbered: the relation says the `line` of each row.
    """

    words: Words
    layout: Layout
    targets: dict[str, Column]
    nul: bool = False
    form: tuple[Rule, ...] = ()
    numbered: bool = False
    values: dict[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        values = {
            target: self.words.value(expression, self._column(target).kind)
            for target, expression in self.layout.values.items()
            if self._present(expression)
        }
        object.__setattr__(self, "values", values)

    def _column(self, target: str) -> Column:
        return self.targets.get(target) or Column(target, Kind.NUMBER)

    def _present(self, expression: Expression) -> bool:
        """Optional columns that the delivery lacks give nothing at all."""
        columns = expression.columns()
        return not columns or any(name in self.words.columns for name in columns)

    @property
    def needs_row_number(self) -> bool:
        """Whether the relation has to give `row_number`, the place of the row from 1."""
        return self._looks_around or any(
            _uses_row_number(self.layout.values[target]) for target in self.values
        )

    @property
    def _looks_around(self) -> bool:
        """Whether a rule compares rows, which costs their order."""
        rules = (self.layout.reject, self.layout.unused, self.layout.flags)
        return any(_compares_rows(condition) for named in rules for condition in named.values())

    def select(self, relation: str, *, faultless: bool = False) -> str:
        """SELECT of typed columns, `flags`, `fault` (place in `rules`, or null) and `fault_value`.

        faultless: it is known that no rule holds of any row.
        """
        rules = [] if faultless else self.rules
        typed = ", ".join(f"{v.sql} AS {identifier('v:' + t)}" for t, v in self.values.items()) or "NULL AS v"
        whens = " ".join(f"WHEN {rule.when} THEN {i}" for i, rule in enumerate(rules))
        shown = " ".join(f"WHEN {i} THEN {rule.value}" for i, rule in enumerate(rules) if rule.value)
        names = "".join(f"{identifier('v:' + t)} AS {identifier(t)}, " for t in self.values)
        flags = f"{self._flags()} AS flags, " if self.layout.flags else ""
        raw = [raw.sql for raw in self.words.columns.values()]
        raw += [name for name, needed in self._beside.items() if needed]
        line = "line, " if self.numbered else ""
        value = f"CASE WHEN fault IS NOT NULL THEN CASE fault {shown} END END" if shown else "NULL::VARCHAR"
        return (
            f"SELECT {names}{flags}{line}fault, {value} AS fault_value"
            f" FROM (SELECT *, {f'CASE {whens} END' if whens else 'NULL::INTEGER'} AS fault"
            f" FROM (SELECT {''.join(f'{name}, ' for name in dict.fromkeys(raw))}{typed} FROM {relation}))"
            + (" ORDER BY row_number" if self._looks_around else "")
        )

    @property
    def _beside(self) -> dict[str, bool]:
        """Columns of the relation that are none of the delivery, and whether they are needed."""
        of_form = bool(self.form)
        needed = {"row_number": self.needs_row_number, "line": self.numbered}
        return needed | {"broken": of_form, "line_text": of_form}

    @property
    def metrics(self) -> list[str]:
        """Metrics of a wide table that this delivery has a column for."""
        return [metric for metric in self.layout.metrics if metric in self.values]

    def _flags(self) -> str:
        cases = ", ".join(
            f"CASE WHEN {self.words.condition(condition)} THEN {literal(name)} END"
            for name, condition in self.layout.flags.items()
        )
        return f"list_filter([{cases}], lambda f: f IS NOT NULL)"

    @property
    def rules(self) -> list[Rule]:
        return [*self.form, *self._whole_row(), *self._declared(), *self._columns(), *self._no_value()]

    def _whole_row(self) -> Iterator[Rule]:
        given = [self.words.given(name) for name in self.words.columns]
        if given:
            yield Rule(REJECTED, "empty row", "", f"NOT ({' OR '.join(given)})", "")
        if self.nul:
            for name, raw in self.words.columns.items():
                when = f"coalesce(contains({raw.sql}, {literal(NUL)}), FALSE)"
                yield Rule(REJECTED, "NUL byte", name, when, self._shown(name))

    def _declared(self) -> Iterator[Rule]:
        for fate, rules in ((REJECTED, self.layout.reject), (UNUSED, self.layout.unused)):
            for reason, condition in rules.items():
                column = next((name for name in condition.columns()), "")
                yield Rule(fate, reason, column, self.words.condition(condition), self._shown(column))

    def _columns(self) -> Iterator[Rule]:
        required = self.layout.required_targets(self.targets)
        for target, value in self.values.items():
            sql, columns = identifier("v:" + target), self.layout.values[target].columns()
            name = columns[0] if columns else target
            shown = self._shown(name)
            if value.said != "FALSE":
                yield Rule(REJECTED, value.reason, name, f"{sql} IS NULL AND {value.said}", shown)
            if target in required:
                yield Rule(REJECTED, "missing value", name, f"{sql} IS NULL", shown)
            for reason, wrong in self._wrong(target, sql):
                yield Rule(REJECTED, reason, name, f"{sql} IS NOT NULL AND NOT ({wrong})", shown)

    def _wrong(self, target: str, sql: str) -> Iterator[tuple[str, str]]:
        """Reason and the condition that a present value has to meet."""
        expression, column = self.layout.values[target], self._column(target)
        if isinstance(expression, Constant):
            return
        if column.one_of:
            yield "unknown value", f"{sql} IN ({', '.join(literal(text) for text in column.one_of)})"
        if column.kind is Kind.TIMESTAMP:
            yield "out-of-bounds", f"{sql} >= TIMESTAMP '1990-01-01' AND {sql} < TIMESTAMP '2201-01-01'"
        if target == "value" and "metric" in self.values:
            yield "out-of-bounds", self._value_bounds(sql)
        elif target in BOUNDS:
            yield "out-of-bounds", _within(sql, *BOUNDS[target])
        if target == "period" and type(expression) is Col:
            ends = f"TRY_CAST(left({sql}, 10) AS DATE) < TRY_CAST(right({sql}, 10) AS DATE)"
            ranged = f"regexp_full_match({sql}, {literal(_RANGE)}) AND coalesce({ends}, FALSE)"
            yield "not a period", f"regexp_full_match({sql}, {literal(_PERIOD)}) OR ({ranged})"
        if target == "statistic" and type(expression) is Col:
            named = ", ".join(literal(name) for name in STATISTICS)
            yield "unknown value", rf"{sql} IN ({named}) OR regexp_full_match({sql}, 'p\d\d')"

    def _value_bounds(self, sql: str) -> str:
        """Bounds of a figure are those of its metric; a share lies between 0 and 1."""
        cases = " ".join(
            f"WHEN {literal(m.name)} THEN {_within(sql, m.low, m.high)}" for m in METRICS.values()
        )
        of_metric = f"coalesce(CASE {identifier('v:metric')} {cases} END, TRUE)"
        if "statistic" not in self.values:
            return of_metric
        return (
            f"CASE WHEN {identifier('v:statistic')} = 'share' THEN {_within(sql, 0, 1)} ELSE {of_metric} END"
        )

    def _no_value(self) -> Iterator[Rule]:
        if self.layout.metrics:
            nothing = " AND ".join(f"{identifier('v:' + metric)} IS NULL" for metric in self.metrics)
            yield Rule(UNUSED, self.layout.no_value, "", nothing or "TRUE", "")

    def _shown(self, name: str) -> str:
        raw = self.words.columns.get(name)
        return f"left({raw.shown}, 200)" if raw else ""


def _uses_row_number(expression: Expression) -> bool:
    if isinstance(expression, Joined):
        return any(_uses_row_number(part) for part in expression.parts)
    return isinstance(expression, RowNumber)


def _compares_rows(condition: Condition) -> bool:
    match condition:
        case Followed():
            return True
        case Not(inner):
            return _compares_rows(inner)
        case AnyOf(conditions):
            return any(_compares_rows(inner) for inner in conditions)
    return False


def _within(sql: str, low: float, high: float) -> str:
    """Between the bounds; NaN sorts above every number in DuckDB and so is outside."""
    above = f"{sql} <= {high!r}::DOUBLE" if high != float("inf") else f"{sql} < 'Infinity'::DOUBLE"
    return f"{sql} >= {low!r}::DOUBLE AND {above}"
