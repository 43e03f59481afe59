"""Buckets, and merging small files: nobody who reads sees a difference."""

import datetime as dt

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.store import merging, parts
from qos.store.check import check_store
from qos.store.digests import content_digest
from qos.store.files import sha256_of
from qos.store.merging import merge
from qos.store.parts import buckets_for
from qos.store.tables import PART
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def listed(workspace: Workspace) -> list:
    with open_snapshot(workspace) as snapshot, workspace.engine.connect() as database:
        return parts.listed(database, snapshot.number)


@pytest.fixture
def rows(row) -> list[dict]:
    """Sixty measurements of twelve phones."""
    return [
        row | {"measurement_id": f"m-{number}", "subject": f"phone-{number % 12:04d}", "latency_ms": number}
        for number in range(60)
    ]


@pytest.fixture
def landed(workspace, deliver, rows, cell) -> Workspace:
    """Three overlapping deliveries of rows, two of cells."""
    for number in range(3):
        deliver(workspace, rows[number * 15 : number * 15 + 30], f"{number}.csv")
    for value in (1, 2):
        deliver(
            workspace, [cell | {"value": value}], f"{value}.csv", source="cells", like="canonical-aggregates"
        )
    return workspace


@given(rows=st.integers(0, 10**10), at_least=st.sampled_from([1, 2, 4, 1024]))
def test_the_number_of_buckets_is_a_power_of_two_that_suffices_and_never_shrinks(rows, at_least) -> None:
    buckets = buckets_for(rows, at_least)
    assert buckets & (buckets - 1) == 0
    assert buckets >= at_least
    assert buckets * parts.ROWS_PER_BUCKET >= rows
    assert buckets == at_least or (buckets // 2) * parts.ROWS_PER_BUCKET < rows


def test_what_is_due_is_sorted_once_enough_of_it_waits(workspace, deliver, rows, monkeypatch) -> None:
    monkeypatch.setattr(merging, "_DUE_ROWS", 20)
    deliver(workspace, rows[:15], "few.csv")
    assert merge(workspace, at=NOW, due_only=True) is None
    deliver(workspace, rows[15:30], "enough.csv")
    assert merge(workspace, at=NOW, due_only=True) == 3
    deliver(workspace, rows[30:36], "little.csv")
    assert merge(workspace, at=NOW, due_only=True) is None
    assert len(listed(workspace)) == 2


def test_merging_brings_each_subject_into_one_bucket(workspace, deliver, rows, monkeypatch) -> None:
    monkeypatch.setattr(parts, "ROWS_PER_BUCKET", 16)
    deliver(workspace, rows)
    assert [(part.bucket, part.buckets) for part in listed(workspace)] == [(0, 1)]
    merge(workspace)
    files = listed(workspace)
    assert {part.buckets for part in files} == {4}
    assert sum(part.rows for part in files) == 60
    assert {part.path.split("/")[3] for part in files} == {f"bucket={part.bucket:03d}" for part in files}
    with open_snapshot(workspace) as snapshot:
        for part in files:
            found = snapshot.connection.execute(
                f"SELECT DISTINCT subject & 3 FROM '{workspace.store / part.path}'"
            ).fetchall()
            assert found == [(part.bucket,)]


def test_buckets_do_not_change_what_a_snapshot_says(tmp_path, deliver, rows, monkeypatch) -> None:
    digests = set()
    for name, per_bucket in (("few", 10**6), ("many", 8)):
        monkeypatch.setattr(parts, "ROWS_PER_BUCKET", per_bucket)
        workspace = Workspace.init(tmp_path / name, "vn")
        deliver(workspace, [*rows, rows[0] | {"subject": ""}], received_at=NOW)
        merge(workspace, at=NOW)
        digests.add(content_digest(workspace))
    assert len(digests) == 1


def test_merged_files_are_sorted_within(landed) -> None:
    merge(landed)
    for part in listed(landed):
        if part.dataset == "measurements":
            with open_snapshot(landed) as snapshot:
                held = snapshot.connection.execute(
                    f"SELECT source, subject, measured_at, measurement_id FROM '{landed.store / part.path}'"
                ).fetchall()
            assert held == sorted(held)


@pytest.mark.parametrize("per_bucket", [8, 10**6])
@pytest.mark.parametrize("few", [0, 1, 1000])
def test_texts_of_few_values_are_the_same_texts_in_the_same_order(
    workspace, deliver, rows, monkeypatch, few, per_bucket
) -> None:
    """Texts that go as numbers through the merge sort, and are read, as the texts they stand for."""
    monkeypatch.setattr(merging, "_FEW", few)
    monkeypatch.setattr(parts, "ROWS_PER_BUCKET", per_bucket)
    servers = ["", "z\x00'", "Zoo", "é"]
    told = [one | {"server": servers[number % 4], "technology": ""} for number, one in enumerate(rows)]
    for source in ("west-labs", "east-labs"):
        deliver(workspace, told, source=source)
    before = content_digest(workspace)
    merge(workspace)
    assert content_digest(workspace) == before
    for part in listed(workspace):
        held = duckdb.sql(
            f"SELECT source, subject, measured_at, measurement_id FROM '{workspace.store / part.path}'"
        )
        assert held.columns[0:1] == ["source"]
        assert [str(kind) for kind in held.types[0:1]] == ["VARCHAR"]
        assert held.fetchall() == sorted(held.fetchall())


def test_what_merging_puts_aside_is_gone_afterwards(landed, monkeypatch) -> None:
    monkeypatch.setattr(parts, "ROWS_PER_BUCKET", 8)
    merge(landed)
    assert not list((landed.store / "staging").rglob("*"))


def test_merging_changes_nothing_that_a_snapshot_says(landed) -> None:
    before, files = content_digest(landed), len(listed(landed))
    with open_snapshot(landed) as snapshot:
        digest, as_of = snapshot.digest, snapshot.as_of
    assert merge(landed, at=NOW) == 6
    assert content_digest(landed) == before
    assert (files, len(listed(landed))) == (5, 2)
    assert check_store(landed) == []
    with open_snapshot(landed) as snapshot:
        assert (snapshot.digest, snapshot.as_of) == (digest, as_of)


def test_a_column_that_is_empty_in_a_whole_delivery_is_not_written(workspace, deliver, rows) -> None:
    deliver(workspace, [one | {"urbanity": ""} for one in rows])
    (part,) = listed(workspace)
    held = duckdb.sql(f"FROM '{workspace.store / part.path}'").columns
    assert "latency_ms" in held
    assert not {"urbanity", "upload_mbps", "weight"} & set(held)


def test_a_part_knows_when_its_measurements_were_made(workspace, deliver, rows) -> None:
    last = rows[0] | {"measurement_id": "m-last", "measured_at": "2026-08-02T00:00:00.5Z"}
    deliver(workspace, [*rows, last])
    (part,) = listed(workspace)
    assert part.first_measured_at == "2026-08-01T03:00:00.000000+00:00"
    assert part.last_measured_at == "2026-08-02T00:00:00.500000+00:00"


def test_older_snapshots_keep_their_files(landed) -> None:
    before = content_digest(landed, 2)
    merge(landed)
    assert content_digest(landed, 2) == before


def test_where_nothing_is_crowded_nothing_is_merged(landed) -> None:
    merge(landed)
    assert merge(landed) is None
    with open_snapshot(landed) as snapshot:
        assert snapshot.number == 6


def test_merging_spreads_a_place_that_has_outgrown_its_buckets(landed, monkeypatch) -> None:
    before = content_digest(landed)
    monkeypatch.setattr(parts, "ROWS_PER_BUCKET", 32)
    merge(landed)
    measured = [part for part in listed(landed) if part.dataset == "measurements"]
    assert [(part.bucket, part.buckets) for part in measured] == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert content_digest(landed) == before


def test_duplicates_are_found_in_merged_files(landed, deliver, rows) -> None:
    merge(landed)
    report = deliver(landed, [*rows[:5], rows[0] | {"measurement_id": "m-new"}], "late.csv")
    assert (report.accepted, report.duplicate) == (1, 5)


def test_a_file_that_lacks_a_column_says_nothing_there(landed) -> None:
    """What a delivery says nothing of is not written; it reads as null."""
    part = next(part for part in listed(landed) if part.dataset == "measurements")
    path = landed.store / part.path
    older = duckdb.sql(f"SELECT * EXCLUDE (technology) FROM read_parquet('{path}')").to_arrow_table()
    duckdb.sql("FROM older").write_parquet(str(path))
    sha256, size = sha256_of(path)
    with landed.engine.begin() as database:
        database.execute(PART.update().where(PART.c.path == part.path).values(sha256=sha256, bytes=size))
    assert older.num_rows == part.rows
    with open_snapshot(landed) as snapshot:
        found = snapshot.connection.execute(
            "SELECT count(technology) FROM measurement WHERE delivery = $delivery",
            {"delivery": part.delivery},
        )
        assert found.fetchall() == [(0,)]
