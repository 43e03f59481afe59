"""What becomes of single rows: each enters, is rejected by name of line and column, or is left unused."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from qos.domain.declaration import Csv, Declaration, Layout, Rows, not_used
from qos.domain.errors import DeliveryFault, UsageFault
from qos.domain.expressions import (
    above,
    always,
    any_of,
    before_comma,
    col,
    constant,
    divide,
    empty,
    equals,
    join,
    mapped,
    matches,
    month,
    multiply,
    negate,
    period,
    period_start,
    quarter_starting,
    row_number,
    shaped,
    strip_product,
    unlike,
    utc,
    zero,
)
from qos.domain.quarter import Period
from qos.domain.source import Shape, Source, SourceKind
from qos.store.reading import Reading, read

Deliver = Callable[..., Reading]
BASE = {"measurement_id": "id", "measured_at": constant("2021-01-01T00:00:00Z"), "service": constant("fixed")}
PLAIN = Rows(
    name="plain",
    keep={
        "measurement_id": "id",
        "measured_at": "at",
        "service": "service",
        "operator_name": "isp",
        "asn": "asn",
        "server_on_net": "own",
        "latency_ms": "ping",
        "weight": "weight",
    },
    optional=("*",),
)
HEAD = "id,at,service,isp,asn,own,ping,weight\n"
GOOD = "1,2021-01-01T00:00:00Z,fixed,x,7552,true,5,1\n"


def source(shape: Shape = Shape.MEASUREMENTS, **more: object) -> Source:
    values = {"name": "tiny", "title": "Tiny", "kind": SourceKind.APP, "licence": "CC0-1.0", **more}
    return Source(shape=shape, **values)  # type: ignore[arg-type]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture
def deliver(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Deliver:
    """Reads a text as a source of these layouts."""

    def deliver(text: str, *layouts: Layout, period: str | None = None, **more: object) -> Reading:
        path = tmp_path / "delivery"
        path.write_bytes(text.encode())
        declaration = Declaration(source(needs_period=period is not None, **more), layouts or (PLAIN,))
        given = Period.parse(period) if period else None
        return read(connection, declaration, path, delivery="2027-01-04.csv", period=given)

    return deliver


@pytest.fixture
def rejected(connection: duckdb.DuckDBPyConnection) -> Callable[[Reading], list[tuple[object, ...]]]:
    def rejected(reading: Reading) -> list[tuple[object, ...]]:
        query = f'SELECT line, "column", value, reason FROM {reading.rejected} ORDER BY line'
        return connection.execute(query).fetchall()

    return rejected


@pytest.fixture
def values(connection: duckdb.DuckDBPyConnection) -> Callable[..., list[object]]:
    def values(reading: Reading, column: str) -> list[object]:
        query = f'SELECT "{column}" FROM {reading.accepted} ORDER BY line'
        return [value for (value,) in connection.execute(query).fetchall()]

    return values


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


MONTHS = {
    "Jan 2018": "2018-01",
    "feb-18": "2018-02",
    "may-18": "2018-05",
    "Aug 2018": "2018-08",
    "ago-18": "2018-08",
    "dic-21": "2021-12",
    "September 2020": "2020-09",
    "sept-20": "2020-09",
    "2019-01-01T00:00:00Z": "2019-01",
    "2019-11": "2019-11",
}


def cells(**keep: object) -> Csv:
    base = {
        "period": "period",
        "service": constant("fixed"),
        "metric": constant("latency_ms"),
        "value": "value",
    }
    return Csv(keep={**base, "statistic": constant("mean"), **keep})  # type: ignore[dict-item]


def test_months_are_read_in_two_languages(deliver: Deliver, values: Callable[..., list[object]]) -> None:
    text = "period,value\n" + "".join(f"{month_},1\n" for month_ in MONTHS)
    reading = deliver(text, cells(period=month("period")), shape=Shape.AGGREGATES)
    assert values(reading, "period") == list(MONTHS.values())


@pytest.mark.parametrize("text", ["2018", "foo-18", "13/2018", "Jan 1918", "2019-13-01", "feb"])
def test_what_is_no_month_is_rejected(deliver: Deliver, rejected: Callable[..., object], text: str) -> None:
    reading = deliver(f"period,value\n{text},1\n", cells(period=month("period")), shape=Shape.AGGREGATES)
    assert rejected(reading) == [(2, "period", text, "not a month")]


def test_a_quarter_is_told_by_its_first_day(
    deliver: Deliver, values: Callable[..., list[object]], rejected: Callable[..., object]
) -> None:
    text = "period,value\n2021-10-01,1\n2021-10-02,1\n2021-02-01,1\n"
    reading = deliver(text, cells(period=quarter_starting("period")), shape=Shape.AGGREGATES)
    assert values(reading, "period") == ["2021Q4"]
    reason = "not the first day of a quarter"
    assert rejected(reading) == [(3, "period", "2021-10-02", reason), (4, "period", "2021-02-01", reason)]


def test_decimal_commas_are_read_where_they_are_declared(
    deliver: Deliver, values: Callable[..., list[object]]
) -> None:
    layout = Csv(keep={**BASE, "measured_at": period_start(), "latency_ms": "ping"}, decimal_comma=True)
    reading = deliver("id;ping\n1;12,5\n2;7\n", layout, period="2021-03")
    assert values(reading, "latency_ms") == [12.5, 7.0]


def test_rules_are_asked_in_order_and_the_first_counts(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection, rejected: Callable[..., object]
) -> None:
    layout = Csv(
        keep={**BASE, "measured_at": period_start(), "latency_ms": "ping", "weight": "weight"},
        reject={"vpn": equals("vpn", "TRUE", "yes"), "test device": matches("id", "test-.*")},
        unused={"old version": unlike("version", r"2\..*"), "all rows of cities": equals("place", "city")},
        flags={
            "no-weight": any_of(empty("weight"), zero("weight")),
            "always": always(),
            "not-home": negate(equals("place", "home")),
            "slow": above("ping", 5),
        },
    )
    text = (
        "id,ping,weight,vpn,version,place\n"
        "a,5,1,false,2.1,home\n"
        "b,-5,1,true,1.0,city\n"
        "c,-5,1,,1.0,city\n"
        "test-d,5,,Yes,2.0,home\n"
        "test-e,5,,,2.0,home\n"
        "f,5.1,0,,,\n"
        "g,5,1,,2.2,city\n"
    )
    reading = deliver(text, layout, period="2021-03")
    assert rejected(reading) == [
        (3, "vpn", "true", "vpn"),
        (5, "vpn", "Yes", "vpn"),
        (6, "id", "test-e", "test device"),
    ]
    unused = connection.execute(f"SELECT line, reason FROM {reading.unused} ORDER BY line").fetchall()
    assert unused == [(4, "old version"), (8, "all rows of cities")]
    flags = connection.execute(
        f"SELECT measurement_id, flags FROM {reading.accepted} ORDER BY line"
    ).fetchall()
    assert flags == [("a", ["always"]), ("f", ["no-weight", "always", "not-home", "slow"])]


WIDE = Csv(
    name="wide",
    keep={"period": "period", "service": constant("fixed"), "statistic": constant("mean"), "n_subjects": "n"},
    metrics={"download_mbps": divide("kbps", 1e3), "latency_ms": "ping"},
    no_value="no test",
)


def test_a_wide_row_gives_a_cell_per_metric_that_has_a_value(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    text = "period,n,kbps,ping\n2021Q1,5,1500,20\n2021Q1,3,,30\n2021Q1,0,,\n2021Q1,1,5,-4\n"
    reading = deliver(text, WIDE, shape=Shape.AGGREGATES)
    query = f"SELECT line, metric, value, n_subjects FROM {reading.accepted} ORDER BY line, metric"
    assert connection.execute(query).fetchall() == [
        (2, "download_mbps", 1.5, 5.0),
        (2, "latency_ms", 20.0, 5.0),
        (3, "latency_ms", 30.0, 3.0),
    ]
    assert (reading.rows, reading.accepted_rows, reading.rejected_rows, reading.unused_rows) == (4, 2, 1, 1)
    assert reading.empty_values == {"download_mbps": 1, "latency_ms": 0}


def test_a_wide_table_may_lack_an_optional_metric(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    layout = Csv(keep=WIDE.keep, metrics=WIDE.metrics, optional=("kbps", "ping"))
    reading = deliver("period,n,ping\n2021Q1,5,20\n", layout, shape=Shape.AGGREGATES)
    query = f"SELECT metric, value FROM {reading.accepted}"
    assert connection.execute(query).fetchall() == [("latency_ms", 20.0)]
    assert deliver("period,n\n2021Q1,5\n", layout, shape=Shape.AGGREGATES).unused_rows == 1


def test_a_table_not_used_is_counted_and_left_alone(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    table = not_used(name="cities", reason="another cut of the same sample", header=("city", "mbps"))
    reading = deliver("city,mbps\nA,x\nB,1\n,\n", WIDE, table, shape=Shape.AGGREGATES)
    assert (reading.layout, reading.rows, reading.unused_rows, reading.rejected_rows) == ("cities", 3, 2, 1)
    unused = connection.execute(f"SELECT DISTINCT reason FROM {reading.unused}").fetchall()
    assert unused == [("another cut of the same sample",)]


def test_the_nearest_layout_is_named_when_none_fits(deliver: Deliver) -> None:
    table = not_used(name="cities", reason="another cut", header=("city", "mbps"))
    told = r"explained yet: \['loss'\]; columns missing: \['ping'\] \(nearest layout: wide\)"
    with pytest.raises(DeliveryFault, match=told):
        deliver("period,n,kbps,loss\n", WIDE, table, shape=Shape.AGGREGATES)


def test_ignored_columns_come_with_their_reason(deliver: Deliver) -> None:
    layout = Csv(
        keep={**BASE, "measured_at": period_start()}, ignore={"page furniture": ("lang", "referrer")}
    )
    reading = deliver("id,lang,referrer\n1,vi,x\n", layout, period="2021-03")
    assert reading.ignored_columns == {"lang": "page furniture", "referrer": "page furniture"}
    assert reading.kept_columns == ("id",)


def test_a_period_is_asked_for_where_it_is_needed_and_refused_where_not(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + GOOD)
    needs = Declaration(source(needs_period=True), (PLAIN,))
    with pytest.raises(UsageFault, match="it does not say when it was measured"):
        read(duckdb.connect(), needs, path, delivery="x.csv", period=None)
    knows = Declaration(source(), (PLAIN,))
    with pytest.raises(UsageFault, match="its rows carry their own times"):
        read(duckdb.connect(), knows, path, delivery="x.csv", period=Period.parse("2021-03"))
