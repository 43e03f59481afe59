"""The sources a workspace knows: those in the package, and those declared in it without code."""

from qos import sources as bundled
from qos.domain.declaration import Declaration
from qos.domain.errors import NotFound, WrongState
from qos.domain.source import Source, SourceKind
from qos.store import declared
from qos.store.declared import DeclaredSource
from qos.store.workspace import Workspace


def declaration(workspace: Workspace | None, name: str) -> Declaration:
    """How a source's deliveries are read. Raises NotFound with the nearest name."""
    own = {} if workspace is None else _own(workspace)
    if name in own:
        return own[name]
    try:
        return bundled.find(name)
    except NotFound as fault:
        add = f"qos sources add {name} --like canonical --kind app"
        raise NotFound(f"{fault}", next_command=add) from fault


def declarations(workspace: Workspace | None) -> dict[str, Declaration]:
    """Every source's declaration, by name."""
    known = bundled.every()
    return known if workspace is None else known | _own(workspace)


def known_sources(workspace: Workspace) -> dict[str, Source]:
    """Every source by name."""
    return {name: found.source for name, found in declarations(workspace).items()}


def declare(workspace: Workspace, source: DeclaredSource, *, dry_run: bool = False) -> Source:
    """Declares a source without code and returns it. Raises UsageFault for what cannot be a source,
    WrongState for another source of that name."""
    made = _declaration(source).source
    if dry_run:
        there = {own.name: own for own in declared.declared_sources(workspace)}.get(source.name)
        if there not in (None, source):
            raise WrongState(f"source {source.name} is declared otherwise", next_command="qos sources")
    else:
        declared.declare(workspace, source)
    return made


def _own(workspace: Workspace) -> dict[str, Declaration]:
    return {own.name: _declaration(own) for own in declared.declared_sources(workspace)}


def _declaration(own: DeclaredSource) -> Declaration:
    return bundled.like(
        own.name,
        like=own.like,
        kind=SourceKind(own.kind).value,
        title=own.title,
        licence=own.licence or "not stated",
        notice=own.notice,
        url=own.url,
        kin=own.kin,
        reference=own.reference,
        bias_prior=own.bias_prior,
    )
