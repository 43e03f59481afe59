"""Which physical line each row of a CSV came from, and the lines that gave no row.

DuckDB names the rows it could not split; where every record has a line of its own the rest follows by
counting. Quoted line ends and blank lines are rare: then the file is walked once more, record by record.
"""

import csv
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from qos.store.reading.content import Content
from qos.store.reading.relation import FAULTS, Relation
from qos.store.reading.unpacking import ContentFault

_REASONS = {
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "broken quotes",
    "LINE SIZE OVER MAXIMUM": "line too long",
}


@dataclass(frozen=True)
class Lines:
    """Lines of the rows of a CSV that were split (`of_rows`; None: they follow `first`), and of those not."""

    first: int
    of_rows: np.ndarray | None
    unsplit: list[tuple[int, str, str]]

    @property
    def sql(self) -> str:
        """SQL of the line of a row of `reading_judged`."""
        return f"rowid + {self.first}" if self.of_rows is None else "line"


def find_lines(
    connection: duckdb.DuckDBPyConnection, relation: Relation, content: Content, rows: int
) -> Lines:
    """Lines of a CSV. Raises ContentFault when rows and lines cannot be brought together."""
    faults = connection.execute(
        f"SELECT line, arg_min(error_type, (byte_position, error_type)), left(min(csv_line), 200)"
        f" FROM {FAULTS} GROUP BY line ORDER BY line"
    ).fetchall()
    unsplit = [(line, _REASONS.get(kind, kind.lower()), text.strip("\r\n")) for line, kind, text in faults]
    one_each = content.lines == relation.first_line - 1 + rows + len(unsplit)
    if one_each and not unsplit:
        return Lines(relation.first_line, None, [])
    if one_each:
        lines = np.arange(relation.first_line, content.lines + 1)
        return Lines(0, np.setdiff1d(lines, [line for line, _, _ in unsplit]), unsplit)
    return _walk(relation, content, rows, unsplit)


def _walk(relation: Relation, content: Content, rows: int, unsplit: list[tuple[int, str, str]]) -> Lines:
    """Line of each record by Python's own reader; DuckDB counts records, blank lines among them."""
    starts, blank = _records(content, relation.delimiter)
    body = np.arange(len(starts)) >= relation.first_line - 1
    if len(relation.columns) == 1:
        blank = np.zeros_like(blank)  # a blank line of a single column is a row without a value
    bad = np.zeros(len(starts), dtype=bool)
    bad[[record - 1 for record, _, _ in unsplit if record <= len(starts)]] = True
    of_rows = starts[body & ~blank & ~bad]
    if len(of_rows) != rows:
        where = f"line {unsplit[-1][0]}" if unsplit else "an unknown line"
        raise ContentFault(f"the quotes cannot be followed: one that opens near {where} does not close")
    if unsplit and unsplit[-1][0] == len(starts) and unsplit[-1][1] == "broken quotes":
        # The last record swallowed every line after its quote.
        raise ContentFault(f"a quote that opens in line {starts[-1]} never closes")
    named = [(int(starts[record - 1]), reason, text) for record, reason, text in unsplit]
    empty = [(int(line), "empty row", "") for line in starts[body & blank]]
    return Lines(0, of_rows, sorted(named + empty))


def _records(content: Content, delimiter: str) -> tuple[np.ndarray, np.ndarray]:
    """First line of every record of the file, and whether it is blank."""
    starts, blank, line = [], [], 1
    with content.path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for record in reader:
                starts.append(line)
                blank.append(not record)
                line = reader.line_num + 1
        except csv.Error as fault:
            raise ContentFault(f"a quote that opens in line {line} does not close: {fault}") from fault
    return np.array(starts), np.array(blank, dtype=bool)


def unsplit_table(lines: Lines, *, shown: bool) -> pa.Table:
    """The rows that could not be split, as rejects: line, column, value (if it may be shown), reason."""
    columns = list(zip(*lines.unsplit, strict=True)) or [(), (), ()]
    return pa.table(
        {
            "line": pa.array(columns[0], pa.int64()),
            "column": pa.array([""] * len(columns[0]), pa.string()),
            "reason": pa.array(columns[1], pa.string()),
            "value": pa.array(((shown and text) or None for text in columns[2]), pa.string()),
        }
    )


def number_rows(connection: duckdb.DuckDBPyConnection, lines: Lines) -> None:
    """Writes the line beside every row where it does not follow from the row's place."""
    if lines.of_rows is None:
        return
    numbered = pa.table({"place": np.arange(len(lines.of_rows)), "line": lines.of_rows})
    connection.register("reading_numbered", numbered)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE reading_judged AS SELECT j.* EXCLUDE (place), n.line"
        " FROM (SELECT *, rowid AS place FROM reading_judged) j"
        " JOIN reading_numbered n USING (place) ORDER BY n.line"
    )
    connection.unregister("reading_numbered")
