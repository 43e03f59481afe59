"""The finding: one sentence and what qualifies it, from a template, using only comparisons that the
rank bounds support. "X is first" is said only where the release says so (method 11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from qos.domain.operator import ALL
from qos.site.book import Book
from qos.site.figures import Column, clear_pairs, column
from qos.site.own_figures import contradictions, first_by_source, own_figures, widest
from qos.site.places import INDICATIVE, WITHHELD, Place, Standing

PROBABLY = 0.95
"""From this share of the draws on an official ranking says "probably first" (method 11)."""
NOTEWORTHY = 1.1
"""Sources that differ by less than this factor are not called different in a sentence."""


@dataclass(frozen=True)
class Finding:
    """`kind` names the template; `headline` stands in bold before `details`."""

    kind: str
    headline: str
    details: tuple[str, ...] = ()


def finding(book: Book, standing: Standing) -> Finding:
    """What one ranking says, in one sentence."""
    if not standing.ranked:
        return _without_order(book, standing)
    if not standing.compared:
        return _alone(book, standing)
    kind, headline = _headline(book, standing)
    details = [*_rest(book, standing, kind), *_qualified(book, standing)]
    return Finding(kind, headline, tuple(details))


def _headline(book: Book, standing: Standing) -> tuple[str, str]:
    leaders = [place.operator for place in standing.leaders]
    names = book.operators(leaders)
    if len(leaders) == len(standing.ranked):
        key = "finding.not-established.pair" if len(leaders) == 2 else "finding.not-established"
        return "not-established", book.words(key, names=names)
    if standing.status == INDICATIVE:
        key = "finding.indicative.one" if len(leaders) == 1 else "finding.indicative.several"
        return key.removeprefix("finding."), book.words(key, names=names)
    if leader := next((place for place in standing.leaders if place.rank and place.rank.is_leader), None):
        return "leader", book.words("finding.leader", name=book.operator(leader.operator))
    if probable := _probably(standing):
        return "probably", _before_others(book, "finding.probably", probable)
    if len(leaders) == 1:
        return "ahead", _before_others(book, "finding.ahead", standing.leaders[0])
    return "joint", _joint(book, standing, names)


def _before_others(book: Book, key: str, place: Place) -> str:
    others = place.rank.not_separated_from if place.rank else ()
    return book.words(key, name=book.operator(place.operator), others=book.operators(others))


def _probably(standing: Standing) -> Place | None:
    """The joint leader that comes first in nearly every draw."""
    likely = [place for place in standing.leaders if place.rank and (place.rank.p_first or 0) >= PROBABLY]
    return likely[0] if likely else None


def _joint(book: Book, standing: Standing, names: str) -> str:
    values = [place.value for place in standing.leaders if place.value is not None]
    if len(standing.leaders) != 2 or len(values) != 2:
        return book.words("finding.joint", names=names)
    printed = _column(book, standing)
    return book.words(
        "finding.joint.pair", names=names, difference=printed.with_unit(abs(values[0] - values[1]))
    )


def _rest(book: Book, standing: Standing, kind: str) -> Iterable[str]:
    """Where the others stand, in groups of equal bounds; said of a few groups only, the table has all."""
    if kind == "not-established":
        return
    behind = [place for place in standing.ranked if place not in standing.leaders]
    groups = [(bounds, list(places)) for bounds, places in groupby(behind, key=lambda place: place.bounds)]
    if len(groups) > 3:
        return
    for bounds, places in groups:
        if bounds:
            names = book.operators(place.operator for place in places)
            single = "place" if bounds[0] == bounds[1] else "places"
            yield book.words.count(
                f"finding.{single}", len(places), names=names, low=str(bounds[0]), high=str(bounds[1])
            )


def _qualified(book: Book, standing: Standing) -> Iterable[str]:
    """Disagreement of sources where it matters for the order, and the ranking's own reservations."""
    if standing.status == INDICATIVE or len(standing.leaders) > 1:
        yield from disagreement(book, standing)
    if standing.status == INDICATIVE:
        yield book.words("finding.why-indicative", reasons=book.reasons(standing.reasons))
    elif "one-reference-panel" in standing.reasons:
        yield book.words("finding.one-reference-panel")


def disagreement(book: Book, standing: Standing) -> Iterable[str]:
    """Which sources disagree about the order, and by how much they differ at most."""
    figures = own_figures(book.release, standing.market, standing.indicator, standing.region)
    operators = {slug: own for slug, own in figures.items() if slug != ALL}
    better = book.indicator(standing.indicator).higher_is_better
    first = first_by_source(operators, higher_is_better=better)
    opposed = contradictions(operators, higher_is_better=better)
    if len(set(first.values())) > 1:
        yield book.words("finding.sources-first", list=_firsts(book, first))
    elif opposed:
        found = opposed[0]
        yield book.words(
            "finding.sources-order",
            first=book.source_briefly(found.first),
            second=book.source_briefly(found.second),
            a=book.operator(found.a),
            b=book.operator(found.b),
        )
    far = widest(operators)
    if far and far.factor >= NOTEWORTHY and (opposed or standing.status == INDICATIVE):
        printed = _column(book, standing, [far.low_value, far.high_value])
        yield book.words(
            "finding.sources-factor",
            name=book.operator(far.operator),
            factor=book.formats.number(far.factor, 1),
            low=printed.number(far.low_value),
            high=printed.with_unit(far.high_value),
        )


def _firsts(book: Book, first: dict[str, str]) -> str:
    return book.formats.names(
        book.words("finding.source-first", source=book.source_briefly(source), name=book.operator(operator))
        for source, operator in first.items()
    )


def _column(book: Book, standing: Standing, values: Iterable[float] = ()) -> Column:
    found = [place.value for place in standing.ranked if place.value is not None]
    return column(book, standing.indicator, [*found, *values], clear_pairs(standing))


def _alone(book: Book, standing: Standing) -> Finding:
    place = standing.ranked[0]
    headline = book.words("finding.alone", name=book.operator(place.operator))
    return Finding("alone", headline, tuple(_qualified(book, standing)))


def _without_order(book: Book, standing: Standing) -> Finding:
    """Nobody is ranked: the order is not shown, the indicator is not ranked, or there is too little."""
    if standing.status == WITHHELD:
        return Finding("order-not-shown", book.words("finding.order-not-shown"))
    if standing.shown and not book.indicator(standing.indicator).ranked:
        return Finding("not-ranked", book.words("finding.not-ranked"))
    if standing.shown:
        return Finding("nobody-ranked", book.words("finding.nobody-ranked"))
    if standing.everyone is not None and standing.everyone.value is not None:
        return Finding("all-only", book.words("finding.all-only"))
    if _too_few(standing):
        return Finding("too-few", book.words("finding.too-few"))
    return Finding("none-measured", book.words("finding.none-measured"))


def _too_few(standing: Standing) -> bool:
    return any("too-few" in (p.estimate.status_reason if p.estimate else ()) for p in standing.withheld)
