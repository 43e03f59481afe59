"""A tiny source, and what reading a text as its delivery gives."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from qos.domain.declaration import Declaration, Layout, Rows
from qos.domain.expressions import (
    constant,
)
from qos.domain.quarter import Period
from qos.domain.source import Shape, Source, SourceKind
from qos.store.reading import Reading, read

Deliver = Callable[..., Reading]
BASE = {"measurement_id": "id", "measured_at": constant("2021-01-01T00:00:00Z"), "service": constant("fixed")}
PLAIN = Rows(
    name="plain",
    keep={
        "measurement_id": "id",
        "measured_at": "at",
        "service": "service",
        "operator_name": "isp",
        "asn": "asn",
        "server_on_net": "own",
        "latency_ms": "ping",
        "weight": "weight",
    },
    optional=("*",),
)
HEAD = "id,at,service,isp,asn,own,ping,weight\n"
GOOD = "1,2021-01-01T00:00:00Z,fixed,x,7552,true,5,1\n"


def source(shape: Shape = Shape.MEASUREMENTS, **more: object) -> Source:
    values = {"name": "tiny", "title": "Tiny", "kind": SourceKind.APP, "licence": "CC0-1.0", **more}
    return Source(shape=shape, **values)  # type: ignore[arg-type]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture
def deliver(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Deliver:
    """Reads a text as a source of these layouts."""

    def deliver(text: str, *layouts: Layout, period: str | None = None, **more: object) -> Reading:
        path = tmp_path / "delivery"
        path.write_bytes(text.encode())
        declaration = Declaration(source(needs_period=period is not None, **more), layouts or (PLAIN,))
        given = Period.parse(period) if period else None
        return read(connection, declaration, path, delivery="2027-01-04.csv", period=given)

    return deliver


@pytest.fixture
def rejected(connection: duckdb.DuckDBPyConnection) -> Callable[[Reading], list[tuple[object, ...]]]:
    def rejected(reading: Reading) -> list[tuple[object, ...]]:
        query = f'SELECT line, "column", value, reason FROM {reading.rejected} ORDER BY line'
        return connection.execute(query).fetchall()

    return rejected


@pytest.fixture
def values(connection: duckdb.DuckDBPyConnection) -> Callable[..., list[object]]:
    def values(reading: Reading, column: str) -> list[object]:
        query = f'SELECT "{column}" FROM {reading.accepted} ORDER BY line'
        return [value for (value,) in connection.execute(query).fetchall()]

    return values
