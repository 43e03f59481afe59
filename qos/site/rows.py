"""Rows of a release's tables, typed: what pages are made from.

Columns are those of `qos.domain.tables`; a row here keeps the ones that pages show. `;`-separated
fields are tuples. `None` is an empty field: nothing here turns it into a number.
"""

from dataclasses import dataclass

Key = tuple[str, str, str, str]
"""market, indicator, operator, region."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One reconciled figure, published units."""

    indicator: str
    market: str
    operator: str
    region: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    n_measurements: float | None
    n_subjects: float | None
    sources: tuple[str, ...]
    largest_source_share: float | None
    model_share: float | None
    status: str
    status_reason: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rank:
    """One operator's place in one ranking; `rank*` are null where the order is not shown."""

    indicator: str
    market: str
    region: str
    operator: str
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    p_first: float | None
    is_leader: bool | None
    not_separated_from: tuple[str, ...]
    depends_on_one_source: bool | None
    status: str
    status_reason: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one source says about one operator and region; `value` in published units, `y` on `scale`."""

    market: str
    indicator: str
    operator: str
    region: str
    source: str
    y: float | None
    scale: str
    n_measurements: float | None
    n_subjects: float | None
    value: float | None
    value_unweighted: float | None
    statistic: str
    entered: bool | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How one source differs from the reconciled figures of one indicator and market."""

    market: str
    indicator: str
    source: str
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    heterogeneity: float | None
    weight_share: float | None
    n_subjects: float | None
    n_cells: int | None
    verdict: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """An operator's rank bounds without one source."""

    market: str
    indicator: str
    region: str
    operator: str
    left_out: str
    rank_low: int | None
    rank_high: int | None


@dataclass(frozen=True, kw_only=True)
class Reject:
    """Rows of a source that did not enter, and why."""

    source: str
    reason: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Flag:
    """Rows or cells of a source on which a quality rule fired."""

    source: str
    flag: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Weight:
    """A region's share of the nation in one market."""

    market: str
    region: str
    weight: float
    kind: str
    status: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A published value that changed since the vintage before."""

    market: str
    indicator: str
    operator: str
    region: str
    old: float | None
    new: float | None
    reason: str
    vintage: int | None
