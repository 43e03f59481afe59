"""Where the figures come from: each source's own figure beside the reconciled one."""

from dataclasses import dataclass

from markupsafe import Markup

from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.site import marks
from qos.site.axis import axis
from qos.site.book import Book
from qos.site.figures import Column, column
from qos.site.own_figures import Figures, own_figures, spread
from qos.site.rows import Effect

AGREE = 1.1
"""Sources whose figures lie within this factor are said to be close together."""


@dataclass(frozen=True)
class Lane:
    """A source: its colour, what it contributes and how it differs from the reconciled level."""

    colour: int
    source: str
    title: str
    share: str
    effect: str
    verdict: str


@dataclass(frozen=True)
class Row:
    """One operator: the drawing, the same numbers as text (one per lane), and the verdict in words."""

    name: str
    drawing: Markup
    figures: tuple[str, ...]
    reconciled: str
    agreement: str


@dataclass(frozen=True)
class Lanes:
    unit: str
    ends: str
    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]


def lanes(book: Book, market: str, indicator: str, region: str = NATION) -> Lanes | None:
    """The section of one indicator, market and region; None when no source has a figure of its own."""
    figures = own_figures(book.release, market, indicator, region)
    if not figures:
        return None
    effects = {e.source: e for e in book.release.effects if (e.market, e.indicator) == (market, indicator)}
    sources = sorted({source for own in figures.values() for source in own})
    reconciled = {slug: _reconciled(book, market, indicator, slug, region) for slug in figures}
    values = [value for own in figures.values() for value in own.values()]
    values += [value for value in reconciled.values() if value is not None]
    printed = column(book, indicator, values, at_least=1)
    return Lanes(
        unit=printed.unit,
        ends=printed.interval(min(values), max(values)),
        lanes=tuple(_lane(book, at, source, effects.get(source)) for at, source in enumerate(sources)),
        rows=tuple(
            _row(book, slug, figures, sources, reconciled[slug], printed)
            for slug in (*book.sorted_operators(figures.keys() - {ALL}), *(figures.keys() & {ALL}))
        ),
    )


def _reconciled(book: Book, market: str, indicator: str, operator: str, region: str) -> float | None:
    estimate = book.release.estimates.get((market, indicator, operator, region))
    return estimate.value if estimate else None


def _lane(book: Book, at: int, source: str, effect: Effect | None) -> Lane:
    share = effect.weight_share if effect else None
    return Lane(
        colour=at,
        source=source,
        title=book.source_briefly(source),
        share=book.formats.share(share) if share is not None else "",
        effect=effect_text(book, effect) if effect else "",
        verdict=book.words(f"verdict.{effect.verdict}") if effect and effect.verdict else "",
    )


def effect_text(book: Book, effect: Effect) -> str:
    """×1.07 (0.98–1.16) for a ratio, or the empty text where no level was estimated."""
    if effect.effect is None:
        return ""
    text = (
        f"×{book.formats.number(effect.effect, 2)}"
        if _ratio(book, effect)
        else book.formats.number(effect.effect, 2)
    )
    if effect.effect_low is None or effect.effect_high is None:
        return text
    return f"{text} ({book.formats.interval(effect.effect_low, effect.effect_high, 2)})"


def _ratio(book: Book, effect: Effect) -> bool:
    """On the log scale an effect is a ratio, on the logit scale a difference."""
    return book.indicator(effect.indicator).scale == "log"


def _row(
    book: Book, slug: str, figures: Figures, sources: list[str], reconciled: float | None, printed: Column
) -> Row:
    own = figures[slug]
    every = [value for row in figures.values() for value in row.values()]
    scale = axis([*every, *([reconciled] if reconciled is not None else [])])
    assert scale is not None  # every operator here has a figure of at least one source
    return Row(
        name=book.operator(slug),
        drawing=marks.lanes(scale, [own.get(source) for source in sources], reconciled),
        figures=tuple(printed.number(own[s]) if s in own else book.words("lanes.no-figure") for s in sources),
        reconciled=printed.number(reconciled)
        if reconciled is not None
        else book.words("empty.withheld.brief"),
        agreement=_agreement(book, slug, figures, printed),
    )


def _agreement(book: Book, slug: str, figures: Figures, printed: Column) -> str:
    own = figures[slug]
    if len(own) < 2:
        return book.words("lanes.alone")
    far = spread(slug, own)
    if printed.unit == "%":
        difference = book.formats.number(printed.factor * (far.high_value - far.low_value), printed.decimals)
        return book.words("lanes.points", difference=difference)
    if far.factor < AGREE:
        percent = book.formats.share(far.factor - 1)
        return book.words("lanes.close", percent=percent)
    return book.words("lanes.factor", factor=book.formats.number(far.factor, 1))
