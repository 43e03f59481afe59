"""Which measurements enter the reduction of a market: one subject bucket at a time, retries left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd

from qos.domain.flags import mask
from qos.domain.market import Market
from qos.domain.quarter import Quarter
from qos.store.bulk import sql
from qos.store.contributions import Needs

_OF_SUBJECT = "(PARTITION BY source, subject ORDER BY measured_at)"
_SURVEY_WEIGHT = (
    # Less than the sums can hold is nothing.
    "CASE WHEN NOT weighting.weighted THEN 1.0 WHEN measurement.weight >= 1e-9 THEN measurement.weight"
    " ELSE 0.0 END"
)


@dataclass(frozen=True)
class Bucket:
    """Some of a quarter's measurements: every row of a subject lies in the same bucket.

    rows: a relation with the columns of the view `measurement`. ordered: a relation whose rows lie sorted
    by source, subject, time and id, with these columns; null where there is none. place: a column of
    `rows` that orders the measurements of one moment as their ids do.
    """

    rows: str
    ordered: str | None = None
    place: str = "measurement_id"


@dataclass(frozen=True)
class Entering:
    """Which measurements may enter one market in one quarter.

    excluded: bits of the flags that keep a row out. quarter_flags: rows named in `quarter_excluded` (source,
    measurement_id) stay out too.
    """

    quarter: Quarter
    market: Market
    excluded: int
    quarter_flags: bool

    def of(self, connection: duckdb.DuckDBPyConnection, bucket: Bucket) -> None:
        """Makes `entering`: those of one bucket."""
        technologies = ", ".join(f"'{name}'" for name in self.market.technologies)
        named = (
            "AND NOT EXISTS (SELECT 1 FROM quarter_excluded WHERE quarter_excluded.source ="
            " measurement.source AND quarter_excluded.measurement_id = measurement.measurement_id)"
        )
        # A view takes no parameters; these are ours, not a user's.
        select = filled(
            "reduce_entering",
            rows=bucket.rows,
            quarter=f"'{self.quarter}'",
            service=f"'{self.market.service}'",
            technologies=f"CAST([{technologies}] AS VARCHAR[])",
            excluded=str(self.excluded),
            named=named if self.quarter_flags else "",
        )
        connection.execute(f"CREATE OR REPLACE TEMP VIEW entering AS {select}")


@dataclass(frozen=True)
class Selection:
    """The tasks of one market in one quarter.

    min_seconds: a value sooner than this after another of the same metric and subject is no new evidence.
    mapped, moved: some operator that occurs is another by `operator_map`, some region by `region_map`.
    weighted: some source's rows carry survey weights.
    """

    entering: Entering
    min_seconds: int
    mapped: bool
    moved: bool
    weighted: bool

    def tasks(self, connection: duckdb.DuckDBPyConnection, needs: Needs, bucket: Bucket) -> None:
        """Makes `task`: the measurements of one bucket that may enter."""
        joins = []
        if self.moved:
            joins.append("LEFT JOIN region_map ON measurement.region = region_map.region")
        if self.mapped:
            joins.append("LEFT JOIN operator_map ON measurement.operator = operator_map.operator")
        if self.weighted:
            joins.append("JOIN weighting ON measurement.source = weighting.source")
        select = filled(
            "reduce_task",
            place=bucket.place,
            operator="coalesce(operator_map.ranked, measurement.operator)"
            if self.mapped
            else "measurement.operator",
            region="region_map.ranking_region" if self.moved else "measurement.region",
            weight=_SURVEY_WEIGHT if self.weighted else "1.0",
            metrics=", ".join(needs.metrics) or "NULL AS nothing",
            joins="\n".join(joins),
        )
        self.entering.of(connection, bucket)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW task AS {select}")

    def spaced(self, connection: duckdb.DuckDBPyConnection, needs: Needs, bucket: Bucket) -> None:
        """Makes `task`, and `spaced`: the same, but what came too soon is empty.

        `close_subject`: those in whom that can be; `close_task`: their tasks as they are in `spaced`.
        """
        self.tasks(connection, needs, bucket)
        close = filled(
            "reduce_close",
            rows=bucket.ordered or "task",
            before="()" if bucket.ordered else _OF_SUBJECT,
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE close_subject AS {close}", {"min_seconds": self.min_seconds}
        )
        close_task = filled("reduce_close_task", spaced=needs.spaced)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE close_task AS {close_task}", {"min_seconds": self.min_seconds}
        )
        known = "coalesce(operator, '') AS operator, coalesce(region, '') AS region"
        columns = f"source, {known}, subject, a, {', '.join(needs.metrics)}"
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW spaced AS SELECT {columns} FROM task"
            " ANTI JOIN close_subject USING (subject) UNION ALL FROM close_task"
        )


def select(
    connection: duckdb.DuckDBPyConnection,
    buckets: Sequence[Bucket],
    quarter: Quarter,
    market: Market,
    *,
    region_map: Mapping[str, str],
    operator_map: Mapping[str, str],
    excluding_flags: Iterable[str],
    min_seconds: int,
) -> Selection:
    """Makes `region_map`, `operator_map`, `occurring` and `weighting` (source, weighted), and says what is
    selected.

    region_map, operator_map: every code that may occur to the one that is ranked. A code without an
    entry in operator_map stands for itself. Rows of `quarter_flag` with an excluding flag stay out.
    """
    flags = sorted(set(excluding_flags))
    _pairs(connection, "region_map", region_map, ["region", "ranking_region"])
    renamed = {code: ranked for code, ranked in operator_map.items() if code != ranked}
    _pairs(connection, "operator_map", renamed, ["operator", "ranked"])
    entering = Entering(quarter, market, mask(flags), _quarter_excluded(connection, flags))
    for place, bucket in enumerate(buckets):
        entering.of(connection, bucket)
        made = "INSERT INTO occurring" if place else "CREATE OR REPLACE TEMP TABLE occurring AS"
        connection.execute(f"{made} {sql('reduce_occurring')}")
    _weigh(connection, buckets, quarter, market)
    ((weighted, operators, regions),) = connection.execute(
        "SELECT (SELECT bool_or(weighted) FROM weighting), list(DISTINCT operator), list(DISTINCT region)"
        " FROM occurring"
    ).fetchall()
    return Selection(
        entering=entering,
        min_seconds=min_seconds,
        mapped=any(code in renamed for code in operators or ()),
        moved=any(region_map.get(code) != code for code in regions or ()),
        weighted=bool(weighted),
    )


def _weigh(
    connection: duckdb.DuckDBPyConnection, buckets: Iterable[Bucket], quarter: Quarter, market: Market
) -> None:
    """Makes `weighting`: any row of the quarter tells that its source has weights, one that stays out too."""
    selects = " UNION ALL ".join(
        f"SELECT source, count(weight) AS weights FROM {bucket.rows}"
        f" WHERE quarter = '{quarter}' AND service = '{market.service}' GROUP BY source"
        for bucket in buckets
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE weighting AS"
        f" SELECT source, sum(weights) > 0 AS weighted FROM ({selects}) GROUP BY source"
    )


def _pairs(
    connection: duckdb.DuckDBPyConnection, name: str, pairs: Mapping[str, str], columns: list[str]
) -> None:
    frame = pd.DataFrame(sorted(pairs.items()), columns=columns, dtype=str)
    connection.register("pairs_frame", frame)
    typed = ", ".join(f"CAST({column} AS VARCHAR) AS {column}" for column in columns)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {typed} FROM pairs_frame")
    connection.unregister("pairs_frame")


def _quarter_excluded(connection: duckdb.DuckDBPyConnection, flags: list[str]) -> bool:
    """Makes `quarter_excluded` from `quarter_flag`, where the rules of the quarter were asked."""
    there = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'quarter_flag'"
    ).fetchall()[0][0]
    if not there:
        return False
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE quarter_excluded AS SELECT DISTINCT source, measurement_id"
        " FROM quarter_flag WHERE list_contains($flags, flag)",
        {"flags": flags},
    )
    return bool(connection.execute("SELECT count(*) FROM quarter_excluded").fetchall()[0][0])


def filled(query_name: str, /, **parts: str) -> str:
    """The query in `sql/<query_name>.sql` with its named parts filled in."""
    query = sql(query_name)
    for part, text in parts.items():
        query = query.replace(f"{{{part}}}", text)
    return query
