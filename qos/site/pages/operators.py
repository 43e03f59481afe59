"""Operator pages: how is mine? The same layout for all, listed alphabetically."""

from collections.abc import Iterator
from dataclasses import dataclass

from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.site.addresses import link
from qos.site.book import Book
from qos.site.places import Place, standing
from qos.site.press import Link, Page, Press
from qos.site.ranking import Row, ranking_table
from qos.site.rows import Rank


@dataclass(frozen=True)
class Line:
    """One indicator of one operator: where it stands, of how many, and its figure as in the ranking."""

    title: str
    href: str
    unit: str
    row: Row
    of: int
    reasons: str


@dataclass(frozen=True)
class Chapter:
    """One market: every indicator, and the regions where the operator is clearly ahead or behind."""

    market: str
    lines: tuple[Line, ...]
    headline: str
    ahead: tuple[Link, ...]
    behind: tuple[Link, ...]
    regional: bool


def pages(press: Press) -> Iterator[Page]:
    """The list, and one page per operator that the release speaks of."""
    book = press.book
    slugs = {slug for market in book.release.markets for slug in book.release.operators(market)} - {ALL}
    ordered = book.sorted_operators(slugs)
    yield _listing(press, ordered)
    for slug in ordered:
        yield _operator(press, slug)


def _listing(press: Press, slugs: list[str]) -> Page:
    book, here = press.book, press.book.addresses.section("operators")
    entries = [
        (
            Link(book.operator(slug), link(here, book.addresses.operator(slug))),
            ", ".join(book.market(m) for m in book.release.markets if slug in book.release.operators(m)),
        )
        for slug in slugs
    ]
    return press.page("operators", here, book.words("operators.title", quarter=book.quarter), "operators", entries=entries)


def _operator(press: Press, slug: str) -> Page:
    book, here = press.book, press.book.addresses.operator(slug)
    markets = [market for market in book.release.markets if slug in book.release.operators(market)]
    title = book.words("operator.title", name=book.operator(slug), quarter=book.quarter)
    chapters = [_chapter(book, market, slug, here) for market in markets]
    return press.page("operator", here, title, "operators", name=book.operator(slug), chapters=chapters)


def _chapter(book: Book, market: str, slug: str, here: str) -> Chapter:
    headline = book.headline(market)
    ranks = [
        rank
        for key, rank in sorted(book.release.ranks.items())
        if (key[0], key[1], key[2]) == (market, headline, slug) and key[3] != NATION and rank.rank_low is not None
    ]
    return Chapter(
        market=book.market(market),
        lines=tuple(line for name in book.sorted_indicators(market) if (line := _line(book, market, name, slug, here))),
        headline=book.title(headline) if headline else "",
        ahead=_links(book, here, [rank for rank in ranks if rank.is_leader]),
        behind=_links(book, here, [rank for rank in ranks if _clearly_last(book, rank)]),
        regional=bool(ranks),
    )


def _line(book: Book, market: str, indicator: str, slug: str, here: str) -> Line | None:
    found = standing(book, market, indicator)
    places = (*found.ranked, *found.shown, *found.withheld)
    at = next((at for at, place in enumerate(places) if place.operator == slug), None)
    if at is None:
        return None
    table = ranking_table(book, found, here)
    place: Place = places[at]
    estimate = place.estimate
    return Line(
        title=book.title(indicator),
        href=link(here, book.addresses.ranking(market, indicator)),
        unit=table.unit,
        row=(*table.ranked, *table.others)[at],
        of=len(found.ranked),
        reasons=book.reasons(estimate.status_reason) if estimate and place.value is not None else "",
    )


def _clearly_last(book: Book, rank: Rank) -> bool:
    """Everyone else who is ranked in the region is clearly better."""
    found = standing(book, rank.market, rank.indicator, rank.region)
    return len(found.ranked) > 1 and rank.rank_low == len(found.ranked) and rank.status == "published"


def _links(book: Book, here: str, ranks: list[Rank]) -> tuple[Link, ...]:
    regions = book.sorted_regions(rank.region for rank in ranks)
    return tuple(Link(book.region(region), link(here, book.addresses.region(region))) for region in regions)
