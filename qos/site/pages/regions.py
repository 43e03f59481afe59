"""Region pages: how it is here, against the country; and the list of all regions with the map."""

from collections.abc import Iterator
from dataclasses import dataclass

from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.site.addresses import link
from qos.site.book import Book
from qos.site.empty import why_empty
from qos.site.figures import column
from qos.site.finding import Finding, finding
from qos.site.lanes import Lanes, lanes
from qos.site.overview import Overview, overview
from qos.site.pages.ranking import Status, map_of, status
from qos.site.places import Standing, standing
from qos.site.press import Link, Page, Press
from qos.site.ranking import Table, ranking_table
from qos.site.regions import Matrix, matrix


@dataclass(frozen=True)
class Chapter:
    """One market on a region's page: its headline indicator in full, all others in one table."""

    market: str
    title: str
    status: Status
    finding: Finding
    standing: Standing
    table: Table
    ranking: Link
    against: tuple[str, str, str]
    """The figure of all operators here, its interval, and the country's; or why there is none."""
    overview: Overview
    lanes: Lanes | None


@dataclass(frozen=True)
class Listing:
    """One market on the list of regions."""

    market: str
    title: str
    ranking: Link
    matrix: Matrix
    map: str | None


def pages(press: Press) -> Iterator[Page]:
    """The list, and one page per region that any market has a row of."""
    book = press.book
    yield _listing(press)
    regions = {region for market in book.release.markets for region in book.release.regions(market)}
    for region in book.sorted_regions(regions):
        yield _region(press, region)


def _listing(press: Press) -> Page:
    book, here = press.book, press.book.addresses.section("regions")
    listings = []
    for market in book.release.markets:
        indicator = regional_headline(book, market)
        if indicator is not None:
            rows = matrix(book, market, indicator, here)
            listings.append(
                Listing(
                    market=book.market(market),
                    title=book.title(indicator),
                    ranking=Link(
                        book.words("region.to-ranking"), link(here, book.addresses.ranking(market, indicator))
                    ),
                    matrix=rows,
                    map=map_of(book, market, indicator, rows),
                )
            )
    return press.page(
        "regions", here, book.words("regions.title", quarter=book.quarter), "regions", listings=listings
    )


def regional_headline(book: Book, market: str) -> str | None:
    """The indicator of the list: the headline if any region has a figure of it, else the first that has."""
    keys = (key for key, row in book.release.estimates.items() if row.value is not None)
    known = {key[1] for key in keys if key[0] == market and key[3] != NATION}
    names = [name for name in book.sorted_indicators(market) if name in known]
    headline = book.headline(market)
    return headline if headline in names else next(iter(names), None)


def _region(press: Press, region: str) -> Page:
    book, here = press.book, press.book.addresses.region(region)
    chapters = [
        _chapter(book, market, indicator, region, here)
        for market in book.release.markets
        if region in book.release.regions(market)
        for indicator in [_headline_of(book, market, region)]
    ]
    title = book.words("region.title", region=book.region(region), quarter=book.quarter)
    return press.page(
        "region", here, title, "regions", chapters=chapters, region=book.region(region), code=region
    )


def _headline_of(book: Book, market: str, region: str) -> str:
    """What a region's page shows in full: the market's headline, else the first that the region has."""
    here = {
        key[1]
        for key in (*book.release.estimates, *book.release.ranks)
        if (key[0], key[3]) == (market, region)
    }
    names = [name for name in book.sorted_indicators(market) if name in here]
    headline = book.headline(market)
    return headline if headline in names else names[0]


def _chapter(book: Book, market: str, indicator: str, region: str, here: str) -> Chapter:
    found = standing(book, market, indicator, region)
    target = link(here, book.addresses.ranking(market, indicator))
    return Chapter(
        market=book.market(market),
        title=book.title(indicator),
        status=status(book, found),
        finding=finding(book, found),
        standing=found,
        table=ranking_table(book, found, here),
        ranking=Link(book.words("region.to-ranking"), target),
        against=_against(book, market, indicator, region),
        overview=overview(book, market, here, region),
        lanes=lanes(book, market, indicator, region),
    )


def _against(book: Book, market: str, indicator: str, region: str) -> tuple[str, str, str]:
    place = book.release.estimates.get((market, indicator, ALL, region))
    nation = book.release.estimates.get((market, indicator, ALL, NATION))
    values = [row.value for row in (place, nation) if row and row.value is not None]
    printed = column(book, indicator, values)
    here = (
        printed.with_unit(place.value)
        if place and place.value is not None
        else why_empty(book, indicator, place)
    )
    country = (
        printed.with_unit(nation.value)
        if nation and nation.value is not None
        else why_empty(book, indicator, nation)
    )
    known = place and place.value is not None and place.ci_low is not None and place.ci_high is not None
    interval = printed.interval(place.ci_low or 0.0, place.ci_high or 0.0) if known and place else ""
    return here, interval, country
