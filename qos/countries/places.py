"""Where a region stands on a day: its version, the ranking region above it, what became of it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from qos.countries.country import Country
from qos.countries.rows import Lineage
from qos.domain.places import Region


def whole_life(versions: tuple[Region, ...]) -> Region:
    """One region from its first day to its last, with the names and level it has in its last version."""
    return replace(versions[-1], valid_from=versions[0].valid_from)


class Places:
    """Regions of one pack and their relations. Codes are never compared without their scheme."""

    def __init__(
        self, country: Country, versions: dict[str, tuple[Region, ...]], lineage: Iterable[Lineage]
    ) -> None:
        self.country = country
        self.versions = versions
        self._heirs: dict[str, list[Lineage]] = {}
        for row in lineage:
            self._heirs.setdefault(row.old, []).append(row)

    def on(self, code: str, day: dt.date) -> Region | None:
        """The version of a region that is valid on a day."""
        return next((region for region in self.versions.get(code, ()) if region.valid_on(day)), None)

    def ranked(self, code: str, day: dt.date) -> bool:
        return code.split(":")[0] == self.country.scheme_on(day) and self.on(code, day) is not None

    def heir(self, code: str, day: dt.date) -> str | None:
        """The region that took a former one over by a day; None when there is none or more than one."""
        heirs = {row.new for row in self._heirs.get(code, ()) if row.date and row.date <= day}
        return heirs.pop() if len(heirs) == 1 else None

    def now(self, code: str, day: dt.date) -> str | None:
        """The code itself while it is valid, afterwards what became of it."""
        if self.on(code, day):
            return code
        heir = self.heir(code, day)
        return self.now(heir, day) if heir else None

    def roll_up(self, code: str, day: dt.date) -> str | None:
        """The ranking region of a code on a day: itself, above it, or what became of it."""
        if self.ranked(code, day):
            return code
        region = self.on(code, day)
        above = (region.parent if region else None) or self.heir(code, day)
        return self.roll_up(above, day) if above else None

    def cuts(self) -> set[dt.date]:
        """Every day on which some region begins or ends."""
        ends = {day for rows in self.versions.values() for r in rows for day in (r.valid_from, r.valid_to)}
        heirs = {row.date for rows in self._heirs.values() for row in rows}
        return {day for day in ends | heirs | set(self.country.former_schemes.values()) if day}
