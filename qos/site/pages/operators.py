"""Operator pages: how is mine? The same layout for all, listed alphabetically."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.site.addresses import link
from qos.site.book import Book
from qos.site.places import PUBLISHED, Standing, standing
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


@dataclass(frozen=True)
class Chapter:
    """One market: every indicator, and the regions where the operator is clearly ahead or behind."""

    market: str
    lines: tuple[Line, ...]
    headline: str
    ahead: tuple[Link, ...]
    behind: tuple[Link, ...]
    regional: bool


Sheet = tuple[str, Standing, dict[str, Row]]
"""An indicator, its standing, and the row of each operator in its ranking."""


def pages(press: Press) -> Iterator[Page]:
    """The list, and one page per operator that the release speaks of."""
    book = press.book
    slugs = {slug for market in book.release.markets for slug in book.release.operators(market)} - {ALL}
    ordered = book.sorted_operators(slugs)
    yield _listing(press, ordered)
    sheets = {market: _sheets(book, market) for market in book.release.markets}
    for slug in ordered:
        yield _operator(press, slug, sheets)


def _listing(press: Press, slugs: list[str]) -> Page:
    book, here = press.book, press.book.addresses.section("operators")
    entries = [
        (
            Link(book.operator(slug), link(here, book.addresses.operator(slug))),
            ", ".join(book.market(m) for m in book.release.markets if slug in book.release.operators(m)),
        )
        for slug in slugs
    ]
    title = book.words("operators.title", quarter=book.quarter)
    return press.page("operators", here, title, "operators", entries=entries)


def _sheets(book: Book, market: str) -> list[Sheet]:
    """The national ranking of every indicator; computed once, every operator's page takes its own row."""
    found = []
    for indicator in book.sorted_indicators(market):
        ranking = standing(book, market, indicator)
        table = ranking_table(book, ranking, book.addresses.operator("any"))
        places = (*ranking.ranked, *ranking.shown, *ranking.withheld)
        rows = (*table.ranked, *table.others)
        found.append((indicator, ranking, {p.operator: row for p, row in zip(places, rows, strict=True)}))
    return found


def _operator(press: Press, slug: str, sheets: Mapping[str, list[Sheet]]) -> Page:
    book, here = press.book, press.book.addresses.operator(slug)
    chapters = [
        _chapter(book, market, slug, here, sheets[market])
        for market in book.release.markets
        if slug in book.release.operators(market)
    ]
    title = book.words("operator.title", name=book.operator(slug), quarter=book.quarter)
    return press.page("operator", here, title, "operators", name=book.operator(slug), chapters=chapters)


def _chapter(book: Book, market: str, slug: str, here: str, sheets: list[Sheet]) -> Chapter:
    headline = book.headline(market)
    ranks = [
        rank
        for rank in book.release.ranks.values()
        if (rank.market, rank.indicator, rank.operator) == (market, headline, slug)
        and rank.region != NATION
        and rank.rank_low is not None
    ]
    return Chapter(
        market=book.market(market),
        lines=tuple(_line(book, market, slug, here, sheet) for sheet in sheets),
        headline=book.title(headline) if headline else "",
        ahead=_links(book, here, [rank for rank in ranks if rank.is_leader]),
        behind=_links(book, here, [rank for rank in ranks if _clearly_last(book, rank)]),
        regional=bool(ranks),
    )


def _line(book: Book, market: str, slug: str, here: str, sheet: Sheet) -> Line:
    indicator, ranking, rows = sheet
    return Line(
        title=book.title(indicator),
        href=link(here, book.addresses.ranking(market, indicator)),
        unit=book.unit(indicator),
        row=rows[slug],
        of=len(ranking.ranked),
    )


def _clearly_last(book: Book, rank: Rank) -> bool:
    """Everyone else who is ranked in the region is clearly better, in an official ranking."""
    if rank.status != PUBLISHED:
        return False
    found = standing(book, rank.market, rank.indicator, rank.region)
    return len(found.ranked) > 1 and rank.rank_low == len(found.ranked)


def _links(book: Book, here: str, ranks: list[Rank]) -> tuple[Link, ...]:
    regions = book.sorted_regions(rank.region for rank in ranks)
    return tuple(Link(book.region(region), link(here, book.addresses.region(region))) for region in regions)
