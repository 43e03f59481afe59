"""All indicators of a market in one table: rank bounds and values of every operator."""

from dataclasses import dataclass

from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.site.addresses import link
from qos.site.book import Book
from qos.site.empty import why_empty_briefly
from qos.site.figures import column
from qos.site.places import OFFICIAL, Place, standing
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
    operators: tuple[tuple[str, str], ...]
    """name and address"""
    rows: tuple[Row, ...]


def overview(book: Book, market: str, here: str, region: str = NATION, current: str = "") -> Overview:
    """Every indicator that has a row in the region; `current` is the one the page is about."""
    operators = book.sorted_operators(book.release.operators(market) - {ALL})
    rows = tuple(
        row
        for name in book.sorted_indicators(market)
        if (row := _row(book, market, name, operators, here, region, current)) is not None
    )
    return Overview(tuple((book.operator(o), link(here, book.addresses.operator(o))) for o in operators), rows)


def _row(
    book: Book, market: str, name: str, operators: list[str], here: str, region: str, current: str
) -> Row | None:
    found = standing(book, market, name, region)
    places = {place.operator: place for place in (*found.ranked, *found.shown, *found.withheld)}
    everyone = found.everyone.value if found.everyone else None
    if not any(place.estimate for place in places.values()) and found.everyone is None:
        return None
    values = [place.value for place in places.values() if place.value is not None]
    printed = column(book, name, [*values, *([everyone] if everyone is not None else [])], [])
    cells = []
    for slug in operators:
        place = places.get(slug, Place(slug, None, None))
        cells.append(
            Cell(
                rank=rank_text(place.bounds),
                printed=printed.number(place.value) if place.value is not None else "",
                empty="" if place.value is not None else why_empty_briefly(book, name, place.estimate),
                leads=found.status == OFFICIAL and bool(place.bounds) and place in found.leaders,
            )
        )
    return Row(
        title=book.title(name),
        href=link(here, book.addresses.ranking(market, name)),
        unit=printed.unit,
        here=name == current,
        lower_is_better=not book.indicator(name).higher_is_better,
        everyone=printed.number(everyone) if everyone is not None else why_empty_briefly(book, name, found.everyone),
        cells=tuple(cells),
    )
