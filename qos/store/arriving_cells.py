"""Figures that a reading accepted become cells as they are stored, in temporary tables.

What a name, a number or a position means is asked once for each distinct value, through functions that
the caller brings; nothing here knows a country.
"""

import datetime as dt

import duckdb
import numpy as np
import pyarrow as pa

from qos.domain.quarter import Period
from qos.store.bulk import map_distinct, quoted, sql, table_of, typed_columns
from qos.store.meaning import ANOTHER_COUNTRY, Floats, Meanings
from qos.store.reading import Reading
from qos.store.schema import AGGREGATE_KEY, same

CELLS = "landing"
"""The temporary table of the cells to be stored, and the `line` each came from."""

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
) -> None:
    """Makes `landing` from accepted cells; lines without a place in it become rejected or unused.

    A figure of an operator nobody knows must not become one of all operators: its line is rejected.
    A region code that is not the country's is another country's, and unused, as is a position outside.
    combine: cells that end in the same place are parts of it. `landed_line` (line, key) says which lines
    are in which cell.
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
    _land(connection, source, delivery, combine)


def _land(connection: duckdb.DuckDBPyConnection, source: str, delivery: str, combine: bool) -> None:
    landed = f"{sql('land_aggregate')} WHERE cell.line NOT IN (SELECT line FROM cell_fault)"
    parts = "part_of_cell" if combine else CELLS
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {parts} AS {landed}", {"source": source, "delivery": delivery}
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE landed_line AS SELECT line, {same(AGGREGATE_KEY)} AS key FROM {parts}"
    )
    if combine:
        combined = sql("land_combined").replace("{key}", ", ".join(AGGREGATE_KEY))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {CELLS} AS {combined}")


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
    days = [Period.parse(period).last_day for period in given["period"].to_pylist()]
    longitude, latitude = (_numbers(given[name]) for name in ("longitude", "latitude"))
    around = meanings.region_at(longitude, latitude, np.array(days, "datetime64[D]")).to_pylist()
    placed = ~(np.isnan(longitude) | np.isnan(latitude))
    said = zip(given["region"].to_pylist(), given["region_name"].to_pylist(), days, strict=True)
    found = [
        (here, None if here else ANOTHER_COUNTRY)
        if at and row[:2] == (None, None)
        else _region(meanings, *row)
        for row, at, here in zip(said, placed, around, strict=True)
    ]
    for position, name in enumerate(("region_code", "fault")):
        given = given.append_column(name, pa.array([one[position] for one in found], pa.string()))
    table_of(connection, "cell_region", given)


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
