"""A tiny source, and what reading a text as its delivery gives."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from qos.domain.declaration import Declaration, Documents, Layout, Rows
from qos.domain.expressions import Value, constant, divide, equals, unix
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


# ---- nested documents

DeliverBytes = Callable[..., Reading]
AT = 1609459200  # 2021-01-01
KEEP: dict[str, Value] = {
    "measurement_id": "id",
    "measured_at": unix("at"),
    "service": constant("fixed"),
    "download_mbps": divide("speed.down", 1e3),
    "server_on_net": "speed.own",
}
NESTED = Documents(
    name="nested",
    keep=KEEP,
    unused={"a log line": equals("type", "log")},
    ignore={"about the device": ["device.*"], "said elsewhere": ["note"]},
)


@pytest.fixture
def deliver_bytes(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> DeliverBytes:
    """Reads bytes under a name as a source of these layouts."""

    def deliver_bytes(data: bytes, *layouts: Layout, name: str = "day.json") -> Reading:
        path = tmp_path / name
        path.write_bytes(data)
        return read(connection, Declaration(source(), layouts or (NESTED,)), path, delivery=name, period=None)

    return deliver_bytes


def document(number: int, **more: Any) -> dict[str, Any]:
    speed = {"down": 1000.5 * number, "own": number % 2 == 0}
    return {"id": f"m{number}", "at": AT + number, "speed": speed, **more}


def lines(documents: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in documents).encode()


def tarred(members: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=mode, pax_headers={"LAB.unknown": "x"}) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return sink.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


def each(documents: list[dict[str, Any]]) -> dict[str, bytes]:
    """One file each, named against their order, so that only the names can put them right."""
    named = {f"2021/m{i}.json": json.dumps(one).encode() for i, one in enumerate(documents)}
    return dict(reversed(named.items()))
