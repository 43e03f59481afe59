"""Sources that a workspace declares without code: like another one, under a name and a kind of their own."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from qos.domain.errors import WrongState
from qos.domain.operator import check_slug
from qos.domain.source import SourceKind
from qos.store.tables import DECLARED_SOURCE
from qos.store.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class DeclaredSource:
    """`like` names the source whose columns it has; the rest is as in `qos.domain.source.Source`."""

    name: str
    like: str
    kind: SourceKind
    title: str = ""
    kin: str = ""
    reference: bool = False
    bias_prior: float | None = None
    licence: str = ""
    notice: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        check_slug(self.name)


def declare(workspace: Workspace, declared: DeclaredSource) -> bool:
    """Adds a source; false when the very same is there. Raises WrongState for another of that name.

    What was landed under a declaration was landed under what it said then, so it is never changed.
    """
    with workspace.engine.begin() as database:
        there = _find(database, declared.name)
        if there == declared:
            return False
        if there is not None:
            raise WrongState(
                f"source {declared.name} is declared otherwise: {there}", next_command="qos sources"
            )
        database.execute(DECLARED_SOURCE.insert(), asdict(declared) | {"kind": declared.kind.value})
    return True


def declared_sources(workspace: Workspace) -> list[DeclaredSource]:
    """By name."""
    with workspace.engine.connect() as database:
        rows = database.execute(sa.select(DECLARED_SOURCE).order_by(DECLARED_SOURCE.c.name)).mappings().all()
    return [_declared(row) for row in rows]


def _find(database: sa.Connection, name: str) -> DeclaredSource | None:
    row = (
        database.execute(sa.select(DECLARED_SOURCE).where(DECLARED_SOURCE.c.name == name)).mappings().first()
    )
    return None if row is None else _declared(row)


def _declared(row: sa.RowMapping) -> DeclaredSource:
    return DeclaredSource(**{**row, "kind": SourceKind(row["kind"])})
