"""Measurements and figures as the views of a snapshot give them, made by hand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import duckdb
import pandas as pd
import pytest

from qos import countries, methodology
from qos.domain.flags import mask
from qos.domain.indicator import Indicator
from qos.domain.market import Market
from qos.domain.measurement import METRICS
from qos.domain.quarter import Quarter
from qos.domain.source import Shape, Source, SourceKind
from qos.reduce import cells_of_market
from qos.store.reductions import WHOLE
from qos.store.selecting import Bucket

QUARTER = Quarter(2026, 1)
FIXED = Market(name="fixed", service="fixed")

_AGGREGATE = {
    "source": "agg", "delivery": "agg-1", "publisher": None, "period_start": "2026-01-01",
    "period_end": "2026-04-01", "service": "fixed", "technology": None, "operator": "all", "region": "nation",
    "metric": "download_mbps", "statistic": "mean", "value": None, "n_measurements": None, "n_subjects": None,
    "std_error": None, "scale": None, "citation": None, "flags": None, "counts": True,
}  # fmt: skip
_TYPES = {
    "period_start": "DATE", "period_end": "DATE", "value": "DOUBLE", "n_measurements": "DOUBLE",
    "n_subjects": "DOUBLE", "std_error": "DOUBLE", "counts": "BOOLEAN", "flags": "VARCHAR[]",
}  # fmt: skip


def source(name: str, kind: SourceKind = SourceKind.APP) -> Source:
    return Source(name=name, title=name, kind=kind, shape=Shape.MEASUREMENTS, licence="CC0-1.0")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as made:
        yield made


Reduce = Callable[..., pd.DataFrame]


@pytest.fixture
def reduce(connection: duckdb.DuckDBPyConnection) -> Reduce:
    """Cells of the fixed market of the United Kingdom from rows and figures given as dicts."""

    def reduce(
        measurements: list[dict] = (),
        figures: list[dict] = (),
        market: Market = FIXED,
        indicators: tuple[str, ...] = (),
        declared: Indicator | None = None,
        buckets: Sequence[Bucket] = WHOLE,
    ) -> pd.DataFrame:
        _measurements(connection, list(measurements))
        _figures(connection, list(figures))
        names = {row.get("source", "app") for row in measurements} | {
            row.get("source", "agg") for row in figures
        }
        pack, rules = countries.load("gb"), methodology.load()
        if indicators:
            rules = replace(rules, indicators={name: rules.indicators[name] for name in indicators})
        if declared:  # an indicator that the edition need not name
            rules = replace(rules, indicators={declared.name: declared})
        found = cells_of_market(
            connection,
            pack,
            QUARTER,
            market,
            rules,
            {n: source(n) for n in sorted(names)},
            buckets=buckets,
        )
        return found.cells

    return reduce


def _measurements(connection: duckdb.DuckDBPyConnection, rows: list[dict]) -> None:
    defaults = {
        "source": "app", "delivery": "app-1", "operator": "bt", "region": "nuts1:UKI", "service": "fixed",
        "technology": None, "measured_at": "2026-02-01 12:00:00", "weight": None, "quarter": str(QUARTER),
        "method": None,
        "counts": True, "subject": None, "flags": [], **dict.fromkeys(METRICS),
    }  # fmt: skip
    filled = [defaults | {"measurement_id": f"m{i}"} | row for i, row in enumerate(rows)]
    frame = pd.DataFrame(filled, columns=[*defaults, "measurement_id"])
    connection.register("frame", frame.drop(columns="flags"))
    numbers = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in ("weight", *METRICS))
    texts = ", ".join(
        f"CAST({name} AS VARCHAR) AS {name}"
        for name in (
            "source",
            "delivery",
            "operator",
            "region",
            "service",
            "technology",
            "method",
            "quarter",
            "measurement_id",
        )
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE measurement AS SELECT {texts}, {numbers}, "
        "CAST(subject AS BIGINT) AS subject, "
        "CAST(measured_at AS TIMESTAMP) AS measured_at, CAST(counts AS BOOLEAN) AS counts, "
        "CAST([] AS VARCHAR[]) AS flags, CAST(0 AS BIGINT) AS flag_bits FROM frame"
    )
    for row in filled:
        if row["flags"]:
            connection.execute(
                "UPDATE measurement SET flags = ?, flag_bits = ? WHERE measurement_id = ?",
                [row["flags"], mask(row["flags"]), row["measurement_id"]],
            )
    connection.unregister("frame")


def _figures(connection: duckdb.DuckDBPyConnection, rows: list[dict]) -> None:
    frame = pd.DataFrame([_AGGREGATE | row for row in rows], columns=list(_AGGREGATE)).drop(columns="flags")
    connection.register("frame", frame)
    columns = ", ".join(f"CAST({name} AS {_TYPES.get(name, 'VARCHAR')}) AS {name}" for name in frame)
    connection.execute(
        f"CREATE OR REPLACE TABLE aggregate AS SELECT {columns}, CAST([] AS VARCHAR[]) AS flags FROM frame"
    )
    connection.unregister("frame")
