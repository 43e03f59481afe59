"""One row of a nested document as text cells: which names are taken, and how a value is written."""

import math
from collections.abc import Mapping, Sequence

from qos.domain.declaration import Documents
from qos.store.reading.content import NUL
from qos.store.reading.unpacking import ContentFault

NOT_FINITE = "not a finite number"
NOT_UNICODE = "text that is not Unicode"
NESTED = "a nested value"
_MOST_NAMES = 1000
"""Of columns nobody explained, and of names remembered below a subtree that is ignored."""
_TAKEN, _UNEXPLAINED = "\0taken", "\0unexplained"
"""Fates that are no name of an ignored column."""


class OddRow(Exception):
    """A document or a row of it that is rejected; `detail` never holds what identifies somebody."""

    def __init__(self, reason: str, column: str = "", detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.column, self.detail = reason, column, detail


class Names:
    """What becomes of each name, by layouts that share their rows; it remembers which names it saw."""

    def __init__(self, layouts: Sequence[Documents]) -> None:
        self.used = tuple(dict.fromkeys(name for layout in layouts for name in layout.used))
        self.nul = False
        self.rows_since_unexplained = 0
        self._ignored = [name for layout in layouts for name in layout.ignored]
        self._above = {
            name[:i]
            for name in (*self.used, *self._ignored)
            for i, letter in enumerate(name)
            if letter == "."
        }
        self._fates = dict.fromkeys(self.used, _TAKEN) | {name: name for name in self._ignored}
        self._known = len(self._fates)
        self._seen: dict[str, None] = {}

    @property
    def header(self) -> list[str]:
        """Every name that was seen, of those used with a value; of a subtree that is ignored whole, its
        pattern."""
        return list(self._seen)

    def cells(self, row: Mapping[str, object]) -> dict[str, str]:
        """The texts of what is used and has a value. Raises OddRow, once every name was seen."""
        cells, odd, unexplained = {}, None, self.rows_since_unexplained > 0
        for name, value in row.items():
            fate = self._fates.get(name) or self._fate(name)
            if fate == _UNEXPLAINED and (value is None or value == {}) and name in self._above:
                continue  # nothing where an object was expected, whose parts are explained
            if fate != _TAKEN or value is not None:
                self._seen[name if fate in (_TAKEN, _UNEXPLAINED) else fate] = None
            unexplained = unexplained or fate == _UNEXPLAINED
            if fate == _TAKEN and value is not None:
                try:
                    cells[name] = self._text(name, value)
                except OddRow as fault:
                    odd = odd or fault
        self.rows_since_unexplained += unexplained
        if odd:
            raise odd
        return cells

    def _fate(self, name: str) -> str:
        below = (p for p in self._ignored if p.endswith(".*") and name.startswith(p[:-1]))
        fate = next(below, _UNEXPLAINED)
        if len(self._fates) - self._known < _MOST_NAMES:
            self._fates[name] = fate
        elif fate == _UNEXPLAINED:
            raise ContentFault(f"more than {_MOST_NAMES} columns that nobody has explained, {name!r} is one")
        return fate

    def _text(self, name: str, value: object) -> str:
        """Numbers without loss; a NUL is made visible, as in a text delivery."""
        if isinstance(value, str):
            return value if value.isascii() and "\0" not in value else self._odd_text(name, value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise OddRow(NOT_FINITE, name, str(value))
            return repr(value)
        raise OddRow(NESTED, name)

    def _odd_text(self, name: str, value: str) -> str:
        try:
            value.encode()
        except UnicodeEncodeError as fault:
            raise OddRow(NOT_UNICODE, name) from fault
        self.nul = self.nul or "\0" in value
        return value.replace("\0", NUL)
