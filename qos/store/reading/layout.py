"""Which of a source's layouts a header has, and what to say when it has none."""

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath

from qos.domain.declaration import Csv, Layout
from qos.domain.measurement import Column
from qos.store.reading.unpacking import ContentFault

FORMS = {
    "csv": "CSV",
    "ndjson": "NDJSON",
    "parquet": "Parquet",
    "workbook": "a workbook",
    "documents": "nested JSON",
    "json": "a JSON array or document",
    "tar": "a tar archive of several files",
    "zip": "a ZIP archive of several files",
}
"""How a form of delivery is called to people."""
_NAMES_SHOWN, _LETTERS_SHOWN = 20, 60


class NoLayout(ContentFault):
    """The columns are not those of any layout; of the nearest: unexplained -> the known name it resembles,
    if any; missing; how many columns it does explain."""

    def __init__(
        self, layout: Layout, unexplained: Mapping[str, list[str]], missing: list[str], known: int, near: str
    ) -> None:
        self.layout, self.unexplained, self.missing, self.known = layout, unexplained, missing, known
        super().__init__(_describe(unexplained, missing) + near)


def find_layout(
    layouts: Sequence[Layout], form: str, header: Sequence[str], targets: Mapping[str, Column]
) -> Layout:
    """The first layout that explains every column of the header and misses none. Raises ContentFault.

    Of nested documents each has the names it needs, so there is none to miss.
    """
    candidates = [layout for layout in layouts if form in layout.formats]
    if not candidates:
        raise ContentFault(other_form(layouts, form))
    if "" in header and form != "documents":
        raise ContentFault(f"column {list(header).index('') + 1} of {len(header)} has no name")
    if twice := sorted(name for name, count in Counter(header).items() if count > 1):
        raise ContentFault(f"columns that stand twice in the header: {shown_names(twice)}")
    gaps = [_gap(layout, header, targets, form) for layout in candidates]
    for layout, (unexplained, missing) in zip(candidates, gaps, strict=True):
        if not unexplained and not missing:
            return layout
    nearest = min(range(len(candidates)), key=lambda i: len(gaps[i][0]) + len(gaps[i][1]))
    layout, (unexplained, missing) = candidates[nearest], gaps[nearest]
    near = f" (nearest layout: {layout.name})" if len(candidates) > 1 and layout.name else ""
    known = len(header) - len(unexplained)
    resembled = _nearest(layout.explained, tuple(unexplained), tuple(missing))
    raise NoLayout(layout, resembled, missing, known, near)


def other_form(layouts: Sequence[Layout], form: str) -> str:
    """What is said of a form that the source never has."""
    expected = sorted({FORMS[name] for layout in layouts for name in layout.formats})
    hint = {
        "json": ": send one object per line (NDJSON)",
        "tar": ": unpack it first",
        "zip": ": unpack it first",
    }
    return f"this is {FORMS[form]}; the source comes as {' or '.join(expected)}{hint.get(form, '')}"


def of_name(layouts: Sequence[Layout], delivery: str) -> list[Layout]:
    """The layouts whose tables may be called so. Raises ContentFault where there is none."""
    name = PurePath(delivery).name
    found = [layout for layout in layouts if _may_be_called(layout, name)]
    if not found:
        raise ContentFault(
            f"nothing in its name {name!r} says which table of the source it is: give its own name back"
        )
    return found


def _may_be_called(layout: Layout, name: str) -> bool:
    if not isinstance(layout, Csv) or not layout.named:
        return True
    return re.search(layout.named, name, re.IGNORECASE) is not None


def unheaded(layouts: Sequence[Layout], record: Sequence[str]) -> tuple[str, ...] | None:
    """Column names of a first record that is none of names, if a layout declares their order; else None."""
    bare = [layout.bare for layout in layouts if isinstance(layout, Csv) and layout.bare]
    known = {name for layout in layouts for name in layout.explained}
    fitting = {names for names in bare if len(names) == len(record)}
    return fitting.pop() if len(fitting) == 1 and not known & set(record) else None


def fit(layouts: Sequence[Layout], header: Sequence[str]) -> int:
    """How many columns of the header the best layout knows; tells separators apart."""
    return max((len(set(header) & set(layout.explained)) for layout in layouts), default=0)


def _gap(
    layout: Layout, header: Sequence[str], targets: Mapping[str, Column], form: str
) -> tuple[list[str], list[str]]:
    """Columns of the header that the layout does not explain, and columns it needs that are not there."""
    explained = set(layout.explained)
    unexplained = [name for name in header if name not in explained and layout.reason_to_ignore(name) is None]
    if form == "documents":
        return unexplained, []
    present = set(header)
    needed = (name for name in layout.explained if name not in present and not name.endswith(".*"))
    return unexplained, [name for name in needed if not layout.may_lack(name, targets)]


@lru_cache(maxsize=128)
def _nearest(
    explained: tuple[str, ...], unexplained: tuple[str, ...], missing: tuple[str, ...]
) -> Mapping[str, list[str]]:
    """Of each unexplained column the known one it resembles most, if any; a missing one before others.

    Comparing names is slow, and in a folder one header comes with file after file.
    """
    lower = {name.lower(): name for name in (*explained, *missing)}
    found: dict[str, list[str]] = {}
    for place, name in enumerate(unexplained):
        if place >= _NAMES_SHOWN:
            found[name] = []
            continue
        among = [name.lower() for name in missing] or list(lower)
        close = difflib.get_close_matches(name.lower(), among, 1) or difflib.get_close_matches(
            name.lower(), list(lower), 1
        )
        found[name] = [lower[close[0]]] if close else []
    return found


def _describe(unexplained: Mapping[str, list[str]], missing: list[str]) -> str:
    parts = []
    if unexplained:
        parts.append(f"columns nobody has explained yet: {shown_names(list(unexplained))}")
    if missing:
        parts.append(f"columns missing: {shown_names(missing)}")
    if known := [f"{_cut(name)!r} for {near[0]!r}" for name, near in unexplained.items() if near]:
        parts.append(f"nearest known: {', '.join(known[:_NAMES_SHOWN])}")
    return "; ".join(parts)


def shown_names(names: list[str]) -> str:
    """The first of some names as delivered, none of them long."""
    rest = len(names) - _NAMES_SHOWN
    return f"{[_cut(name) for name in names[:_NAMES_SHOWN]]}" + (f" and {rest} more" if rest > 0 else "")


def _cut(name: str) -> str:
    """Of a "name" that is a whole line of something else, the beginning."""
    return name if len(name) <= _LETTERS_SHOWN else f"{name[:_LETTERS_SHOWN]}…"
