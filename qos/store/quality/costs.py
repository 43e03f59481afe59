"""What each flag costs in a quarter: rows, their share, and the operator's median without them.

Reads the view `quarter_measurement` (see `quarter_rules`). The median is exact and needs no sorting of the
quarter: counts per bin of 1.1 % say in which bin it lies, and only that bin is looked at value by value.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from qos.domain.flags import FLAGS, names_of
from qos.domain.quarter import Quarter

CELL = ["source", "service", "operator"]
COLUMNS = ("flag", *CELL, "rows", "share", "median_download", "median_without")
EXAMPLES = 3

_BIN = (  # greatest() would take the other for a null
    "CASE WHEN download_mbps IS NOT NULL "
    "THEN CAST(floor(64 * log2(greatest(download_mbps, 0.001))) AS INTEGER) END"
)


def measurement_costs(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """`COLUMNS`, one row per flag, source, service and operator that has it, sorted.

    The medians are of every row that counts, with and without those of the flag: the lower of the two in
    the middle, null where no row has a download.
    """
    counted = connection.execute(
        f"""
        SELECT source, service, coalesce(operator, '') AS operator, all_flags, {_BIN} AS bin, count(*) AS rows
        FROM quarter_measurement GROUP BY ALL ORDER BY ALL
        """
    ).df()
    costs = [cost for cell, rows in counted.groupby(CELL) for cost in _costs_of(tuple(map(str, cell)), rows)]
    values = _values(connection, costs)
    rows = [
        {"flag": cost.flag, **dict(zip(CELL, cost.cell, strict=True)), "rows": cost.rows, "share": cost.share,
         "median_download": values.at(cost.cell, cost.middle),
         "median_without": values.at(cost.cell, cost.middle_without, without=cost.flag)}
        for cost in costs
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values(["flag", *CELL], ignore_index=True)


def figure_costs(connection: duckdb.DuckDBPyConnection, quarter: Quarter) -> pd.DataFrame:
    """The same of delivered figures whose period ends in the quarter; they have no median."""
    found = connection.execute(
        """
        WITH figure AS (
            SELECT source, service, coalesce(operator, 'all') AS operator, flags,
                count(*) OVER (PARTITION BY source, service, operator) AS figures
            FROM aggregate WHERE period_end > $start AND period_end <= $end
        )
        SELECT flag, source, service, operator, count(*) AS rows, count(*) / any_value(figures) AS share
        FROM (SELECT * EXCLUDE (flags), unnest(flags) AS flag FROM figure)
        GROUP BY ALL ORDER BY ALL
        """,
        {"start": quarter.start, "end": quarter.end},
    ).df()
    return found.assign(median_download=None, median_without=None)[list(COLUMNS)]


def examples(connection: duckdb.DuckDBPyConnection, flag: str) -> pd.DataFrame:
    """A few measurements with a flag, the first by source and id: nothing in them names a subject."""
    return connection.execute(
        f"""
        SELECT source, delivery, measurement_id, measured_at, operator, technology, download_mbps,
            upload_mbps, latency_ms
        FROM quarter_measurement WHERE all_flags & {1 << FLAGS[flag].bit} <> 0
        ORDER BY source, measurement_id, delivery LIMIT {EXAMPLES}
        """
    ).df()


@dataclass(frozen=True)
class _Place:
    """Where a median lies: a bin, and the place among its rows from 1."""

    bin: int
    rank: int


@dataclass(frozen=True)
class _Cost:
    flag: str
    cell: tuple[str, ...]
    rows: int
    share: float
    middle: _Place | None
    middle_without: _Place | None


def _costs_of(cell: tuple[str, ...], rows: pd.DataFrame) -> list[_Cost]:
    """Every flag of one cell; rows: all_flags, bin, rows."""
    rated, total = rows[rows["bin"].notna()], int(rows["rows"].sum())
    middle, costs = _middle(rated), []
    for flag in names_of(int(np.bitwise_or.reduce(rows["all_flags"].to_numpy()))):
        flagged = int(rows.loc[_has(rows, flag), "rows"].sum())
        without = _middle(rated[~_has(rated, flag)])
        costs.append(_Cost(flag, cell, flagged, flagged / total, middle, without))
    return costs


def _has(rows: pd.DataFrame, flag: str) -> "pd.Series[bool]":
    return (rows["all_flags"] & (1 << FLAGS[flag].bit)) != 0


def _middle(rows: pd.DataFrame) -> _Place | None:
    """The place of the middle row; null without rows."""
    if rows.empty:
        return None
    by_bin = rows.groupby("bin")["rows"].sum()
    reached = by_bin.cumsum().to_numpy()
    middle = (int(reached[-1]) + 1) // 2
    found = int(np.searchsorted(reached, middle))
    return _Place(int(by_bin.index[found]), middle - int(reached[found]) + int(by_bin.iloc[found]))


@dataclass(frozen=True)
class _Values:
    """Every value of the bins in which a median lies: download_mbps, all_flags, rows, by cell and bin."""

    of: dict[tuple[object, ...], pd.DataFrame]

    def at(self, cell: tuple[str, ...], place: _Place | None, without: str = "") -> float | None:
        """The value at a place; without: rows of that flag do not count."""
        if place is None:
            return None
        rows = self.of[(*cell, place.bin)]
        rows = rows[~_has(rows, without)] if without else rows
        found = int(np.searchsorted(rows["rows"].cumsum().to_numpy(), place.rank))
        return float(rows["download_mbps"].iloc[found])


def _values(connection: duckdb.DuckDBPyConnection, costs: list[_Cost]) -> _Values:
    places = {
        (*cost.cell, place.bin)
        for cost in costs
        for place in (cost.middle, cost.middle_without)
        if place is not None
    }
    bins = pd.DataFrame(sorted(places), columns=[*CELL, "bin"])
    connection.register("median_bin", bins.astype(dict.fromkeys(CELL, "str") | {"bin": "int64"}))
    found = connection.execute(
        f"""
        SELECT m.source, m.service, coalesce(m.operator, '') AS operator, b.bin, download_mbps, all_flags,
            count(*) AS rows
        FROM quarter_measurement AS m
        JOIN median_bin AS b
          ON m.source = b.source AND m.service = b.service AND coalesce(m.operator, '') = b.operator
         AND {_BIN} = b.bin
        GROUP BY ALL ORDER BY ALL
        """
    ).df()
    connection.unregister("median_bin")
    return _Values(dict(iter(found.groupby([*CELL, "bin"]))))
