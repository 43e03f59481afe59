"""Nothing is lost: whatever a text holds, every row of it is accepted, rejected or left unused, once."""

import csv
import io
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb
import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from qos.domain.declaration import Csv, Declaration
from qos.domain.errors import DeliveryFault
from qos.domain.expressions import constant, divide, equals, month
from qos.domain.source import Shape, Source, SourceKind
from qos.store.reading import Reading, read
from qos.store.reading.content import NUL

SOURCE = Source(name="tiny", title="Tiny", kind=SourceKind.APP, shape=Shape.AGGREGATES, licence="CC0-1.0")
WIDE = Csv(
    keep={
        "period": month("month"),
        "service": constant("fixed"),
        "statistic": constant("mean"),
        "operator_name": "isp",
    },
    metrics={"download_mbps": divide("kbps", 1e3), "latency_ms": "ping"},
    reject={"vpn": equals("isp", "vpn")},
    unused={"all providers": equals("isp", "all")},
)
DECLARATION = Declaration(SOURCE, (WIDE,))
HEADER = ["month", "isp", "kbps", "ping"]
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])

months = st.sampled_from(["Jan 2018", "feb-18", "2019-03", "2018", "", "?"])
operators = st.sampled_from(
    ["Tigo", "vpn", "all", "", 'a "quoted" name', "two\nlines", "x, y", "Ñ", '5" disk']
)
numbers = st.one_of(
    st.sampled_from(["", "NaN", "-1", "inf", "1,5", "12 000", "1e99", " 7 "]),
    st.floats(0, 1e5, allow_nan=False).map(repr),
)
rows = st.lists(st.tuples(months, operators, numbers, numbers), max_size=12)


@dataclass(frozen=True)
class Fates:
    """A reading and the rows of its three tables, the line first."""

    reading: Reading
    accepted: list[tuple[object, ...]]
    rejected: list[tuple[object, ...]]
    unused: list[tuple[object, ...]]

    @property
    def lines(self) -> list[int]:
        """The line of every row, once per table it is in; a wide row's cells share one."""
        tables = (self.accepted, self.rejected, self.unused)
        return sorted(line for rows in tables for line in {int(str(row[0])) for row in rows})


def fates(data: bytes) -> Fates:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder, "delivery.csv")
        path.write_bytes(data)
        reading = read(connection, DECLARATION, path, delivery="delivery.csv", period=None)
        tables = [
            connection.execute(f"SELECT line, * EXCLUDE (line) FROM {table}").fetchall()
            for table in (reading.accepted, reading.rejected, reading.unused)
        ]
    return Fates(reading, *tables)


def written(body: list[tuple[str, ...]], delimiter: str = ",", end: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([HEADER, *body])
    return text.getvalue()


@FEW
@given(
    rows,
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_row_has_one_fate(body: list[tuple[str, ...]], delimiter: str, end: str, encoding: str) -> None:
    found = fates(written(body, delimiter, end).encode(encoding))
    reading = found.reading
    assert reading.rows == len(body)
    assert reading.rows == reading.accepted_rows + reading.rejected_rows + reading.unused_rows
    starts, line = [], 2
    for row in body:
        starts.append(line)
        line += 1 + sum(field.count("\n") for field in row)
    assert found.lines == starts


@FEW
@given(rows, st.data())
def test_a_text_with_any_damage_is_stopped_or_counted_whole(
    body: list[tuple[str, ...]], data: st.DataObject
) -> None:
    text = written(body)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(len("month,isp,kbps,ping\n"), len(text)))
        damage = data.draw(st.sampled_from([",", "\n", '"', "\n\n", ",,", "\0", " "]))
        text = text[:place] + damage + text[place:]
    try:
        found = fates(text.encode())
    except DeliveryFault as fault:
        assert "quote" in str(fault)  # nothing else here can hide where a row ends
        return
    reading = found.reading
    assert reading.rows == reading.accepted_rows + reading.rejected_rows + reading.unused_rows
    assert reading.rows == len(list(csv.reader(io.StringIO(text.replace("\0", NUL))))) - 1
    assert len(found.lines) == len(set(found.lines)) == reading.rows


@FEW
@given(rows)
def test_the_order_of_rows_changes_nothing_but_their_lines(body: list[tuple[str, ...]]) -> None:
    def content(order: list[tuple[str, ...]]) -> list[Counter[tuple[object, ...]]]:
        found = fates(written(order).encode())
        tables = (found.accepted, found.rejected, found.unused)
        return [Counter(row[1:] for row in table) for table in tables]

    assert content(body) == content(sorted(body, reverse=True))
