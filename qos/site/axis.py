"""A common scale for the bars of one table: where a value lies, and which grid lines help reading it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MARGIN = 0.04
"""Of the width, left free at both ends so that no bar touches the edge."""


@dataclass(frozen=True)
class Axis:
    """`low` and `high` are the ends of the drawing, `ticks` the grid lines inside, all in one unit."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def percent(self, value: float) -> float:
        """Place of a value from 0 (left end) to 100, kept inside the drawing."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    @property
    def decimals(self) -> int:
        """Digits after the point that the tick labels need."""
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else abs(self.ticks[0]) or 1.0
        return next((d for d in range(6) if math.isclose(step, round(step, d), rel_tol=1e-6)), 6)


def axis(values: Iterable[float], *, wanted: int = 5) -> Axis | None:
    """The axis over all values, with about `wanted` round ticks; None without a value."""
    found = list(values)
    if not found:
        return None
    low, high = min(found), max(found)
    spread = (high - low) or abs(high) * 0.1 or 1.0
    low, high = low - _MARGIN * spread, high + _MARGIN * spread
    step = nice_step((high - low) / wanted)
    first, last = math.ceil(low / step), math.floor(high / step)
    if first > last:
        first = last = round((low + high) / 2 / step)
    ticks = tuple(round(k * step, 10) for k in range(first, last + 1))
    # a tick may lie beyond an end by the last digit of its rounding
    return Axis(min(low, ticks[0]), max(high, ticks[-1]), ticks)


def nice_step(rough: float) -> float:
    """The smallest of 1, 2, 2.5, 5, 10 times a power of ten that is not less than `rough` (> 0)."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in _STEPS if step * power >= rough * (1 - 1e-9))
