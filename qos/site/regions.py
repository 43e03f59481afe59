"""Operators by region: one row per region, with a class of the map, its interval and every operator."""

from collections.abc import Set
from dataclasses import dataclass, replace

from markupsafe import Markup

from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.site import marks
from qos.site.addresses import link
from qos.site.axis import Axis, axis
from qos.site.book import Book
from qos.site.classes import Classes, classes
from qos.site.empty import needed, why_empty_briefly
from qos.site.figures import Column, column
from qos.site.places import INDICATIVE, OFFICIAL, standing
from qos.site.rows import Estimate


@dataclass(frozen=True)
class Figure:
    """One cell: a printed figure, or why there is none. `leads`: it may be first in the region."""

    printed: str
    empty: str
    note: str = ""
    leads: bool = False


@dataclass(frozen=True)
class Row:
    """One region; `shade` is the class of the map (0–5), None for too few."""

    name: str
    href: str
    shade: int | None
    everyone: Figure
    bar: Markup
    operators: tuple[Figure, ...]


@dataclass(frozen=True)
class Matrix:
    """Regions by the value of all operators together, best first; those without one follow by name."""

    unit: str
    operators: tuple[str, ...]
    left_out: str
    """names of the operators without a figure anywhere, which have no column"""
    rows: tuple[Row, ...]
    classes: Classes | None
    shades: dict[str, int | None]
    """region -> class, for the map"""
    has_all: bool
    shown: int


def matrix(book: Book, market: str, indicator: str, here: str) -> Matrix:
    """Every region of one indicator and market."""
    found = {
        (key[3], key[2]): row
        for key, row in book.release.estimates.items()
        if key[:2] == (market, indicator) and key[3] != NATION
    }
    regions = book.sorted_regions({region for region, _ in found})
    everyone = {operator for _, operator in found} - {ALL}
    operators = book.sorted_operators(
        everyone & {key[1] for key, row in found.items() if row.value is not None}
    )
    leaders = {code: _leaders(book, market, indicator, code) for code in regions}
    printed = column(book, indicator, [row.value for row in found.values() if row.value is not None])
    together = {code: found[code, ALL] for code in regions if (code, ALL) in found}
    values = {code: row.value * printed.factor for code, row in together.items() if row.value is not None}
    shades = classes(values.values(), book.formats)
    sign = -1 if book.indicator(indicator).higher_is_better else 1
    ordered = sorted(regions, key=lambda code: (code not in values, sign * values.get(code, 0.0)))
    scale = axis(printed.factor * end for row in together.values() for end in _ends(row))
    rows = tuple(
        Row(
            name=book.region(code),
            href=link(here, book.addresses.region(code)),
            shade=shades.of(values[code]) if shades and code in values else None,
            everyone=figure(book, indicator, together.get(code), printed),
            bar=_bar(scale, together.get(code), printed),
            operators=tuple(
                _operator(book, indicator, found.get((code, slug)), printed, leaders[code])
                for slug in operators
            ),
        )
        for code in ordered
    )
    return Matrix(
        unit=printed.unit,
        operators=tuple(book.operator(slug) for slug in operators),
        left_out=book.operators(everyone - set(operators)),
        rows=rows,
        classes=shades,
        shades={code: row.shade for code, row in zip(ordered, rows, strict=True)},
        has_all=bool(together),
        shown=len(values),
    )


def figure(book: Book, indicator: str, estimate: Estimate | None, printed: Column) -> Figure:
    """A figure or its empty state; an indicative one says how many subjects it lacks."""
    if estimate is None or estimate.value is None:
        return Figure("", why_empty_briefly(book, indicator, estimate))
    note = ""
    if estimate.status == INDICATIVE:
        note = (
            why_empty_briefly(book, indicator, estimate)
            if needed(book, indicator, estimate)
            else book.words("row.indicative")
        )
    return Figure(printed.number(estimate.value), "", note)


def _bar(scale: Axis | None, row: Estimate | None, printed: Column) -> Markup:
    ends = _ends(row) if row else ()
    return marks.bar(scale, *(printed.factor * end for end in ends)) if scale and ends else Markup("")


def _operator(
    book: Book, indicator: str, estimate: Estimate | None, printed: Column, leaders: Set[str]
) -> Figure:
    found = figure(book, indicator, estimate, printed)
    return replace(found, leads=estimate is not None and estimate.operator in leaders)


def _leaders(book: Book, market: str, indicator: str, region: str) -> Set[str]:
    """Who may be first in a region, where its ranking is official and compares anybody."""
    found = standing(book, market, indicator, region)
    official = found.status == OFFICIAL and found.compared
    return {place.operator for place in found.leaders} if official else set()


def _ends(row: Estimate) -> tuple[float, float, float] | tuple[()]:
    """Value and ends of the interval, or nothing where the figure is withheld."""
    if row.value is None or row.ci_low is None or row.ci_high is None:
        return ()
    return row.value, row.ci_low, row.ci_high
