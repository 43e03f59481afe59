"""The tables of a release: their columns once, for writing, checking, documenting and reading back.

Lists inside a field are `;`-separated sorted slugs. Numbers are written unrounded with a point;
null is an empty field.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One column: `type` is text, number, integer or boolean."""

    name: str
    type: str
    doc: str


@dataclass(frozen=True)
class Table:
    """One table of a release. `key` identifies a row; rows are written sorted by it."""

    name: str
    doc: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def columns(self) -> list[str]:
        return [field.name for field in self.fields]


def _table(name: str, doc: str, key: str, fields: str) -> Table:
    """Reads `name type description` lines."""
    parsed = tuple(Field(*line.split(None, 2)) for line in fields.strip().splitlines())
    return Table(name, doc, tuple(key.split()), parsed)


CELLS = _table(
    "cells",
    "the whole input of the reconciliation: one source x indicator x market x operator x region",
    "market indicator operator region source",
    """
    quarter text quarter
    market text market
    indicator text indicator
    operator text operator, or all
    region text scheme:code, or nation
    source text source
    y number value on the indicator's scale (log or logit)
    v number sampling variance of y; it never is an unknown error taken for zero
    scale text log or logit
    n_measurements number measurements behind the cell
    n_subjects number subjects behind the cell (with weight > 0 where weights are)
    n_effective number (sum w)^2 / sum w^2 of the subjects
    n_inputs integer delivered rows or published cells behind it (months of a regulator's table)
    value number the source's own figure in published units
    value_unweighted number the same without survey weights, where the source has weights
    statistic text what the source gave: rows, mean, median, geomean, unknown ...
    entered boolean the cell enters the fit
    reason text why it does not enter
    flags text quality flags of the cell
    deliveries text deliveries behind the cell
    """,
)

ESTIMATES = _table(
    "estimates",
    "one reconciled figure: indicator x market x operator (incl. all) x region (incl. nation)",
    "market indicator operator region",
    """
    quarter text quarter
    indicator text indicator
    market text market
    operator text operator, or all
    region text scheme:code, or nation
    value number median of the joint draws, published units; null when withheld
    ci_low number lower end of the interval
    ci_high number upper end of the interval
    confidence number probability of the interval (0.95)
    std_error number standard deviation of the draws on scale
    scale text log or logit
    n_measurements number measurements
    n_subjects number subjects
    n_effective number effective subjects
    sources text sources behind the figure
    largest_source_share number share of the precision that the largest source brings
    model_share number 1 - gamma: how much of the figure is the model's
    status text published, indicative or withheld
    status_reason text reasons
    """,
)

RANKS = _table(
    "ranks",
    "one operator's place: indicator x market x region x operator",
    "market indicator region operator",
    """
    quarter text quarter
    indicator text indicator, or overall
    market text market
    region text scheme:code, or nation
    operator text operator
    score number what is ranked, published units
    score_low number lower end of its interval
    score_high number upper end of its interval
    rank integer place by value, within the ranking
    rank_low integer best place of the simultaneous 95 % bounds
    rank_high integer worst place of the simultaneous 95 % bounds
    p_first number share of the draws in which it is first
    is_leader boolean its bounds are {1} in an official ranking
    not_separated_from text operators it is not separated from
    depends_on_one_source boolean without one of the sources the bounds change
    effective_sources number effective number of independent sources
    status text published (official), indicative or withheld
    status_reason text reasons
    """,
)

SOURCE_EFFECTS = _table(
    "source_effects",
    "one source in one fit: how it differs from the reconciled figures",
    "market indicator source",
    """
    quarter text quarter
    market text market
    indicator text indicator
    source text source
    effect number ratio (log scale) or difference (logit scale) to the reconciled level
    effect_low number lower end of its interval
    effect_high number upper end of its interval
    heterogeneity number kappa: standard deviation of its operator discrepancies, on the scale
    weight_share number share of the precision of national contrasts
    n_subjects number subjects
    n_cells integer cells in the fit
    verdict text reference, agrees, differs, alone
    """,
)

LEAVE_ONE_OUT = _table(
    "leave_one_out",
    "ranks with one source left out",
    "market indicator region operator left_out",
    """
    quarter text quarter
    market text market
    indicator text indicator
    region text region
    operator text operator
    left_out text source left out
    rank_low integer best place without it
    rank_high integer worst place without it
    value number value without it
    """,
)

SENSITIVITY = _table(
    "sensitivity",
    "national ranks under other declared correlations and common errors",
    "market indicator operator assumption",
    """
    quarter text quarter
    market text market
    indicator text indicator
    operator text operator
    assumption text what was declared instead
    rank_low integer best place
    rank_high integer worst place
    value number value
    """,
)

REJECTS = _table(
    "rejects",
    "rows that did not enter, by source and reason",
    "source reason",
    """
    source text source
    reason text reason
    count integer rows
    """,
)

FLAGS = _table(
    "flags",
    "flags that fired, by source and name",
    "source flag",
    """
    source text source
    flag text flag
    count integer rows or cells
    """,
)

WEIGHTS = _table(
    "weights",
    "weight of each region in national figures",
    "market region",
    """
    market text market
    region text region
    weight number share of the nation, summing to 1
    kind text population, subscriptions, panel or measured
    status text final or provisional
    origin text where the weight comes from
    """,
)

REVISIONS = _table(
    "revisions",
    "published values that changed since the vintage before",
    "market indicator operator region",
    """
    market text market
    indicator text indicator
    operator text operator
    region text region
    old number value of the vintage before
    new number value now
    reason text why
    vintage integer this vintage
    """,
)

RELEASE_TABLES = (
    ESTIMATES,
    RANKS,
    SOURCE_EFFECTS,
    LEAVE_ONE_OUT,
    SENSITIVITY,
    REJECTS,
    FLAGS,
    WEIGHTS,
    REVISIONS,
)
