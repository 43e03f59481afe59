"""Whether a store is what its database says it is."""

import pytest
import sqlalchemy as sa

from qos.store import database
from qos.store.check import check_store, collect_garbage, orphans
from qos.store.tables import PART
from qos.store.workspace import Workspace


@pytest.fixture
def landed(workspace, deliver, row) -> Workspace:
    deliver(workspace, [row])
    assert check_store(workspace) == []
    return workspace


def test_a_missing_part_is_named(landed) -> None:
    (part,) = landed.store.rglob("*.parquet")
    part.unlink()
    (fault,) = check_store(landed)
    assert fault == f"{part.relative_to(landed.store).as_posix()}: missing (1 rows)"


@pytest.mark.parametrize("pattern", ["*.parquet", "deliveries/*/*.csv.sealed"])
def test_any_changed_byte_is_named(landed, pattern) -> None:
    (path,) = landed.store.rglob(pattern)
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)
    (fault,) = check_store(landed)
    assert fault.startswith(f"{path.relative_to(landed.store).as_posix()}: changed")


def test_a_file_cut_short_is_named(landed) -> None:
    (path,) = landed.store.rglob("*.parquet")
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-7])
    (fault,) = check_store(landed)
    assert f"{size - 7} bytes, expected {size}" in fault


def test_a_missing_delivery_is_named(landed) -> None:
    (path,) = landed.store.rglob("deliveries/*/*.csv.sealed")
    path.unlink()
    (fault,) = check_store(landed)
    assert fault.endswith("missing (rows.csv)")


def test_a_wrong_number_of_rows_is_named(landed) -> None:
    with landed.engine.begin() as connection:
        connection.execute(sa.update(PART).values(rows=2))
    (fault,) = check_store(landed)
    assert fault.endswith(": 1 rows, expected 2")


def test_a_database_of_another_version_is_named(landed) -> None:
    database.downgrade(landed.engine, "0001")
    assert check_store(landed) == ["database: revision 0001, expected 0003"]


def test_files_in_no_record_are_no_fault_and_can_be_removed(landed) -> None:
    for name in ("measurements/quarter=2026Q3/x.parquet", "deliveries/labs/x.csv", "staging/x"):
        path = landed.store / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left by a crash")
    told = check_store(landed)
    assert len(told) == 3
    assert all(line.startswith("info: ") for line in told)
    assert collect_garbage(landed) == sorted(
        ["measurements/quarter=2026Q3/x.parquet", "deliveries/labs/x.csv", "staging/x"]
    )
    assert orphans(landed) == []
    assert check_store(landed) == []
