"""The plainer pages: home, data, history and method."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qos.domain import tables
from qos.site.addresses import link
from qos.site.book import Book
from qos.site.figures import column
from qos.site.finding import Finding, finding
from qos.site.overview import Overview, overview
from qos.site.pages.ranking import Status, heading, status
from qos.site.places import standing
from qos.site.press import Link, Page, Press

SEAL = "release.json"
"""It and its own hash are written when the pages are done: they name every page's hash."""


@dataclass(frozen=True, kw_only=True)
class ReleaseInfo:
    """One release of the country, for the history page. `href` is relative to the site's root, or empty."""

    quarter: str
    vintage: int | None
    state: str
    published_at: str = ""
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Headline:
    """One market on the home page."""

    market: str
    ranking: Link
    status: Status
    finding: Finding
    overview: Overview


@dataclass(frozen=True)
class File:
    """One file to take away."""

    name: str
    href: str
    size: str
    digest: str
    described: str


def headlines(press: Press, here: str) -> list[Headline]:
    """The headline ranking of every market."""
    book = press.book
    found = []
    for market in book.release.markets:
        indicator = book.headline(market)
        if indicator is not None:
            ranking = standing(book, market, indicator)
            target = Link(
                heading(book, market, indicator), link(here, book.addresses.ranking(market, indicator))
            )
            found.append(
                Headline(
                    book.market(market),
                    target,
                    status(book, ranking),
                    finding(book, ranking),
                    overview(book, market, here),
                )
            )
    return found


def home(press: Press) -> Page:
    book, here = press.book, press.book.addresses.home()
    title = book.words("home.title", country=book.country, quarter=book.quarter)
    return press.page("home", here, title, "home", headlines=headlines(press, here))


def data(press: Press, files: Sequence[tuple[Path, str]]) -> Page:
    """Files of the release with their addresses in the site, hashes of the bytes as they lie there."""
    book, here = press.book, press.book.addresses.section("data")
    docs = {f"{table.name}.{suffix}": table for table in _documented() for suffix in ("csv", "parquet")}
    entries = [
        File(
            name=path.name,
            href=link(here, address),
            size="" if path.name.startswith(SEAL) else book.formats.number(path.stat().st_size),
            digest="" if path.name.startswith(SEAL) else hashlib.sha256(path.read_bytes()).hexdigest(),
            described=_described(book, path.name, docs),
        )
        for path, address in files
    ]
    title = book.words("data.title", quarter=book.quarter)
    return press.page("data", here, title, "data", files=entries, schemas=_documented())


def _described(book: Book, name: str, docs: Mapping[str, tables.Table]) -> str:
    if name.startswith(SEAL):
        return book.words("table.seal")
    return book.words(f"table.{docs[name].name}") if name in docs else ""


def _documented() -> tuple[tables.Table, ...]:
    return (*tables.RELEASE_TABLES, tables.CELLS)


def history(press: Press, releases: Sequence[ReleaseInfo]) -> Page:
    """Vintages of the country's releases, and every value this vintage changed."""
    book, here = press.book, press.book.addresses.section("history")
    revisions = []
    for row in book.release.revisions:
        values = [value for value in (row.old, row.new) if value is not None]
        printed = column(book, row.indicator, values, [(values[0], values[-1])] if values else [])
        old, new = (
            book.words("empty.withheld.brief") if v is None else printed.with_unit(v)
            for v in (row.old, row.new)
        )
        where = (
            book.market(row.market),
            book.title(row.indicator),
            book.operator(row.operator),
            book.region(row.region),
        )
        revisions.append((*where, old, new, row.reason))
    listed = [
        (info, book.words(f"state.{info.state}"), link(here, info.href) if info.href else "")
        for info in releases
    ]
    title = book.words("history.title", quarter=book.quarter)
    return press.page("history", here, title, "history", releases=listed, revisions=revisions)


def method(press: Press) -> Page:
    book, here = press.book, press.book.addresses.section("method")
    weights = [
        (
            book.market(row.market),
            book.region(row.region),
            book.formats.share(row.weight, 1),
            row.kind,
            row.status,
            row.origin,
        )
        for row in book.release.weights
    ]
    title = book.words("method.title")
    return press.page("method", here, title, "method", weights=weights)
