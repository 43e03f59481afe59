"""What a reading accepted becomes rows as they are stored, column by column, in temporary tables.

What a name or a number means is asked once for each distinct value, through functions that the
caller brings; nothing here knows a country.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from qos.domain.measurement import CONTEXT, DROPPED_AFTER_RESOLUTION, MEASUREMENT_COLUMNS, METRICS
from qos.domain.quarter import Period, Quarter
from qos.store.bulk import columns_of, map_distinct, quoted, sql, typed_columns
from qos.store.reading import Reading

LANDING = "landing"
"""The temporary table that holds the rows to be stored, and the `line` each came from."""

_IDENTIFYING = ("subject", "measurement_id", "ip", "latitude", "longitude", "location_accuracy_m")
_CELL = (
    *("period", "publisher", "service", "technology", "operator", "operator_name", "region", "region_name"),
    *("metric", "statistic", "value", "n_measurements", "n_subjects", "std_error", "scale", "citation"),
)
_QUARTER_HOUR = "time_bucket(INTERVAL 15 MINUTE, measured_at)"
"""No clock on earth turns its day within a quarter of an hour, so days are looked up once for each."""

_TAKEN_OVER = [column.name for column in CONTEXT] + list(METRICS)


@dataclass(frozen=True)
class Meanings:
    """What the rows of one country mean.

    epoch: a number for the span of days around a day in which names keep their meaning.
    operator: (code, name, mcc_mnc, asn, service, day) to a code or null; region: (code, name, day).
    knows_region: whether a code is one of the country's. pseudonym: (quarter, subject) to 64 bits.
    """

    time_zone: str
    epoch: Callable[[dt.date], int]
    operator: Callable[[str | None, str | None, str | None, int | None, str, dt.date], str | None]
    region: Callable[[str | None, str | None, dt.date], str | None]
    knows_region: Callable[[str], bool]
    pseudonym: Callable[[str, str], int]


def arrange_measurements(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    meanings: Meanings,
    *,
    source: str,
    delivery: str,
    received_at: dt.datetime,
) -> None:
    """Makes `landing` from accepted measurements: columns of the schema and `line`.

    A time within the bounds in UTC but in no quarter of the country rejects its row.
    """
    given = columns_of(connection, reading.accepted)
    _arrive(connection, reading, meanings)
    map_distinct(
        connection,
        "operator_meant",
        "SELECT operator, operator_name, mcc_mnc, asn, service, epoch, min(local_day) AS local_day "
        "FROM arriving GROUP BY ALL",
        {"operator_code": pa.string()},
        lambda code, name, mcc_mnc, asn, service, _epoch, day: (
            meanings.operator(code, name, mcc_mnc, asn, service, day),
        ),
    )
    map_distinct(
        connection,
        "region_meant",
        "SELECT region, region_name, epoch, min(local_day) AS local_day FROM arriving GROUP BY ALL",
        {"region_code": pa.string()},
        lambda code, name, _epoch, day: (meanings.region(code, name, day),),
    )
    map_distinct(
        connection,
        "pseudonym",
        "SELECT DISTINCT quarter, subject FROM arriving WHERE subject IS NOT NULL",
        {"pseudonym": pa.int64()},
        lambda quarter, subject: (meanings.pseudonym(quarter, subject),),
    )
    select = sql("land_measurement").replace("{content}", _content(given))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {LANDING} AS {select.replace('{context}', ', '.join(_TAKEN_OVER))}",
        {
            "source": source,
            "delivery": delivery,
            "received_at": received_at.astimezone(dt.UTC).replace(tzinfo=None),
        },
    )
    for table in ("arriving", "operator_meant", "region_meant", "pseudonym"):
        connection.execute(f"DROP TABLE {table}")


def _arrive(connection: duckdb.DuckDBPyConnection, reading: Reading, meanings: Meanings) -> None:
    """`arriving`: every column, typed, and when it was in the country. `measured_at` is UTC already."""
    names = [column.name for column in (*MEASUREMENT_COLUMNS, *DROPPED_AFTER_RESOLUTION)]
    map_distinct(
        connection,
        "arriving_day",
        f"""
        SELECT
            bucket,
            CAST(timezone({quoted(meanings.time_zone)}, timezone('UTC', bucket)) AS DATE) AS local_day
        FROM (SELECT DISTINCT {_QUARTER_HOUR} AS bucket FROM {reading.accepted})
        """,
        {"quarter": pa.string(), "epoch": pa.int32()},
        lambda _bucket, day: (_quarter(day), meanings.epoch(day)) if day else (None, None),
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE arriving AS
        SELECT {typed_columns(connection, reading.accepted, ["line", "flags", *names])},
            local_day, quarter, epoch
        FROM {reading.accepted}
        JOIN arriving_day ON {_QUARTER_HOUR} = bucket
        WHERE quarter IS NOT NULL
        """
    )
    connection.execute(
        f"""
        INSERT INTO {reading.rejected} (line, "column", value, reason, row_count)
        SELECT line, 'measured_at', CAST(measured_at AS VARCHAR), 'out-of-bounds', 1
        FROM {reading.accepted}
        JOIN arriving_day ON {_QUARTER_HOUR} = bucket
        WHERE quarter IS NULL
        """
    )
    connection.execute("DROP TABLE arriving_day")


def _quarter(day: dt.date) -> str | None:
    try:
        return str(Quarter.of(day))
    except ValueError:
        return None


def _content(given: Iterable[str]) -> str:
    """The row as delivered: names before they were resolved, nothing that identifies.

    Nulls say nothing, so that a column which one delivery lacks and another leaves empty is the same.
    """
    columns = [column.name for column in (*MEASUREMENT_COLUMNS, *DROPPED_AFTER_RESOLUTION)]
    said = sorted(set(columns) & set(given) - set(_IDENTIFYING))
    return ",\n        ".join(f"'{name}=' || CAST({name} AS VARCHAR)" for name in said)


def arrange_aggregates(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    meanings: Meanings,
    *,
    source: str,
    delivery: str,
) -> None:
    """Makes `landing` from accepted cells; lines without a place in it become rejected or unused.

    A figure of an operator nobody knows must not become one of all operators: its line is rejected.
    A region code that is not the country's is another country's, and unused.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE arriving_cell AS
        SELECT {typed_columns(connection, reading.accepted, ["line", "flags", *_CELL])}
        FROM {reading.accepted}
        """
    )
    map_distinct(
        connection,
        "cell_period",
        "SELECT DISTINCT period FROM arriving_cell",
        {
            "period_start": pa.date32(),
            "period_end": pa.date32(),
            "quarter": pa.string(),
            "fault": pa.string(),
        },
        _period,
    )
    map_distinct(
        connection,
        "cell_operator",
        "SELECT DISTINCT operator, operator_name, service, period FROM arriving_cell "
        "SEMI JOIN (FROM cell_period WHERE fault IS NULL) USING (period)",
        {"operator_code": pa.string(), "fault": pa.string()},
        lambda code, name, service, period: _cell_operator(meanings, code, name, service, period),
    )
    map_distinct(
        connection,
        "cell_region",
        "SELECT DISTINCT region, region_name, period FROM arriving_cell "
        "SEMI JOIN (FROM cell_period WHERE fault IS NULL) USING (period)",
        {"region_code": pa.string(), "fault": pa.string()},
        lambda code, name, period: _cell_region(meanings, code, name, period),
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {LANDING} AS {sql('land_aggregate')}",
        {"source": source, "delivery": delivery},
    )
    moved = sql("land_aggregate_rejects")
    connection.execute(moved.replace("{rejected}", reading.rejected).replace("{unused}", reading.unused))


ANOTHER_COUNTRY = "another country or unknown region"


def _period(text: str) -> tuple[dt.date | None, dt.date | None, str | None, str | None]:
    try:
        period = Period.parse(text)
        return period.start, period.end, str(period.quarter), None
    except ValueError:
        return None, None, None, "unreadable period"


def _cell_operator(
    meanings: Meanings, code: str | None, name: str | None, service: str, period: str
) -> tuple[str | None, str | None]:
    """Nothing given, or `all`: every operator together."""
    if code == "all" or (code is None and name is None):
        return None, None
    found = meanings.operator(code, name, None, None, service, Period.parse(period).last_day)
    return found, None if found else "operator-unresolved"


def _cell_region(
    meanings: Meanings, code: str | None, name: str | None, period: str
) -> tuple[str | None, str | None]:
    """Nothing given, or `nation`: the whole country."""
    if code == "nation" or (code is None and name is None):
        return None, None
    if code is not None and not meanings.knows_region(code):
        return None, ANOTHER_COUNTRY
    found = meanings.region(code, name, Period.parse(period).last_day)
    return found, None if found else "region-unresolved"
