"""What names, numbers and codes of a delivery mean in a country, each asked once."""

import datetime as dt
from bisect import bisect_right
from functools import cached_property

from qos.countries import Pack
from qos.domain.places import NATION


class Resolver:
    """Asks a country pack. The first of several givens that means something counts."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack

    @cached_property
    def _turning_days(self) -> list[dt.date]:
        """Days on which some name begins or ceases to mean something."""
        spans = [
            *((start, end) for *_, start, end, _code in self._pack.operator_spellings()),
            *((start, end) for *_, start, end, _code in self._pack.operator_asns()),
            *((start, end) for *_, start, end, _code in self._pack.operator_mcc_mncs()),
            *((start, end) for *_, start, end, _code in self._pack.region_spellings()),
        ]
        return sorted({day for span in spans for day in span if day is not None})

    def epoch(self, day: dt.date) -> int:
        """Equal for two days between which no name changes its meaning."""
        return bisect_right(self._turning_days, day)

    def operator(
        self,
        code: str | None,
        name: str | None,
        mcc_mnc: str | None,
        asn: int | None,
        service: str,
        day: dt.date,
    ) -> str | None:
        """The operator's slug: its code as given, else what its name, network code or AS number means."""
        if code in self._pack.operators:
            return code
        for spelling in (code, name):
            if spelling and (found := self._pack.find_operator(spelling, service, day)):
                return found
        if mcc_mnc and service == "mobile" and (found := self._pack.operator_by_mcc_mnc(mcc_mnc, day)):
            return found
        return self._pack.operator_by_asn(asn, service, day) if asn is not None else None

    def region(self, code: str | None, name: str | None, day: dt.date) -> str | None:
        """`scheme:code` as given where the country has it, else what the name means on the day."""
        if code is not None and self.knows_region(code):
            return code
        return self._pack.find_region(name, day) if name else None

    def knows_region(self, code: str) -> bool:
        return code in self._pack.regions and code != NATION
