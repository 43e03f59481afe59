"""What operators, regions and subjects of a delivery stand for, asked once for each distinct value.

Every question reads the view `arriving` and makes a small table; its answer is SQL over `arriving` and
that table. What a delivery has no column for is not asked: the answer is the same for every row.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from qos.domain.flags import mask
from qos.store.bulk import map_distinct, quoted, table_of
from qos.store.meaning import Days, Meanings, Span

_OPERATOR = ("operator", "operator_name", "mcc_mnc", "asn")
_REGION = ("region", "region_name")
_POSITION = ("longitude", "latitude", "span")

NAMES_ITS_SUBJECT = "length(subject) >= 4 AND contains(measurement_id, subject)"
"""Whether the id of a row holds the name of its subject."""


@dataclass(frozen=True)
class Answer:
    """What was found, and the flags (bits) of what was not, as SQL; join: the table that knows it."""

    value: str
    bits: str = "0"
    join: str = ""


def ask_addresses(connection: duckdb.DuckDBPyConnection, meanings: Meanings, spans: list[Span]) -> None:
    """`address_meant`: ip, span, announced (its AS number), excluded (its network is)."""
    given = connection.sql("SELECT DISTINCT ip, span FROM arrived WHERE ip IS NOT NULL").to_arrow_table()
    addresses, days = given["ip"].combine_chunks(), _days(given["span"], spans)
    announced = meanings.asn_of(addresses, days)
    excluded = meanings.excluded_of(addresses, days).is_valid()
    table_of(
        connection,
        "address_meant",
        given.append_column("announced", announced).append_column("excluded", excluded),
    )


def _days(numbers: pa.ChunkedArray, spans: list[Span]) -> Days:
    """The first day of each span: names mean the same on all of its days."""
    first: Days = np.array([span.day for span in spans], "datetime64[D]")
    days: Days = first[numbers.to_numpy()]
    return days


def ask_operators(
    connection: duckdb.DuckDBPyConnection, meanings: Meanings, spans: list[Span], given: Collection[str]
) -> Answer:
    """`operator_meant`: what the operator columns and the service mean together."""
    keys = [name for name in (*_OPERATOR, "by_address", "excluded") if name in given]
    if not keys:
        return Answer("CAST(NULL AS VARCHAR)", str(mask(["operator-not-given"])))

    def meant(*row: Any) -> tuple[str | None, int]:
        *values, service, span = row
        said = dict(zip(keys, values, strict=True))
        code, name, mcc_mnc, asn = (said.get(key) for key in _OPERATOR)
        day = spans[span].day
        found = meanings.operator(code, name, mcc_mnc, asn, service, day)
        if said.get("excluded") or meanings.excluded(name, asn, day):
            return found, mask(["network-excluded"])
        if found:
            return found, 0
        if any(value is not None for value in (code, name, mcc_mnc, asn)):
            return None, mask(["operator-unresolved"])
        return None, mask(["address-unannounced" if said.get("by_address") else "operator-not-given"])

    return _asked(connection, "operator_meant", [*keys, "service", "span"], meant)


def ask_regions(
    connection: duckdb.DuckDBPyConnection, meanings: Meanings, spans: list[Span], given: Collection[str]
) -> Answer:
    """`region_meant`: what code and name of a region mean, or else a position."""
    keys = [name for name in _REGION if name in given]
    nothing = mask(["region-not-given"])

    def meant(*row: Any) -> tuple[str | None, int]:
        *values, span = row
        said = dict(zip(keys, values, strict=True))
        if all(value is None for value in values):
            return None, nothing
        found = meanings.region(said.get("region"), said.get("region_name"), spans[span].day)
        return found, 0 if found else mask(["region-unresolved"])

    named = Answer("CAST(NULL AS VARCHAR)", str(nothing))
    if keys:
        named = _asked(connection, "region_meant", [*keys, "span"], meant)
    if not {"latitude", "longitude"} <= set(given):
        return named
    return _positions(connection, meanings, spans, named, "location_accuracy_m" in given)


def _positions(
    connection: duckdb.DuckDBPyConnection,
    meanings: Meanings,
    spans: list[Span],
    named: Answer,
    accuracy_given: bool,
) -> Answer:
    """`position_meant`: where rows are that no name tells; a position too coarse tells nothing."""
    keys = ", ".join(f"arriving.{key}" for key in _POSITION)
    placed = "arriving.latitude IS NOT NULL AND arriving.longitude IS NOT NULL"
    exact = (
        f"coalesce(location_accuracy_m <= {meanings.inaccurate_above_m!r}, true)"
        if accuracy_given
        else "true"
    )
    asked = connection.sql(
        f"SELECT DISTINCT {keys} FROM arriving {named.join}"
        f" WHERE {placed} AND {exact} AND {named.value} IS NULL"
    ).to_arrow_table()
    found = meanings.region_at(
        asked["longitude"].to_numpy(), asked["latitude"].to_numpy(), _days(asked["span"], spans)
    )
    table_of(connection, "position_meant", asked.append_column("region_around", found))
    value = f"coalesce({named.value}, CASE WHEN {exact} THEN region_around END)"
    bits = (
        f"CASE WHEN {value} IS NOT NULL THEN 0 WHEN NOT ({placed}) THEN {named.bits}"
        f" WHEN {exact} THEN {mask(['region-unresolved'])} ELSE {mask(['position-inaccurate'])} END"
    )
    same = " AND ".join(f"arriving.{key} = position_meant.{key}" for key in _POSITION)
    return Answer(value, bits, f"{named.join} LEFT JOIN position_meant ON {same}")


def ask_subjects(connection: duckdb.DuckDBPyConnection, meanings: Meanings, given: Collection[str]) -> Answer:
    """The subject itself, to be renamed as the rows are written; where some id is made of its subject's own
    name `subject_meant`: the pseudonym of each subject of a quarter."""
    if "subject" not in given:
        return Answer("CAST(NULL AS BIGINT)")
    if not connection.execute(f"SELECT bool_or({NAMES_ITS_SUBJECT}) FROM arriving").fetchall()[0][0]:
        return Answer("subject")
    quarters = connection.execute("SELECT DISTINCT quarter FROM span WHERE quarter IS NOT NULL ORDER BY 1")
    answered = []
    for (quarter,) in quarters.fetchall():
        found = connection.sql(
            "SELECT DISTINCT subject FROM arriving JOIN span USING (span)"
            f" WHERE subject IS NOT NULL AND quarter = {quoted(quarter)}"
        ).to_arrow_table()
        subjects = found["subject"].combine_chunks()
        columns = {"quarter": pa.repeat(quarter, len(subjects)), "subject": subjects}
        answered.append(pa.table(columns | {"pseudonym": meanings.pseudonym(quarter, subjects)}))
    schema = pa.schema([("quarter", pa.string()), ("subject", pa.string()), ("pseudonym", pa.int64())])
    table_of(connection, "subject_meant", pa.concat_tables(answered) if answered else schema.empty_table())
    same = "arriving.subject = subject_meant.subject"
    if len(answered) > 1:
        same += " AND span.quarter = subject_meant.quarter"
    return Answer("subject_meant.pseudonym", join=f"LEFT JOIN subject_meant ON {same}")


def _asked(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    keys: list[str],
    meant: Callable[..., tuple[str | None, int]],
) -> Answer:
    """Makes a table of distinct `keys` with `code` and `bits`, and says how it is joined."""
    select = f"SELECT DISTINCT {', '.join(keys)} FROM arriving"
    map_distinct(connection, table, select, {"code": pa.string(), "bits": pa.int64()}, meant)
    same = " AND ".join(_compared(connection, table, keys)) or "true"
    return Answer(f"{table}.code", f"{table}.bits", f"LEFT JOIN {table} ON {same}")


def _compared(connection: duckdb.DuckDBPyConnection, table: str, keys: list[str]) -> Iterator[str]:
    """What rows of `arriving` and of a table of their distinct keys have to share: a key that is the same
    in every row tells none apart, and a key without nulls is compared faster."""
    counts = ", ".join(f"count(DISTINCT {key}), count(*) - count({key})" for key in keys)
    counted = connection.execute(f"SELECT {counts} FROM {table}").fetchall()[0]
    for key, values, nulls in zip(keys, counted[::2], counted[1::2], strict=True):
        if nulls and values:
            yield f"arriving.{key} IS NOT DISTINCT FROM {table}.{key}"
        elif values > 1:
            yield f"arriving.{key} = {table}.{key}"
