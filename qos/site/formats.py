"""Numbers, dates and lists as a language writes them (ux.md); nothing here reads the clock."""

import datetime as dt
import math
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from babel.lists import format_list
from babel.numbers import format_decimal

from qos.domain.quarter import Quarter

_LOCALES = {"en": "en_GB", "vi": "vi"}
_TO = {"en": "to", "vi": "đến"}
_ROMAN = ("I", "II", "III", "IV")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
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
        written = format_decimal(value, format=pattern, locale=self._locale)
        return written.replace("-", "−" if any(digit in written for digit in "123456789") else "")

    def interval(self, low: float, high: float, decimals: int) -> str:
        """72.7–76.5; with a word between where a minus would be read as a dash."""
        if low < 0:
            return f"{self.number(low, decimals)} {_TO[self.language]} {self.number(high, decimals)}"
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


def decimals(values: Iterable[float], apart: Iterable[tuple[float, float]]) -> int:
    """Digits after the point for one column: none from 100 on, 1 below, two significant ones below 1;
    and as many more as it takes that no pair of `apart` looks equal when it is not. `MOST_DECIMALS` at
    most: a pair that even these do not tell apart asks for nothing."""
    smallest = min((abs(value) for value in values if value), default=1.0)
    digits = 0 if smallest >= 100 else min(1 - min(math.floor(math.log10(smallest)), 0), MOST_DECIMALS)
    unlike = [(a, b) for a, b in apart if round(a, MOST_DECIMALS) != round(b, MOST_DECIMALS)]
    while digits < MOST_DECIMALS and any(round(a, digits) == round(b, digits) for a, b in unlike):
        digits += 1
    return digits
