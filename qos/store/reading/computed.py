"""Tables (CSV, Parquet) whose rows are computed: each goes to a layout's `rows` as a document would."""

import csv
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qos.domain.declaration import Computed, Declaration
from qos.store.reading.content import Content
from qos.store.reading.documents import Found, Opened
from qos.store.reading.layout import shown_names
from qos.store.reading.unpacking import ContentFault

ROWS_AT_ONCE = 1000
FIELDS = "another number of fields than the header"


def open_computed(declaration: Declaration, content: Content, delimiter: str) -> Opened | None:
    """The rows as documents, if the first one is of such a layout; else the table is read by column.

    delimiter: of a CSV. A CSV's rows have their line as place, those of Parquet their number.
    """
    layouts = [layout for layout in declaration.layouts if isinstance(layout, Computed)]
    if not layouts or content.form not in ("csv", "parquet"):
        return None
    found = _of_csv(content, delimiter) if content.form == "csv" else _of_parquet(content.path)
    start = list(islice(found, 1))
    if not any(one.document is not None and _takes(layouts, one.document) for one in start):
        return None
    return Opened(content.form, content.form == "csv", chain(start, found))


def _takes(layouts: list[Computed], row: Mapping[str, Any]) -> bool:
    return any(layout.takes is None or layout.takes(row) for layout in layouts)


def _of_csv(content: Content, delimiter: str) -> Iterator[Found]:
    with content.path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            header = next((record for record in reader if any(map(str.strip, record))), [])
            names = [name.strip() for name in header]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ContentFault(f"columns that stand twice in the header: {shown_names(twice)}")
            for record in reader:
                if len(record) == len(names):
                    yield Found(reader.line_num, dict(zip(names, record, strict=True)))
                elif any(map(str.strip, record)):
                    yield Found(reader.line_num, None, FIELDS)
        except (csv.Error, UnicodeDecodeError) as fault:
            raise ContentFault(f"line {reader.line_num}: {fault}") from fault


def _of_parquet(path: Path) -> Iterator[Found]:
    try:
        with pq.ParquetFile(path) as file:
            rows = (row for part in file.iter_batches(ROWS_AT_ONCE) for row in part.to_pylist())
            for number, row in enumerate(rows, 1):
                yield Found(number, row)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise ContentFault(f"the Parquet file is cut short or damaged: {str(fault)[:120]}") from fault
