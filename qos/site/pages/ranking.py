"""Ranking pages: who is ahead in one indicator of one market, and how sure that is."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qos.domain.places import NATION
from qos.site.addresses import link
from qos.site.book import Book
from qos.site.figures import column
from qos.site.finding import finding
from qos.site.lanes import lanes
from qos.site.maps import country_map
from qos.site.overview import overview
from qos.site.places import INDICATIVE, OFFICIAL, UNRANKED, WITHHELD, Standing, standing
from qos.site.press import Link, Page, Press
from qos.site.ranking import rank_text, ranking_table
from qos.site.regions import Matrix, matrix
from qos.site.release import SourceInfo

MAP_BUDGET = 30_000
"""Bytes of a map that a ranking page may carry; a larger one is only on the regions page."""
_BADGES = {OFFICIAL: "official", INDICATIVE: "indicative", WITHHELD: "order-withheld", UNRANKED: "unranked"}


@dataclass(frozen=True)
class Status:
    """The status line: a badge in words, and why it is not simply official."""

    badge: str
    look: str
    why: str


def pages(press: Press, tables: Mapping[tuple[str, str], bytes]) -> Iterator[Page]:
    """One page per market and indicator, and its table beside it."""
    book = press.book
    for market in book.release.markets:
        for indicator in book.sorted_indicators(market):
            table = tables[market, indicator]
            yield Page(book.addresses.table(market, indicator), table)
            yield _page(press, market, indicator, hashlib.sha256(table).hexdigest(), len(table))


def _page(press: Press, market: str, indicator: str, digest: str, size: int) -> Page:
    book = press.book
    here = book.addresses.ranking(market, indicator)
    found = standing(book, market, indicator)
    regions = matrix(book, market, indicator, here)
    drawing = map_of(book, market, indicator, regions)
    return press.page(
        "ranking",
        here,
        heading(book, market, indicator),
        "ranking",
        status=status(book, found),
        finding=finding(book, found),
        tabs=tabs(book, market, here, indicator),
        markets=_markets(book, market, here),
        standing=found,
        table=ranking_table(book, found, here),
        everyone=_everyone(book, found),
        overview=overview(book, market, here, current=indicator),
        matrix=regions,
        map=drawing if drawing is None or len(drawing) <= MAP_BUDGET else None,
        map_elsewhere=drawing is not None and len(drawing) > MAP_BUDGET,
        lanes=lanes(book, market, indicator),
        left_out=left_out(book, found),
        rejects=rejects(book, market, indicator),
        sources=sources_of(book, market, indicator),
        market=market,
        indicator=indicator,
        table_file=link(here, book.addresses.table(market, indicator)),
        table_size=book.formats.number(size),
        digest=digest,
        citation=citation(book, market, indicator, digest),
    )


def heading(book: Book, market: str, indicator: str) -> str:
    return book.words(
        "ranking.title", title=book.title(indicator), market=book.market(market), quarter=book.quarter
    )


def status(book: Book, found: Standing) -> Status:
    """The badge of one ranking, and why it is not simply official."""
    look = _BADGES[found.status]
    why = book.reasons(found.reasons) if found.status in (INDICATIVE, WITHHELD) or found.reasons else ""
    return Status(book.words(f"status.{_BADGES[found.status]}"), look, why)


def tabs(book: Book, market: str, here: str, current: str) -> list[Link]:
    """Links to every indicator of the market."""
    return [
        Link(book.short(name), link(here, book.addresses.ranking(market, name)), name == current)
        for name in book.sorted_indicators(market)
    ]


def map_of(book: Book, market: str, indicator: str, regions: Matrix) -> str | None:
    title = book.words(
        "map.title", title=book.title(indicator), market=book.market(market), quarter=book.quarter
    )
    return country_map(book, regions, title, market)


def sources_of(book: Book, market: str, indicator: str) -> list[SourceInfo]:
    """The sources that have a cell of this indicator, by name."""
    names = {cell.source for cell in book.release.cells_of.get((market, indicator), [])}
    return [source for name, source in sorted(book.release.sources.items()) if name in names]


def left_out(book: Book, found: Standing) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Titles of the sources left out, and per ranked operator the bounds without each of them."""
    rows = {
        (row.operator, row.left_out): row
        for row in book.release.left_out
        if (row.market, row.indicator, row.region) == (found.market, found.indicator, NATION)
    }
    sources = sorted({source for _, source in rows})
    body = []
    for place in found.ranked:
        bounds = [rows.get((place.operator, source)) for source in sources]
        texts = [
            rank_text((row.rank_low, row.rank_high))
            if row and row.rank_low is not None and row.rank_high is not None
            else book.words("leave-one-out.none")
            for row in bounds
        ]
        body.append((book.operator(place.operator), texts))
    return [book.source_briefly(source) for source in sources], body if sources else []


def rejects(book: Book, market: str, indicator: str) -> list[tuple[str, str, str]]:
    """Source, reason and count of what did not enter, for the sources of this page."""
    here = {source.name for source in sources_of(book, market, indicator)}
    return [
        (book.source_briefly(row.source), book.reject(row.reason), book.formats.number(row.count))
        for row in book.release.rejects
        if row.source in here
    ]


def citation(book: Book, market: str, indicator: str, digest: str) -> str:
    release = book.release
    version = book.words("draft") if release.draft else book.words("vintage", n=str(release.vintage))
    return book.words(
        "cite.text",
        country=book.country,
        title=heading(book, market, indicator),
        version=version,
        edition=release.edition,
        digest=digest,
    )


def _markets(book: Book, current: str, here: str) -> list[Link]:
    """The headline ranking of every market; empty when there is one only."""
    links = [
        Link(book.market(market), link(here, book.addresses.ranking(market, headline)), market == current)
        for market in book.release.markets
        if (headline := book.headline(market))
    ]
    return links if len(links) > 1 else []


def _everyone(book: Book, found: Standing) -> str:
    """The figure of all operators together, as a sentence; empty without one."""
    row = found.everyone
    if row is None or row.value is None or row.ci_low is None or row.ci_high is None:
        return ""
    printed = column(book, found.indicator, [row.value], [(row.ci_low, row.ci_high)])
    return book.words(
        "ranking.everyone",
        value=printed.with_unit(row.value),
        interval=printed.interval(row.ci_low, row.ci_high),
    )
