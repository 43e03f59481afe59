"""Which of a source's layouts a header has, and what to say when it has none."""

from collections.abc import Mapping, Sequence

from qos.domain.declaration import Layout
from qos.domain.measurement import Column
from qos.store.reading.content import ContentFault

_FORMS = {"csv": "CSV", "ndjson": "NDJSON", "parquet": "Parquet", "workbook": "a workbook"}
_NAMES_SHOWN = 20


def find_layout(
    layouts: Sequence[Layout], form: str, header: Sequence[str], targets: Mapping[str, Column]
) -> Layout:
    """The first layout that explains every column of the header and misses none. Raises ContentFault."""
    candidates = [layout for layout in layouts if form in layout.formats]
    if not candidates:
        expected = sorted({_FORMS[name] for layout in layouts for name in layout.formats})
        raise ContentFault(f"this is {_FORMS[form]}; the source comes as {' or '.join(expected)}")
    if "" in header:
        raise ContentFault(f"column {list(header).index('') + 1} of {len(header)} has no name")
    if twice := sorted({name for name in header if list(header).count(name) > 1}):
        raise ContentFault(f"columns that stand twice in the header: {twice}")
    gaps = [_gap(layout, header, targets) for layout in candidates]
    for layout, (unexplained, missing) in zip(candidates, gaps, strict=True):
        if not unexplained and not missing:
            return layout
    nearest = min(range(len(candidates)), key=lambda i: len(gaps[i][0]) + len(gaps[i][1]))
    raise ContentFault(_describe(candidates[nearest], *gaps[nearest], several=len(candidates) > 1))


def fit(layouts: Sequence[Layout], header: Sequence[str]) -> int:
    """How many columns of the header the best layout knows; tells separators apart."""
    return max((len(set(header) & set(layout.explained)) for layout in layouts), default=0)


def _gap(layout: Layout, header: Sequence[str], targets: Mapping[str, Column]) -> tuple[list[str], list[str]]:
    """Columns of the header that the layout does not explain, and columns it needs that are not there."""
    explained = layout.explained
    unexplained = [name for name in header if name not in explained]
    missing = [name for name in explained if name not in header and not layout.may_lack(name, targets)]
    return unexplained, missing


def _describe(layout: Layout, unexplained: list[str], missing: list[str], several: bool) -> str:
    parts = []
    if unexplained:
        parts.append(f"columns nobody has explained yet: {_shown(unexplained)}")
    if missing:
        parts.append(f"columns missing: {_shown(missing)}")
    near = f" (nearest layout: {layout.name})" if several and layout.name else ""
    return "; ".join(parts) + near


def _shown(names: list[str]) -> str:
    rest = len(names) - _NAMES_SHOWN
    return f"{names[:_NAMES_SHOWN]}" + (f" and {rest} more" if rest > 0 else "")
