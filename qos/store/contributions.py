"""What the indicators of a market need of its subjects, as the changing parts of the reductions' queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from qos.domain.indicator import Indicator, Statistic
from qos.domain.measurement import METRICS

ONE = "one"
"""The contribution of which sums are counts."""

_UNIT = "1e12"
"""Sums are of whole numbers of 10^-12: exact in any order, and fine enough for a ratio or a logarithm."""

_WHOLE = f"CAST(floor({{}} * {_UNIT} + 0.5) AS BIGINT)"
_LOGARITHM = _WHOLE.format("ln(nullif({v}, 0))")
_VALUE = _WHOLE.format("{v}")

_SAID = (
    (None, "m", "count({v})", "CASE WHEN {v} IS NULL THEN 0 ELSE 1 END"),
    (Statistic.GEOMEAN, "p", "count(nullif({v}, 0))", "CASE WHEN {v} <> 0 THEN 1 ELSE 0 END"),
    (Statistic.GEOMEAN, "l", f"sum({_LOGARITHM})", _LOGARITHM),
    (Statistic.MEAN, "s", f"sum({_VALUE})", _VALUE),
    (Statistic.SHARE, "med", "percentile_cont(0.5) WITHIN GROUP (ORDER BY {v})", "{v}"),
)
"""Of a subject's values v: for which statistic (null: always), name, over several rows, over one."""


@dataclass(frozen=True)
class Contribution:
    """x of one subject for one metric: its name among those of the metric, its SQL over `subject_value`.

    Null where the subject has nothing to say.
    """

    metric: str
    name: str
    sql: str


@dataclass(frozen=True)
class Needs:
    """The metrics, contributions and quantiles of some indicators."""

    indicators: tuple[Indicator, ...]

    @classmethod
    def of(cls, indicators: Iterable[Indicator]) -> "Needs":
        needs = cls(tuple(sorted(indicators, key=lambda indicator: indicator.name)))
        assert set(needs.metrics) <= set(METRICS)  # identifiers of the queries
        return needs

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        return tuple(name for name in METRICS if any(i.metric == name for i in self.indicators))

    @cached_property
    def contributions(self) -> tuple[Contribution, ...]:
        counts = {
            (metric, ONE): Contribution(metric, ONE, f"CASE WHEN m_{metric} > 0 THEN 1 END")
            for metric in self.metrics
        }
        others = {
            (i.metric, contribution_name(i)): Contribution(i.metric, contribution_name(i), _x(i))
            for i in self.indicators
            if i.statistic is not Statistic.QUANTILE
        }
        return tuple((counts | others).values())

    @cached_property
    def quantiles(self) -> tuple[Indicator, ...]:
        return tuple(i for i in self.indicators if i.statistic is Statistic.QUANTILE)

    def has(self, metric: str, *statistics: Statistic) -> bool:
        return any(i.metric == metric and i.statistic in statistics for i in self.indicators)

    @cached_property
    def said(self) -> str:
        """The names of what a subject says."""
        return ", ".join(name for name, _, _ in self._said)

    @cached_property
    def of_subject(self) -> str:
        """SELECT list over the rows of one subject."""
        return ",\n    ".join(f"{text} AS {name}" for name, text, _ in self._said)

    @cached_property
    def of_row(self) -> str:
        """The same over one row that stands for itself."""
        return ",\n    ".join(f"{text} AS {name}" for name, _, text in self._said)

    @cached_property
    def _said(self) -> list[tuple[str, str, str]]:
        """What a subject says of every metric: name, SQL over its rows, SQL over a row of its own."""
        return [
            (f"{prefix}_{metric}", of_rows.format(v=metric), of_row.format(v=metric))
            for metric in self.metrics
            for statistic, prefix, of_rows, of_row in _SAID
            if statistic is None or self.has(metric, statistic)
        ]

    @cached_property
    def spaced(self) -> str:
        """SELECT list that empties a value which came too soon after the one before of its metric."""
        before = "max(CASE WHEN {} IS NOT NULL THEN measured_at END) OVER before"
        return ",\n    ".join(
            f"CASE WHEN date_diff('second', {before.format(metric)}, measured_at) < $min_seconds THEN NULL"
            f" ELSE {metric} END AS {metric}"
            for metric in self.metrics
        )

    def shares(self, *, of_row: bool) -> str:
        """Share of a subject's measurements at or below each quantile, own and of all operators."""
        share = _share_of_row if of_row else _share_of_subject
        return ",\n    ".join(
            f"{share(indicator.metric, f'quantile_{which}.q{place}')} AS {which}_{place}"
            for place, indicator in enumerate(self.quantiles)
            for which in ("own", "all")
        )

    @cached_property
    def squares(self) -> str:
        parts = []
        for place, indicator in enumerate(self.quantiles):
            for which in ("own", "all"):
                distance = f"({which}_{place} - {indicator.probability!r})"
                parts.append(
                    f"sum(CAST(a * a * {distance} * {distance} AS DECIMAL(38, 12))) AS {which}_{place}"
                )
        return ",\n    ".join(parts)


def contribution_name(indicator: Indicator) -> str:
    """The name under which an indicator's contribution is summed."""
    match indicator.statistic:
        case Statistic.GEOMEAN:
            return "mean_log"
        case Statistic.MEAN:
            return "mean"
        case Statistic.SHARE:
            return f"share_{float(indicator.threshold or 0)!r}"
        case Statistic.QUANTILE:
            return ONE


def _x(indicator: Indicator) -> str:
    metric = indicator.metric
    match indicator.statistic:
        case Statistic.GEOMEAN:
            return f"CAST(l_{metric} AS DOUBLE) / {_UNIT} / nullif(p_{metric}, 0)"
        case Statistic.MEAN:
            return f"CAST(s_{metric} AS DOUBLE) / {_UNIT} / nullif(m_{metric}, 0)"
        case Statistic.SHARE:
            at_least = f"med_{metric} >= {float(indicator.threshold or 0)!r}"
            return f"CASE WHEN {at_least} THEN 1 WHEN m_{metric} > 0 THEN 0 END"
        case Statistic.QUANTILE:
            raise AssertionError("a quantile has no contribution but the count")


def _share_of_subject(metric: str, quantile: str) -> str:
    below = f"count(CASE WHEN spaced.{metric} <= {quantile} THEN 1 END)"
    share = f"CAST({below} AS DOUBLE) / nullif(count(spaced.{metric}), 0)"
    return f"CASE WHEN max({quantile}) IS NOT NULL THEN {share} END"


def _share_of_row(metric: str, quantile: str) -> str:
    # Null where there is no value or no quantile.
    return f"CASE WHEN spaced.{metric} <= {quantile} THEN 1.0 WHEN spaced.{metric} > {quantile} THEN 0.0 END"
