"""Six classes of one hue for a map, with round limits and words for its legend."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from qos.site.axis import nice_step
from qos.site.formats import Formats

COUNT = 6


@dataclass(frozen=True)
class Classes:
    """`limits` ascending; class k holds limits[k-1] <= value < limits[k], the first and last are open."""

    limits: tuple[float, ...]
    labels: tuple[tuple[str, str], ...]
    """Ends of each class as printed; an open end is empty."""

    def of(self, value: float) -> int:
        return sum(value >= limit for limit in self.limits)


def classes(values: Iterable[float], formats: Formats) -> Classes | None:
    """At most six classes of equal width over the values; None without a value."""
    found = sorted(values)
    if not found:
        return None
    low, high = found[0], found[-1]
    step = nice_step((high - low) / COUNT or abs(high) / COUNT or 1.0)
    first = math.floor(low / step) + 1
    limits = tuple(round(k * step, 10) for k in range(first, first + COUNT - 1) if k * step <= high)
    digits = next((d for d in range(4) if math.isclose(step, round(step, d), rel_tol=1e-6)), 3)
    printed = ["", *(formats.number(limit, digits) for limit in limits), ""]
    return Classes(limits, tuple(pairwise(printed)))
