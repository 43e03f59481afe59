"""The reductions: landed measurements of one market and quarter become sums per cell.

SQL counts, Python estimates: what comes back are sums that any engine gives alike, whatever the
order of rows or files. Each query lies in a file of its own under `sql/`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from qos.domain.indicator import Indicator, Statistic
from qos.domain.market import Market
from qos.domain.measurement import METRICS
from qos.domain.quarter import Quarter

_CONTRIBUTION = {Statistic.GEOMEAN: "mean_log", Statistic.MEAN: "mean"}


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Tasks:
    """The measurements of one market in one quarter, ready to be reduced metric by metric."""

    connection: duckdb.DuckDBPyConnection
    min_seconds: int

    def metrics(self) -> set[str]:
        """The metrics of which there is any measurement."""
        counted = ", ".join(f"count({name}) AS {name}" for name in METRICS)
        counts = self.connection.execute(f"SELECT {counted} FROM task").df().iloc[0]
        return set(counts.index[counts > 0])

    def cell_sums(self, indicator: Indicator) -> pd.DataFrame:
        """Sums per source x operator x region for indicators that are means over subjects.

        Columns as in `sql/reduce_cell.sql`; `operator` or `region` null means summed over.
        """
        self._subjects(indicator.metric)
        if indicator.statistic is Statistic.SHARE:
            x = f"CASE WHEN median >= {float(indicator.threshold or 0)!r} THEN 1 ELSE 0 END"
        else:
            x = _CONTRIBUTION[indicator.statistic]
        return self._frame(_sql("reduce_cell").replace("{x}", x))

    def subject_counts(self, metric: str) -> pd.DataFrame:
        """The same sums with x = 1: how many subjects and measurements a cell has."""
        self._subjects(metric)
        return self._frame(_sql("reduce_cell").replace("{x}", "1"))

    def histograms(self, metric: str) -> pd.DataFrame:
        """Log histograms per cell; columns as in `sql/reduce_histogram.sql`."""
        self._subjects(metric)
        return self._frame(_sql("reduce_histogram"))

    def quantile_squares(self, metric: str, quantiles: pd.DataFrame, probability: float) -> pd.Series:
        """Sum of a^2 (F - p)^2 per row of `quantiles` (source, operator or null, region, q), by position."""
        self._subjects(metric)
        self.connection.register(
            "quantile", quantiles.reset_index(drop=True).rename_axis("cell").reset_index()
        )
        frame = self.connection.execute(_sql("reduce_woodruff"), {"p": probability}).df()
        self.connection.unregister("quantile")
        return frame.set_index("cell")["sum_squares"].sort_index()

    def deliveries(self) -> dict[str, list[str]]:
        """Deliveries behind the tasks, by source."""
        rows = self.connection.execute("SELECT DISTINCT source, delivery FROM task ORDER BY ALL").fetchall()
        result: dict[str, list[str]] = {}
        for source, delivery in rows:
            result.setdefault(source, []).append(delivery)
        return result

    def weighted_sources(self) -> set[str]:
        """Sources whose rows carry survey weights in this quarter."""
        rows = self.connection.execute("SELECT source FROM weighting WHERE weighted").fetchall()
        return {source for (source,) in rows}

    def _subjects(self, metric: str) -> None:
        """Builds the subject table of a metric unless it is the one that stands."""
        assert metric in METRICS  # an identifier of the query
        if self.connection.execute("SELECT getvariable('reduced_metric')").fetchall() == [(metric,)]:
            return
        values = _sql("reduce_value").replace("{metric}", metric)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE metric_value AS {values}", {"min_seconds": self.min_seconds}
        )
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE subject_value AS {_sql('reduce_subject')}")
        self.connection.execute(f"SET VARIABLE reduced_metric = '{metric}'")

    def _frame(self, query: str) -> pd.DataFrame:
        frame = self.connection.execute(query).df()
        keys = [key for key in ("source", "operator", "region", "bin") if key in frame]
        return frame.sort_values(keys, ignore_index=True)


def open_tasks(
    connection: duckdb.DuckDBPyConnection,
    quarter: Quarter,
    market: Market,
    *,
    region_map: Mapping[str, str],
    excluding_flags: Iterable[str],
    min_seconds: int,
) -> Tasks:
    """Selects the tasks of a market from the view `measurement` of a snapshot.

    region_map: every region code that may occur to the ranking region it belongs to.
    """
    regions = pd.DataFrame(sorted(region_map.items()), columns=["region", "ranking_region"], dtype=str)
    connection.register("region_map", regions)
    select = _sql("reduce_task").replace("{metrics}", ", ".join(METRICS))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE task AS {select}",
        {
            "quarter": str(quarter),
            "service": market.service,
            "technologies": list(market.technologies),
            "excluding_flags": list(excluding_flags),
        },
    )
    connection.unregister("region_map")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE weighting AS "
        "SELECT source, count(weight) > 0 AS weighted FROM task GROUP BY source"
    )
    connection.execute("SET VARIABLE reduced_metric = ''")
    return Tasks(connection, min_seconds)


def aggregate_rows(
    connection: duckdb.DuckDBPyConnection, quarter: Quarter, market: Market, *, older_quarters: int
) -> pd.DataFrame:
    """Published cells and regulators' tables that may enter a market in a quarter.

    One row per delivered figure that counts; `older` is true where the period of a published figure
    ended up to `older_quarters` before the quarter. A figure for one technology enters only markets
    that name it, a figure for all technologies only markets that name none.
    """
    start = quarter.start
    for _ in range(older_quarters):
        start = Quarter.of(start).previous().start
    return connection.execute(
        """
        SELECT *, period_end <= $quarter_start AS older
        FROM aggregate
        WHERE counts AND service = $service AND period_end > $start AND period_end <= $end
          AND (publisher IS NOT NULL OR period_end > $quarter_start)
          AND CASE WHEN len($technologies) = 0 THEN technology IS NULL
                   ELSE list_contains($technologies, technology) END
        ORDER BY ALL
        """,
        {
            "quarter_start": quarter.start,
            "start": start,
            "end": quarter.end,
            "service": market.service,
            "technologies": list(market.technologies),
        },
    ).df()
