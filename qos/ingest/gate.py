"""The gate: what stops a delivery before anything of it is landed, unless a person accepts it.

Row rules flag single rows; the gate looks at a delivery as a whole, against the source's own past and
against what other sources say of the same operators. So what it says depends on what was landed before:
the first delivery of a source has no past, and one that was stopped can be landed later, by anybody who
says why. What a delivery does not hold (counts, technologies, operators) is never held against it.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd
import sqlalchemy as sa

from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Quarter
from qos.domain.source import Shape, Source
from qos.ingest.unit_sentinel import (
    AGREEING,
    MARKET_MOVES,
    NEAR_QUARTERS,
    SOURCES_DIFFER,
    differences,
    exchanged,
    jumps,
    overhead_jump,
    spoken,
)
from qos.store.bulk import columns_of, quoted
from qos.store.quality import levels
from qos.store.quality.figures import beyond_belief
from qos.store.quality.repetition import Repetition, repetition
from qos.store.quality.row_rules import ROW_RULES

_FEW = 30
"""Rows of a delivery about which nothing is said as a whole."""

REPEATED_VALUES, REPEATED_TIMES, REPEATED_ROWS = 10, 3.0, 0.05
"""Values shared by several subjects that stop a delivery: so many, so many times chance, on such a share of
the rows. Real rates, even of fixed sizes over whole milliseconds, stay below twice chance."""

BEYOND_SHARE = 0.2
"""Share of rows beyond their technology: handovers and wrong labels make a few, a unit makes most."""

_ASYMMETRIC = ("2g", "3g", "4g", "5g-nsa", "5g-sa", "dsl", "fttc", "cable", "satellite")
"""Technologies that give more down than up."""


@dataclass(frozen=True)
class Examined:
    """What the gate found. doubts: why the delivery should be stopped, in words; levels: of its values, as
    the control database keeps them for deliveries to come."""

    doubts: tuple[str, ...]
    levels: tuple[Mapping[str, object], ...]

    def fault(self, source: str, file_name: str) -> DeliveryFault:
        """The doubts as the fault that stops the delivery."""
        return DeliveryFault(
            source,
            file_name,
            "not believed: " + "; ".join(self.doubts),
            next_command=f'qos ingest {source} {shlex.quote(file_name)} --accept "REASON"',
        )


def examine(
    connection: duckdb.DuckDBPyConnection,
    database: sa.Connection,
    *,
    source: Source,
    delivery: str,
    landing: str,
    accepted: str,
) -> Examined:
    """Looks at a delivery once it is arranged and before it counts.

    delivery: its id, whose own earlier landing does not count as its past. landing: relation of the rows
    to be stored, codes resolved, with `quarter`; of measurements a sample is enough. accepted: the rows of
    figures as read.
    """
    if source.shape is Shape.AGGREGATES:
        new = levels.of_aggregates(connection, landing)
        doubts = _unbelievable(connection, accepted)
        least = 3
    else:
        new = levels.of_measurements(connection, landing)
        doubts = [
            *_repetitive(connection, landing),
            *_beyond_technology(connection, landing),
            *_upside_down(new),
        ]
        least = 1
    doubts += _against_the_past(database, source, delivery, new, least)
    return Examined(tuple(doubts), levels.records(new))


def volume_remark(source: Source, rows: int) -> str:
    """A remark on a delivery of another size than the source's usual; empty when it is usual."""
    low, high = source.expected_rows or (0, rows)
    if low <= rows <= high:
        return ""
    return f"{rows:,} rows, where {low:,} to {high:,} are usual for {source.name}"


def _against_the_past(
    database: sa.Connection, source: Source, delivery: str, new: pd.DataFrame, least: int
) -> list[str]:
    """Unit and direction against the source's own levels; where it has none, against other sources'."""
    if new.empty:
        return []
    known = levels.landed(database, without=delivery, quarters=_around(new["quarter"]))
    own = differences(new, known[known["source"] == source.name])
    # One cell of 100 measurements can tell; a handful of published figures cannot.
    own = own[own["n"] >= 100] if least == 1 and len(own.groupby(list(levels.CELL))) == 1 else own
    past = spoken(own["quarters"])
    found = jumps(own, against=past, allowed=MARKET_MOVES, least=least)
    doubts = [str(jump) for jump in found]
    if not found and (jump := overhead_jump(own, against=past)):
        doubts.append(str(jump))
    crossed, telling = exchanged(own)
    if telling and crossed >= AGREEING * telling:
        doubts.append(
            f"upload_mbps stands where download_mbps stood, and the reverse, in {crossed} of {telling} "
            "operators and technologies: up and down swapped?"
        )
    missing = new[~new["metric"].isin(set(own["metric"]))]
    return doubts + [str(jump) for jump in _against_others(missing, known, source.name)]


def _against_others(new: pd.DataFrame, known: pd.DataFrame, name: str) -> list[object]:
    """Jumps against the middle of what other sources say, whatever statistic they say it in."""
    others = known[known["source"] != name]
    if new.empty or others.empty:
        return []
    plain = new.assign(metric=new["metric"].str.split().str[0])
    found: dict[str, list[pd.DataFrame]] = {}
    for other, rows in others.groupby("source"):
        rows = rows.assign(metric=rows["metric"].str.split().str[0])
        for metric, cells in differences(plain, rows).groupby("metric"):
            found.setdefault(str(metric), []).append(cells.assign(other=other))
    result: list[object] = []
    for frames in found.values():
        cells = pd.concat(frames, ignore_index=True)
        names = ", ".join(sorted(set(cells["other"])))
        middle = cells.groupby(["metric", *levels.CELL], as_index=False)[["level", "known"]].median()
        result += jumps(middle, against=f"what {names} say", allowed=SOURCES_DIFFER, least=2)
    return result


def _around(quarters: pd.Series) -> list[Quarter]:
    """The quarters and those near them."""
    named = sorted({Quarter.parse(text) for text in quarters})
    first, last = named[0], named[-1]
    for _ in range(NEAR_QUARTERS):
        first, last = first.previous(), last.next()
    found = [first]
    while found[-1] < last:
        found.append(found[-1].next())
    return found


def _repetitive(connection: duckdb.DuckDBPyConnection, rows: str) -> list[str]:
    present = columns_of(connection, rows)
    rates = [name for name in ("download_mbps", "upload_mbps") if name in present]
    return [
        f"{found.metric} repeats itself: {found.shared} values to the last digit came from several "
        f"subjects ({found.distinct:,} distinct of {found.values:,}), where chance gives about "
        f"{found.expected:.0f}: generated or copied?"
        for tool in _tools(connection, rows, present)
        for found in (repetition(connection, tool, name) for name in rates)
        if too_often(found)
    ]


def _tools(connection: duckdb.DuckDBPyConnection, rows: str, present: Mapping[str, str]) -> list[str]:
    """The rows of each method apart: tools differ in the digits they write."""
    if "method" not in present:
        return [rows]
    methods = connection.execute(
        f"SELECT method FROM {rows} GROUP BY method HAVING count(*) >= {_FEW} ORDER BY ALL"
    ).fetchall()
    return [
        f"(FROM {rows} WHERE method IS NOT DISTINCT FROM {'NULL' if name is None else quoted(name)})"
        for (name,) in methods
    ]


def too_often(found: Repetition) -> bool:
    """Beyond five standard deviations of chance too: counts of rare coincidences are Poisson."""
    chance = max(REPEATED_VALUES, REPEATED_TIMES * found.expected, found.expected + 5 * found.expected**0.5)
    return found.shared >= chance and found.rows >= REPEATED_ROWS * found.values


def _beyond_technology(connection: duckdb.DuckDBPyConnection, rows: str) -> list[str]:
    present = columns_of(connection, rows)
    doubts = []
    for rule in ROW_RULES:
        if rule.flag != "beyond-technology" or not set(rule.needs) <= set(present):
            continue
        metric = rule.needs[-1]
        beyond, said = connection.execute(
            f"SELECT count(CASE WHEN {rule.condition} THEN 1 END), count({metric}) "
            f"FROM {rows} WHERE technology IS NOT NULL"
        ).fetchall()[0]
        if said >= _FEW and beyond >= BEYOND_SHARE * said:
            doubts.append(
                f"{metric} is beyond what its technology can give in {beyond:,} of {said:,} rows: "
                "another unit?"
            )
    return doubts


def _upside_down(new: pd.DataFrame) -> list[str]:
    """More up than down, nearly everywhere, where networks are built the other way round."""
    rates = new[new["metric"].isin(["download_mbps", "upload_mbps"])]
    built = (rates["service"] == "mobile") | rates["technology"].isin(_ASYMMETRIC)
    index = ["quarter", *levels.CELL]
    wide = rates[built].pivot(index=index, columns="metric", values="mean_log")
    if not {"download_mbps", "upload_mbps"} <= set(wide.columns):
        return []
    wide = wide.dropna()
    turned = int((wide["upload_mbps"] - wide["download_mbps"] > 0.4).sum())  # half as much again
    if not turned or turned < AGREEING * len(wide):
        return []
    return [
        f"upload_mbps is above download_mbps in {turned} of {len(wide)} operators and technologies that give "
        "more down than up: up and down swapped?"
    ]


def _unbelievable(connection: duckdb.DuckDBPyConnection, accepted: str) -> list[str]:
    found = beyond_belief(connection, accepted)
    if found.empty:
        return []
    worst = found.iloc[0]
    return [
        f"averages without a number of tests above what {worst['technology']} gives a whole operator "
        f"({worst['limit']:.0f} Mbit/s): {int(found['cells'].sum())} figures, of {worst['who']} in "
        f"{worst['period']} up to {worst['highest']:.0f} Mbit/s: a sum, another unit or a chosen few?"
    ]
