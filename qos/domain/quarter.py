"""Calendar quarters and the periods that published figures speak about."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

_QUARTER = re.compile(r"^(\d{4})Q([1-4])$")
_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_RANGE = re.compile(r"^(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter in local time of the country, start inclusive, end exclusive."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 4 or not 1990 <= self.year <= 2200:
            raise ValueError(f"no such quarter: {self.year}Q{self.number}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2026Q3`, any case. Raises ValueError."""
        match = _QUARTER.match(text.strip().upper())
        if not match:
            raise ValueError(f"not a quarter: {text!r} (expected the form 2026Q3)")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: dt.date) -> Self:
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def start(self) -> dt.date:
        return dt.date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> dt.date:
        """First day after the quarter."""
        return self.next().start

    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    def previous(self) -> "Quarter":
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True, order=True)
class Period:
    """Days a figure speaks about: start inclusive, end exclusive."""

    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"a period must end after it starts: {self.start}/{self.end}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2021Q4`, `2021-10` or `2025-01-01/2025-07-01` (end exclusive). Raises ValueError."""
        text = text.strip()
        if match := _MONTH.match(text):
            year, month = int(match[1]), int(match[2])
            return cls(dt.date(year, month, 1), dt.date(year + month // 12, month % 12 + 1, 1))
        if match := _RANGE.match(text):
            return cls(dt.date.fromisoformat(match[1]), dt.date.fromisoformat(match[2]))
        if _QUARTER.match(text.upper()):
            quarter = Quarter.parse(text)
            return cls(quarter.start, quarter.end)
        raise ValueError(f"not a period: {text!r} (expected 2021Q4, 2021-10 or 2025-01-01/2025-07-01)")

    @property
    def last_day(self) -> dt.date:
        return self.end - dt.timedelta(days=1)

    @property
    def quarter(self) -> Quarter:
        """The quarter in which the period ends."""
        return Quarter.of(self.last_day)

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"
