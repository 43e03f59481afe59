"""The control database: its migrations go up and down with rows in it, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from qos.store import database
from qos.store.tables import METADATA, REVISION

ROOT = Path(__file__).resolve().parents[2]

SNAPSHOT = "INSERT INTO snapshot VALUES (1, '2026-01-01T00:00:00.000000+00:00', 'd', 'landed')"
FIRST_ROWS = (
    SNAPSHOT,
    "INSERT INTO delivery VALUES ('a', 's', 'h', 1, 'f.csv', '', 'p', '2026-01-01', 'CC0', 'l', 'landed', '',"
    " 4, 1, 1, 1, 1, 0, '2026Q1', 1)",
    "INSERT INTO delivery VALUES ('b', 's', 'i', 1, 'g.csv', '', 'q', '2026-01-01', 'CC0', '', 'stopped',"
    " 'why', 0, 0, 0, 0, 0, 0, '', NULL)",
    "INSERT INTO part VALUES ('x.parquet', 'h', 1, 1, 'measurements', 's', '2026Q1', 'mobile', 0, 1, 'a', 1,"
    " NULL)",
    "INSERT INTO reject VALUES ('a', 'out-of-bounds', 7, 'latency_ms', '-1')",
    "INSERT INTO reject_count VALUES ('a', 'out-of-bounds', 1)",
    "INSERT INTO unused_count VALUES ('a', 'another cut', 1)",
    "INSERT INTO flag_count VALUES ('a', 'operator-unresolved', 1)",
)
"""As the first migration has them: a delivery with all that was noticed, and a stopped one."""

_LANDED = (
    "INSERT INTO landing (delivery, snapshot, to_snapshot, layout, rows, accepted, duplicate, rejected,"
    " unused, repeated, quarters, pack, code, accepted_because) VALUES "
)
ROWS = (
    SNAPSHOT,
    SNAPSHOT.replace("(1, ", "(2, "),
    "INSERT INTO delivery (id, source, sha256, bytes, file_name, period, service, path, encrypted,"
    " received_at, licence, state, reason, snapshot) VALUES ('a', 's', 'h', 1, 'f.csv', '', '', 'p', {true},"
    " '2026-01-01', 'CC0', 'landed', '', 1), ('b', 's', 'i', 1, 'g.csv', '', '', 'q', {false}, '2026-01-01',"
    " 'CC0', 'stopped', 'why', NULL)",
    _LANDED + "('a', 1, 2, 'l', 9, 9, 0, 0, 0, 0, '2026Q1', 'p', '1', ''),"
    " ('a', 2, NULL, 'l', 4, 1, 1, 1, 1, 0, '2026Q1', 'q', '2', 'known')",
    "INSERT INTO part (path, sha256, bytes, rows, dataset, source, quarter, service, bucket,"
    " buckets, delivery, from_snapshot) VALUES"
    " ('x', 'h', 1, 1, 'measurements', 's', '2026Q1', 'mobile', 0, 1, 'a', 1)",
    "INSERT INTO reject VALUES ('a', 2, 'out-of-bounds', 7, 'latency_ms', '-1')",
    "INSERT INTO reject_count VALUES ('a', 2, 'out-of-bounds', 1)",
    "INSERT INTO unused_count VALUES ('a', 2, 'another cut', 1)",
    "INSERT INTO flag_count VALUES ('a', 1, 'measured-in-future', 3), ('a', 2, 'operator-unresolved', 1)",
    "INSERT INTO level VALUES ('a', 2, '2026Q1', 'mobile', '', 'viettel', 'download_mbps', 40, 3.5, 0.4)",
)
"""As the newest migration has them: the first delivery was landed twice."""

DECLARED = (
    "INSERT INTO declared_source VALUES ('mine', 'canonical', 'Mine', 'app', '', {true}, 0.3, 'CC0', '', '')"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'control.sqlite'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    made = database.engine(url)
    yield made
    made.dispose()


def _execute(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def _all(engine: sa.Engine, select: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(select))]


def _fill(engine: sa.Engine) -> None:
    _execute(engine, *(row.format(true="true", false="false") for row in ROWS))


_NOTICED = (
    "SELECT delivery, snapshot, reason, count FROM reject_count UNION ALL "
    "SELECT delivery, snapshot, reason, count FROM unused_count UNION ALL "
    "SELECT delivery, snapshot, flag, count FROM flag_count UNION ALL "
    'SELECT delivery, snapshot, "column", line FROM reject'
)


def test_what_was_landed_before_there_were_landings_is_a_landing(engine: sa.Engine) -> None:
    database.upgrade(engine, "0001")
    _execute(engine, *FIRST_ROWS)
    database.upgrade(engine)
    assert _all(
        engine, "SELECT id, state, reason, service, encrypted, snapshot FROM delivery ORDER BY id"
    ) == [
        ("a", "landed", "", "", False, 1),
        ("b", "stopped", "why", "", False, None),
    ]
    assert _all(engine, "SELECT * FROM landing") == [
        ("a", 1, None, "l", 4, 1, 1, 1, 1, 0, "2026Q1", "", "", "")
    ]
    assert _all(engine, "SELECT path, delivery, from_snapshot, to_snapshot, first_measured_at FROM part") == [
        ("x.parquet", "a", 1, None, None)
    ]
    assert sorted(_all(engine, _NOTICED)) == [
        ("a", 1, "another cut", 1),
        ("a", 1, "latency_ms", 7),
        ("a", 1, "operator-unresolved", 1),
        ("a", 1, "out-of-bounds", 1),
    ]


def test_rows_survive_the_way_up_and_down(engine: sa.Engine) -> None:
    database.upgrade(engine, "0001")
    _execute(engine, *FIRST_ROWS)
    columns = "id, source, sha256, path, layout, state, reason, rows, accepted, unused, quarters, snapshot"
    select = f"SELECT {columns} FROM delivery ORDER BY id"
    before = _all(engine, select)
    assert [row[0] for row in before] == ["a", "b"]
    database.upgrade(engine)
    _execute(engine, DECLARED.format(true="true"))
    database.downgrade(engine, "0001")
    assert database.revision(engine) == "0001"
    assert _all(engine, select) == before
    assert _all(engine, "SELECT * FROM reject_count") == [("a", "out-of-bounds", 1)]
    assert _all(engine, "SELECT * FROM reject") == [("a", "out-of-bounds", 7, "latency_ms", "-1")]
    database.upgrade(engine)
    assert _all(engine, "SELECT id FROM delivery ORDER BY id") == [("a",), ("b",)]


def test_on_the_way_down_the_newest_landing_stays(engine: sa.Engine) -> None:
    database.upgrade(engine)
    _fill(engine)
    database.downgrade(engine, "0002")
    assert _all(engine, "SELECT id, rows, accepted, quarters FROM delivery ORDER BY id") == [
        ("a", 4, 1, "2026Q1"),
        ("b", 0, 0, ""),
    ]
    assert _all(engine, "SELECT * FROM flag_count") == [("a", "operator-unresolved", 1)]


def test_the_way_down_ends_at_an_empty_database(engine: sa.Engine) -> None:
    database.upgrade(engine)
    _fill(engine)
    database.downgrade(engine, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    assert database.revision(engine) is None


def test_migrations_arrive_at_the_declared_tables(engine: sa.Engine) -> None:
    database.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_declared_revision_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(ROOT / "migrations")).get_heads() == [REVISION]


def test_the_same_delivery_cannot_be_recorded_twice(engine: sa.Engine) -> None:
    database.upgrade(engine)
    _fill(engine)
    again = ROWS[2].format(true="true", false="false").replace("('a'", "('c'").replace("('b'", "('d'")
    with pytest.raises(sa.exc.IntegrityError):
        _execute(engine, again)
    _execute(engine, again.replace("'', '', 'p'", "'', 'fixed', 'p'").replace("'i'", "'j'"))
    assert len(_all(engine, "SELECT id FROM delivery")) == 4


def test_a_landed_delivery_has_a_snapshot(engine: sa.Engine) -> None:
    database.upgrade(engine)
    _fill(engine)
    with pytest.raises(sa.exc.IntegrityError):
        _execute(engine, "UPDATE delivery SET state = 'landed' WHERE id = 'b'")


def test_nothing_is_noticed_of_a_landing_that_never_was(engine: sa.Engine) -> None:
    database.upgrade(engine)
    _fill(engine)
    with pytest.raises(sa.exc.IntegrityError):
        _execute(engine, "INSERT INTO flag_count VALUES ('b', 1, 'measured-in-future', 1)")


def test_sqlite_keeps_what_was_committed(tmp_path: Path) -> None:
    made = database.engine(f"sqlite:///{tmp_path / 'control.sqlite'}")
    with made.connect() as connection:
        found = {
            name: connection.execute(sa.text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
