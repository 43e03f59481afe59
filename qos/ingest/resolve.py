"""What names, numbers, codes, addresses and positions of a delivery mean in a country on a day.

Names and codes are asked one by one, once for each distinct value; addresses and positions, which
hardly repeat, in whole columns. What means nothing is null: the caller says so with a flag.
"""

import datetime as dt
from bisect import bisect_right
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qos.countries import Pack
from qos.domain.places import NATION

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]

INACCURATE_ABOVE_M = 5_000.0
"""A position less accurate than this does not tell a region (flag `position-inaccurate`).

Positions by network cell are good for some hundred metres to a few kilometres, those by the registry of
an address for tens of kilometres; the smallest ranked regions of the bundled packs are about 25 km across,
and the pages' boundaries, which positions are held against, are drawn within a kilometre.
"""


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
            *((row.valid_from, row.valid_to) for row in self._pack.prefixes),
            *((row.valid_from, row.valid_to) for row in self._pack.excluded_networks),
            *((row.valid_from, row.valid_to) for row in self._pack.regions.values()),  # of boundaries
        ]
        return sorted({day for span in spans for day in span if day is not None})

    def epoch(self, day: dt.date) -> int:
        """Equal for two days between which no name, address or position changes its meaning."""
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

    def asn_of(self, addresses: pa.StringArray | pa.ChunkedArray, days: Days) -> pa.Int64Array:
        """The autonomous system that announced each address on its day (datetime64, local to the country).

        The longest prefix of the pack that is valid on the day wins. Null for a null, for a text that is no
        address, for an address nobody announced, and for one in an excluded network (see excluded_of).
        """
        return self._pack.asns_of(addresses, days)

    def excluded_of(self, addresses: pa.StringArray | pa.ChunkedArray, days: Days) -> pa.StringArray:
        """Why the network of each address is excluded on its day; null where it is not."""
        return self._pack.excluded_addresses(addresses, days)

    def excluded(self, name: str | None, asn: int | None, day: dt.date) -> str | None:
        """Why a network is excluded by name or AS number: hosting, government or test; null: it is not."""
        return self._pack.excluded_network(name, asn, day)

    def region_at(self, longitude: Floats, latitude: Floats, days: Days) -> pa.StringArray:
        """The region whose boundary holds each position (degrees, WGS 84) on its day; null outside all.

        A position that is no number (NaN) has none. Boundaries are the pack's own, simplified ones: beside
        a border a position may fall on the wrong side of the true one.
        """
        return self._pack.regions_at(longitude, latitude, days)

    def is_country(self, code: str) -> bool:
        """Whether a code of ISO 3166, of two or three letters, is the country of the pack."""
        return self._pack.is_country(code)

    def knows_region(self, code: str) -> bool:
        return code in self._pack.regions and code != NATION
