"""A release told in one language: names, titles and units for what the tables say in slugs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from qos.domain.errors import NotFound
from qos.domain.indicator import Indicator
from qos.domain.operator import ALL, Operator
from qos.domain.places import NATION, Region
from qos.site.addresses import Addresses
from qos.site.collation import name_key
from qos.site.formats import Formats
from qos.site.release import Release
from qos.site.words import Words

HEADLINE = "download_geomean"
"""The headline of the method (contract, indicators of the first edition)."""

_ORDER = [
    "download_geomean",
    "download_median",
    "download_p10",
    "download_mean",
    "upload_geomean",
    "upload_median",
    "upload_p10",
    "upload_mean",
    "latency_geomean",
    "latency_median",
    "latency_p90",
    "loaded_latency_median",
    "jitter_median",
    "loss_mean",
    "success_share",
    "share_reaching_10_mbps",
    "share_reaching_100_mbps",
]
"""As the contract lists them; indicators of somebody's own follow by name."""


class PackLike(Protocol):
    """What pages need of a country pack."""

    @property
    def name(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def operators(self) -> Mapping[str, Operator]: ...
    @property
    def regions(self) -> Mapping[str, Region]: ...
    @property
    def boundaries(self) -> Path | None: ...


@dataclass(frozen=True)
class Book:
    """One release in one language."""

    release: Release
    pack: PackLike
    indicators: Mapping[str, Indicator]
    words: Words
    formats: Formats

    @property
    def language(self) -> str:
        return self.words.language

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses(self.language, self.release.quarter)

    @property
    def quarter(self) -> str:
        return self.formats.quarter(self.release.quarter)

    @property
    def country(self) -> str:
        key = f"country.{self.release.country}"
        return self.words(key) if self.words.has(key) else self.pack.name

    def operator(self, slug: str) -> str:
        """An operator's name. Raises NotFound for one that the pack does not know."""
        if slug == ALL:
            return self.words("operator.all")
        return self._name(self.pack.operators, slug, "operator")

    def region(self, code: str) -> str:
        """A region's name. Raises NotFound for one that the pack does not know."""
        return (
            self.words("region.nation") if code == NATION else self._name(self.pack.regions, code, "region")
        )

    def operators(self, slugs: Iterable[str]) -> str:
        """Names in one sentence: A, B and C, alphabetically."""
        return self.formats.names(self.operator(slug) for slug in self.sorted_operators(slugs))

    def sorted_operators(self, slugs: Iterable[str]) -> list[str]:
        return sorted(slugs, key=lambda slug: name_key(self.operator(slug)))

    def sorted_regions(self, codes: Iterable[str]) -> list[str]:
        return sorted(codes, key=lambda code: (name_key(self.region(code)), code))

    def source(self, slug: str) -> str:
        """A source's title as the release gives it. Raises NotFound."""
        if slug not in self.release.sources:
            raise NotFound(f"{self.release.folder.name}: source {slug!r} is not in release.json")
        return self.release.sources[slug].title

    def source_briefly(self, slug: str) -> str:
        """The title up to its first comma, where that still names one source only."""
        brief = self.source(slug).split(",")[0]
        alike = [one for one in self.release.sources.values() if one.title.split(",")[0] == brief]
        return brief if len(alike) == 1 else self.source(slug)

    def market(self, market: str) -> str:
        key = f"market.{market}"
        return self.words(key) if self.words.has(key) else market

    def indicator(self, name: str) -> Indicator:
        """A declaration. Raises NotFound when the release speaks of an indicator nobody declares."""
        if name not in self.indicators:
            raise NotFound(f"{self.release.folder.name}: indicator {name!r} is not declared")
        return self.indicators[name]

    def title(self, indicator: str) -> str:
        """The indicator's title in this language, or as it was declared."""
        return self._titled(f"indicator.{indicator}", indicator)

    def short(self, indicator: str) -> str:
        return self._titled(f"indicator.{indicator}.short", indicator)

    def unit(self, indicator: str) -> str:
        unit = self.indicator(indicator).unit
        return "%" if unit == "ratio" else unit

    def sorted_indicators(self, market: str) -> list[str]:
        """Indicators of a market, in the order of the contract, then by name."""
        known = {name: place for place, name in enumerate(_ORDER)}
        return sorted(self.release.indicators(market), key=lambda name: (known.get(name, len(known)), name))

    def headline(self, market: str) -> str | None:
        """What a reader is shown first: the headline, else the first that is ranked, else the first."""
        names = self.sorted_indicators(market)
        ranked = [name for name in names if self.indicator(name).ranked]
        return HEADLINE if HEADLINE in names else next(iter(ranked or names), None)

    def reasons(self, reasons: Iterable[str]) -> str:
        """Status reasons in words, joined by semicolons."""
        return "; ".join(self.words(f"reason.{reason}") for reason in reasons)

    def reject(self, reason: str) -> str:
        """A reject or flag in words where it is a common one, else as its source names it."""
        key = f"reject.{reason}"
        return self.words(key) if self.words.has(key) else reason

    def _titled(self, key: str, indicator: str) -> str:
        return self.words(key) if self.words.has(key) else self.indicator(indicator).title

    def _name(self, named: Mapping[str, Operator] | Mapping[str, Region], code: str, what: str) -> str:
        if code not in named:
            raise NotFound(
                f"{self.release.folder.name}: {what} {code!r} is not in the country pack {self.pack.name}"
            )
        names = named[code].names
        return names.get(self.language) or names.get("en") or next(iter(names.values()), code)
