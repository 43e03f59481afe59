"""Landed rows and delivered figures become cells: one source x indicator x operator x region."""

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
from qos.store.reductions import aggregate_rows, open_tasks

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
) -> Reduced:
    """Every cell of every indicator of a market, and whether it enters the fit.

    connection: of a snapshot, with its views. Empty where the market has no data.
    """
    edition = methodology.edition
    regions = {code: rolled for code in pack.regions if (rolled := pack.roll_up(code, quarter.start))}
    tasks = open_tasks(
        connection,
        quarter,
        market,
        region_map=regions,
        excluding_flags=edition.excluding_flags,
        min_seconds=edition.min_seconds_between,
    )
    delivered = aggregate_rows(connection, quarter, market, older_quarters=edition.aggregates.older_quarters)
    measured, stated = tasks.metrics(), set(delivered["metric"])
    frames = []
    for indicator in methodology.of_market(market):
        parts = []
        if indicator.metric in measured:
            parts.append(row_cells(tasks, indicator, edition))
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
