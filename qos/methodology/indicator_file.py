"""One indicator file: what is published about a metric, with examples that are run as tests."""

from dataclasses import dataclass
from typing import Any

from qos.domain.indicator import Direction, Indicator, Scale, Statistic
from qos.domain.measurement import METRICS

SUBJECT_STATISTICS = {
    "mean_log": Statistic.GEOMEAN,
    "mean": Statistic.MEAN,
    "every_measurement": Statistic.QUANTILE,
    "median": Statistic.SHARE,
}
"""What a subject contributes decides which summary of subjects makes sense."""

_KEYS = {
    "title", "metric", "subject", "cell", "direction", "unit", "scale", "services", "ranked",
    "min_subjects", "example",
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """Subjects with one measurement each, and the value that must come out."""

    case: str
    subjects: tuple[float, ...]
    value: float


def parse_indicator(name: str, table: dict[str, Any]) -> tuple[Indicator, tuple[Example, ...]]:
    """An indicator from its TOML table. Raises ValueError naming what is wrong."""
    if unknown := set(table) - _KEYS:
        raise ValueError(f"unknown keys: {sorted(unknown)}")
    if missing := {"title", "metric", "subject", "cell", "direction", "unit", "scale", "services"} - set(
        table
    ):
        raise ValueError(f"missing keys: {sorted(missing)}")
    if table["metric"] not in METRICS:
        raise ValueError(f"no such metric: {table['metric']!r}")
    if table["subject"] not in SUBJECT_STATISTICS:
        raise ValueError(f"subject must be one of {sorted(SUBJECT_STATISTICS)}, not {table['subject']!r}")
    statistic, probability, threshold = _cell(table["cell"])
    if SUBJECT_STATISTICS[table["subject"]] is not statistic:
        raise ValueError(f"subject {table['subject']!r} does not go with cell {table['cell']!r}")
    if not table.get("example"):
        raise ValueError("an indicator needs at least one example")
    examples = tuple(
        Example(e["case"], tuple(map(float, e["subjects"])), float(e["value"])) for e in table["example"]
    )
    indicator = Indicator(
        name=name,
        title=table["title"],
        metric=table["metric"],
        statistic=statistic,
        direction=Direction(table["direction"]),
        unit=table["unit"],
        scale=Scale(table["scale"]),
        services=tuple(table["services"]),
        ranked=table.get("ranked", True),
        probability=probability,
        threshold=threshold,
        min_subjects=table.get("min_subjects", 30),
    )
    return indicator, examples


def _cell(cell: object) -> tuple[Statistic, float | None, float | None]:
    match cell:
        case "geomean":
            return Statistic.GEOMEAN, None, None
        case "mean":
            return Statistic.MEAN, None, None
        case {"quantile": float(p)} if 0 < p < 1:
            return Statistic.QUANTILE, p, None
        case {"share_at_least": int(t) | float(t)}:
            return Statistic.SHARE, None, float(t)
    raise ValueError(
        f"cell must be geomean, mean, {{ quantile = p }} or {{ share_at_least = t }}, not {cell!r}"
    )
