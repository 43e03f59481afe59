"""A country pack: what the regulator knows about regions, operators, weights and limits."""

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qos.countries.announced import Announcements
from qos.countries.country import Country
from qos.countries.names import fold, region_key
from qos.countries.places import Places, whole_life
from qos.countries.resolution import Operators, Span, at, exclusions, region_table
from qos.countries.rows import (
    HOSTED,
    ExcludedNetwork,
    Lineage,
    Margin,
    Network,
    Prefix,
    RegionName,
    Threshold,
    Weight,
    valid_on,
)
from qos.countries.tables import normal_mcc_mnc
from qos.domain.operator import Operator, OperatorView
from qos.domain.places import Region

if TYPE_CHECKING:
    from qos.countries.atlas import Atlas

Days = npt.NDArray[np.datetime64]
_AS_NUMBER = re.compile(r"^AS\s*(\d+)$", re.IGNORECASE)


@dataclass(frozen=True, eq=False, kw_only=True)
class Pack:
    """One checked country pack; build it with `qos.countries.load`.

    region_versions: the dated rows of each region, oldest first. digest: sha256 over the data files by
    name. boundaries: GeoJSON whose features have a property `region`, or None; former_boundaries: the
    same for regions that are ranked no more. `valid_to` is exclusive.
    """

    country: Country
    operators: dict[str, Operator]
    networks: tuple[Network, ...]
    region_versions: dict[str, tuple[Region, ...]]
    prefixes: tuple[Prefix, ...] = ()
    excluded_networks: tuple[ExcludedNetwork, ...] = ()
    region_names: tuple[RegionName, ...] = ()
    region_lineage: tuple[Lineage, ...] = ()
    operator_lineage: tuple[Lineage, ...] = ()
    weights: tuple[Weight, ...] = ()
    margins: tuple[Margin, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    boundaries: Path | None = None
    former_boundaries: Path | None = None
    folder: Path
    digest: str
    regions: dict[str, Region] = field(init=False)

    def __post_init__(self) -> None:
        lives = {code: whole_life(rows) for code, rows in self.region_versions.items()}
        object.__setattr__(self, "regions", lives)

    @property
    def code(self) -> str:
        return self.country.code

    @property
    def name(self) -> str:
        return self.country.name

    @property
    def names(self) -> dict[str, str]:
        return self.country.names

    @property
    def time_zone(self) -> str:
        return self.country.time_zone

    @property
    def languages(self) -> tuple[str, ...]:
        return self.country.languages

    @property
    def region_scheme(self) -> str:
        return self.country.region_scheme

    @property
    def notes(self) -> str:
        return self.country.notes

    @property
    def licence_notes(self) -> dict[str, str]:
        return self.country.licence_notes

    def is_country(self, code: str) -> bool:
        """Whether a code of ISO 3166, of two or three letters, in any case, is this country's."""
        return code.strip().upper() in self.country.codes

    # ---- regions

    @cached_property
    def _places(self) -> Places:
        return Places(self.country, self.region_versions, self.region_lineage)

    @cached_property
    def _region_table(self) -> dict[str, tuple[Span, ...]]:
        return region_table(self._places, self.region_names)

    def ranking_regions(self, day: dt.date) -> list[Region]:
        """Regions ranked on a day, as they are on that day (level, names), sorted by code."""
        on_that_day = ((code, self._places.on(code, day)) for code in sorted(self.regions))
        return [region for code, region in on_that_day if region and self._places.ranked(code, day)]

    def region_on(self, code: str, day: dt.date) -> Region | None:
        """The region as it is on a day (its level and names may have changed), None outside its validity."""
        return self._places.on(code, day)

    def roll_up(self, code: str, day: dt.date) -> str | None:
        """The region ranked on `day` that a code belongs to: itself, a parent, or through lineage.

        None when there is none: an unknown code, a level above the ranked one, a region that was split.
        """
        return self._places.roll_up(code, day)

    def find_region(self, name: str, day: dt.date) -> str | None:
        """The region that a name means on a day, in any spelling of the pack; ambiguous or unknown: None."""
        return at(self._region_table.get(region_key(name), ()), day)

    def region_spellings(self) -> list[tuple[str, dt.date | None, dt.date | None, str]]:
        """(key, valid_from, valid_to, region), sorted; key = `region_key(spelling)`, no two overlap."""
        return [(key, *span) for key, spans in sorted(self._region_table.items()) for span in spans]

    @cached_property
    def _atlas(self) -> "Atlas":
        from qos.countries.atlas import Atlas  # shapely takes a while to load, and most commands need none

        files = (self.boundaries, self.former_boundaries)
        return Atlas([path for path in files if path is not None], self.regions)

    def regions_at(
        self, longitude: npt.NDArray[np.float64], latitude: npt.NDArray[np.float64], days: Days
    ) -> pa.StringArray:
        """The region whose boundary of the pack holds each position (degrees, WGS 84) on its day.

        Null outside every boundary of the day. Of two on one border the code that comes first.
        """
        return self._atlas.regions_at(longitude, latitude, days)

    @cached_property
    def box(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all boundaries in degrees; None where the pack has none."""
        return self._atlas.box

    # ---- operators

    @cached_property
    def _recognised(self) -> Operators:
        return Operators(self.operators, self.networks, self.operator_lineage)

    @cached_property
    def _spellings(self) -> dict[tuple[str, str], tuple[Span, ...]]:
        return self._recognised.spellings()

    @cached_property
    def _asns(self) -> dict[tuple[int, str], tuple[Span, ...]]:
        return self._recognised.asns()

    @cached_property
    def _mcc_mncs(self) -> dict[str, tuple[Span, ...]]:
        return self._recognised.mcc_mncs()

    def find_operator(self, name_or_code_or_network: str, service: str, day: dt.date) -> str | None:
        """The operator meant by a slug, a spelling, `AS7552` or `452-04`; unknown or ambiguous: None.

        After an operator has ended, its names mean the operator it became, if the pack names one.
        """
        text = name_or_code_or_network.strip()
        if match := _AS_NUMBER.match(text):
            return self.operator_by_asn(int(match[1]), service, day)
        if "-" in text and normal_mcc_mnc(text):
            return self.operator_by_mcc_mnc(text, day) if service == "mobile" else None
        return at(self._spellings.get((fold(text), service), ()), day)

    def operator_by_asn(self, asn: int, service: str, day: dt.date) -> str | None:
        return at(self._asns.get((asn, service), ()), day)

    def operator_by_mcc_mnc(self, code: str, day: dt.date) -> str | None:
        """`452-04` or `45204`; network codes name mobile operators only."""
        return at(self._mcc_mncs.get(normal_mcc_mnc(code) or "", ()), day)

    def network_operator(self, operator: str, day: dt.date) -> str:
        """The operator whose network carries a brand on a day; an operator with its own network: itself."""
        for row in self.operator_lineage:
            if row.kind == HOSTED and row.old == operator and valid_on(day, row.date, None):
                return row.new
        return operator

    def operator_map(self, view: OperatorView, day: dt.date) -> dict[str, str]:
        """Every operator to the one that is ranked for it on a day, under the view of an edition.

        One that has ended counts for what it became. `network`: a brand counts for the network that carries
        it; `brand`: each brand for itself. What has no successor, or is not there yet, stays itself.
        """
        if view not in ("network", "brand"):
            raise ValueError(f"no view of operators: {view!r} (network or brand)")
        ranked = {code: self._recognised.now(code, day) or code for code in self.operators}
        if view == "brand":
            return ranked
        return {code: self._carrier(now, day) for code, now in ranked.items()}

    def _carrier(self, operator: str, day: dt.date) -> str:
        """The network at the end: a host may have become another one since."""
        host = self.network_operator(operator, day)
        return operator if host == operator else self._recognised.now(host, day) or host

    # ---- addresses and excluded networks

    @cached_property
    def _announcements(self) -> Announcements:
        return Announcements(self.prefixes, self.excluded_networks)

    @cached_property
    def _exclusions(self) -> dict[int | str, tuple[Span, ...]]:
        return exclusions(self.excluded_networks)

    def asns_of(self, addresses: pa.StringArray | pa.ChunkedArray, days: Days) -> pa.Int64Array:
        """The autonomous system that announced each address on its day: the longest prefix wins.

        Null for a text that is no address, outside every prefix of the day, or in an excluded network.
        """
        return self._announcements.asns(addresses, days)

    def excluded_addresses(self, addresses: pa.StringArray | pa.ChunkedArray, days: Days) -> pa.StringArray:
        """Why the network of each address is excluded on its day; null where it is not."""
        return self._announcements.reasons(addresses, days)

    def excluded_network(self, name: str | None, asn: int | None, day: dt.date) -> str | None:
        """Why a network is excluded on a day (hosting, government, test), by its number or its name."""
        keys = (asn, fold(name) if name else None)
        return next((why for key in keys if key and (why := at(self._exclusions.get(key, ()), day))), None)

    def operator_spellings(self) -> list[tuple[str, str, dt.date | None, dt.date | None, str]]:
        """(key, service, valid_from, valid_to, operator), sorted; service is mobile or fixed."""
        return [(*key, *span) for key, spans in sorted(self._spellings.items()) for span in spans]

    def operator_asns(self) -> list[tuple[int, str, dt.date | None, dt.date | None, str]]:
        """(asn, service, valid_from, valid_to, operator), sorted; validities do not overlap."""
        return [(*key, *span) for key, spans in sorted(self._asns.items()) for span in spans]

    def operator_mcc_mncs(self) -> list[tuple[str, dt.date | None, dt.date | None, str]]:
        """(mcc_mnc as 452-04, valid_from, valid_to, operator), sorted; validities do not overlap."""
        return [(key, *span) for key, spans in sorted(self._mcc_mncs.items()) for span in spans]

    # ---- weights and limits

    def national_weights(self, market: str, day: dt.date) -> dict[str, Weight]:
        """Weight of each region ranked on a day in the nation of a market, summing to 1, by region.

        Empty when the pack has none for the market: the weights then come from the data (kind measured).
        """
        ranked = {region.code for region in self.ranking_regions(day)}
        own = [
            row for row in self.weights if row.market == market and not row.operator and row.region in ranked
        ]
        total = sum(row.weight for row in own)
        return {
            row.region: replace(row, weight=row.weight / total)
            for row in sorted(own, key=lambda row: row.region)
        }

    def verdicts(
        self, indicator: str, market: str, value: float, day: dt.date
    ) -> list[tuple[Threshold, bool]]:
        """Whether a value keeps each verified limit in force; unverified limits give no verdict."""
        in_force = (
            limit
            for limit in self.thresholds
            if (limit.indicator, limit.market) == (indicator, market)
            and valid_on(day, limit.valid_from, limit.valid_to)
        )
        judged = ((limit, limit.verdict(value)) for limit in in_force)
        return [(limit, verdict) for limit, verdict in judged if verdict is not None]
