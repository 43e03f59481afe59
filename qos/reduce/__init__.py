"""Landed rows and delivered figures become cells: one source x indicator x operator x region."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd

from qos.countries import Pack
from qos.domain.market import Market
from qos.domain.quarter import Quarter
from qos.domain.source import Source
from qos.domain.tables import CELLS
from qos.methodology import Methodology
from qos.reduce.aggregates import aggregate_cells
from qos.reduce.entering import decide
from qos.reduce.rows import row_cells
from qos.store.reductions import WHOLE, aggregate_rows, open_tasks
from qos.store.selecting import Bucket

__all__ = ["Reduced", "cells_of_market"]


@dataclass(frozen=True)
class Reduced:
    """The cells of one market and quarter, and which sources' rows carry survey weights."""

    cells: pd.DataFrame
    weighted: set[str]


def cells_of_market(
    connection: duckdb.DuckDBPyConnection,
    pack: Pack,
    quarter: Quarter,
    market: Market,
    methodology: Methodology,
    sources: dict[str, Source],
    *,
    buckets: Sequence[Bucket] = WHOLE,
) -> Reduced:
    """Every cell of every indicator of a market, and whether it enters the fit.

    connection: of a snapshot, with its views; buckets: its measurements in parts that are reduced one
    after the other. Empty where the market has no data.
    """
    edition = methodology.edition
    regions = {code: rolled for code in pack.regions if (rolled := pack.roll_up(code, quarter.start))}
    indicators = methodology.of_market(market)
    tasks = open_tasks(
        connection,
        quarter,
        market,
        indicators=indicators,
        region_map=regions,
        operator_map=pack.operator_map(edition.operator_view, quarter.start),
        excluding_flags=edition.excluding_flags,
        min_seconds=edition.min_seconds_between,
        buckets=buckets,
    )
    delivered = aggregate_rows(
        connection,
        quarter,
        market,
        older_quarters=edition.aggregates.older_quarters,
        excluding_flags=edition.excluding_flags,
    )
    measured, stated = row_cells(tasks, indicators, edition), set(delivered["metric"])
    frames = []
    for indicator in indicators:
        parts = []
        if indicator.name in measured:
            parts.append(measured[indicator.name])
        if indicator.metric in stated:
            parts.append(aggregate_cells(delivered, indicator, edition, pack, regions))
        cells = (
            pd.concat([part.astype(object) for part in parts], ignore_index=True) if parts else pd.DataFrame()
        )
        if len(cells):
            frames.append(
                decide(cells, sources, edition).assign(indicator=indicator.name, scale=indicator.scale.value)
            )
    cells = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=CELLS.columns)
    cells = cells.assign(quarter=str(quarter), market=market.name)
    numbers = {field.name: "float64" for field in CELLS.fields if field.type == "number"}
    return Reduced(cells[CELLS.columns].astype(numbers | {"entered": bool}), tasks.weighted_sources())
