"""Operators by region: one row per region, with a class of the map, its interval and every operator."""

from dataclasses import dataclass

from markupsafe import Markup

from qos.domain.operator import ALL
from qos.site import marks
from qos.site.addresses import link
from qos.site.axis import axis
from qos.site.book import Book
from qos.site.classes import Classes, classes
from qos.site.empty import needed, why_empty_briefly
from qos.site.figures import Column, column
from qos.site.places import INDICATIVE, PUBLISHED
from qos.site.ranking import rank_text
from qos.site.rows import Estimate


@dataclass(frozen=True)
class Figure:
    """One cell: a printed figure, or why there is none. `leads`: it may be first in the region."""

    printed: str
    empty: str
    note: str = ""
    rank: str = ""
    leads: bool = False


@dataclass(frozen=True)
class Row:
    """One region; `shade` is the class of the map (0–5), None for too few."""

    region: str
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
    rows: tuple[Row, ...]
    classes: Classes | None
    has_all: bool
    shown: int

    @property
    def shades(self) -> dict[str, int | None]:
        return {row.region: row.shade for row in self.rows}


def matrix(book: Book, market: str, indicator: str, here: str) -> Matrix:
    """Every region of one indicator and market."""
    found = {
        (key[3], key[2]): row for key, row in book.release.estimates.items() if key[:2] == (market, indicator)
    }
    regions = [code for code in book.sorted_regions(book.release.regions(market)) if _any(found, code)]
    operators = book.sorted_operators({key[1] for key in found if key[0] in regions} - {ALL})
    shown = [row for key, row in found.items() if key[0] in regions and row.value is not None]
    printed = column(book, indicator, [row.value for row in shown if row.value is not None], _intervals(found))
    together = {code: found[code, ALL] for code in regions if (code, ALL) in found}
    values = {code: row.value * printed.factor for code, row in together.items() if row.value is not None}
    shades = classes(values.values(), book.formats)
    sign = -1 if book.indicator(indicator).higher_is_better else 1
    ordered = sorted(regions, key=lambda code: (code not in values, sign * values.get(code, 0.0)))
    scale = axis(printed.factor * end for row in together.values() for end in _ends(row))
    rows = []
    for code in ordered:
        row = together.get(code)
        drawn = scale is not None and row is not None and row.value is not None
        rows.append(
            Row(
                region=code,
                name=book.region(code),
                href=link(here, book.addresses.region(code)),
                shade=shades.of(values[code]) if shades and code in values else None,
                everyone=figure(book, indicator, row, printed),
                bar=marks.bar(scale, *(printed.factor * x for x in _ends(row))) if drawn and scale and row else Markup(""),
                operators=tuple(_operator(book, found.get((code, slug)), printed, indicator, market) for slug in operators),
            )
        )
    return Matrix(printed.unit, tuple(operators), tuple(rows), shades, bool(together), len(values))


def figure(book: Book, indicator: str, estimate: Estimate | None, printed: Column) -> Figure:
    """A figure or its empty state; an indicative one says how many subjects it lacks."""
    if estimate is None or estimate.value is None:
        return Figure("", why_empty_briefly(book, indicator, estimate))
    note = ""
    if estimate.status == INDICATIVE:
        note = why_empty_briefly(book, indicator, estimate) if needed(book, indicator, estimate) else book.words("row.indicative")
    return Figure(printed.number(estimate.value), "", note)


def _operator(book: Book, estimate: Estimate | None, printed: Column, indicator: str, market: str) -> Figure:
    found = figure(book, indicator, estimate, printed)
    rank = book.release.ranks.get((market, indicator, estimate.operator, estimate.region)) if estimate else None
    if rank is None or rank.rank_low is None or rank.rank_high is None:
        return found
    leads = rank.rank_low == 1 and rank.status == PUBLISHED
    return Figure(found.printed, found.empty, found.note, rank_text((rank.rank_low, rank.rank_high)), leads)


def _any(found: dict[tuple[str, str], Estimate], region: str) -> bool:
    return any(key[0] == region for key in found)


def _intervals(found: dict[tuple[str, str], Estimate]) -> list[tuple[float, float]]:
    return [
        (row.ci_low, row.ci_high)
        for row in found.values()
        if row.value is not None and row.ci_low is not None and row.ci_high is not None
    ]


def _ends(row: Estimate) -> tuple[float, ...]:
    """Value and ends of the interval, those that are known: three numbers, or none."""
    if row.value is None:
        return ()
    low = row.value if row.ci_low is None else row.ci_low
    return row.value, low, row.value if row.ci_high is None else row.ci_high
