"""Who stands where in one ranking: rows of the tables sorted into ranked, shown and withheld."""

from dataclasses import dataclass

from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.site.book import Book
from qos.site.rows import Estimate, Rank

PUBLISHED, INDICATIVE, WITHHELD = "published", "indicative", "withheld"
OFFICIAL, UNRANKED = "official", "unranked"


@dataclass(frozen=True)
class Place:
    """One operator in one ranking: its rank row and its figure, either of which may be missing."""

    operator: str
    rank: Rank | None
    estimate: Estimate | None

    @property
    def value(self) -> float | None:
        return self.estimate.value if self.estimate else None

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Best and worst place; None where the operator is not ranked or the order is not shown."""
        if self.rank is None or self.rank.rank_low is None or self.rank.rank_high is None:
            return None
        return self.rank.rank_low, self.rank.rank_high

    @property
    def interval(self) -> tuple[float, float] | None:
        if self.estimate is None or self.estimate.ci_low is None or self.estimate.ci_high is None:
            return None
        return self.estimate.ci_low, self.estimate.ci_high

    def separated_from(self, other: "Place") -> bool:
        """Both are ranked and neither names the other as not separated."""
        if self.rank is None or other.rank is None:
            return False
        return other.operator not in self.rank.not_separated_from and (
            self.operator not in other.rank.not_separated_from
        )


@dataclass(frozen=True)
class Standing:
    """One indicator, market and region. `ranked` is in order of rank, the others alphabetical.

    status: official, indicative, withheld (ranked somewhere, but the order is not shown) or unranked.
    reasons: of the ranking as a whole: those that all its ranked operators share.
    """

    market: str
    indicator: str
    region: str
    ranked: tuple[Place, ...]
    shown: tuple[Place, ...]
    withheld: tuple[Place, ...]
    everyone: Estimate | None
    status: str
    reasons: tuple[str, ...]

    @property
    def compared(self) -> bool:
        """At least two operators are ranked: one alone is in no place."""
        return len(self.ranked) > 1

    @property
    def leaders(self) -> tuple[Place, ...]:
        """Whose bounds hold place 1."""
        return tuple(place for place in self.ranked if place.bounds and place.bounds[0] == 1)


def standing(book: Book, market: str, indicator: str, region: str = NATION) -> Standing:
    """Sorts the operators of a market by what one table says of them in one region."""
    release = book.release
    ranks = release.ranks if book.indicator(indicator).ranked else {}
    places = [
        Place(operator, ranks.get(key), release.estimates.get(key))
        for operator in book.sorted_operators(release.operators(market) - {ALL})
        for key in [(market, indicator, operator, region)]
    ]
    ranked = [place for place in places if place.bounds]
    rest = [place for place in places if not place.bounds]
    order = sorted(ranked, key=lambda place: place.rank.rank or len(ranked) if place.rank else len(ranked))
    rows = [place.rank for place in (ranked or places) if place.rank]
    return Standing(
        market=market,
        indicator=indicator,
        region=region,
        ranked=tuple(order),
        shown=tuple(place for place in rest if place.value is not None),
        withheld=tuple(place for place in rest if place.value is None),
        everyone=release.estimates.get((market, indicator, ALL, region)),
        status=_status(rows),
        reasons=_shared(rows),
    )


def _status(rows: list[Rank]) -> str:
    """The ranking's status; one indicative operator makes the whole indicative.

    Where nobody is ranked, the order is withheld as a whole (one source without sample or error), or
    each operator fell short on its own: then there is no ranking.
    """
    if not rows:
        return UNRANKED
    states = {row.status for row in rows}
    if INDICATIVE in states:
        return INDICATIVE
    if PUBLISHED in states:
        return OFFICIAL
    return WITHHELD if "one-source" in _shared(rows) else UNRANKED


def _shared(rows: list[Rank]) -> tuple[str, ...]:
    reasons = [set(row.status_reason) for row in rows]
    return tuple(sorted(set.intersection(*reasons))) if reasons else ()
