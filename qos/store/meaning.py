"""What the rows of one country mean, as functions that a caller brings, and the days on which it changes."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qos.domain.quarter import Quarter
from qos.store.quality.row_rules import RowRule

ANOTHER_COUNTRY = "another country or unknown region"

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Meanings:
    """What the rows of one country mean.

    epoch: a number for the span of days around a day in which names keep their meaning.
    operator: (code, name, mcc_mnc, asn, service, day) to a code or null; region: (code, name, day).
    knows_region: whether a code is one of the country's. is_country: whether a code of ISO 3166 is it.
    pseudonym: (quarter, subjects) to 64 bits each. asn_of, excluded_of: (addresses, days) to the AS number
    that announced each, and to why its network is excluded; excluded: (name, asn, day) to the same.
    region_at: (longitude, latitude, days) to the region around each position; inaccurate_above_m: a
    position less accurate does not tell one. rules: what is asked of every row of a delivery that has
    these columns.
    """

    time_zone: str
    epoch: Callable[[dt.date], int]
    operator: Callable[[str | None, str | None, str | None, int | None, str, dt.date], str | None]
    region: Callable[[str | None, str | None, dt.date], str | None]
    knows_region: Callable[[str], bool]
    is_country: Callable[[str], bool]
    pseudonym: Callable[[str, pa.StringArray], pa.Int64Array]
    asn_of: Callable[[pa.StringArray, Days], pa.Int64Array]
    excluded_of: Callable[[pa.StringArray, Days], pa.StringArray]
    excluded: Callable[[str | None, int | None, dt.date], str | None]
    region_at: Callable[[Floats, Floats, Days], pa.StringArray]
    inaccurate_above_m: float
    rules: Callable[[Collection[str]], tuple[RowRule, ...]]


@dataclass(frozen=True)
class Span:
    """Days of one quarter in which names keep their meaning; `day` is the first of them, `start` its
    beginning in UTC. quarter: null for days that lie in no quarter we know."""

    start: dt.datetime
    day: dt.date
    quarter: str | None


def spans_of(dates: Iterable[dt.date], meanings: Meanings) -> list[Span]:
    """The spans that hold every moment of these dates (UTC), in order; times between them have none."""
    zone = ZoneInfo(meanings.time_zone)
    ends = (dt.time(0), dt.time(23, 59, 59))
    days = {dt.datetime.combine(date, end, dt.UTC).astimezone(zone).date() for date in dates for end in ends}
    spans = groupby(sorted(days), key=lambda day: (_quarter(day), meanings.epoch(day)))
    return [_span(next(days), quarter, zone) for (quarter, _epoch), days in spans]


def _span(day: dt.date, quarter: str | None, zone: ZoneInfo) -> Span:
    midnight = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    return Span(midnight.replace(tzinfo=None), day, quarter)


def _quarter(day: dt.date) -> str | None:
    try:
        return str(Quarter.of(day))
    except ValueError:
        return None
