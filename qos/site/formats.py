"""Numbers, dates and lists as a language writes them (ux.md); nothing here reads the clock."""

import datetime as dt
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from babel.lists import format_list
from babel.numbers import format_decimal

from qos.domain.quarter import Quarter

_LOCALES = {"en": "en_GB", "vi": "vi"}
_ROMAN = ("I", "II", "III", "IV")
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
MOST_DECIMALS = 3
"""Further digits are noise: at most 3, even where two values still look alike."""


class Formats:
    """How one language writes; `time_zone` is the country's."""

    def __init__(self, language: str, time_zone: str) -> None:
        self.language = language
        self._locale = _LOCALES[language]
        self._zone = ZoneInfo(time_zone)

    def number(self, value: float, decimals: int = 0) -> str:
        """1,234,567 or 1.234.567; the minus is a minus, not a hyphen."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(value, format=pattern, locale=self._locale).replace("-", "−")

    def interval(self, low: float, high: float, decimals: int) -> str:
        """72.7–76.5"""
        return f"{self.number(low, decimals)}–{self.number(high, decimals)}"

    def share(self, value: float, decimals: int = 0) -> str:
        """A ratio as a percentage: 0.38 is 38%."""
        return f"{self.number(100 * value, decimals)}%"

    def quarter(self, quarter: Quarter) -> str:
        """Q3 2026, or quý III/2026"""
        if self.language == "vi":
            return f"quý {_ROMAN[quarter.number - 1]}/{quarter.year}"
        return f"Q{quarter.number} {quarter.year}"

    def instant(self, text: str) -> str:
        """An ISO instant, or a day, in the country's time: 15 November 2026, 09:30 (UTC+7)."""
        if len(text) == len("2026-11-15"):
            return self._day(dt.date.fromisoformat(text))
        moment = dt.datetime.fromisoformat(text)
        local = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(self._zone)
        if self.language == "vi":
            return f"{local:%H:%M} ngày {self._day(local.date())}"
        return f"{self._day(local.date())}, {local:%H:%M} ({_offset(local)})"

    def names(self, names: Iterable[str]) -> str:
        """A, B and C"""
        return format_list(list(names), locale=self._locale)

    def _day(self, day: dt.date) -> str:
        if self.language == "vi":
            return f"{day:%d/%m/%Y}"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _offset(local: dt.datetime) -> str:
    seconds = int((local.utcoffset() or dt.timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "−" if seconds < 0 else "+"
    return "UTC" if not seconds else f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def decimals(values: Sequence[float], intervals: Sequence[tuple[float, float]]) -> int:
    """Digits after the point for one column: 1 when a value is under 100, else 0, and as many
    more (up to `MOST_DECIMALS`) as it takes that no two values and no interval's ends look equal
    when they are not. Rounding never makes a tie."""
    digits = 1 if any(abs(value) < 100 for value in values) else 0
    apart = [pair for pair in intervals if pair[0] < pair[1]]
    ordered = sorted(set(values))
    apart += [(low, high) for low, high in zip(ordered, ordered[1:], strict=False) if high - low > 1e-9 * high]
    while digits < MOST_DECIMALS and any(round(low, digits) == round(high, digits) for low, high in apart):
        digits += 1
    return digits
