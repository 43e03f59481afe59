"""Nested JSON of any form becomes rows; what cannot be read is a reject with its place."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import duckdb
import pytest

from qos.domain.declaration import Csv, Documents, Rows
from qos.domain.errors import DeliveryFault
from qos.store.reading import Reading
from qos.store.reading.explained import explain_reading
from tests.store.reading.conftest import (
    AT,
    KEEP,
    NESTED,
    DeliverBytes,
    document,
    each,
    lines,
    tarred,
    zipped,
    zstd,
)

THREE = [document(1), document(2, device={"name": {"long": "x"}}), document(3, note=None)]
VALUES = [("m1", 1.0005, False), ("m2", 2.001, True), ("m3", 3.0015, False)]


def values(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[tuple[object, ...]]:
    query = f"SELECT measurement_id, download_mbps, server_on_net FROM {reading.accepted} ORDER BY line"
    return connection.execute(query).fetchall()


def rejects(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[tuple[object, ...]]:
    query = f'SELECT line, "column", value, reason FROM {reading.rejected} ORDER BY line'
    return connection.execute(query).fetchall()


FORMS = {
    "lines": (lines(THREE), "ndjson"),
    "lines of gzip": (gzip.compress(lines(THREE)), "ndjson"),
    "lines of zstd": (zstd(lines(THREE)), "ndjson"),
    "lines in UTF-16 with CRLF": (lines(THREE).replace(b"\n", b"\r\n").decode().encode("utf-16"), "ndjson"),
    "blank lines between": (lines(THREE).replace(b"\n", b"\n\n"), "ndjson"),
    "an array": (json.dumps(THREE).encode(), "json"),
    "an array over many lines": (json.dumps(THREE, indent=2).encode(), "json"),
    "documents one after the other": ("\n".join(json.dumps(x, indent=1) for x in THREE).encode(), "json"),
    "tgz": (tarred(each(THREE)), "tar"),
    "tar": (tarred(each(THREE), "w"), "tar"),
    "tgz of gzip": (tarred({n: gzip.compress(d) for n, d in each(THREE).items()}), "tar"),
    "zip": (zipped(each(THREE)), "zip"),
    "zip of lines": (zipped({"a.jsonl": lines(THREE[:2]), "b.jsonl": lines(THREE[2:])}), "zip"),
    "zip of one": (zipped({"a.jsonl": lines(THREE)}), "ndjson"),
}


@pytest.mark.parametrize(("data", "form"), FORMS.values(), ids=FORMS.keys())
def test_the_same_rows_come_out_of_every_form(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection, data: bytes, form: str
) -> None:
    reading = deliver_bytes(data)
    assert values(connection, reading) == VALUES
    assert (reading.form, reading.rows, reading.rejected_rows) == (form, 3, 0)


def test_one_document_over_many_lines_is_a_delivery(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    for data in (json.dumps(THREE[0], indent=2), json.dumps(THREE[0]), f"\ufeff{json.dumps(THREE[0])}\n"):
        assert values(connection, deliver_bytes(data.encode())) == VALUES[:1]


def test_columns_are_told_by_their_dotted_names(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    reading = deliver_bytes(lines(THREE))
    explained = explain_reading(connection, reading)
    kept = [row["column"] for row in explained["columns"] if row["fate"] == "kept"]
    assert kept == ["id", "at", "speed.down", "speed.own"]
    assert reading.ignored_columns == {"device.*": "about the device", "note": "said elsewhere"}
    assert explained["before"][0]["speed.down"] == "1000.5"


def test_the_place_of_a_row_is_its_line_or_its_number(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    def places(reading: Reading) -> tuple[str, list[int]]:
        rows = connection.execute(f"SELECT line FROM {reading.accepted} ORDER BY line").fetchall()
        return reading.counts, [line for (line,) in rows]

    assert places(deliver_bytes(lines(THREE).replace(b"\n", b"\n\n"))) == ("line", [1, 3, 5])
    assert places(deliver_bytes(tarred(each(THREE)))) == ("document", [1, 2, 3])
    double = Documents(keep=KEEP, ignore=["device.*", "note"], rows=_twice)
    assert places(deliver_bytes(lines(THREE), double)) == ("row", [1, 2, 3, 4, 5, 6])


def _twice(found: Mapping[str, Any]) -> Iterator[Mapping[str, object]]:
    for part in ("a", "b"):
        yield {"id": f"{found['id']}{part}", "at": found["at"], "speed.down": found["speed"]["down"]}


def test_a_list_of_records_gives_a_row_each(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    features: list[Any] = [
        {"properties": {"id": f"m{i}"}, "at": AT, "speed": {"down": 1}} for i in range(1, 4)
    ]
    keep = {**KEEP, "measurement_id": "properties.id"}
    layout = Documents(keep=keep, records="features")
    reading = deliver_bytes(json.dumps({"type": "x", "features": [*features, 7]}, indent=1).encode(), layout)
    found = connection.execute(f"SELECT measurement_id, line FROM {reading.accepted} ORDER BY line")
    assert found.fetchall() == [("m1", 1), ("m2", 2), ("m3", 3)]
    assert rejects(connection, reading) == [(4, "", "", "not a JSON object")]
    assert reading.counts == "row"
    nothing = deliver_bytes(b'{"features": []}', layout)
    assert (nothing.rows, nothing.accepted_rows) == (0, 0)


def test_a_document_without_its_list_of_records_is_rejected(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    good = {"all": {"rows": [{"id": "m1", "at": AT}]}}
    layout = Documents(keep={**KEEP, "measurement_id": "id"}, records="all.rows")
    reading = deliver_bytes(lines([good, {"all": 1}, {"all": {"rows": {}}}]), layout)
    assert [row[3] for row in rejects(connection, reading)] == ["no list 'all.rows'"] * 2
    assert reading.rows == 3


ODD = {
    "no JSON": (b'{"id": "m2", ', "not a JSON object"),
    "an array": (b"[1, 2]", "not a JSON object"),
    "a number": (b"7", "not a JSON object"),
    "a key twice": (b'{"id": "m2", "at": 1, "speed": {"down": 1, "down": 2}}', "a key stands twice"),
    "a key twice in a list": (b'{"id": "m2", "at": 1, "device": [[{"a": 1, "a": 2}]]}', "a key stands twice"),
    "too deep": (b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not a JSON object"),
    "a number of 5000 digits": (b'{"id": "m2", "at": ' + b"9" * 5000 + b"}", "not a JSON object"),
    "no number": (b'{"id": "m2", "at": 1, "speed": {"down": NaN}}', "not a finite number"),
    "beyond numbers": (b'{"id": "m2", "at": 1, "speed": {"down": 1e999}}', "not a finite number"),
    "half a letter": (b'{"id": "\\ud800", "at": 1}', "text that is not Unicode"),
    "a NUL": (b'{"id": "m\\u0000", "at": 1}', "NUL byte"),
    "a list": (b'{"id": "m2", "at": 1, "speed": {"down": [1]}}', "a nested value"),
    "an empty object": (b'{"id": "m2", "at": 1, "speed": {"down": {}}}', "a nested value"),
    "nothing": (b"{}", "empty row"),
    "no id": (b'{"at": 1, "speed": {"down": 1}}', "missing value"),
    "no time": (b'{"id": "m2", "at": "yesterday"}', "not a time"),
}


@pytest.mark.parametrize(("odd", "reason"), ODD.values(), ids=ODD.keys())
def test_an_odd_line_is_rejected_with_its_place_and_the_others_stay(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection, odd: bytes, reason: str
) -> None:
    reading = deliver_bytes(lines(THREE[:1]) + odd + b"\n" + lines(THREE[2:]))
    assert values(connection, reading) == [VALUES[0], VALUES[2]]
    assert [(line, told) for line, _, _, told in rejects(connection, reading)] == [(2, reason)]
    assert (reading.rows, reading.rejected_rows) == (3, 1)


def test_a_first_line_that_is_damaged_does_not_hide_the_others(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    reading = deliver_bytes(b'{"id": \n' + lines(THREE))
    assert values(connection, reading) == VALUES
    assert [row[0] for row in rejects(connection, reading)] == [1]


STOPPED = {
    "one document cut short": (json.dumps(THREE[0])[:-5].encode(), "not JSON, or cut short: line 1"),
    "many lines cut short": (json.dumps(THREE, indent=2)[:-30].encode(), "not JSON, or cut short: line 2"),
    "an array cut short": (json.dumps(THREE)[:-1].encode(), "not JSON, or cut short"),
    "tgz cut short": (tarred(each(THREE))[:-20], "gzip file is cut short"),
    "tar cut short": (tarred({"a": b"{}", "b": b"1" * 5000}, "w")[:3000], "tar archive is cut short"),
    "zip cut short": (zipped(each(THREE))[:-30], "ZIP archive or workbook is cut short"),
    "zip damaged": (zipped(each(THREE)).replace(b"1000.5", b"1000.7"), "ZIP archive or workbook is cut"),
    "too deep": (b'{"a":\n' + b"[" * 100_000, "nested too deeply"),
    "an empty array": (b"[]", "no document that the source knows"),
    "only numbers": (b"[1, 2]", "of the first: not a JSON object"),
    "CSV": (b"id,at\n1,2\n", "this is CSV; the source comes as nested JSON"),
    "an archive of nothing": (zipped({"a/": b"", "__MACOSX/._b": b""}), "no document that the source knows"),
}


@pytest.mark.parametrize(("data", "told"), STOPPED.values(), ids=STOPPED.keys())
def test_what_cannot_be_followed_is_stopped_whole(
    deliver_bytes: DeliverBytes, data: bytes, told: str
) -> None:
    with pytest.raises(DeliveryFault) as stopped:
        deliver_bytes(data)
    assert told in str(stopped.value)


def test_a_name_nobody_explained_stops_the_delivery_with_the_nearest_known(
    deliver_bytes: DeliverBytes,
) -> None:
    odd = document(2)
    odd["speed"]["dawn"] = 3
    with pytest.raises(
        DeliveryFault, match=r"explained yet: \['speed.dawn'\].*nearest known: .*'speed.down'"
    ):
        deliver_bytes(lines([document(1), odd]))


def test_very_many_names_stop_the_delivery_before_memory_does(deliver_bytes: DeliverBytes) -> None:
    many = [{f"name_{i}_{j}": 1 for j in range(500)} for i in range(20)]
    with pytest.raises(DeliveryFault, match="more than 1000 columns that nobody has explained"):
        deliver_bytes(lines([document(1), *many]))


def test_a_null_in_the_place_of_an_object_says_nothing(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    failed = {"id": "m9", "at": AT, "speed": None, "device": None}
    reading = deliver_bytes(lines([failed, {"id": "m8", "at": AT, "speed": {}, "device": {}}]))
    assert values(connection, reading) == [("m9", None, None), ("m8", None, None)]


def test_a_required_name_that_no_document_has_rejects_them_all(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    reading = deliver_bytes(lines([{"type": "log", "at": 1}, {"at": 1}]))
    assert (reading.accepted_rows, reading.unused_rows) == (0, 1)
    assert rejects(connection, reading) == [(2, "id", None, "missing value")]


def _careful(found: Mapping[str, Any]) -> Iterator[Mapping[str, object]]:
    if found["id"] == "m2":
        raise ValueError("measured twice")
    if found["id"] != "m3":
        yield {"id": found["id"], "at": found["at"], "speed.down": found["speed"]["down"] / 1}


def test_what_a_declaration_says_against_a_document_is_the_reason(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    layout = Documents(keep=KEEP, rows=_careful)
    reading = deliver_bytes(
        lines([*THREE, {}, document(5, speed=[]), document(6, speed={"down": "x"})]), layout
    )
    assert [(row[0], row[3]) for row in rejects(connection, reading)] == [
        (2, "measured twice"),
        (3, "a document without a row"),
        (4, "a document of an unexpected form"),
        (5, "a document of an unexpected form"),
        (6, "a document of an unexpected form"),
    ]
    assert reading.rows == 6


def _of(kind: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda found: found.get("kind") == kind


def test_the_first_document_that_a_layout_takes_decides_for_the_delivery(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    fast = Documents(name="fast", keep=KEEP, takes=_of("fast"), ignore=["kind"])
    slow = Documents(name="slow", keep=KEEP, takes=_of("slow"), ignore=["kind"])
    mixed = [document(1), document(2, kind="slow"), document(3, kind="fast"), document(4, kind="slow")]
    reading = deliver_bytes(lines(mixed), fast, slow)
    assert reading.layout == "slow"
    assert [row[0] for row in values(connection, reading)] == ["m2", "m4"]
    assert [(row[0], row[3]) for row in rejects(connection, reading)] == [
        (1, "a document of an unknown kind"),
        (3, "a document of another kind"),
    ]
    with pytest.raises(DeliveryFault, match="of the first: a document of an unknown kind"):
        deliver_bytes(lines([document(1)]), fast, slow)


def test_layouts_that_take_anything_are_told_apart_by_their_columns(deliver_bytes: DeliverBytes) -> None:
    old = Documents(name="old", keep={**KEEP, "download_mbps": "rate"})
    assert deliver_bytes(lines([{"id": "m1", "at": 1, "rate": 7}]), old, NESTED).layout == "old"
    assert deliver_bytes(lines(THREE), old, NESTED).layout == "nested"


def test_a_source_of_tables_and_documents_reads_both(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection
) -> None:
    table = Csv(name="table", keep=KEEP)
    text = b"id,at,speed.down,speed.own\nm1,1609459201,1000.5,false\n"
    assert values(connection, deliver_bytes(text, table, NESTED, name="day.csv")) == VALUES[:1]
    assert values(connection, deliver_bytes(lines(THREE), table, NESTED)) == VALUES


def test_an_array_is_told_to_be_sent_as_lines_where_the_source_has_no_nested_layout(
    deliver_bytes: DeliverBytes,
) -> None:
    with pytest.raises(DeliveryFault, match=r"a JSON array or document.*send one object per line"):
        deliver_bytes(json.dumps(THREE).encode(), Rows(keep=KEEP))


def test_numbers_keep_every_digit(deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection) -> None:
    exact = [9007199254740993, 0.1, 1e-7, 123456789.123456789, -0.0, 12345678901234567890123]
    layout = Documents(keep={**KEEP, "server": "value"}, ignore=["speed.*"])
    reading = deliver_bytes(lines([document(i, value=value) for i, value in enumerate(exact)]), layout)
    found = connection.execute(f"SELECT server FROM {reading.accepted} ORDER BY line").fetchall()
    assert [text for (text,) in found] == [str(value) for value in exact]


def test_more_rows_than_are_held_at_once_stay_in_order(
    deliver_bytes: DeliverBytes, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qos.store.reading.sheet.CELLS_AT_ONCE", 20)
    many = [document(i) for i in range(1, 60)]
    odd = b"[1]\n"
    reading = deliver_bytes(b"".join(lines([one]) + odd for one in many))
    assert [row[0] for row in values(connection, reading)] == [f"m{i}" for i in range(1, 60)]
    assert [row[0] for row in rejects(connection, reading)] == list(range(2, 119, 2))
    assert reading.rows == 118
