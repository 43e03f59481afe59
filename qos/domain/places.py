"""Regions: coded places that are valid from a date to a date.

A bare code never names a place: `gso34:24` and `gso63:24` are two provinces.
"""

import datetime as dt
import re
from dataclasses import dataclass, field

NATION = "nation"
_REGION = re.compile(r"^[a-z0-9]+:[A-Za-z0-9-]+$")


def check_region(code: str) -> str:
    """The code itself when it is `nation` or has the form `scheme:code`. Raises ValueError."""
    if code != NATION and not _REGION.match(code):
        raise ValueError(f"not a region code: {code!r} (expected scheme:code, for example gso34:24)")
    return code


@dataclass(frozen=True)
class Region:
    """One place of one scheme. `names` maps a language to a name; `valid_to` is exclusive."""

    code: str
    names: dict[str, str] = field(hash=False)
    level: str
    parent: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def __post_init__(self) -> None:
        check_region(self.code)

    @property
    def scheme(self) -> str:
        return self.code.split(":")[0]

    def valid_on(self, day: dt.date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )
