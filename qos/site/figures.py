"""One column of figures: their unit, and as many decimals as it takes that rounding makes no tie."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from qos.site.book import Book
from qos.site.formats import Formats, decimals
from qos.site.places import Standing


@dataclass(frozen=True)
class Column:
    """Prints published units; a ratio is printed as a percentage. `factor` turns one into the other."""

    formats: Formats
    unit: str
    factor: float
    decimals: int

    def number(self, value: float) -> str:
        return self.formats.number(self.factor * value, self.decimals)

    def interval(self, low: float, high: float) -> str:
        return self.formats.interval(self.factor * low, self.factor * high, self.decimals)

    def with_unit(self, value: float) -> str:
        """74.6 Mbit/s; a percentage stands without a space."""
        return f"{self.number(value)}{'' if self.unit == '%' else ' '}{self.unit}"


def column(
    book: Book,
    indicator: str,
    values: Iterable[float],
    apart: Iterable[tuple[float, float]] = (),
    *,
    at_least: int = 0,
) -> Column:
    """The column that prints these figures of one indicator.

    apart: pairs that must not look equal when they are not: the ends of an interval, or two operators.
    at_least: decimals of figures that are quoted, not estimated.
    """
    unit = book.unit(indicator)
    factor = 100.0 if unit == "%" else 1.0
    digits = decimals((factor * value for value in values), ((factor * a, factor * b) for a, b in apart))
    return Column(book.formats, unit, factor, max(digits, at_least))


def clear_pairs(standing: Standing) -> list[tuple[float, float]]:
    """Values of operators that stand next to each other and are clearly different: rounding must not
    make a tie of them. Those that are not separated may look alike."""
    return [
        (above.value, below.value)
        for above, below in pairwise(standing.ranked)
        if above.separated_from(below) and above.value is not None and below.value is not None
    ]
