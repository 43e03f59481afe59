"""One column of figures: their unit, and as many decimals as it takes that rounding makes no tie."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qos.site.book import Book
from qos.site.formats import Formats, decimals


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
    book: Book, indicator: str, values: Iterable[float], intervals: Sequence[tuple[float, float]]
) -> Column:
    """The column that prints all these figures of one indicator."""
    unit = book.unit(indicator)
    factor = 100.0 if unit == "%" else 1.0
    digits = decimals(
        [factor * value for value in values], [(factor * low, factor * high) for low, high in intervals]
    )
    return Column(book.formats, unit, factor, digits)
