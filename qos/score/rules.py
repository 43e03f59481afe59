"""The publication rules: what is published, marked indicative, or withheld, and why.

Source: docs/method, section on publication (method 11). Limits come from the edition.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from qos.domain.indicator import Indicator
from qos.methodology import Edition

PUBLISHED, INDICATIVE, WITHHELD = "published", "indicative", "withheld"


class Reason(StrEnum):
    """Why a figure is not simply published; `ONE_REFERENCE_PANEL` is a mark, not a doubt."""

    NOT_MEASURED = "not-measured"
    TOO_FEW = "too-few"
    TOO_UNCERTAIN = "too-uncertain"
    ONE_SOURCE = "one-source"
    ONE_REFERENCE_PANEL = "one-reference-panel"
    ONE_KIND = "one-kind"
    MOSTLY_MODEL = "mostly-model"
    REGIONAL = "regional"


@dataclass(frozen=True)
class Evidence:
    """What one figure rests on. n_subjects and n_effective are NaN where no source states them."""

    n_subjects: float
    n_effective: float
    half_width: float
    gamma: float
    sources: tuple[str, ...]
    kin_groups: int
    reference: bool
    """One of its sources meets the reference protocol."""
    panel: bool
    """One of its sources is a reference panel that the edition names."""
    all_thin: bool
    """Every one of its sources states no subjects, or fewer than the edition wants."""
    national: bool = False
    coverage: float = 1.0


@dataclass(frozen=True)
class Verdict:
    status: str
    reasons: tuple[Reason, ...]

    @property
    def reason(self) -> str:
        return ";".join(sorted(self.reasons))


def subjects_needed(indicator: Indicator, edition: Edition) -> int:
    """Subjects from which an operator is ranked: the edition's, or more where the indicator says so."""
    return max(edition.publication.subjects, indicator.min_subjects)


def judge(evidence: Evidence, indicator: Indicator, edition: Edition) -> Verdict:
    """Status of one figure."""
    if not evidence.sources:
        return Verdict(WITHHELD, (_unmeasured(evidence),))
    withheld = tuple(_withholding(evidence, edition))
    if withheld:
        return Verdict(WITHHELD, withheld)
    doubts = tuple(_doubts(evidence, indicator, edition))
    marks = (Reason.ONE_REFERENCE_PANEL,) if evidence.reference and evidence.kin_groups == 1 else ()
    return Verdict(INDICATIVE if doubts else PUBLISHED, (*doubts, *marks))


def _unmeasured(evidence: Evidence) -> Reason:
    """A cell too small to enter has subjects; where nobody measured there are none."""
    return Reason.TOO_FEW if evidence.n_subjects > 0 else Reason.NOT_MEASURED


def _withholding(evidence: Evidence, edition: Edition) -> Iterable[Reason]:
    limits = edition.publication
    fewest = limits.national_subjects if evidence.national else limits.subjects_indicative
    if evidence.n_subjects < fewest:
        yield Reason.TOO_FEW
    if evidence.half_width > limits.half_width_indicative:
        yield Reason.TOO_UNCERTAIN
    if evidence.gamma < limits.gamma_indicative:
        yield Reason.MOSTLY_MODEL
    if evidence.coverage < limits.coverage:
        yield Reason.REGIONAL


def _doubts(evidence: Evidence, indicator: Indicator, edition: Edition) -> Iterable[Reason]:
    limits = edition.publication
    unstated = math.isnan(evidence.n_subjects)
    few = evidence.n_subjects < subjects_needed(indicator, edition)
    if few or evidence.n_effective < limits.n_effective or (evidence.all_thin and not unstated):
        yield Reason.TOO_FEW
    if unstated or evidence.half_width > limits.half_width:
        yield Reason.TOO_UNCERTAIN
    if evidence.gamma < limits.gamma:
        yield Reason.MOSTLY_MODEL
    if not evidence.reference and evidence.kin_groups < limits.kin_groups:
        yield Reason.ONE_SOURCE if len(evidence.sources) == 1 else Reason.ONE_KIND


def may_rank(evidence: Evidence, indicator: Indicator, edition: Edition) -> tuple[Reason, ...]:
    """Why an operator is left out of a ranking; empty when it takes part.

    A wide interval is no reason: the rank bounds carry it. Too few subjects, most regions without a
    cell, or a figure that is mostly model are.
    """
    if not evidence.sources:
        return (_unmeasured(evidence),)
    limits = edition.publication
    reasons = []
    if evidence.n_subjects < subjects_needed(indicator, edition):
        reasons.append(Reason.TOO_FEW)
    if evidence.coverage < limits.coverage:
        reasons.append(Reason.REGIONAL)
    if evidence.gamma < limits.gamma_indicative:
        reasons.append(Reason.MOSTLY_MODEL)
    return tuple(reasons)


def judge_ranking(ranked: list[Evidence], *, accepted: bool, edition: Edition) -> Verdict:
    """Status of a whole ranking: official (`published`), indicative, or its order withheld.

    Official: every ranked operator has cells of sources of two kin groups that state their subjects,
    or the ranking rests on a reference panel that the edition names; and the fit is accepted.
    """
    sources = {source for evidence in ranked for source in evidence.sources}
    unstated = all(math.isnan(evidence.n_subjects) for evidence in ranked)
    if len(sources) == 1 and unstated:
        return Verdict(WITHHELD, (Reason.ONE_SOURCE, Reason.TOO_UNCERTAIN))
    doubts = []
    alone = [e for e in ranked if e.kin_groups < edition.publication.kin_groups]
    if any(not e.panel for e in alone):
        doubts.append(Reason.ONE_SOURCE if len(sources) == 1 else Reason.ONE_KIND)
    if any(e.all_thin and not math.isnan(e.n_subjects) for e in ranked):
        doubts.append(Reason.TOO_FEW)
    if not accepted or any(math.isnan(e.n_subjects) for e in ranked):
        doubts.append(Reason.TOO_UNCERTAIN)
    marks = (Reason.ONE_REFERENCE_PANEL,) if alone and all(e.panel for e in alone) else ()
    return Verdict(INDICATIVE if doubts else PUBLISHED, (*doubts, *marks))
