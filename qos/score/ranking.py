"""Rankings of one fit: simultaneous rank bounds in the nation and in every region."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from qos.domain.indicator import Indicator
from qos.domain.quarter import Quarter
from qos.domain.reconciled import Reconciled
from qos.domain.tables import RANKS
from qos.methodology import Edition
from qos.score.figures import evidence, value
from qos.score.rules import PUBLISHED, WITHHELD, Evidence, Verdict, judge, judge_ranking, may_rank
from qos.stats.ranks import Ranks, rank_sets


def rankings(
    fit: Reconciled,
    indicator: Indicator,
    quarter: Quarter,
    edition: Edition,
    *,
    unstable: Mapping[str, set[str]] | None = None,
) -> pd.DataFrame:
    """The ranks table of one fit.

    unstable: per region, operators whose bounds change when one source is left out; without it the
    column `depends_on_one_source` is null, except where there is only one source.
    """
    rows: list[dict[str, object]] = []
    for place, region in enumerate(fit.places):
        every = [evidence(fit, operator, place) for operator in range(len(fit.operators))]
        changing = None if unstable is None else unstable.get(region, set())
        rows += _ranking(fit, indicator, edition, place, every, changing)
    frame = pd.DataFrame(rows, columns=RANKS.columns)
    return frame.assign(quarter=str(quarter), indicator=indicator.name, market=fit.market)


def _ranking(
    fit: Reconciled,
    indicator: Indicator,
    edition: Edition,
    place: int,
    every: list[Evidence],
    unstable: set[str] | None,
) -> list[dict[str, object]]:
    region = fit.places[place]
    barred = {operator: may_rank(e, indicator, edition) for operator, e in enumerate(every)}
    ranked = [operator for operator, reasons in barred.items() if not reasons]
    rows: list[dict[str, object]] = [
        {"region": region, "operator": fit.operators[operator], "status": WITHHELD,
         "status_reason": ";".join(sorted(reasons))}
        for operator, reasons in barred.items() if reasons
    ]  # fmt: skip
    if not ranked:
        return rows
    verdict = judge_ranking([every[operator] for operator in ranked], accepted=fit.accepted, edition=edition)
    draws = fit.draws[:, ranked, place]
    sets = rank_sets(draws, alpha=1 - edition.confidence, higher_is_better=indicator.higher_is_better)
    sources = {source for operator in ranked for source in every[operator].sources}
    for position, operator in enumerate(ranked):
        row: dict[str, object] = {
            "region": region,
            "operator": fit.operators[operator],
            "status": verdict.status,
            "status_reason": verdict.reason,
        }
        if verdict.status == WITHHELD:
            row |= {
                "rank_low": 1,
                "rank_high": len(ranked),
                "not_separated_from": _others(fit, ranked, position),
            }
        else:
            row |= _place(fit, ranked, sets, position, verdict)
            row |= {
                "depends_on_one_source": _depends(fit.operators[operator], len(sources), unstable),
                "effective_sources": fit.effective_sources,
            }
            if judge(every[operator], indicator, edition).status != WITHHELD:
                names = ("score", "score_low", "score_high")
                row |= dict(zip(names, value(fit, operator, place, indicator.scale), strict=True))
        rows.append(row)
    return rows


def _place(
    fit: Reconciled, ranked: list[int], sets: Ranks, position: int, verdict: Verdict
) -> dict[str, object]:
    low, high = int(sets.low[position]), int(sets.high[position])
    tied = [fit.operators[ranked[other]] for other in np.flatnonzero(sets.not_separated[position])]
    return {
        "rank": int(sets.rank[position]),
        "rank_low": low,
        "rank_high": high,
        "p_first": float(sets.p_first[position]),
        "is_leader": verdict.status == PUBLISHED and (low, high) == (1, 1) and len(ranked) > 1,
        "not_separated_from": ";".join(sorted(tied)),
    }


def _depends(operator: str, sources: int, unstable: set[str] | None) -> bool | None:
    """Whether its bounds change without one of the sources; None where that was not examined."""
    if sources == 1:
        return True
    return None if unstable is None else operator in unstable


def _others(fit: Reconciled, ranked: list[int], position: int) -> str:
    return ";".join(sorted(fit.operators[other] for i, other in enumerate(ranked) if i != position))
