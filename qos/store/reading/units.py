"""How large the values of a reading are, and which of them look as if they were in another unit.

No unit is taken on trust: a median download of 40 000 Mbit/s is kbit/s read as Mbit/s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from qos.domain.measurement import METRICS
from qos.store.reading.judging import JUDGED
from qos.store.reading.words import identifier


@dataclass(frozen=True)
class Doubt:
    """What a median above `above`, or below `below` but not 0, looks like."""

    above: float
    below: float
    high: str
    low: str


_KBIT = "looks like kbit/s, bytes/s or bit/s instead of Mbit/s"
_US, _S = "looks like microseconds instead of ms", "looks like seconds instead of ms"
_RATE = Doubt(10_000, 0.01, _KBIT, "looks like Gbit/s instead of Mbit/s")
_ROUND_TRIP = Doubt(5_000, 0.5, _US, _S)
_WAIT = Doubt(120_000, 30, _US, _S)
PERCENT = "looks like percent instead of a ratio"
DOUBTS: Mapping[str, Doubt] = {
    "download_mbps": _RATE,
    "upload_mbps": _RATE,
    "latency_ms": _ROUND_TRIP,
    "loaded_latency_ms": _ROUND_TRIP,
    "jitter_ms": Doubt(5_000, 0.002, _US, _S),
    "loss_ratio": Doubt(0.5, 0.0, PERCENT, ""),
    "dns_ms": Doubt(5_000, 0.1, _US, _S),
    "web_load_ms": _WAIT,
    "video_start_ms": _WAIT,
    "signal_dbm": Doubt(-20, -150, "looks like bars or asu instead of dBm", "is below any receiver's noise"),
}
"""Marks beyond which the median of no delivery of people's networks lies; well inside the possible."""


def hint(metric: str, median: float, high: float) -> str:
    """What values with this median and 90th percentile look like; empty where they look like the metric."""
    doubt = DOUBTS.get(metric)
    if doubt is None:
        return ""
    if median > doubt.above or (metric == "loss_ratio" and high > 1):
        return doubt.high
    return doubt.low if median != 0 and median < doubt.below else ""


def quantiles(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Of every metric of the last reading: metric, unit, count, p10, p50, p90 and hint.

    Rejected rows count too: a wrong unit makes values impossible, and then nothing else would show it.
    """
    names = [name for name, *_ in connection.execute(f"DESCRIBE {JUDGED}").fetchall()]
    selects = [
        _select(f"'{metric}'", identifier(metric), f"{identifier(metric)} IS NOT NULL")
        for metric in METRICS
        if metric in names
    ]
    if {"metric", "value", "statistic"} <= set(names):
        selects.append(_select("metric", "value", "value IS NOT NULL AND statistic <> 'share'"))
    if not selects:
        return []
    found = connection.execute(f"{' UNION ALL '.join(selects)} ORDER BY 1").fetchall()
    return [_told(metric, count, values) for metric, count, values in found if metric in METRICS]


def _select(metric: str, value: str, where: str) -> str:
    return (
        f"SELECT {metric} AS metric, count(*) AS count, quantile_cont({value}::DOUBLE, [0.1, 0.5, 0.9])"
        f" FROM {JUDGED} WHERE {where} AND isfinite({value}::DOUBLE) GROUP BY 1"
    )


def _told(metric: str, count: int, values: tuple[float, float, float]) -> dict[str, Any]:
    low, median, high = values
    told = {"metric": metric, "unit": METRICS[metric].unit, "count": count}
    return told | {"p10": low, "p50": median, "p90": high, "hint": hint(metric, median, high)}
