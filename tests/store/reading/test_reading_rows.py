"""What becomes of single rows: each enters, is rejected by name of line and column, or is left unused."""

from collections.abc import Callable

import duckdb
import pytest

from qos.domain.declaration import Csv
from qos.domain.errors import DeliveryFault
from qos.domain.expressions import (
    before_comma,
    col,
    constant,
    divide,
    join,
    mapped,
    multiply,
    period,
    period_start,
    row_number,
    shaped,
    strip_product,
    utc,
)
from tests.store.reading.conftest import BASE, GOOD, HEAD, Deliver

BAD_ROWS = {
    "too few fields": ("2,2021-01-01T00:00:00Z,fixed", "", "2,2021-01-01T00:00:00Z,fixed", "too few fields"),
    "too many fields": (GOOD.strip() + ",9", "", GOOD.strip() + ",9", "too many fields"),
    "broken quotes": ('2,"2021"x,fixed,x,1,true,5,1', "", '2,"2021"x,fixed,x,1,true,5,1', "broken quotes"),
    "empty": (",,,,,,,", "", None, "empty row"),
    "no id": (",2021-01-01T00:00:00Z,fixed,x,1,true,5,1", "id", None, "missing value"),
    "no time": ("2,,fixed,x,1,true,5,1", "at", None, "missing value"),
    "no zone": (
        "2,2021-01-01T00:00:00,fixed,x,1,true,5,1",
        "at",
        "2021-01-01T00:00:00",
        "not a time with a zone",
    ),
    "a date": ("2,2021-01-01,fixed,x,1,true,5,1", "at", "2021-01-01", "not a time with a zone"),
    "no such day": (
        "2,2021-02-30T00:00:00Z,fixed,x,1,true,5,1",
        "at",
        "2021-02-30T00:00:00Z",
        "not a time with a zone",
    ),
    "long ago": ("2,0001-01-01T00:00:00Z,fixed,x,1,true,5,1", "at", "0001-01-01T00:00:00Z", "out-of-bounds"),
    "no such service": ("2,2021-01-01T00:00:00Z,Fixed,x,1,true,5,1", "service", "Fixed", "unknown value"),
    "half a number": ("2,2021-01-01T00:00:00Z,fixed,x,1.5,true,5,1", "asn", "1.5", "not a whole number"),
    "perhaps": ("2,2021-01-01T00:00:00Z,fixed,x,1,perhaps,5,1", "own", "perhaps", "neither true nor false"),
    "decimal comma": ('2,2021-01-01T00:00:00Z,fixed,x,1,true,"5,5",1', "ping", "5,5", "not a number"),
    "words": ("2,2021-01-01T00:00:00Z,fixed,x,1,true,fast,1", "ping", "fast", "not a number"),
    "minus one": ("2,2021-01-01T00:00:00Z,fixed,x,1,true,-1,1", "ping", "-1", "out-of-bounds"),
    "no number at all": ("2,2021-01-01T00:00:00Z,fixed,x,1,true,NaN,1", "ping", "NaN", "out-of-bounds"),
    "without end": ("2,2021-01-01T00:00:00Z,fixed,x,1,true,inf,1", "ping", "inf", "out-of-bounds"),
    "too large": ("2,2021-01-01T00:00:00Z,fixed,x,1,true,1e9,1", "ping", "1e9", "out-of-bounds"),
    "a weight without end": ("2,2021-01-01T00:00:00Z,fixed,x,1,true,5,inf", "weight", "inf", "out-of-bounds"),
    "a negative weight": ("2,2021-01-01T00:00:00Z,fixed,x,1,true,5,-0.5", "weight", "-0.5", "out-of-bounds"),
    "NUL": ("2,2021-01-01T00:00:00Z,fixed,x\0y,1,true,5,1", "isp", "x␀y", "NUL byte"),
}


@pytest.mark.parametrize(("row", "column", "value", "reason"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_bad_row_is_rejected_by_line_and_column_and_its_neighbours_stay(
    deliver: Deliver, rejected: Callable[..., object], row: str, column: str, value: str, reason: str
) -> None:
    reading = deliver(HEAD + GOOD + row + "\n" + GOOD)
    assert rejected(reading) == [(3, column, value, reason)]
    assert (reading.rows, reading.accepted_rows, reading.rejected_rows) == (3, 2, 1)


def test_a_long_value_is_shown_in_part(
    deliver: Deliver, rejected: Callable[..., list[tuple[object, ...]]]
) -> None:
    reading = deliver(HEAD + GOOD.replace(",5,", f",{'x' * 1000},"))
    assert rejected(reading) == [(2, "ping", "x" * 200, "not a number")]


def test_times_with_any_zone_become_utc(deliver: Deliver, values: Callable[..., list[object]]) -> None:
    times = [
        "2021-01-01T07:30:00+07:30",
        "2021-01-01 02:00+0200",
        "2020-12-31T19:00:00.250-05",
        "2021-01-01T00:00:00.5Z",
    ]
    reading = deliver(HEAD + "".join(GOOD.replace("2021-01-01T00:00:00Z", time) for time in times))
    assert [str(value) for value in values(reading, "measured_at")] == [
        "2021-01-01 00:00:00",
        "2021-01-01 00:00:00",
        "2021-01-01 00:00:00.250000",
        "2021-01-01 00:00:00.500000",
    ]


def test_lines_stay_true_behind_quoted_line_ends_blank_lines_and_broken_rows(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection, rejected: Callable[..., object]
) -> None:
    text = (
        HEAD
        + GOOD.replace(",x,", ',"x\ny",')
        + "\n"
        + "1,2\n"
        + GOOD
        + "1,2\n"
        + GOOD.replace(",5,", ",-5,")
        + "\n"
    )
    reading = deliver(text)
    lines = connection.execute(f"SELECT line, operator_name FROM {reading.accepted} ORDER BY line").fetchall()
    assert lines == [(2, "x\ny"), (6, "x")]
    assert rejected(reading) == [
        (4, "", None, "empty row"),
        (5, "", "1,2", "too few fields"),
        (7, "", "1,2", "too few fields"),
        (8, "ping", "-5", "out-of-bounds"),
        (9, "", None, "empty row"),
    ]
    assert reading.rows == 7


def test_lines_stay_true_in_a_long_file_with_many_broken_rows(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    body = [f"{i},short" if i % 1000 == 7 else GOOD.strip().replace("1,", f"{i},", 1) for i in range(60_000)]
    reading = deliver(HEAD + "\n".join(body) + "\n")
    wrong = f"SELECT count(*) FROM {reading.accepted} WHERE line <> measurement_id::INT + 2"
    assert connection.execute(wrong).fetchall() == [(0,)]
    lines = connection.execute(f"SELECT line FROM {reading.rejected} ORDER BY line").fetchall()
    assert lines == [(i + 2,) for i in range(7, 60_000, 1000)]


def test_a_stray_quote_inside_a_word_is_a_letter(
    deliver: Deliver, values: Callable[..., list[object]]
) -> None:
    reading = deliver(HEAD + GOOD.replace(",x,", ',5" disk,') + GOOD)
    assert values(reading, "operator_name") == ['5" disk', "x"]


def test_a_comma_in_a_file_of_semicolons_needs_no_quotes(
    deliver: Deliver, values: Callable[..., list[object]]
) -> None:
    reading = deliver((HEAD + GOOD).replace(",", ";").replace(";x;", ";Antioquia, Colombia;"))
    assert values(reading, "operator_name") == ["Antioquia, Colombia"]


def test_bad_lines_of_json_are_named(deliver: Deliver, rejected: Callable[..., object]) -> None:
    good = '{"id": "1", "at": "2021-01-01T00:00:00Z", "service": "fixed"}'
    bad = [
        '{"id": "1", "at":',
        "",
        "[1, 2]",
        '{"id": "1", "id": "2", "at": "2021-01-01T00:00:00Z", "service": "fixed"}',
        '{"id": {"a": 1}, "at": "2021-01-01T00:00:00Z", "service": "fixed"}',
        '{"id": "1", "at": "2021-01-01T00:00:00Z", "service": "fixed", "ping": -1}',
        '{"id": "1", "service": "fixed"}',
    ]
    reading = deliver("\n".join([good, *bad, good]) + "\n")
    assert rejected(reading) == [
        (2, "", bad[0], "not a JSON object"),
        (3, "", None, "empty row"),
        (4, "", bad[2], "not a JSON object"),
        (5, "", bad[3], "a key stands twice"),
        (6, "id", '{"a":1}', "a nested value"),
        (7, "ping", "-1", "out-of-bounds"),
        (8, "at", None, "missing value"),
    ]
    assert reading.accepted_rows == 2


def test_a_key_nobody_knows_stops_lines_of_json(deliver: Deliver) -> None:
    text = '{"id": "1", "at": "2021-01-01T00:00:00Z", "service": "fixed"}\n'
    with pytest.raises(DeliveryFault, match=r"nobody has explained yet: \['ssid'\]"):
        deliver(text * 3 + text.replace("}", ', "ssid": "home"}'))


def test_the_words_say_what_they_mean(deliver: Deliver, values: Callable[..., list[object]]) -> None:
    layout = Csv(
        keep={
            "measurement_id": join(period(), "id", separator="/"),
            "measured_at": utc("at"),
            "subject": row_number(),
            "service": constant("fixed"),
            "operator_name": strip_product("product"),
            "region_name": before_comma("place"),
            "region": shaped("area", {"[A-Z]{2}": "nuts0:{}", "[A-Z]{2}[0-9]": "nuts1:{}"}),
            "technology": mapped("tech", {"FTTP": "ftth", "?": None}),
            "download_mbps": divide("kbps", 1e3),
            "upload_mbps": multiply("mbyte", 8),
            "loss_ratio": col("loss", none=("-1",)),
        },
        none=("NA",),
    )
    head = "id,at,product,place,area,tech,kbps,mbyte,loss\n"
    rows = (
        'a,2021-03-04 05:06,EE 4GEEHome,"Antioquia, Colombia",UK,fttp,1500,0.5,-1\n'
        'b,2021-03-04T05:06:00+01:00,Vodafone UK 38,"Meta, Colombia",UK1,?,NA,NA,0.5\n'
    )
    reading = deliver(head + rows, layout, period="2021-03")
    expected = {
        "measurement_id": ["2021-03-01/2021-04-01/a", "2021-03-01/2021-04-01/b"],
        "subject": ["1", "2"],
        "operator_name": ["EE", "Vodafone UK"],
        "region_name": ["Antioquia", "Meta"],
        "region": ["nuts0:UK", "nuts1:UK1"],
        "technology": ["ftth", None],
        "download_mbps": [1.5, None],
        "upload_mbps": [4.0, None],
        "loss_ratio": [None, 0.5],
    }
    assert {name: values(reading, name) for name in expected} == expected
    assert [str(time) for time in values(reading, "measured_at")] == [
        "2021-03-04 05:06:00",
        "2021-03-04 04:06:00",
    ]


def test_a_word_that_is_not_listed_and_a_form_that_does_not_match_reject(
    deliver: Deliver, rejected: Callable[..., object]
) -> None:
    layout = Csv(
        keep={
            **BASE,
            "measured_at": period_start(),
            "technology": mapped("tech", {"FTTP": "ftth"}),
            "region": shaped("area", {"[A-Z]{2}": "nuts0:{}"}),
        }
    )
    reading = deliver("id,tech,area\n1,FTTX,UK\n2,FTTP,uk\n3,,\n", layout, period="2021-03")
    assert rejected(reading) == [(2, "tech", "FTTX", "unknown value"), (3, "area", "uk", "unexpected form")]
