"""The sums of the subjects' contributions in each cell: which are kept, and all that are read from them.

Of every contribution x: how many subjects and measurements (n, n_measurements), the sums with the weights
a (sum_a, sum_a2, sum_ax, sum_a2x, sum_a2x2), the count and sum without (n_unweighted, sum_x). All are sums
of whole numbers or decimals, so those of subject buckets and of cells add exactly.
"""

from qos.store.contributions import Needs

COUNTS = ("n", "n_measurements", "n_unweighted")
SUMS = ("sum_a", "sum_a2", "sum_ax", "sum_a2x", "sum_a2x2", "sum_x")

_DECIMAL = "sum(CAST({} AS DECIMAL(38, 12)))"
_WEIGHTED = {
    "n": "count(CASE WHEN a > 0 THEN {x} END)",
    "n_measurements": "sum(CASE WHEN a > 0 AND {x} IS NOT NULL THEN {m} END)",
    "n_unweighted": "count({x})",
    "sum_a": _DECIMAL.format("CASE WHEN {x} IS NOT NULL THEN a END"),
    "sum_a2": _DECIMAL.format("CASE WHEN {x} IS NOT NULL THEN a * a END"),
    "sum_ax": _DECIMAL.format("a * {x}"),
    "sum_a2x": _DECIMAL.format("a * a * {x}"),
    "sum_a2x2": _DECIMAL.format("a * a * {x} * {x}"),
    "sum_x": _DECIMAL.format("{x}"),
}
_UNWEIGHTED = {
    "n": "count({x})",
    "n_measurements": "sum(CASE WHEN {x} IS NOT NULL THEN {m} END)",
    "sum_x": _DECIMAL.format("{x}"),
    "sum_a2x2": _DECIMAL.format("{x} * {x}"),
}
_WITHOUT_WEIGHTS = {"n_unweighted": "n", "sum_a": "n", "sum_a2": "n", "sum_ax": "sum_x", "sum_a2x": "sum_x"}
"""Where every a is 1."""


def contributions(needs: Needs) -> str:
    """SELECT list over `subject_value`: the contributions and how many measurements are behind them."""
    xs = [f"CAST({one.sql} AS DOUBLE) AS x{place}" for place, one in enumerate(needs.contributions)]
    return ",\n        ".join([*xs, *(f"m_{metric}" for metric in needs.metrics)])


def kept(needs: Needs, *, weighted: bool) -> str:
    """SELECT list of the sums of one cell; those of the contribution at place k are named n_k, sum_x_k …"""
    return ",\n    ".join(
        f"{form.format(x=f'x{place}', m=f'm_{one.metric}')} AS {name}_{place}"
        for place, one in enumerate(needs.contributions)
        for name, form in (_WEIGHTED if weighted else _UNWEIGHTED).items()
    )


def read(needs: Needs, metric: str, name: str, *, weighted: bool) -> str:
    """SELECT list that adds up what was kept of one contribution."""
    keys = [(one.metric, one.name) for one in needs.contributions]
    place = keys.index((metric, name))
    same = {} if weighted else _WITHOUT_WEIGHTS
    return ",\n    ".join(
        f"CAST(coalesce(sum({same.get(column, column)}_{place}), 0) AS {kind}) AS {column}"
        for columns, kind in ((COUNTS, "BIGINT"), (SUMS, "DOUBLE"))
        for column in columns
    )
