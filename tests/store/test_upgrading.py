"""Files of an older program: the same rows after `qos migrate`."""

from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from qos.domain.flags import FLAGS
from qos.store import database
from qos.store.check import check_store
from qos.store.files import sha256_of
from qos.store.merging import merge
from qos.store.tables import PART
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace


def rows_of(workspace: Workspace, number: int | None = None) -> list[tuple[object, ...]]:
    with open_snapshot(workspace, number) as snapshot:
        return snapshot.connection.execute(
            "SELECT * REPLACE (array_to_string(flags, ' ') AS flags) FROM measurement ORDER BY ALL"
        ).fetchall()


def as_it_was_before(workspace: Workspace) -> None:
    """The store as the first program left it: flags by name, a hash of the content, undated files."""
    names = ", ".join(f"if(flags & {1 << flag.bit} <> 0, '{flag.name}', NULL)" for flag in FLAGS.values())
    for path in workspace.store.rglob("*.parquet"):
        former = path.with_suffix(".former")
        file = f"read_parquet('{path}', hive_partitioning = false)"
        flags = f"list_filter([{names}], lambda name: name IS NOT NULL)"
        rows = f"SELECT * REPLACE ({flags} AS flags), 7::BIGINT AS content_hash FROM {file}"
        duckdb.execute(f"COPY ({rows}) TO '{former}' (FORMAT parquet)")
        former.replace(path)
        sha256, size = sha256_of(path)
        with workspace.engine.begin() as connection:
            connection.execute(
                sa.update(PART)
                .where(PART.c.path == path.relative_to(workspace.store).as_posix())
                .values(sha256=sha256, bytes=size, first_measured_at=None, last_measured_at=None)
            )
    database.downgrade(workspace.engine, "0002")


@pytest.fixture
def former(workspace, deliver, row) -> tuple[Workspace, dict[int, list[tuple[object, ...]]]]:
    """A store of the older program with three snapshots, and what each of them held."""
    deliver(workspace, [row, row | {"measurement_id": "m-2", "operator": "nobody"}], "a.csv")
    deliver(workspace, [row | {"measurement_id": "m-3", "subject": "", "region": ""}], "b.csv")
    merge(workspace)
    held = {number: rows_of(workspace, number) for number in (1, 2, 3)}
    as_it_was_before(workspace)
    return workspace, held


def test_every_snapshot_holds_the_same_after_the_upgrade(former) -> None:
    workspace, held = former
    workspace.engine.dispose()
    upgraded = Workspace.migrate(workspace.root)
    assert {number: rows_of(upgraded, number) for number in held} == held
    assert len(held[3]) == 3
    assert any("operator-unresolved" in row for row in held[3])
    assert check_store(upgraded) == []
    upgraded.engine.dispose()


def test_what_was_upgraded_is_left_alone_the_next_time(former) -> None:
    workspace, _held = former
    workspace.engine.dispose()

    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in workspace.store.rglob("*.parquet")}

    Workspace.migrate(workspace.root).engine.dispose()
    before = files()
    Workspace.migrate(workspace.root).engine.dispose()
    assert files() == before
