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

ROWS = (
    "INSERT INTO snapshot VALUES (1, '2026-01-01T00:00:00.000000+00:00', 'd', 'landed')",
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


def _deliveries(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text("SELECT id FROM delivery ORDER BY id")).scalars())


def test_rows_survive_the_way_up_and_down(engine: sa.Engine) -> None:
    database.upgrade(engine, "0001")
    _execute(engine, *ROWS)
    database.upgrade(engine)
    assert _deliveries(engine) == ["a", "b"]
    _execute(engine, DECLARED.format(true="true"))
    database.downgrade(engine, "0001")
    assert database.revision(engine) == "0001"
    assert _deliveries(engine) == ["a", "b"]
    database.upgrade(engine)
    assert _deliveries(engine) == ["a", "b"]


def test_the_way_down_ends_at_an_empty_database(engine: sa.Engine) -> None:
    database.upgrade(engine)
    _execute(engine, *ROWS)
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
    _execute(engine, *ROWS)
    again = ROWS[1].replace("'a'", "'c'")
    with pytest.raises(sa.exc.IntegrityError):
        _execute(engine, again)


def test_a_landed_delivery_has_a_snapshot(engine: sa.Engine) -> None:
    database.upgrade(engine)
    _execute(engine, *ROWS)
    with pytest.raises(sa.exc.IntegrityError):
        _execute(engine, "UPDATE delivery SET state = 'landed' WHERE id = 'b'")


def test_sqlite_keeps_what_was_committed(tmp_path: Path) -> None:
    made = database.engine(f"sqlite:///{tmp_path / 'control.sqlite'}")
    with made.connect() as connection:
        found = {
            name: connection.execute(sa.text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
