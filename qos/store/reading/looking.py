"""What stands in a file that no source explains: its form, its columns and some of their values."""

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow.parquet as pq
import python_calamine

from qos.domain.declaration import dotted
from qos.store.reading import OpenedFile
from qos.store.reading.documents import Found, open_documents
from qos.store.reading.relation import SEPARATORS
from qos.store.reading.unpacking import ContentFault

ROWS_LOOKED_AT = 1000
_NAMES_LOOKED_AT = 1000


@dataclass(frozen=True)
class Look:
    """form: csv, ndjson, json, parquet, workbook, tar or zip. nested: rows are documents, columns dotted
    names. records: name of the list in which one document keeps its rows. values: column -> texts of the
    first rows, without empty ones. map: what kind of map it is, empty for anything else."""

    form: str
    nested: bool
    records: str
    values: Mapping[str, tuple[str, ...]]
    map: str = ""


def look(file: OpenedFile) -> Look:
    """The first rows of any file. Raises ContentFault where there are none."""
    form = file.content.form
    if form in ("ndjson", "json", "tar", "zip"):
        return _documents(file)
    rows = {"csv": _csv, "parquet": _parquet, "workbook": _workbook}[form](file)
    try:
        values = _by_column(itertools.islice(rows, ROWS_LOOKED_AT))
    except (csv.Error, OSError, ValueError, duckdb.Error, python_calamine.CalamineError) as fault:
        raise ContentFault(str(fault).partition("\n")[0]) from fault
    if not values:
        raise ContentFault("there is no row in it")
    return Look(form, False, "", values)


def _by_column(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """In the order of their first appearance; a name without any value has none."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for name, value in row.items():
            if len(found) < _NAMES_LOOKED_AT or name in found:
                texts = found.setdefault(name, [])
                if value is not None and not isinstance(value, dict | list) and str(value).strip():
                    texts.append(str(value).strip())
    return {name: tuple(texts) for name, texts in found.items()}


def _csv(file: OpenedFile) -> Iterator[Mapping[str, Any]]:
    with file.content.path.open(encoding="utf-8-sig", newline="") as text:
        head = file.content.head.lstrip("\ufeff").partition("\n")[0]
        separator = max(SEPARATORS, key=lambda one: len(next(csv.reader([head], delimiter=one), [])))
        yield from csv.DictReader(text, delimiter=separator, restkey="", restval="")


def _parquet(file: OpenedFile) -> Iterator[Mapping[str, Any]]:
    with pq.ParquetFile(file.content.path) as table:
        for part in table.iter_batches(ROWS_LOOKED_AT):
            for row in part.to_pylist():
                yield from dotted(row)


def _workbook(file: OpenedFile) -> Iterator[Mapping[str, Any]]:
    sheet = python_calamine.CalamineWorkbook.from_path(file.content.path).get_sheet_by_index(0)
    rows = iter(sheet.to_python(skip_empty_area=True))
    header = [str(cell).strip() for cell in next(rows, [])]
    for row in rows:
        yield dict(zip(header, row, strict=False))


def _documents(file: OpenedFile) -> Look:
    opened = open_documents(file.content, file.folder)
    first = list(itertools.islice((found.document for found in _good(opened.found)), ROWS_LOOKED_AT))
    if not first:
        raise ContentFault("no JSON object is in it")
    if first[0].get("type") == "Topology":
        return Look(opened.form, True, "", {}, map="TopoJSON")
    records = _list_of_records(first[0]) if len(first) == 1 else ""
    rows = first[0][records] if records else first
    flat = (flat for row in rows[:ROWS_LOOKED_AT] if isinstance(row, dict) for flat in dotted(row))
    values = _by_column(flat)
    polygons = {"Polygon", "MultiPolygon"} & set(values.get("geometry.type", ()))
    return Look(opened.form, True, records, values, map="GeoJSON" if polygons else "")


def _good(found: Iterable[Found]) -> Iterator[Any]:
    return (one for one in found if one.document is not None)


def _list_of_records(document: Mapping[str, Any]) -> str:
    """The only list of objects in a document that is little else."""
    lists = [
        name
        for name, value in document.items()
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    ]
    return lists[0] if len(lists) == 1 and "." not in lists[0] else ""
