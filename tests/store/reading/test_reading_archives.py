"""Archives of nested documents: members in the order of their names, and none that is lost."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from qos.domain.declaration import Declaration, Documents
from qos.domain.errors import DeliveryFault
from qos.domain.expressions import constant
from qos.store.reading import Reading, read
from tests.store.reading.conftest import DeliverBytes, document, each, lines, source, tarred, zipped

THREE = [document(1), document(2), document(3)]
VALUES = [("m1", 1.0005), ("m2", 2.001), ("m3", 3.0015)]


def values(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[tuple[object, ...]]:
    query = f"SELECT measurement_id, download_mbps FROM {reading.accepted} ORDER BY line"
    return connection.execute(query).fetchall()


def rejects(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT reason FROM {reading.rejected} ORDER BY line").fetchall()


def test_members_that_are_no_documents_are_rejected_and_counted(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    members = each(THREE) | {
        "2021/README.md": b"# read me",
        "2021/cut.json": b'{"id": ',
        "2021/cut.json.gz": gzip.compress(lines(THREE))[:-9],
        "2021/._m1.json": b"\0",
        "Thumbs.db": b"\0",
    }
    for data in (tarred(members), zipped(members)):
        reading = deliver_bytes(data)
        assert values(connection, reading) == VALUES
        assert [reason for (reason,) in rejects(connection, reading)] == [
            "a member that is not JSON, or cut short",
            "a member that is not JSON, or cut short",
            "a member that is cut short or damaged",
        ]
        assert reading.rows == 6


def test_the_order_of_members_changes_nothing(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    members = each(THREE)
    first = values(connection, deliver_bytes(tarred(members)))
    assert values(connection, deliver_bytes(tarred(dict(sorted(members.items()))))) == first == VALUES


def test_an_archive_that_unpacks_to_far_too_much_is_stopped(
    deliver_bytes: DeliverBytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = json.dumps({"id": "0" * (8 << 20)}).encode()
    archives = (
        tarred({"a.json": bomb, "b.json": b"{}"}),
        zipped({"a.json.gz": gzip.compress(bomb), "b.json": b"{}"}),
    )
    with monkeypatch.context() as limits:
        limits.setattr("qos.store.reading.unpacking.RATIO_FROM", 4 << 20)
        for data in archives:
            with pytest.raises(DeliveryFault, match="more than 250 times its size"):
                deliver_bytes(data)
    monkeypatch.setattr("qos.store.reading.unpacking.MOST_OF_AN_ARCHIVE", 4 << 20)
    with pytest.raises(DeliveryFault, match="deliver it in parts"):
        deliver_bytes(archives[1])


def test_a_real_archive_of_114_results_gives_as_many_documents(
    connection: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    (path,) = (shared_data / "samples-native" / "ndt7").glob("*.tgz")
    layout = Documents(
        keep={
            "measurement_id": "id",
            "measured_at": constant("2020-03-18T00:00:00Z"),
            "service": constant("fixed"),
        },
        rows=lambda found: [{"id": found.get("Download", found.get("Upload"))["UUID"]}],
    )
    reading = read(connection, Declaration(source(), (layout,)), path, delivery=path.name, period=None)
    distinct = connection.execute(f"SELECT count(DISTINCT measurement_id) FROM {reading.accepted}").fetchone()
    assert (reading.rows, reading.accepted_rows, reading.form, distinct) == (114, 114, "tar", (114,))
