"""Measurements that a reading accepted become rows as they are stored, column by column.

Nothing is copied on the way: views stand between the rows as read and the file they are written to, and
a common row costs joins with a few small tables. Nothing here knows a country.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from qos.domain.flags import mask
from qos.domain.measurement import CONTEXT, METRICS
from qos.store.asking import NAMES_ITS_SUBJECT, ask_addresses, ask_operators, ask_regions, ask_subjects
from qos.store.bulk import as_schema, columns_of, quoted, sql, table_of
from qos.store.meaning import ANOTHER_COUNTRY, Meanings, Span, spans_of
from qos.store.reading import Reading

ARRANGED = "arranged"
"""The temporary view of rows as they are to be stored."""

_TAKEN_OVER = [column.name for column in CONTEXT] + list(METRICS)
_ALWAYS = ("source", "delivery", "quarter", "measurement_id", "measured_at", "service", "flags")


@dataclass(frozen=True)
class Arranged:
    """What `arranged` holds: the columns that say something, and its quarters and services.

    named: subjects stand there as delivered, they have to be renamed on their way.
    """

    columns: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    named: bool


def arrange_measurements(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    meanings: Meanings,
    *,
    source: str,
    delivery: str,
    received_at: dt.datetime,
) -> Arranged:
    """Makes the view `arranged` from accepted measurements.

    Rows of another country become unused; a time within the bounds in UTC but in no quarter of the
    country rejects its row.
    """
    given = columns_of(connection, reading.accepted)
    dates, last = connection.execute(
        f"SELECT list(DISTINCT CAST(measured_at AS DATE)), max(measured_at) FROM {reading.accepted}"
    ).fetchall()[0]
    spans = spans_of(dates or [], meanings)
    _write_spans(connection, spans)
    _arrive(connection, reading, meanings, given, spans)
    if "ip" in given:
        ask_addresses(connection, meanings, spans)
    known = _add_addresses(connection, given)
    operator = ask_operators(connection, meanings, spans, known)
    region = ask_regions(connection, meanings, spans, known)
    subject = ask_subjects(connection, meanings, known)
    filled = _filled(connection, [name for name in _TAKEN_OVER if name in known])
    future = last is not None and last > _naive(received_at)
    replaced = {
        "operator": operator.value,
        "operator_bits": operator.bits,
        "region": region.value,
        "region_bits": region.bits,
        "subject": subject.value,
        "joins": "\n    ".join(("JOIN span USING (span)", operator.join, region.join, subject.join)),
        "source": quoted(source),
        "delivery": quoted(delivery),
        "id": _id(subject.join),
        "context": "".join(f"{name}, " for name in filled),
        "flags": _flags(connection, known, meanings, received_at if future else None),
    }
    query = sql("land_measurement")
    for name, text in replaced.items():
        query = query.replace(f"{{{name}}}", text)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {ARRANGED} AS {query}")
    asked = "operator_meant" if operator.join else "arriving"  # the table has every span and service
    places = connection.execute(
        f"SELECT DISTINCT quarter, service FROM {asked} JOIN span USING (span) ORDER BY ALL"
    ).fetchall()
    found = {"subject": "subject" in known, "operator": operator.join, "region": region.join}
    says = (name for name, join in found.items() if join)
    return Arranged((*_ALWAYS, *says, *filled), tuple(places), "subject" in known and not subject.join)


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _write_spans(connection: duckdb.DuckDBPyConnection, spans: list[Span]) -> None:
    """`span`: number and quarter."""
    quarters = pa.array([span.quarter for span in spans], pa.string())
    table_of(
        connection, "span", pa.table({"span": pa.array(range(len(spans)), pa.int32()), "quarter": quarters})
    )


def _arrive(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    meanings: Meanings,
    given: Mapping[str, str],
    spans: list[Span],
) -> None:
    """`arrived`: the accepted rows that have a place in the country, with the span of their time."""
    later = "".join(
        f" WHEN measured_at < TIMESTAMP '{span.start}' THEN {i}" for i, span in enumerate(spans[1:])
    )
    span = f"CASE{later} ELSE {len(spans) - 1} END" if later else "0"
    at_home = _leave_out_abroad(connection, reading, meanings) if "country" in given else "true"
    outside = ", ".join(str(i) for i, one in enumerate(spans) if one.quarter is None)
    in_time = f"{span} NOT IN ({outside})" if outside else "true"
    if outside:
        connection.execute(
            f"""
            INSERT INTO {reading.rejected} (line, "column", value, reason, row_count)
            SELECT line, 'measured_at', CAST(measured_at AS VARCHAR), 'out-of-bounds', 1
            FROM {reading.accepted} WHERE {at_home} AND NOT ({in_time})
            """
        )
    columns = ", ".join(as_schema(name, kind) for name, kind in given.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW arrived AS SELECT {columns}, CAST({span} AS INTEGER) AS span"
        f" FROM {reading.accepted} WHERE {at_home} AND {in_time}"
    )


def _leave_out_abroad(connection: duckdb.DuckDBPyConnection, reading: Reading, meanings: Meanings) -> str:
    """Moves rows of another country to the unused; gives the condition that the others meet."""
    found = connection.execute(f"SELECT DISTINCT country FROM {reading.accepted}").fetchall()
    foreign = sorted(code for (code,) in found if code is not None and not meanings.is_country(code))
    if not foreign:
        return "true"
    abroad = f"coalesce(country IN ({', '.join(map(quoted, foreign))}), false)"
    connection.execute(
        f"INSERT INTO {reading.unused} (line, reason)"
        f" SELECT line, {quoted(ANOTHER_COUNTRY)} FROM {reading.accepted} WHERE {abroad}"
    )
    return f"NOT {abroad}"


def _add_addresses(connection: duckdb.DuckDBPyConnection, given: Mapping[str, str]) -> dict[str, str]:
    """`arriving`: rows with the network of their address where none is said; gives its columns."""
    query = "FROM arrived"
    if "ip" in given:
        asn = "coalesce(arrived.asn, announced)" if "asn" in given else "announced"
        columns = "arrived.* EXCLUDE (asn)" if "asn" in given else "arrived.*"
        query = (
            f"SELECT {columns}, {asn} AS asn, arrived.ip IS NOT NULL AS by_address,"
            " coalesce(excluded, false) AS excluded FROM arrived LEFT JOIN address_meant USING (ip, span)"
        )
    connection.execute(f"CREATE OR REPLACE TEMP VIEW arriving AS {query}")
    return columns_of(connection, "arriving")


def _filled(connection: duckdb.DuckDBPyConnection, names: list[str]) -> list[str]:
    """Those of the columns that are not null in every row: others are not written."""
    if not names:
        return []
    counted = connection.execute(f"SELECT {', '.join(f'count({name})' for name in names)} FROM arriving")
    return [name for name, count in zip(names, counted.fetchall()[0], strict=True) if count]


def _id(renamed: str) -> str:
    """An identifier made of the subject's own name carries its pseudonym instead."""
    if not renamed:
        return "measurement_id"
    return (
        f"CASE WHEN {NAMES_ITS_SUBJECT}"
        " THEN replace(measurement_id, subject, '~' || printf('%016x', pseudonym)) ELSE measurement_id END"
    )


def _flags(
    connection: duckdb.DuckDBPyConnection,
    given: Mapping[str, str],
    meanings: Meanings,
    received_at: dt.datetime | None,
) -> str:
    """The flags of a row as bits. received_at: null where every row was measured before."""
    bits = ["operator_bits", "region_bits"]
    if given.get("flags") == "BIGINT":
        bits.append("flags")
    elif "flags" in given:
        said = connection.execute("SELECT DISTINCT unnest(flags) AS flag FROM arriving ORDER BY 1").fetchall()
        bits += [_bit(name, f"list_contains(flags, {quoted(name)})") for (name,) in said]
    if received_at is not None:
        bits.append(_bit("measured-in-future", f"measured_at > TIMESTAMP '{_naive(received_at)}'"))
    seen = {*given, "region_code"}
    bits += [_bit(rule.flag, rule.condition) for rule in meanings.rules(given) if seen.issuperset(rule.needs)]
    return " | ".join(f"coalesce({one}, 0)" for one in bits)


def _bit(flag: str, condition: str) -> str:
    return f"CASE WHEN {condition} THEN {mask([flag])} ELSE 0 END"
