"""A quarter's measurements as the view of a snapshot shows them."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pandas as pd
import pytest

from qos.domain.flags import mask

_COLUMNS = {
    "source": "VARCHAR", "delivery": "VARCHAR", "quarter": "VARCHAR", "measurement_id": "VARCHAR",
    "measured_at": "TIMESTAMP", "subject": "BIGINT", "operator": "VARCHAR", "region": "VARCHAR",
    "service": "VARCHAR", "technology": "VARCHAR", "device_model": "VARCHAR", "download_mbps": "DOUBLE",
    "upload_mbps": "DOUBLE", "latency_ms": "DOUBLE", "flag_bits": "BIGINT", "counts": "BOOLEAN",
}  # fmt: skip
_DEFAULT = {
    "source": "app", "delivery": "app-1", "quarter": "2026Q3", "measured_at": "2026-08-01 03:00:00",
    "operator": "viettel", "region": "gso34:01", "service": "mobile", "technology": "4g",
    "download_mbps": 50.5, "upload_mbps": 12.5, "latency_ms": 20.0, "counts": True,
}  # fmt: skip

Measured = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


@pytest.fixture
def measured(connection: duckdb.DuckDBPyConnection) -> Measured:
    """Makes `measurement` of rows that say only what matters; `flags` by name."""

    def fill(rows: list[dict[str, Any]]) -> None:
        filled = [
            _DEFAULT
            | {"measurement_id": f"m{i}", "subject": i, "device_model": None}
            | {"flag_bits": mask(row.get("flags", ()))}
            | {name: value for name, value in row.items() if name != "flags"}
            for i, row in enumerate(rows)
        ]
        frame = pd.DataFrame(filled, columns=list(_COLUMNS))
        connection.register("frame", frame)
        typed = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in _COLUMNS.items())
        connection.execute(f"CREATE OR REPLACE TABLE measurement AS SELECT {typed} FROM frame")
        connection.unregister("frame")

    return fill
