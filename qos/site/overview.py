"""All indicators of a market in one table: rank bounds and values of every operator."""

from dataclasses import dataclass

from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.site.addresses import link
from qos.site.book import Book
from qos.site.empty import why_empty_briefly
from qos.site.figures import Column, clear_pairs, column
from qos.site.places import OFFICIAL, Place, Standing, standing
from qos.site.ranking import rank_text


@dataclass(frozen=True)
class Cell:
    """`leads`: it may be first in an official ranking."""

    rank: str
    printed: str
    empty: str
    leads: bool


@dataclass(frozen=True)
class Row:
    title: str
    href: str
    unit: str
    here: bool
    lower_is_better: bool
    everyone: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Overview:
    """`left_out` names the operators without a rank or figure in any row, which have no column."""

    operators: tuple[tuple[str, str], ...]
    """name and address"""
    left_out: str
    rows: tuple[Row, ...]


def overview(book: Book, market: str, here: str, region: str = NATION, current: str = "") -> Overview:
    """Every indicator that has a row in the region; `current` is the one the page is about."""
    found = [standing(book, market, name, region) for name in book.sorted_indicators(market)]
    known = {p.operator for one in found for p in (*one.ranked, *one.shown)}
    operators = book.sorted_operators(known)
    return Overview(
        operators=tuple(
            (book.operator(slug), link(here, book.addresses.operator(slug))) for slug in operators
        ),
        left_out=book.operators(book.release.operators(market) - {ALL} - known),
        rows=tuple(_row(book, one, operators, here, current) for one in found if _told(one)),
    )


def _told(found: Standing) -> bool:
    """The tables hold a row of somebody here."""
    places = (*found.ranked, *found.shown, *found.withheld)
    return found.everyone is not None or any(place.estimate for place in places)


def _row(book: Book, found: Standing, operators: list[str], here: str, current: str) -> Row:
    name = found.indicator
    places = {place.operator: place for place in (*found.ranked, *found.shown, *found.withheld)}
    everyone = found.everyone.value if found.everyone else None
    values = [place.value for place in places.values() if place.value is not None]
    printed = column(book, name, [*values, *([everyone] if everyone is not None else [])], clear_pairs(found))
    return Row(
        title=book.title(name),
        href=link(here, book.addresses.ranking(found.market, name)),
        unit=printed.unit,
        here=name == current,
        lower_is_better=not book.indicator(name).higher_is_better,
        everyone=why_empty_briefly(book, name, found.everyone)
        if everyone is None
        else printed.number(everyone),
        cells=tuple(_cell(book, found, places[slug], printed) for slug in operators),
    )


def _cell(book: Book, found: Standing, place: Place, printed: Column) -> Cell:
    value = place.value
    return Cell(
        rank=rank_text(place.bounds) if found.compared else "",
        printed="" if value is None else printed.number(value),
        empty=why_empty_briefly(book, found.indicator, place.estimate) if value is None else "",
        leads=found.status == OFFICIAL and found.compared and place in found.leaders,
    )
