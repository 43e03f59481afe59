"""M-Lab's unified views in every form in which they are exported say the same."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qos import sources
from qos.store.reading import read

FIXTURES = Path(__file__).parent / "fixtures" / "mlab-unified"
TOLD_EVERYWHERE = (
    *("measurement_id", "measured_at", "subject", "service", "asn", "ip", "country", "method"),
    *("download_mbps", "upload_mbps", "latency_ms", "loss_ratio"),
)


@pytest.fixture(scope="module")
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, path: Path) -> list[dict[str, Any]]:
    unified = sources.find("mlab-unified")
    reading = read(connection, unified, path, delivery=path.name, period=None)
    found = connection.execute(f"SELECT * FROM {reading.accepted} ORDER BY line")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("file", ["nested.parquet", "dotted.csv", "underscored.csv"])
def test_every_form_gives_the_same_tests(opened: duckdb.DuckDBPyConnection, file: str) -> None:
    first = rows(opened, FIXTURES / "nested.ndjson")
    other = rows(opened, FIXTURES / file)
    for one, two in zip(first, other, strict=True):
        assert [one[name] for name in TOLD_EVERYWHERE] == [two[name] for name in TOLD_EVERYWHERE]


def test_a_direction_has_its_own_rate_and_an_upload_no_loss(opened: duckdb.DuckDBPyConnection) -> None:
    download, upload = rows(opened, FIXTURES / "nested.ndjson")
    assert (download["download_mbps"], download["upload_mbps"], download["loss_ratio"]) == (
        33.67,
        None,
        0.0145,
    )
    assert (upload["download_mbps"], upload["upload_mbps"], upload["loss_ratio"]) == (None, 33.67, None)


def test_an_upload_of_ndt5_has_no_round_trip_and_is_a_test_all_the_same(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    line = json.loads((FIXTURES / "nested.ndjson").read_text().splitlines()[1])
    line["a"]["MinRTT"], line["metadata"]["Protocol"] = None, "ndt5-IPv4-WSS"
    (tmp_path / "one.ndjson").write_text(json.dumps(line) + "\n")
    (found,) = rows(opened, tmp_path / "one.ndjson")
    assert (found["upload_mbps"], found["latency_ms"], found["method"]) == (33.67, None, "ndt5 tcp, 1 stream")


def test_a_test_that_m_lab_calls_not_valid_is_rejected(opened: duckdb.DuckDBPyConnection) -> None:
    path = FIXTURES / "nested.ndjson"
    reading = read(opened, sources.find("mlab-unified"), path, delivery=path.name, period=None)
    rejected = opened.execute(f"SELECT line, reason FROM {reading.rejected}").fetchall()
    assert rejected == [(3, "not valid in M-Lab's own opinion")]


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("2001:db8:7:1:a:b:c:d", "2001:db8:7:1:"),
        ("2001:db8:7:1::d", "2001:db8:7:1:"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_subject_is_the_part_of_an_address_that_stays(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path, address: str, line: str
) -> None:
    with (FIXTURES / "dotted.csv").open(newline="") as file:
        header, test, *_ = csv.reader(file)
    test[header.index("client.IP")] = address
    (tmp_path / "one.csv").write_text(",".join(header) + "\n" + ",".join(test) + "\n")
    assert rows(opened, tmp_path / "one.csv")[0]["subject"] == line


def test_a_server_abroad_is_international_and_one_at_home_domestic(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    document = json.loads((FIXTURES / "nested.ndjson").read_text().splitlines()[0])
    found = []
    for country in ("SG", "VN", None):
        document["server"]["Geo"]["CountryCode"] = country
        (tmp_path / "one.ndjson").write_text(json.dumps(document) + "\n")
        found.append(rows(opened, tmp_path / "one.ndjson")[0].get("server_class"))
    assert found == ["international", "domestic", None]


def test_nested_parquet_with_a_real_time_is_read(opened: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    table = pq.read_table(FIXTURES / "nested.parquet").to_pylist()
    schema = pq.read_schema(FIXTURES / "nested.parquet")
    for test in table:
        test["a"]["TestTime"] = datetime(2024, 10, 1, 0, 0, 5, 123456, tzinfo=UTC)
    a = schema.field("a").type
    fields = [pa.field(f.name, pa.timestamp("us", "UTC") if f.name == "TestTime" else f.type) for f in a]
    typed = schema.set(schema.get_field_index("a"), pa.field("a", pa.struct(fields)))
    pq.write_table(pa.Table.from_pylist(table, typed), tmp_path / "tests.parquet")
    found = rows(opened, tmp_path / "tests.parquet")
    assert {str(test["measured_at"]) for test in found} == {"2024-10-01 00:00:05.123456"}


def test_a_table_without_a_direction_is_refused(opened: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    text = (FIXTURES / "dotted.csv").read_text().replace("a.Direction", "direction")
    (tmp_path / "one.csv").write_text(text)
    with pytest.raises(Exception, match=r"direction.*a\.Direction"):
        rows(opened, tmp_path / "one.csv")
