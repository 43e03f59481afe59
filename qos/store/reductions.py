"""The reductions: landed measurements of one market and quarter become sums per cell.

SQL counts, Python estimates: what comes back are sums that any engine gives alike, whatever the
order of rows or files. Each query lies in a file of its own under `sql/`. One subject bucket is worked
on at a time and only its sums are kept, so that memory does not grow with the rows of a quarter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd

from qos.domain.indicator import Indicator
from qos.domain.market import Market
from qos.domain.quarter import Quarter
from qos.store import cell_sums
from qos.store.contributions import ONE, Needs, contribution_name
from qos.store.selecting import Bucket, Selection, filled, select

_KEY = ["source", "operator", "region"]
WHOLE = (Bucket("measurement"),)
"""All measurements of a snapshot at once."""

_MOST_BINS = 3_000_000
_SETS = (
    "GROUPING SETS ((source, operator, region{more}), (source, operator{more}), (source, region{more}),"
    " (source{more}))"
)


@dataclass(frozen=True)
class Tasks:
    """The measurements of one market in one quarter, reduced to the sums its indicators need."""

    connection: duckdb.DuckDBPyConnection
    needs: Needs
    selection: Selection
    buckets: Sequence[Bucket]

    def metrics(self) -> set[str]:
        """The metrics of which there is any measurement."""
        return {metric for metric in self.needs.metrics if self.subject_counts(metric)["n_unweighted"].any()}

    def cell_sums(self, indicator: Indicator) -> pd.DataFrame:
        """Sums per source x operator x region of an indicator's contribution x of each subject.

        Columns as in `sql/reduce_cell.sql`; `operator` or `region` null means summed over.
        """
        return self._sums(indicator.metric, contribution_name(indicator))

    def subject_counts(self, metric: str) -> pd.DataFrame:
        """The same sums with x = 1: how many subjects and measurements a cell has."""
        return self._sums(metric, ONE)

    def _sums(self, metric: str, name: str) -> pd.DataFrame:
        sums = cell_sums.read(self.needs, metric, name, weighted=self.selection.weighted)
        frame = self._frame(
            f"SELECT source, operator, region, {sums} FROM cell_sum GROUP BY {_SETS.format(more='')}", {}
        )
        return frame[frame["n_unweighted"] > 0].reset_index(drop=True)

    def histograms(self, metric: str) -> pd.DataFrame:
        """Log histograms per cell; columns as in `sql/reduce_histogram.sql`."""
        weights = ", ".join(
            f"CAST(sum({column}) AS DOUBLE) AS {column}" for column in ("weight", "weight_unweighted")
        )
        return self._frame(
            f"SELECT source, operator, region, bin, {weights} FROM histogram"
            f" WHERE metric = $metric GROUP BY {_SETS.format(more=', bin')}",
            {"metric": metric},
        )

    def quantile_squares(self, quantiles: Mapping[str, pd.DataFrame]) -> dict[str, pd.Series]:
        """Sums of a^2 (F - p)^2 by cell: one more look at every bucket, for all quantiles together.

        quantiles: by indicator, rows of source, operator (null: all together), region, q. Returned in
        the order of those rows.
        """
        self._register(quantiles)
        select = filled(
            "reduce_woodruff",
            sums=self.needs.squares,
            shares=self.needs.shares(of_row=False),
            shares_of_row=self.needs.shares(of_row=True),
        )
        for place, bucket in enumerate(self.buckets):
            if len(self.buckets) > 1:  # the only one stands there already
                self.selection.spaced(self.connection, self.needs, bucket)
            _add(self.connection, "square", select, first=place == 0)
        resolved = "FROM square WHERE operator <> '' GROUP BY ALL"
        own = f"SELECT source, operator, region, {self._added('own')} {resolved}"
        together = f"SELECT source, '' AS operator, region, {self._added('all')} FROM square GROUP BY ALL"
        found = pd.concat([self.connection.execute(query).df() for query in (own, together)]).set_index(_KEY)
        places = {indicator.name: f"q{place}" for place, indicator in enumerate(self.needs.quantiles)}
        return {
            name: found[places[name]]
            .reindex(pd.MultiIndex.from_frame(cells.assign(operator=cells["operator"].fillna(""))[_KEY]))
            .reset_index(drop=True)
            for name, cells in quantiles.items()
        }

    def _register(self, quantiles: Mapping[str, pd.DataFrame]) -> None:
        """`quantile_own` and `quantile_all`: one column a quantile indicator, null where there is none."""
        tables: dict[str, list[pd.DataFrame]] = {"own": [], "all": []}
        for place, indicator in enumerate(self.needs.quantiles):
            cells = quantiles.get(indicator.name, pd.DataFrame(columns=[*_KEY, "q"]))
            cells = cells.rename(columns={"q": f"q{place}"}).astype({f"q{place}": float})
            of_all = cells["operator"].isna()
            tables["own"].append(cells[~of_all].set_index(_KEY)[[f"q{place}"]])
            tables["all"].append(cells[of_all].set_index(["source", "region"])[[f"q{place}"]])
        for which, columns in tables.items():
            frame = pd.concat(columns, axis=1).reset_index()
            self.connection.register("quantile_frame", frame)
            keys = ", ".join(f"CAST({key} AS VARCHAR) AS {key}" for key in _KEY if key in frame)
            values = ", ".join(
                f"CASE WHEN NOT isnan(q{place}) THEN q{place} END AS q{place}"
                for place in range(len(columns))
            )
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE quantile_{which} AS"
                f" SELECT {keys}, {values} FROM quantile_frame"
            )
            self.connection.unregister("quantile_frame")

    def _added(self, which: str) -> str:
        return ", ".join(
            f"CAST(sum({which}_{place}) AS DOUBLE) AS q{place}" for place in range(len(self.needs.quantiles))
        )

    def deliveries(self) -> dict[str, list[str]]:
        """Deliveries behind the tasks, by source."""
        rows = self.connection.execute(
            "SELECT DISTINCT source, delivery FROM occurring ORDER BY ALL"
        ).fetchall()
        result: dict[str, list[str]] = {}
        for source, delivery in rows:
            result.setdefault(source, []).append(delivery)
        return result

    def weighted_sources(self) -> set[str]:
        """Sources whose rows carry survey weights in this quarter."""
        rows = self.connection.execute("SELECT source FROM weighting WHERE weighted").fetchall()
        return {source for (source,) in rows}

    def _frame(self, query: str, parameters: dict[str, str]) -> pd.DataFrame:
        frame = self.connection.execute(query, parameters).df()
        keys = [key for key in (*_KEY, "bin") if key in frame]
        return frame.sort_values(keys, ignore_index=True)


def open_tasks(
    connection: duckdb.DuckDBPyConnection,
    quarter: Quarter,
    market: Market,
    *,
    indicators: Iterable[Indicator],
    region_map: Mapping[str, str],
    operator_map: Mapping[str, str],
    excluding_flags: Iterable[str],
    min_seconds: int,
    buckets: Sequence[Bucket] = WHOLE,
) -> Tasks:
    """Reduces the measurements of a market to what the indicators need, bucket by bucket.

    region_map, operator_map: every code that may occur to the one that is ranked. Rows with one of
    excluding_flags stay out, those of `quarter_flag` included where the rules of the quarter were asked.
    """
    needs = Needs.of(indicators)
    selection = select(
        connection,
        buckets,
        quarter,
        market,
        region_map=region_map,
        operator_map=operator_map,
        excluding_flags=excluding_flags,
        min_seconds=min_seconds,
    )
    for place, bucket in enumerate(buckets):
        selection.spaced(connection, needs, bucket)
        _reduce(connection, needs, weighted=selection.weighted, first=place == 0)
    return Tasks(connection, needs, selection, buckets)


def _reduce(connection: duckdb.DuckDBPyConnection, needs: Needs, *, weighted: bool, first: bool) -> None:
    """Adds the sums of the bucket that stands in `task` and `spaced`."""
    subjects = filled(
        "reduce_subject",
        said=needs.said,
        of_subject=needs.of_subject,
        of_row=needs.of_row,
        weight="max(a)" if weighted else "1.0",
    )
    if needs.quantiles:  # the histograms ask for them again
        connection.execute(f"CREATE OR REPLACE TEMP TABLE subject_value AS {subjects}")
    cells = filled(
        "reduce_cell",
        subjects="subject_value" if needs.quantiles else f"({subjects})",
        contributions=cell_sums.contributions(needs),
        sums=cell_sums.kept(needs, weighted=weighted),
    )
    _add(connection, "cell_sum", cells, first=first)
    weight, decimal = ("a", "DECIMAL(38, 12)") if weighted else ("1.0", "DECIMAL(18, 12)")
    for place, metric in enumerate(dict.fromkeys(indicator.metric for indicator in needs.quantiles)):
        bins = filled("reduce_histogram", metric=metric, weight=weight, decimal=decimal)
        _add(connection, "histogram", bins, first=first and place == 0)
    if needs.quantiles:
        _compact(connection)


def _compact(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds up the histograms of several buckets before they fill the memory."""
    if connection.execute("SELECT count(*) FROM histogram").fetchall()[0][0] > _MOST_BINS:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE histogram AS SELECT metric, source, operator, region, bin,"
            " sum(weight) AS weight, sum(weight_unweighted) AS weight_unweighted FROM histogram GROUP BY ALL"
        )


def _add(connection: duckdb.DuckDBPyConnection, table: str, select: str, *, first: bool) -> None:
    """Appends to a temporary table, which the first rows make."""
    start = f"CREATE OR REPLACE TEMP TABLE {table} AS" if first else f"INSERT INTO {table}"
    connection.execute(f"{start} {select}")


def aggregate_rows(
    connection: duckdb.DuckDBPyConnection,
    quarter: Quarter,
    market: Market,
    *,
    older_quarters: int,
    excluding_flags: Iterable[str],
) -> pd.DataFrame:
    """Published cells and regulators' tables that may enter a market in a quarter.

    One row per delivered figure that counts; `older` is true where the period of a published figure
    ended up to `older_quarters` before the quarter. A figure for one technology enters only markets
    that name it, a figure for all technologies only markets that name none. Figures with one of
    excluding_flags stay out.
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
          AND NOT list_has_any(flags, $excluding_flags)
        ORDER BY ALL
        """,
        {
            "quarter_start": quarter.start,
            "start": start,
            "end": quarter.end,
            "service": market.service,
            "technologies": list(market.technologies),
            "excluding_flags": sorted(excluding_flags),
        },
    ).df()
