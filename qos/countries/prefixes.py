"""From an address to the network that announced it on a day: disjoint dated ranges, built once.

Prefixes lie inside one another; the longest one that is valid on the day counts. Between two ends of
prefixes nothing changes but with time, so every range has steps: days from which another row holds.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from qos.countries.rows import valid_on

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NOBODY = -1
"""In place of a row: no prefix holds the address on the day."""
_UPPER_HALF = 64
_DAY_BITS = 24
_MIDDLE = 1 << (_DAY_BITS - 1)
"""1970-01-01 as a number of a day; 24 bits hold every day that a calendar of four-digit years has."""

Step = tuple[int, int]
"""A day, and the row that holds from it on."""


class Announced(Protocol):
    """A row of a table of prefixes."""

    @property
    def network(self) -> Network | None: ...
    @property
    def valid_from(self) -> dt.date | None: ...
    @property
    def valid_to(self) -> dt.date | None: ...


class Ranges(NamedTuple):
    """Disjoint ranges of one version of addresses.

    starts: first number of each range, ascending from 0. first_step: place of its first step.
    step_row: row of the table, or NOBODY. step_key: range and day of each step in one number, ascending.
    many: ranges with more than one step, the only ones in which the day matters.
    """

    starts: npt.NDArray[np.unsignedinteger[Any]]
    first_step: npt.NDArray[np.int64]
    step_row: npt.NDArray[np.int32]
    step_key: npt.NDArray[np.int64]
    many: npt.NDArray[np.bool_]

    def rows(
        self, keys: npt.NDArray[np.unsignedinteger[Any]], days: npt.NDArray[np.datetime64]
    ) -> npt.NDArray[np.int32]:
        """Row that holds each address on its day, or NOBODY; a day that is not a time: the first step."""
        if len(self.step_row) == 1:  # one answer for every address, mostly that there is no table
            return np.full(len(keys), self.step_row[0], dtype=np.int32)
        place = np.searchsorted(self.starts, keys, side="right") - 1
        found = self.step_row[self.first_step[place]]
        if self.many.any():
            dated = np.flatnonzero(self.many[place])
            wanted = (place[dated] << _DAY_BITS) | _day_numbers(days[dated])
            found[dated] = self.step_row[np.searchsorted(self.step_key, wanted, side="right") - 1]
        return found


def _day_numbers(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    numbers = days.astype("datetime64[D]").astype(np.int64)
    return np.clip(numbers, -_MIDDLE + 1, _MIDDLE - 1) + _MIDDLE


def ranges(table: Sequence[Announced], version: int) -> Ranges:
    """The disjoint ranges of all prefixes of IPv4 or of IPv6 (by upper 64 bits)."""
    starts: list[int] = []
    steps: list[tuple[Step, ...]] = []
    steps_of = cache(_timeline)
    for start, own in _elementary(table, version):
        timeline = steps_of(tuple((row, table[row].valid_from, table[row].valid_to) for row in own))
        if not steps or steps[-1] != timeline:
            starts.append(start)
            steps.append(timeline)
    flat = [(place << _DAY_BITS | day, row) for place, own in enumerate(steps) for day, row in own]
    counts = np.array([len(own) for own in steps], dtype=np.int64)
    return Ranges(
        starts=np.array(starts, dtype=np.uint32 if version == 4 else np.uint64),
        first_step=np.cumsum(counts) - counts,
        step_row=np.array([row for _, row in flat], dtype=np.int32),
        step_key=np.array([key for key, _ in flat], dtype=np.int64),
        many=counts > 1,
    )


def bounds(network: Network) -> tuple[int, int]:
    """First and last number of a prefix; of IPv6 the upper 64 bits."""
    shift = 0 if network.version == 4 else _UPPER_HALF
    return int(network.network_address) >> shift, int(network.broadcast_address) >> shift


def _elementary(table: Sequence[Announced], version: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Start of each stretch between two ends of prefixes, and the rows that hold it, shortest prefix first.

    Two prefixes are nested or apart, so the rows that hold a place are a stack.
    """
    own = [
        (*bounds(row.network), place)
        for place, row in enumerate(table)
        if row.network is not None and row.network.version == version
    ]
    own.sort(key=lambda one: (one[0], -one[1], one[2]))
    ends = 2**32 if version == 4 else 2**64
    edges = sorted({0, *(first for first, _, _ in own), *(last + 1 for _, last, _ in own)} - {ends})
    waiting = iter([*own, (ends, ends, NOBODY)])
    first, last, row = next(waiting)
    stack: list[tuple[int, int]] = []
    for edge in edges:
        while stack and stack[-1][0] < edge:
            stack.pop()
        while first == edge:
            stack.append((last, row))
            first, last, row = next(waiting)
        yield edge, tuple(place for _, place in stack)


def _timeline(own: tuple[tuple[int, dt.date | None, dt.date | None], ...]) -> tuple[Step, ...]:
    """Steps of a stretch: from which day on which of its rows, shortest prefix first, holds."""
    cuts = [None, *sorted({day for _, *ends in own for day in ends if day})]
    steps: list[Step] = []
    for cut in cuts:
        held = _holding(own, cut or dt.date.min)
        if not steps or steps[-1][1] != held:
            steps.append((0 if cut is None else _number(cut), held))
    return tuple(steps)


def _holding(own: Iterable[tuple[int, dt.date | None, dt.date | None]], day: dt.date) -> int:
    return next((row for row, start, end in reversed(tuple(own)) if valid_on(day, start, end)), NOBODY)


def _number(day: dt.date) -> int:
    return day.toordinal() - dt.date(1970, 1, 1).toordinal() + _MIDDLE
