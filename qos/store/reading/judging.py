"""What is found of every row of a delivery: typed values, or the fault for which it does not enter.

The common case is read as it lies in memory, typed (`plain.py`, `plain_lines.py`); all else goes row by row
into a table of its own, in which every fault has its line, its column and its text.
"""

from dataclasses import dataclass

import duckdb

from qos.domain.declaration import Declaration
from qos.domain.quarter import Period
from qos.domain.source import Shape
from qos.store.reading.content import Content
from qos.store.reading.lines import find_lines, number_rows, unsplit_table
from qos.store.reading.plain import PLAIN, read_plain
from qos.store.reading.plain_lines import read_plain_lines
from qos.store.reading.relation import Relation
from qos.store.reading.rules import REJECTED, Judgement
from qos.store.reading.words import Words

JUDGED, UNSPLIT = "reading_judged", "reading_unsplit"
"""The temp table (or view) of the rows with what was found of each; what gave no row."""


@dataclass(frozen=True)
class Said:
    """What is said about a delivery as it is handed over."""

    delivery: str
    period: Period | None
    service: str | None


@dataclass(frozen=True)
class Judged:
    """What stands in `JUDGED`: rows, and those that enter. In SQL, line: of a row of it; unsplit: of what
    gave no row, where there may be any."""

    judgement: Judgement
    rows: int
    accepted: int
    line: str
    unsplit: str = ""


def _judgement(declaration: Declaration, said: Said, relation: Relation, *, numbered: bool) -> Judgement:
    layout = relation.layout
    words = Words(relation.columns, layout.none, layout.decimal_comma, said.period, said.service)
    return Judgement(words, layout, declaration.targets, relation.nul, relation.rules, numbered)


def judge_plain(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    said: Said,
    content: Content,
    relation: Relation,
) -> Judged | None:
    """The rows as they lie in memory, typed, where all of them enter or are good for nothing here; else null.

    A rejected row is read carefully: what is shown of it is its text.
    """
    if declaration.source.shape is not Shape.MEASUREMENTS:
        return None
    plain = read_plain(content, relation, declaration.targets)
    plain = plain or read_plain_lines(connection, content, relation, declaration.targets)
    if plain is None:
        return None
    judgement = _judgement(declaration, said, plain.relation, numbered=True)
    if judgement.needs_row_number:
        return None
    connection.register(PLAIN, plain.rows)
    faults = connection.execute(
        f"SELECT DISTINCT fault FROM ({judgement.select(PLAIN)}) WHERE fault IS NOT NULL"
    )
    fates = {judgement.rules[fault].fate for (fault,) in faults.fetchall()}
    if REJECTED in fates:
        connection.unregister(PLAIN)
        return None
    made = "TABLE" if fates else "VIEW"
    connection.execute(f"CREATE TEMP {made} {JUDGED} AS {judgement.select(PLAIN, faultless=not fates)}")
    rows = plain.rows.num_rows
    return Judged(judgement, rows, _accepted(connection) if fates else rows, "line")


def judge(
    connection: duckdb.DuckDBPyConnection,
    declaration: Declaration,
    said: Said,
    content: Content,
    relation: Relation,
) -> Judged:
    """The rows of any relation, in a table of their own."""
    judgement = _judgement(declaration, said, relation, numbered=bool(relation.rejects))
    numbered = relation.sql
    if judgement.needs_row_number:
        numbered = f"(SELECT *, row_number() OVER () AS row_number FROM {relation.sql})"
    connection.execute(f"CREATE TEMP TABLE {JUDGED} AS {judgement.select(numbered)}")
    rows = count(connection, f"SELECT count(*) FROM {JUDGED}")
    line, unsplit = "line" if relation.rejects else f"rowid + {relation.first_line}", relation.rejects
    if content.form == "csv" and relation.first_line:  # of a table that was computed each row has its line
        lines = find_lines(connection, relation, content, rows)
        number_rows(connection, lines)
        connection.register(UNSPLIT, unsplit_table(lines, shown=not declaration.source.personal))
        line, unsplit = lines.sql, UNSPLIT
    return Judged(judgement, rows, _accepted(connection), line, unsplit)


def _accepted(connection: duckdb.DuckDBPyConnection) -> int:
    return count(connection, f"SELECT count(*) FROM {JUDGED} WHERE fault IS NULL")


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
