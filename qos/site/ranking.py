"""The ranking table: one row per operator, the same wherever an operator stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qos.domain.places import NATION
from qos.site import marks
from qos.site.addresses import link
from qos.site.axis import Axis, axis
from qos.site.book import Book
from qos.site.empty import needed, why_empty
from qos.site.figures import Column, clear_pairs, column
from qos.site.places import INDICATIVE, OFFICIAL, Place, Standing

OVERLAP, APART = "*", "†"
"""Footnotes of rows where the bars and the verdict seem to disagree."""


@dataclass(frozen=True)
class Row:
    """What one row says. `value` is the unrounded figure, `rule` a heavier line below."""

    name: str
    href: str
    rank: str
    track: Markup
    sentence: str
    notes: tuple[str, ...]
    footnotes: str
    value: float | None
    printed: str
    interval: str
    empty: str
    bar: Markup
    subjects: str
    measurements: str
    sources: str
    largest: str
    rule: bool


@dataclass(frozen=True)
class Table:
    """Rows in rank order; then those shown without a rank and those withheld, alphabetically."""

    unit: str
    scale: Markup
    ranked: tuple[Row, ...]
    others: tuple[Row, ...]
    absent: str
    """names of the operators not measured in the region, which have no row there"""
    footnotes: str
    lower_is_better: bool


def ranking_table(book: Book, standing: Standing, here: str) -> Table:
    """The table of one standing on the page `here`."""
    absent = [] if standing.region == NATION else [p for p in standing.withheld if _absent(p)]
    places = [p for p in (*standing.ranked, *standing.shown, *standing.withheld) if p not in absent]
    values = [place.value for place in places if place.value is not None]
    intervals = [place.interval for place in places if place.value is not None and place.interval]
    printed = column(book, standing.indicator, values, [*intervals, *clear_pairs(standing)])
    ends = [*values, *(end for interval in intervals for end in interval)]
    scale = axis(printed.factor * end for end in ends)
    rows = [_row(book, standing, place, printed, scale, here) for place in places]
    ranked = tuple(rows[: len(standing.ranked)])
    return Table(
        unit=printed.unit,
        scale=marks.scale(scale, [book.formats.number(t, scale.decimals) for t in scale.ticks])
        if scale
        else Markup(""),
        ranked=ranked,
        others=tuple(rows[len(standing.ranked) :]),
        absent=book.operators(place.operator for place in absent),
        footnotes="".join(mark for mark in (OVERLAP, APART) if any(mark in row.footnotes for row in ranked)),
        lower_is_better=not book.indicator(standing.indicator).higher_is_better,
    )


def _row(book: Book, standing: Standing, place: Place, printed: Column, scale: Axis | None, here: str) -> Row:
    estimate, bounds, value, interval = place.estimate, place.bounds, place.value, place.interval
    at = standing.ranked.index(place) if bounds else -1
    drawn = scale is not None and value is not None
    low, high = interval or (value or 0.0, value or 0.0)
    return Row(
        name=book.operator(place.operator),
        href=link(here, book.addresses.operator(place.operator)),
        rank=rank_text(bounds),
        track=marks.track(*bounds, len(standing.ranked)) if bounds else Markup(""),
        sentence=_sentence(book, standing, place),
        notes=tuple(_notes(book, standing, place)),
        footnotes=_footnotes(standing.ranked, place),
        value=value,
        printed=printed.number(value) if value is not None else "",
        interval=printed.interval(*interval) if value is not None and interval else "",
        empty="" if value is not None else why_empty(book, standing.indicator, estimate),
        bar=marks.bar(scale, *(printed.factor * x for x in (value or 0.0, low, high)))
        if drawn and scale
        else Markup(""),
        subjects=_counted(book, "n.subjects", estimate.n_subjects if estimate else None),
        measurements=_counted(book, "n.measurements", estimate.n_measurements if estimate else None),
        sources=_sources(book, place),
        largest=_largest(book, place) if value is not None else "",
        rule=bool(bounds) and _clear_cut(standing.ranked, at),
    )


def _absent(place: Place) -> bool:
    return place.estimate is None or "not-measured" in place.estimate.status_reason


def rank_text(bounds: tuple[int, int] | None) -> str:
    """1–2, or 3"""
    if bounds is None:
        return ""
    return str(bounds[0]) if bounds[0] == bounds[1] else f"{bounds[0]}–{bounds[1]}"


def _sentence(book: Book, standing: Standing, place: Place) -> str:
    """Who is not separated from this operator; or why it is not ranked."""
    if place.rank is None or not place.bounds:
        if place.value is None or not book.indicator(standing.indicator).ranked:
            return ""
        reasons = place.rank.status_reason if place.rank else ()
        return _unranked(book, standing, place, reasons)
    if len(standing.ranked) == 1:
        return book.words("row.alone")
    others = place.rank.not_separated_from
    if not others:
        return book.words("row.clear")
    if len(others) == len(standing.ranked) - 1 and len(others) > 2:
        return book.words("row.not-separated-any")
    return book.words("row.not-separated", names=book.operators(others))


def _unranked(book: Book, standing: Standing, place: Place, reasons: Sequence[str]) -> str:
    short = needed(book, standing.indicator, place.estimate) if place.estimate else None
    if short or not reasons:
        return book.words("row.not-ranked", why=short or book.words("row.order-not-shown"))
    return book.words("row.not-ranked", why=book.reasons(reasons))


def _notes(book: Book, standing: Standing, place: Place) -> list[str]:
    """The marks a row carries: indicative, why the figure is doubtful, one source that decides."""
    notes = []
    rank, estimate = place.rank, place.estimate
    indicative = estimate is not None and place.value is not None and estimate.status == INDICATIVE
    if (rank and place.bounds and rank.status == INDICATIVE) or (indicative and not place.bounds):
        notes.append(book.words("row.indicative"))
    elif indicative and estimate:
        notes.append(book.words("row.figure-indicative", reasons=book.reasons(estimate.status_reason)))
    if rank and place.bounds and rank.depends_on_one_source and not _stands_on_one(standing):
        notes.append(book.words("row.depends"))
    return notes


def _stands_on_one(standing: Standing) -> bool:
    """The whole ranking rests on one source: its title line says so, the rows need not."""
    return standing.status != OFFICIAL or "one-reference-panel" in standing.reasons


def _footnotes(ranked: Sequence[Place], place: Place) -> str:
    """Marks a row whose bar overlaps one it is separated from, or lies apart from one it is not."""
    marks_found = set()
    for other in ranked:
        if place.bounds and other is not place and place.interval and other.interval:
            overlap = place.interval[0] <= other.interval[1] and other.interval[0] <= place.interval[1]
            if overlap and place.separated_from(other):
                marks_found.add(OVERLAP)
            if not overlap and not place.separated_from(other):
                marks_found.add(APART)
    return "".join(mark for mark in (OVERLAP, APART) if mark in marks_found)


def _clear_cut(ranked: Sequence[Place], at: int) -> bool:
    """Everyone down to this row is clearly better than everyone below it."""
    above, below = ranked[: at + 1], ranked[at + 1 :]
    return bool(below) and all(better.separated_from(worse) for better in above for worse in below)


def _counted(book: Book, key: str, number: float | None) -> str:
    if number is None:
        return book.words(f"{key}.unknown")
    return book.words.count(key, number, n=book.formats.number(number))


def _sources(book: Book, place: Place) -> str:
    """How many, or which one it is beside a figure."""
    sources = place.estimate.sources if place.estimate else ()
    if len(sources) == 1 and place.value is not None:
        return book.source_briefly(sources[0])
    return book.words.count("n.sources", len(sources), n=book.formats.number(len(sources))) if sources else ""


def _largest(book: Book, place: Place) -> str:
    """How much of the figure the largest of several sources brings."""
    estimate = place.estimate
    if estimate is None or len(estimate.sources) < 2 or estimate.largest_source_share is None:
        return ""
    return book.words("row.largest-source", share=book.formats.share(estimate.largest_source_share))
