"""How high the values of a delivery are, and how high those landed before were.

A level is the mean of the natural logarithms of one metric in one cell: quarter x service x technology x
operator. Of aggregates it is the mean over the delivered figures, and its metric carries the statistic
(`download_mbps median`). The texts are empty where a row does not say.
"""

from collections.abc import Collection, Hashable, Mapping
from typing import cast

import duckdb
import numpy as np
import pandas as pd
import sqlalchemy as sa

from qos.domain.measurement import METRICS
from qos.domain.quarter import Quarter
from qos.store.bulk import columns_of
from qos.store.tables import DELIVERY, LANDING, LEVEL

CELL = ("service", "technology", "operator")
COLUMNS = ("quarter", *CELL, "metric", "n", "mean_log", "sd_log")
LEAST = 30
"""Measurements of a cell whose level is kept."""

SAMPLE_ROWS = 100_000
"""Rows of a delivery that are looked at, about: the mean of 20,000 rows of an operator is known within a
hundredth, and a unit changes it by six hundredths at least."""

_OF_A_UNIT = tuple(m.name for m in METRICS.values() if m.low >= 0 and m.name != "completed")

LOOKED_AT = ("quarter", *CELL, "subject", "method", *_OF_A_UNIT, "measurement_id")
"""Columns of measurements that the gate looks at."""


def of_measurements(connection: duckdb.DuckDBPyConnection, rows: str) -> pd.DataFrame:
    """Levels (`COLUMNS`) of the cells with at least `LEAST` values above zero."""
    present = columns_of(connection, rows)
    metrics = [name for name in _OF_A_UNIT if name in present]
    if not metrics:
        return pd.DataFrame(columns=list(COLUMNS))
    cell = ", ".join(f"coalesce({name}, '')" if name in present else "''" for name in CELL)
    each = " UNION ALL ".join(
        f"SELECT quarter, {cell}, '{name}' AS metric, ln({name}) AS x FROM {rows} WHERE {name} > 0"
        for name in metrics
    )
    return _levels(connection, each, LEAST)


def of_aggregates(connection: duckdb.DuckDBPyConnection, rows: str) -> pd.DataFrame:
    """Levels (`COLUMNS`) of delivered figures; every cell counts, since a figure is an average already."""
    metrics = ", ".join(f"'{name}'" for name in _OF_A_UNIT)
    return _levels(
        connection,
        f"""
        SELECT quarter, {", ".join(f"coalesce({name}, '')" for name in CELL)},
            metric || ' ' || statistic AS metric, ln(value) AS x
        FROM {rows} WHERE value > 0 AND metric IN ({metrics}) AND statistic <> 'share'
        """,
        1,
    )


def _levels(connection: duckdb.DuckDBPyConnection, values: str, least: int) -> pd.DataFrame:
    """Sums go through DECIMAL, so that they do not depend on the order of rows: a logarithm of a double is
    between -745 and 710, so that 18 digits hold its square."""
    found = connection.execute(
        f"""
        SELECT {", ".join(COLUMNS[:5])}, count(*) AS n,
            CAST(sum(CAST(x AS DECIMAL(18, 12))) AS DOUBLE) AS sum_x,
            CAST(sum(CAST(x * x AS DECIMAL(18, 12))) AS DOUBLE) AS sum_x2
        FROM ({values}) AS value({", ".join(COLUMNS[:5])}, x)
        GROUP BY ALL HAVING count(*) >= {least} ORDER BY ALL
        """
    ).df()
    mean = found["sum_x"] / found["n"]
    spread = np.sqrt(np.maximum(found["sum_x2"] / found["n"] - mean**2, 0.0))
    return found.assign(mean_log=mean, sd_log=spread)[list(COLUMNS)]


def records(levels: pd.DataFrame) -> tuple[Mapping[str, object], ...]:
    """As the control database keeps them."""
    rows = cast(list[dict[Hashable, object]], levels.to_dict("records"))
    return tuple({str(name): value for name, value in row.items()} for row in rows)


def landed(database: sa.Connection, *, without: str, quarters: Collection[Quarter]) -> pd.DataFrame:
    """Levels of what counts today in these quarters, `source` and `COLUMNS`, one row per source and cell.

    without: id of the delivery that is looked at, which may have been landed before. Several deliveries
    of one cell are put together, each with the weight of its measurements.
    """
    weight = sa.cast(LEVEL.c.n, sa.Double)
    total = sa.func.sum(weight)
    mean = sa.func.sum(weight * LEVEL.c.mean_log) / total
    square = sa.func.sum(weight * (LEVEL.c.sd_log * LEVEL.c.sd_log + LEVEL.c.mean_log * LEVEL.c.mean_log))
    key = [DELIVERY.c.source, *(LEVEL.c[name] for name in COLUMNS[:5])]
    rows = database.execute(
        sa.select(*key, total.label("n"), mean.label("mean_log"), (square / total).label("square"))
        .join(
            LANDING, sa.and_(LANDING.c.delivery == LEVEL.c.delivery, LANDING.c.snapshot == LEVEL.c.snapshot)
        )
        .join(DELIVERY, DELIVERY.c.id == LEVEL.c.delivery)
        .where(
            LANDING.c.to_snapshot.is_(None),
            LEVEL.c.delivery != without,
            LEVEL.c.quarter.in_([str(quarter) for quarter in quarters]),
        )
        .group_by(*key)
        .order_by(*key)
    ).all()
    frame = pd.DataFrame(rows, columns=["source", *COLUMNS[:7], "square"])
    numbers = frame.astype(dict.fromkeys(("n", "mean_log", "square"), "float64"))
    spread = np.sqrt(np.maximum(numbers["square"] - numbers["mean_log"] ** 2, 0.0))
    return numbers.assign(sd_log=spread).drop(columns="square")
