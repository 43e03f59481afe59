"""Sources: one file each, found by its name. Nothing here fetches.

The file `ofcom_panel.py` declares the source `ofcom-panel` as `DECLARATION`.
"""

import difflib
import pkgutil
from importlib import import_module

from qos.domain.declaration import Declaration
from qos.domain.errors import NotFound, UsageFault
from qos.domain.source import Source, SourceKind

LIKE = ("canonical", "canonical-aggregates", "published")
"""What a source declared without code may be like."""


def names() -> list[str]:
    """Every source that has a file, sorted; a file whose name begins with `_` is no source."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name.replace("_", "-") for name in modules if not name.startswith("_"))


def every() -> dict[str, Declaration]:
    """Every source's declaration, by name."""
    return {name: _declaration(name) for name in names()}


def find(name: str) -> Declaration:
    """The declaration of a source. Raises NotFound with the nearest name."""
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise NotFound(f"no source is called {name!r}{hint}", next_command="qos sources")
    return _declaration(name)


def _declaration(name: str) -> Declaration:
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    declaration: Declaration = module.DECLARATION
    return declaration


def like(
    name: str,
    *,
    like: str,
    kind: str,
    title: str = "",
    licence: str = "none stated",
    notice: str = "",
    url: str = "",
    kin: str = "",
    reference: bool = False,
    bias_prior: float | None = None,
) -> Declaration:
    """A source of one's own whose rows are like those of `canonical` or `canonical-aggregates`.

    Raises UsageFault on a name that is taken or no slug, and on an unknown `like` or `kind`.
    """
    if like not in LIKE:
        raise UsageFault(f"a source can be like {', '.join(LIKE)}, not like {like!r}")
    if name in names():
        raise UsageFault(f"{name!r} is a source already", next_command="qos sources")
    model = import_module(f"{__name__}.{like.replace('-', '_')}")
    shape = model.SOURCE.shape
    try:
        source = Source(
            name=name,
            title=title or name,
            kind=SourceKind(kind),
            shape=shape,
            licence=licence,
            notice=notice,
            url=url,
            kin=kin,
            reference=reference,
            bias_prior=bias_prior,
            personal=model.SOURCE.personal,
        )
    except ValueError as fault:
        raise UsageFault(str(fault), next_command="qos sources add --help") from fault
    return Declaration(source, (model.rows(name),))
