"""Values that come again more often than chance and the data's own resolution allow.

Where measurements are spread smoothly over a range of width w and are written in steps of s, two of them
are equal with probability s / w (the birthday problem). The range is a bin of `floor(64 log2 x)`, 1.1 %
wide, within which any market is smooth. The step is the larger of the digits written and the smallest
distance within an octave, so that rates of whole bytes per whole millisecond are no surprise. Values
rounder than the rest (50.00 among 48.37) are left out: people and programs round some of them, and a
newer version of a tool may write more digits than the one before.
"""

from dataclasses import dataclass

import duckdb

_DIGITS = 6
"""Decimals looked at; a finer value is its own."""


@dataclass(frozen=True)
class Repetition:
    """Of one metric: values looked at; distinct ones; those that two or more subjects share, how many chance
    would give, and the rows that have one of them."""

    metric: str
    values: int
    distinct: int
    shared: int
    expected: float
    rows: int


def repetition(connection: duckdb.DuckDBPyConnection, rows: str, metric: str) -> Repetition:
    """Counts of `rows` (columns measurement_id, subject, and the metric)."""
    (found,) = connection.execute(
        f"""
        WITH given AS (
            SELECT coalesce(CAST(subject AS VARCHAR), 'm' || measurement_id) AS who, {metric} AS x
            FROM {rows} WHERE {metric} > 0
        ),
        step AS (
            SELECT min(digits) AS digits FROM range(0, {_DIGITS + 1}) AS d(digits)
            WHERE digits = {_DIGITS} OR NOT EXISTS (
                FROM given WHERE abs(x - round(x, CAST(digits AS INTEGER))) > 1e-9 * x
            )
        ),
        fine AS (
            SELECT x, who, CAST(floor(64 * log2(x)) AS INTEGER) AS bin FROM given, step
            WHERE step.digits = 0
               OR (step.digits = {_DIGITS} AND abs(x - round(x, {_DIGITS - 1})) > 1e-9 * x)
               OR (step.digits < {_DIGITS} AND round(x * pow(10, step.digits)) % 10 <> 0)
        ),
        value AS (
            SELECT bin, x, count(*) AS times, count(DISTINCT who) AS subjects FROM fine GROUP BY bin, x
        ),
        gap AS (
            SELECT octave, min(distance) AS smallest FROM (
                SELECT bin // 64 AS octave, lead(x) OVER (PARTITION BY bin // 64 ORDER BY x) - x AS distance
                FROM value
            ) GROUP BY octave
        ),
        chance AS (
            SELECT
                CAST(sum(CAST(
                    pairs * least(1, greatest(pow(10, -digits), coalesce(smallest, 0)) / width)
                AS DECIMAL(38, 12))) AS DOUBLE) AS expected
            FROM (
                SELECT bin, count(DISTINCT who) * (count(DISTINCT who) - 1) / 2 AS pairs,
                    pow(2, (bin + 1) / 64) - pow(2, bin / 64) AS width
                FROM fine GROUP BY bin
            ) JOIN gap ON octave = bin // 64, step
        )
        SELECT coalesce(sum(times), 0), count(*), count(CASE WHEN subjects > 1 THEN 1 END),
            coalesce((SELECT expected FROM chance), 0),
            coalesce(sum(CASE WHEN subjects > 1 THEN times END), 0)
        FROM value
        """
    ).fetchall()
    values, distinct, shared, expected, shared_rows = found
    return Repetition(metric, int(values), int(distinct), int(shared), float(expected), int(shared_rows))
