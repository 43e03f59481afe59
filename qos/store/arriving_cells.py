"""Figures that a reading accepted become cells as they are stored, in temporary tables.

What a name, a number or a position means is asked once for each distinct value, through functions that
the caller brings; nothing here knows a country.
"""

import datetime as dt

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from qos.domain.quarter import Period
from qos.store.bulk import map_distinct, quoted, sql, table_of, typed_columns
from qos.store.meaning import ANOTHER_COUNTRY, Days, Floats, Meanings
from qos.store.reading import Reading
from qos.store.schema import AGGREGATE_KEY, same

CELLS = "landing"
"""The temporary table of the cells to be stored, and the `line` each came from."""

UNCOUNTED = "uncounted_cell"
"""The temporary table of the accepted figures, from anywhere, that come without a count of any kind."""

_PARTS = "part_of_cell"

_COLUMNS = (
    *("period", "publisher", "service", "technology", "operator", "operator_name", "asn", "region"),
    *("region_name", "longitude", "latitude", "country", "metric", "statistic", "value", "n_measurements"),
    *("n_subjects", "std_error", "scale", "citation"),
)
_READABLE = "SEMI JOIN (FROM cell_period WHERE fault IS NULL) USING (period) WHERE NOT abroad"


def arrange_aggregates(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    meanings: Meanings,
    *,
    source: str,
    delivery: str,
    combine: bool = False,
    first: bool = True,
) -> None:
    """Adds accepted cells to `landing`; lines without a place in it become rejected or unused.

    A figure of an operator nobody knows must not become one of all operators: its line is rejected.
    A region code that is not the country's is another country's, and unused, as is a position outside.
    combine: cells that end in the same place are parts of it, put together by `combine_cells`.
    `landed_line` (line, key) says which lines are in which cell. first: nothing was added before.
    """
    columns = typed_columns(connection, reading.accepted, ["line", "flags", *_COLUMNS])
    abroad = _abroad(connection, reading, meanings)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE arriving_cell AS"
        f" SELECT *, {abroad} AS abroad FROM (SELECT {columns} FROM {reading.accepted})"
    )
    _ask(connection, meanings)
    moved = sql("land_aggregate_rejects").replace("{rejected}", reading.rejected)
    moved = moved.replace("{unused}", reading.unused)
    moved = moved.replace("$abroad", quoted(ANOTHER_COUNTRY)).replace("$combine", str(combine))
    connection.execute(moved)
    landed = f"{sql('land_aggregate')} WHERE cell.line NOT IN (SELECT line FROM cell_fault)"
    said = {"source": source, "delivery": delivery}
    connection.execute(f"CREATE OR REPLACE TEMP TABLE landed_cells AS {landed}", said)
    uncounted = "FROM arriving_cell WHERE n_measurements IS NULL AND n_subjects IS NULL"
    keys = f"SELECT line, {same(AGGREGATE_KEY)} AS key FROM landed_cells"
    _add(connection, UNCOUNTED, uncounted, first=first)
    _add(connection, "landed_line", keys, first=first)
    _add(connection, _PARTS if combine else CELLS, "FROM landed_cells", first=first)


def combine_cells(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes `landing` of all parts that were added."""
    combined = sql("land_combined").replace("{key}", ", ".join(AGGREGATE_KEY))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {CELLS} AS {combined}")


def _add(connection: duckdb.DuckDBPyConnection, table: str, select: str, *, first: bool) -> None:
    start = f"CREATE OR REPLACE TEMP TABLE {table} AS" if first else f"INSERT INTO {table}"
    connection.execute(f"{start} {select}")


def _abroad(connection: duckdb.DuckDBPyConnection, reading: Reading, meanings: Meanings) -> str:
    """A condition on `country`: the row is another country's."""
    if "country" not in {name for name, *_ in connection.execute(f"DESCRIBE {reading.accepted}").fetchall()}:
        return "false"
    found = connection.execute(f"SELECT DISTINCT country FROM {reading.accepted}").fetchall()
    foreign = sorted(code for (code,) in found if code is not None and not meanings.is_country(code))
    return f"coalesce(country IN ({', '.join(map(quoted, foreign))}), false)" if foreign else "false"


def _ask(connection: duckdb.DuckDBPyConnection, meanings: Meanings) -> None:
    """`cell_period`, `cell_operator`, `cell_region`: distinct values, what they stand for, or the fault."""
    days = {"period_start": pa.date32(), "period_end": pa.date32()}
    map_distinct(
        connection,
        "cell_period",
        "SELECT DISTINCT period FROM arriving_cell",
        {**days, "quarter": pa.string(), "fault": pa.string()},
        _period,
    )
    map_distinct(
        connection,
        "cell_operator",
        f"SELECT DISTINCT operator, operator_name, asn, service, period FROM arriving_cell {_READABLE}",
        {"operator_code": pa.string(), "fault": pa.string()},
        lambda *row: _operator(meanings, *row),
    )
    _ask_regions(connection, meanings)


def _period(text: str) -> tuple[dt.date | None, dt.date | None, str | None, str | None]:
    try:
        period = Period.parse(text)
        return period.start, period.end, str(period.quarter), None
    except ValueError:
        return None, None, None, "unreadable period"


def _operator(
    meanings: Meanings, code: str | None, name: str | None, asn: int | None, service: str, period: str
) -> tuple[str | None, str | None]:
    """Nothing given, or `all`: every operator together."""
    if code == "all" or (code is None and name is None and asn is None):
        return None, None
    day = Period.parse(period).last_day
    if meanings.excluded(name, asn, day):
        return None, "network-excluded"
    found = meanings.operator(code, name, None, asn, service, day)
    return found, None if found else "operator-unresolved"


def _ask_regions(connection: duckdb.DuckDBPyConnection, meanings: Meanings) -> None:
    """`cell_region`: by code, by name, or by position, which are many and asked together."""
    given = connection.sql(
        f"SELECT DISTINCT region, region_name, longitude, latitude, period FROM arriving_cell {_READABLE}"
    ).to_arrow_table()
    days = _last_days(given["period"])
    longitude, latitude = (_numbers(given[name]) for name in ("longitude", "latitude"))
    placed = ~(np.isnan(longitude) | np.isnan(latitude))
    unsaid = pc.and_(pc.is_null(given["region"]), pc.is_null(given["region_name"])).to_numpy()
    around = meanings.region_at(longitude, latitude, days)
    outside = pc.if_else(pc.is_valid(around), pa.scalar(None, pa.string()), ANOTHER_COUNTRY)
    others = ~(placed & unsaid)
    rows = given.select(["region", "region_name"]).filter(pa.array(others)).to_pydict().values()
    found = [_region(meanings, *row) for row in zip(*rows, days[others].tolist(), strict=True)]
    for position, (name, by_place) in enumerate((("region_code", around), ("fault", outside))):
        said = pa.array([one[position] for one in found], pa.string())
        given = given.append_column(name, pc.replace_with_mask(by_place, pa.array(others), said))
    table_of(connection, "cell_region", given)


def _last_days(periods: pa.ChunkedArray) -> Days:
    """The last day of each period: few periods, of many rows."""
    different = pc.unique(periods)
    last = [Period.parse(period).last_day for period in different.to_pylist()]
    places: npt.NDArray[np.int32] = pc.index_in(periods, different).to_numpy()
    return np.array(last, "datetime64[D]")[places]


def _numbers(column: pa.ChunkedArray) -> Floats:
    """Null becomes NaN."""
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers


def _region(
    meanings: Meanings, code: str | None, name: str | None, day: dt.date
) -> tuple[str | None, str | None]:
    """Nothing given, or `nation`: the whole country."""
    if code == "nation" or (code is None and name is None):
        return None, None
    if code is not None and not meanings.knows_region(code):
        return None, ANOTHER_COUNTRY
    found = meanings.region(code, name, day)
    return found, None if found else "region-unresolved"
