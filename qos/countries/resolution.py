"""From spellings to codes: tables whose validities do not overlap, so that they can be joined in bulk."""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from typing import NamedTuple, TypeVar

from qos.countries.names import fold, longer_keys, region_key
from qos.countries.places import Places
from qos.countries.rows import (
    HOSTED,
    SERVICES,
    ExcludedNetwork,
    Lineage,
    Network,
    RegionName,
    valid_on,
)
from qos.domain.operator import Operator

V = TypeVar("V")


class Span(NamedTuple):
    """A code that holds from a day (inclusive) to a day (exclusive); None is open."""

    valid_from: dt.date | None
    valid_to: dt.date | None
    code: str


class Claim(NamedTuple):
    """One reason to read a key as an operator."""

    operator: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    written: bool
    """Written down in networks.csv; otherwise it only follows from a name or a slug."""


def timeline(cuts: set[dt.date], on: Callable[[dt.date], str | None]) -> tuple[Span, ...]:
    """What `on` says between the cuts, neighbours that say the same joined, silence left out."""
    spans: list[Span] = []
    edges: list[dt.date | None] = [None, *sorted(cuts), None]
    for start, end in pairwise(edges):
        code = on(start or dt.date.min)
        if code is None:
            continue
        if spans and spans[-1].code == code and spans[-1].valid_to == start:
            spans[-1] = spans[-1]._replace(valid_to=end)
        else:
            spans.append(Span(start, end, code))
    return tuple(spans)


def at(spans: Iterable[Span], day: dt.date) -> str | None:
    return next((span.code for span in spans if valid_on(day, span.valid_from, span.valid_to)), None)


def only(codes: set[str]) -> str | None:
    """The one code, or None when there is none or a choice."""
    return next(iter(codes)) if len(codes) == 1 else None


# ---- regions


def region_table(places: Places, names: Iterable[RegionName]) -> dict[str, tuple[Span, ...]]:
    """Folded spelling to the region it means in the course of time."""
    written, made = _region_claims(places, names)
    cuts = places.cuts()
    meant: dict[tuple[frozenset[str], frozenset[str]], tuple[Span, ...]] = {}
    table = {}
    for key in written.keys() | made.keys():
        tiers = (frozenset(written.get(key, ())), frozenset(made.get(key, ())))
        if tiers not in meant:
            meant[tiers] = timeline(cuts, partial(_region_meant, places, tiers))
        table[key] = meant[tiers]
    return table


def _region_claims(
    places: Places, names: Iterable[RegionName]
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Key to the regions it may mean: as written in the pack, and as made from words around the name."""
    country = places.country
    countries = {fold(name) for name in (country.name, *country.names.values())}
    words = {fold(word) for word in country.region_words}
    written: dict[str, set[str]] = {}
    for code, rows in places.versions.items():
        for name in (name for region in rows for name in region.names.values()):
            written.setdefault(region_key(name), set()).add(code)
    for row in names:
        written.setdefault(region_key(row.spelling), set()).add(row.region)
    made: dict[str, set[str]] = {}
    for key, codes in written.items():
        if key != fold(key):
            continue  # nobody writes a code with a word around it
        for longer in longer_keys(key, words, countries):
            made.setdefault(longer, set()).update(codes)
    return written, made


def _region_meant(places: Places, tiers: tuple[frozenset[str], frozenset[str]], day: dt.date) -> str | None:
    """A written name beats a made one; then a ranked region beats another, and that beats a former one."""
    for codes in tiers:
        valid = {code for code in codes if places.on(code, day)}
        ranked = {code for code in valid if places.ranked(code, day)}
        heirs = {heir for code in codes if (heir := places.now(code, day))}
        for choice in (ranked, valid, heirs):
            if choice:
                return only(choice)
    return None


# ---- operators


class Operators:
    """Operators of one pack and how they are recognised."""

    def __init__(
        self, operators: dict[str, Operator], networks: Iterable[Network], lineage: Iterable[Lineage]
    ) -> None:
        self.operators = operators
        self._heirs = {row.old: row.new for row in lineage if row.kind != HOSTED}
        self.networks = tuple(networks)
        starts = [(o.valid_from, o.valid_to) for o in operators.values()]
        starts += [(n.valid_from, n.valid_to) for n in self.networks]
        self._cuts = {day for pair in starts for day in pair if day}

    def now(self, code: str, day: dt.date) -> str | None:
        """The operator itself while it is valid, afterwards the one it became."""
        operator = self.operators[code]
        if operator.valid_on(day):
            return code
        ended = operator.valid_to is not None and operator.valid_to <= day
        return self.now(self._heirs[code], day) if ended and code in self._heirs else None

    def spellings(self) -> dict[tuple[str, str], tuple[Span, ...]]:
        """(folded spelling, service) to operator: slugs, names, and the spellings of networks.csv."""
        claims: dict[tuple[str, str], list[Claim]] = {}
        for code, operator in self.operators.items():
            for name in (code, *operator.names.values()):
                for service in SERVICES:
                    claims.setdefault((fold(name), service), []).append(Claim(code, None, None, False))
        for network in self.networks:
            if network.spelling:
                for service in network.services:
                    claims.setdefault((fold(network.spelling), service), []).append(_written(network))
        return self._resolved(claims)

    def asns(self) -> dict[tuple[int, str], tuple[Span, ...]]:
        """(autonomous system, service) to operator."""
        claims: dict[tuple[int, str], list[Claim]] = {}
        for network in self.networks:
            if network.asn is not None:
                for service in network.services:
                    claims.setdefault((network.asn, service), []).append(_written(network))
        return self._resolved(claims)

    def mcc_mncs(self) -> dict[str, tuple[Span, ...]]:
        """Network code `452-04` to operator."""
        claims: dict[str, list[Claim]] = {}
        for network in self.networks:
            if network.mcc_mnc:
                claims.setdefault(network.mcc_mnc, []).append(_written(network))
        return self._resolved(claims)

    def _resolved(self, claims: dict[V, list[Claim]]) -> dict[V, tuple[Span, ...]]:
        return {key: timeline(self._cuts, partial(self._meant, own)) for key, own in claims.items()}

    def _meant(self, claims: list[Claim], day: dt.date) -> str | None:
        """What networks.csv says about the day beats what only follows from a name."""
        for written in (True, False):
            codes = {
                code
                for claim in claims
                if claim.written is written and valid_on(day, claim.valid_from, claim.valid_to)
                if (code := self.now(claim.operator, day))
            }
            if codes:
                return only(codes)
        return None


def _written(network: Network) -> Claim:
    return Claim(network.operator, network.valid_from, network.valid_to, True)


def exclusions(networks: Iterable[ExcludedNetwork]) -> dict[int | str, tuple[Span, ...]]:
    """AS number, or folded spelling, to the reasons for which the network is excluded, by time."""
    spans: dict[int | str, list[Span]] = {}
    for network in networks:
        key = network.asn if network.asn is not None else fold(network.spelling or "")
        if key:
            spans.setdefault(key, []).append(Span(network.valid_from, network.valid_to, network.reason))
    return {key: tuple(own) for key, own in spans.items()}
