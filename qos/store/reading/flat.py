"""Nested documents as one relation of text cells: what a `Documents` layout makes of a delivery."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from qos.domain.declaration import Declaration, Documents, Layout
from qos.store.reading.cells import Names, OddRow
from qos.store.reading.documents import NOT_AN_OBJECT, Found, Opened
from qos.store.reading.layout import find_layout
from qos.store.reading.sheet import Sheet
from qos.store.reading.unpacking import ContentFault
from qos.store.reading.words import RawColumn

UNEXPECTED = "a document of an unexpected form"
UNKNOWN_KIND, OTHER_KIND = "a document of an unknown kind", "a document of another kind"
NO_ROWS = "a document without a row"
_SLIPS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What code that takes a document apart raises when its form is another than it expects."""

_ROWS_AFTER = 1000

_Given = TypeVar("_Given")
_Document = Mapping[str, Any]


@dataclass(frozen=True)
class Flat:
    """rows, rejects: SQL of them, with `line`; header: names that were seen; counts: what a line of them
    is, `line`, `document` or (where a document gives several) `row`."""

    layout: Layout
    form: str
    rows: str
    rejects: str
    columns: dict[str, RawColumn]
    header: tuple[str, ...]
    counts: str
    nul: bool


def flatten(declaration: Declaration, opened: Opened, folder: Path) -> Flat:
    """Reads every document, once; `folder` takes temporary files. Raises ContentFault."""
    layouts = [layout for layout in declaration.layouts if isinstance(layout, Documents)]
    with Sheet(folder) as sheet:
        taking = _Taking(layouts, sheet)
        for found in opened.found:
            taking.take(found)
            if taking.hopeless:
                break
    if taking.names is None:
        raise ContentFault(taking.stopped)
    layout = find_layout(taking.layouts, "documents", taking.names.header, declaration.targets)
    columns = {name: RawColumn(f"c{i}") for i, name in enumerate(sheet.columns) if name in layout.used}
    return Flat(
        layout=layout,
        form=opened.form,
        rows=sheet.rows(by_place=taking.several),
        rejects=sheet.rejects(by_place=taking.several),
        columns=columns,
        header=tuple(taking.names.header),
        counts="row" if taking.several else "line" if opened.by_line else "document",
        nul=taking.names.nul,
    )


class _Taking:
    """Takes documents one by one; the first that a layout takes decides for the whole delivery.

    names: of its columns, None before. several: some document gave more rows than one, or none, so that
    only their own numbers tell rows apart. stopped: why no document was taken.
    """

    def __init__(self, layouts: list[Documents], sheet: Sheet) -> None:
        self.layouts = layouts
        self.names: Names | None = None
        self.several = False
        self._sheet = sheet
        self._place = 0
        self._first_odd = ""

    @property
    def stopped(self) -> str:
        return f"no document that the source knows; of the first: {self._first_odd or 'there is none'}"

    @property
    def hopeless(self) -> bool:
        """A name nobody explained stops the delivery: a few more rows, to tell others with it, are enough."""
        return self.names is not None and self.names.rows_since_unexplained > _ROWS_AFTER

    def take(self, found: Found) -> None:
        try:
            if found.document is None:
                raise OddRow(found.fault, "", found.detail)
            names = self.names or self._choose(found.document)
            records = _records(found.document, self.layouts[0].records)
        except OddRow as odd:
            self._reject(found.place, odd)
            return
        self.several = self.several or len(records) != 1
        for record in records:
            try:
                rows = _rows(self.layouts[0], record)
            except OddRow as odd:
                self._reject(found.place, odd)
                continue
            self.several = self.several or len(rows) > 1
            for row in rows:
                self._take_row(found.place, row, names)

    def _choose(self, document: _Document) -> Names:
        """Layouts with the same way to rows are told apart later, by the columns that these have."""
        layout = next((layout for layout in self.layouts if _is_of(layout, document)), None)
        if layout is None:
            raise OddRow(UNKNOWN_KIND)
        chosen = (layout.rows, layout.records, layout.takes)
        self.layouts = [one for one in self.layouts if (one.rows, one.records, one.takes) == chosen]
        self.names = Names(self.layouts)
        self._sheet.columns = self.names.used
        return self.names

    def _take_row(self, line: int, row: Mapping[str, object], names: Names) -> None:
        try:
            cells = names.cells(row)
        except OddRow as odd:
            self._reject(line, odd)
            return
        self._place += 1
        self._sheet.add(line, self._place, cells)

    def _reject(self, line: int, odd: OddRow) -> None:
        self._place += 1
        self._first_odd = self._first_odd or ", ".join(filter(None, (odd.reason, odd.detail)))
        self._sheet.reject(line, self._place, odd.column, odd.detail, odd.reason)


def _is_of(layout: Documents, document: _Document) -> bool:
    """Whether the document, or the first of its records, is of this layout's kind."""
    try:
        records = _records(document, layout.records)
    except OddRow:
        return False
    first = records[0] if records else None
    return not isinstance(first, Mapping) or _takes(layout, first)


def _records(document: _Document, path: str) -> list[Any]:
    """The document itself, or what stands in its list of records."""
    if not path:
        return [document]
    node: Any = document
    for name in path.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    if not isinstance(node, list):
        raise OddRow(f"no list {path!r}")
    return node


def _takes(layout: Documents, record: _Document) -> bool:
    return layout.takes is None or bool(_guarded(layout.takes, record))


def _rows(layout: Documents, record: object) -> list[Mapping[str, object]]:
    """The rows of one record, at least one. Raises OddRow."""
    if not isinstance(record, Mapping):
        raise OddRow(NOT_AN_OBJECT)
    if not _takes(layout, record):
        raise OddRow(OTHER_KIND)
    rows = _guarded(lambda document: _listed(layout.rows(document)), record)
    if not rows:
        raise OddRow(NO_ROWS)
    return rows


def _listed(rows: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    return list(rows)


def _guarded(function: Callable[[_Document], _Given], document: _Document) -> _Given:
    """A ValueError is the declaration's own reason; whatever else goes wrong is the document's form."""
    try:
        return function(document)
    except _SLIPS as fault:
        if type(fault) is ValueError:
            raise OddRow(str(fault)) from fault
        raise OddRow(UNEXPECTED, "", f"{type(fault).__name__}: {str(fault)[:80]}") from fault
