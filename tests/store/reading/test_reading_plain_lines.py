"""NDJSON that is read with its types says what the careful reading of it says, or leaves it to that one."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.store import reading
from qos.store.reading import Reading, content, held, judging, read
from qos.store.reading.plain_lines import may_be_plain, read_plain_lines

CANONICAL = sources.find("canonical")
GOOD: dict[str, Any] = {
    "measurement_id": "m1",
    "measured_at": "2026-08-01T03:00:00Z",
    "service": "mobile",
    "server": "Hà Nội",
    "asn": 7552,
    "latency_ms": 5.25,
    "loss_ratio": 0,
}
FEW = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Said = tuple[object, ...]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.fixture
def reads(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bytes, bool], tuple[Said, bool]]:
    """What a text says, read carefully or, where it is plain, plainly; and whether it was."""
    path = tmp_path / "rows.ndjson"
    taken: list[bool] = []

    def noted(*given: Any) -> Any:
        plain = read_plain_lines(*given, least=1)
        taken.append(plain is not None)
        return plain

    def never(*_given: Any) -> None:
        return None

    def reads(data: bytes, plainly: bool) -> tuple[Said, bool]:
        path.write_bytes(data)
        taken.clear()
        least = 1 if plainly else len(data) + 1
        monkeypatch.setattr(reading, "may_be_plain", partial(may_be_plain, least=least))
        monkeypatch.setattr(judging, "read_plain_lines", noted if plainly else never)
        try:
            found = read(connection, CANONICAL, path, delivery="rows.ndjson", period=None)
        except DeliveryFault as fault:
            return (str(fault),), any(taken)
        return said(connection, found), any(taken)

    return reads


def said(connection: duckdb.DuckDBPyConnection, found: Reading) -> Said:
    """Everything that a reading says, values with their types."""
    columns = [row[:2] for row in connection.execute(f"DESCRIBE {found.accepted}").fetchall()]
    tables = (found.accepted, found.rejected, found.unused)
    rows = [connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in tables]
    counts = (found.rows, found.accepted_rows, found.rejected_rows, found.unused_rows)
    about = (found.layout, found.form, found.kept_columns, dict(found.ignored_columns), found.counts)
    return (repr(rows), columns, counts, about, [dict(row) for row in found.first_rows])


def line(**changed: object) -> str:
    row = GOOD | changed
    return json.dumps({name: value for name, value in row.items() if value != ...}, ensure_ascii=False)


def text(*lines: str) -> bytes:
    return "".join(one + "\n" for one in lines).encode()


PLAIN = {
    "all given": [line(), line(measurement_id="m2", latency_ms=1e3)],
    "truths": [line(server_on_net=True), line(server_on_net=None), line(loss_ratio=1)],
    "some null": [line(), line(loss_ratio=None), line(server=None, latency_ms=None)],
    "some left out": [line(), line(loss_ratio=..., server=...)],
    "some null, some left out": [line(loss_ratio=None), line(server=...), line(asn=None, server=...)],
    "commas in texts": [line(server="a, b, c"), line()],
    "commas in texts and nulls": [line(server="a, b"), line(loss_ratio=None, server=",,")],
    "escapes": [json.dumps(GOOD), line(server='quo"te')],
    "escaped commas": [line(server="x").replace('"x"', '"\\u002c"'), line()],
    "an escaped key": [line().replace('"server"', '"\\u0073erver"'), line()],
    "numbers as texts": [line(latency_ms="5.5", asn="7552"), line()],
    "empty texts": [line(server=""), line()],
    "blanks between": [json.dumps(GOOD, separators=(" , ", " : ")), line()],
    "another order": [line(), json.dumps(dict(reversed(GOOD.items())))],
    "without a last line end": [line(), line()[:-1] + "} "],
    "the words in texts": [line(server="null"), line(server="true"), line(server="false null")],
}
NOT_PLAIN = {
    "an unknown key": [line(), line(zz=1)],
    "an unknown key that is null": [line(), line(zz=None)],
    "an unknown key for a known one": [line(), line(zz=1, loss_ratio=...)],
    "an unknown null for a known one": [line(loss_ratio=None), line(zz=None, loss_ratio=...)],
    "an unknown key in another case": [line(), line(Server="x", server=...)],
    "a key twice": [line(), line()[:-1] + ', "server": "y"}'],
    "a key twice, once null": [line(), line(server=None)[:-1] + ', "server": "y"}'],
    "a key twice, another left out": [line(), line(asn=...)[:-1] + ', "server": "y"}'],
    "a comma too many": [line(), line()[:-1] + ",}"],
    "a text for a number": [line(), line(latency_ms="fast")],
    "a truth for a number": [line(), line(loss_ratio=False)],
    "a truth for a number, others true": [line(server_on_net=True), line(loss_ratio=True)],
    "a nested value": [line(), line(server={"a": 1})],
    "a nested value under a number": [line(), line(latency_ms=[1])],
    "blanks around a text": [line(), line(server=" x")],
    "a number beyond": [line(), line().replace("5.25", "1e400")],
    "a time without a zone": [line(), line(measured_at="2026-08-01T03:00:00")],
    "a missing value": [line(), line(measurement_id="")],
    "no object": [line(), "[1, 2]"],
    "an empty object": [line(), "{}"],
    "two objects in a line": [line(), line() + line()],
    "two objects in a line and a blank one": [line(), line() + " " + line(), ""],
    "an object over two lines": [line(), line().replace(', "asn"', ',\n"asn"')],
    "cut short": [line(), line()[:-5]],
    "a blank line": [line(), "", line()],
    "a mark in the middle": [line(), "\ufeff" + line()],
    "words after": [line(), line() + " // why"],
    "a raw tab": [line(), line(server="x").replace('"x"', '"a\tb"')],
}


@pytest.mark.parametrize("case", PLAIN)
def test_a_plain_text_is_read_plainly_and_says_the_same(reads, case) -> None:
    plainly, taken = reads(text(*PLAIN[case]), True)
    assert taken
    assert plainly == reads(text(*PLAIN[case]), False)[0]


@pytest.mark.parametrize("case", NOT_PLAIN)
def test_what_is_not_plain_is_read_carefully(reads, case) -> None:
    assert reads(text(*NOT_PLAIN[case]), True)[0] == reads(text(*NOT_PLAIN[case]), False)[0]


@pytest.mark.parametrize(
    "case", [name for name in NOT_PLAIN if name not in ("a number beyond", "a missing value")]
)
def test_lines_that_may_hide_something_are_not_plain(reads, case) -> None:
    assert not reads(text(*NOT_PLAIN[case]), True)[1]


@pytest.mark.parametrize(
    ("last", "plain"), [(line(loss_ratio=None), True), (line(zz=None), False), (line(loss_ratio=True), False)]
)
def test_what_the_first_lines_do_not_show_is_found(reads, monkeypatch, last, plain) -> None:
    monkeypatch.setattr(content, "HEAD", 2048)
    data = text(*[line(measurement_id=f"m{number}") for number in range(1500)], last)
    found, taken = reads(data, True)
    assert taken == plain
    assert found == reads(data, False)[0]


KEYS = st.sampled_from(
    [*GOOD, "server_on_net", "zz", "Server", "", "line_text", "pairs", "given", 'q"', "a,b", "\\u0061sn"]
)
VALUES = st.sampled_from(
    """1 0 -0 -0.0 0.1 5.25 1e2 1E5 1e400 -1e400 1e-400 18446744073709551616 123456789012345678901234567890
    9007199254740993 0.30000000000000004 01 +1 .5 1. 0x10 NaN Infinity -Infinity true false null nul
    "" " " "x" " x" "x " "\u00a0x" "a,b" "{" "[1]" "{}" "null" "true" "NA" "12" " 12 "
    "1,5" "1_000" "nan" "inf"
    "\\u002c" "\\"" "\\\\" "\\ud83d" "\\u0000" "\t" "mobile" "fixed" "2026-08-01T03:00:00Z"
    "2026-08-01 03:00:00+07" "2026-08-01T03:00:00.123456789Z" "2026-08-01T03Z" "2026-02-30T03:00:00Z"
    "2026-08-01" {} [] {"a":1} [1,2] {"server":"x","asn":1} 'x' // ,""".replace('" "', '"\x1f"').split()
)
USUAL = (line(), line(loss_ratio=None), line(server=..., asn=...), line(server_on_net=True), json.dumps(GOOD))
PAIRS = st.lists(st.tuples(KEYS, VALUES), max_size=3)
MARKS = st.sampled_from([", ", ",", " ,\t", ",,"])


@st.composite
def hostile(draw: st.DrawFn) -> str:
    """A good line with some pairs left out, changed, added or doubled, and sometimes damaged."""
    row = [(name, json.dumps(value)) for name, value in GOOD.items() if draw(st.integers(0, 9))]
    for key, value in draw(PAIRS):
        place = draw(st.integers(0, len(row)))
        row[place : place + draw(st.integers(0, 1))] = [(key, value)]
    made = "{" + draw(MARKS).join(f'"{name}":{value}' for name, value in row) + "}"
    damage = draw(st.sampled_from(["", "", "", "", "{", "}", " ", "\ufeff", '"', ",", "\n", "\x01", "\x1f"]))
    place = draw(st.integers(0, len(made)))
    return (made[:place] + damage + made[place:]).replace("\x1f", " ")


@FEW
@given(
    lines=st.lists(st.one_of(st.sampled_from(USUAL), hostile()), min_size=1, max_size=5),
    end=st.sampled_from(["\n", "\r\n", ""]),
    block=st.sampled_from([1, 7, 100, 1 << 20]),
)
def test_hostile_lines_are_read_as_carefully_either_way(reads, monkeypatch, lines, end, block) -> None:
    monkeypatch.setattr(held, "AT_ONCE", block)
    data = (line() + "\n" + (end or "\n").join(lines) + end).encode()
    assert reads(data, True)[0] == reads(data, False)[0]
