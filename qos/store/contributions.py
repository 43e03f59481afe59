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


@dataclass(frozen=True)
class Contribution:
    """x of one subject for one metric: the name it is summed under, and its SQL over `subject_value`."""

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
        counts = {(metric, ONE): Contribution(metric, ONE, "1") for metric in self.metrics}
        others = {
            (i.metric, contribution_name(i)): Contribution(i.metric, contribution_name(i), _x(i))
            for i in self.indicators
        }
        return tuple((counts | others).values())

    @cached_property
    def quantiles(self) -> tuple[Indicator, ...]:
        return tuple(i for i in self.indicators if i.statistic is Statistic.QUANTILE)

    def has(self, metric: str, *statistics: Statistic) -> bool:
        return any(i.metric == metric and i.statistic in statistics for i in self.indicators)

    @cached_property
    def of_subject(self) -> str:
        """SELECT list over the rows of one subject."""
        parts = []
        for metric in self.metrics:
            parts.append(f"count({metric}) AS m_{metric}")
            if self.has(metric, Statistic.GEOMEAN):
                parts.append(f"count(nullif({metric}, 0)) AS p_{metric}")
                parts.append(f"sum({_whole(f'ln(nullif({metric}, 0))')}) AS l_{metric}")
            if self.has(metric, Statistic.MEAN):
                parts.append(f"sum({_whole(metric)}) AS s_{metric}")
            if self.has(metric, Statistic.SHARE):
                parts.append(f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {metric}) AS med_{metric}")
        return ",\n    ".join(parts)

    @cached_property
    def of_row(self) -> str:
        """The same over one row that stands for itself."""
        parts = []
        for metric in self.metrics:
            parts.append(f"CASE WHEN {metric} IS NULL THEN 0 ELSE 1 END AS m_{metric}")
            if self.has(metric, Statistic.GEOMEAN):
                parts.append(f"CASE WHEN {metric} <> 0 THEN 1 ELSE 0 END AS p_{metric}")
                parts.append(f"{_whole(f'ln(nullif({metric}, 0))')} AS l_{metric}")
            if self.has(metric, Statistic.MEAN):
                parts.append(f"{_whole(metric)} AS s_{metric}")
            if self.has(metric, Statistic.SHARE):
                parts.append(f"{metric} AS med_{metric}")
        return ",\n    ".join(parts)

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
            return f"CAST(s_{metric} AS DOUBLE) / {_UNIT} / m_{metric}"
        case Statistic.SHARE:
            return f"CASE WHEN med_{metric} >= {float(indicator.threshold or 0)!r} THEN 1 ELSE 0 END"
        case Statistic.QUANTILE:
            return "1"


def _share_of_subject(metric: str, quantile: str) -> str:
    below = f"count(CASE WHEN spaced.{metric} <= {quantile} THEN 1 END)"
    share = f"CAST({below} AS DOUBLE) / nullif(count(spaced.{metric}), 0)"
    return f"CASE WHEN max({quantile}) IS NOT NULL THEN {share} END"


def _share_of_row(metric: str, quantile: str) -> str:
    # Null where there is no value or no quantile.
    return f"CASE WHEN spaced.{metric} <= {quantile} THEN 1.0 WHEN spaced.{metric} > {quantile} THEN 0.0 END"


def _whole(value: str) -> str:
    return f"CAST(floor({value} * {_UNIT} + 0.5) AS BIGINT)"
