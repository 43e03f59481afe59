"""The control database by its address: SQLite in the workspace, or PostgreSQL; its migrations."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from qos.domain.errors import QosError, WrongState
from qos.store.tables import REVISION

_MIGRATIONS = Path(__file__).parents[2] / "migrations"
"""Beside the package, in a checkout as in an installation."""


def engine(url: str) -> sa.Engine:
    """An engine for SQLite or PostgreSQL. Nothing is connected yet."""
    try:
        kind = sa.make_url(url).get_backend_name()
    except sa.exc.ArgumentError as fault:
        raise QosError(f"not the address of a database: {fault}") from fault
    if kind not in ("sqlite", "postgresql"):
        raise QosError(f"no such database: {kind} (sqlite or postgresql)")
    try:
        made = sa.create_engine(url)
    except ModuleNotFoundError as fault:
        raise QosError(f"{fault}", next_command="pip install 'qos[postgresql]'") from fault
    if kind == "sqlite":
        sa.event.listen(made, "connect", _set_up_sqlite)
    return made


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """What is committed must be on disk before a landing is called done, and references must hold."""
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 60000"):
        connection.execute(f"PRAGMA {pragma}").close()


def revision(database: sa.Engine) -> str | None:
    """The migration the database is at; null for an empty one."""
    if not sa.inspect(database).has_table("alembic_version"):
        return None
    with database.connect() as connection:
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def require_head(database: sa.Engine) -> None:
    """Raises WrongState when the database is of another version than this program."""
    try:
        found = revision(database)
    except sa.exc.OperationalError as fault:
        raise QosError(f"the database does not answer: {fault.orig}") from fault
    if found != REVISION:
        raise WrongState(
            f"the database is at revision {found or 'none'}, this program needs {REVISION}",
            next_command="qos migrate",
        )


def upgrade(database: sa.Engine, to: str = "head") -> None:
    _migrate(database, "upgrade", to)


def downgrade(database: sa.Engine, to: str) -> None:
    _migrate(database, "downgrade", to)


def _migrate(database: sa.Engine, direction: str, to: str) -> None:
    """One transaction for all steps. Alembic is imported here only: most commands never migrate."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with database.begin() as connection:
        config.attributes["connection"] = connection
        getattr(command, direction)(config, to)
