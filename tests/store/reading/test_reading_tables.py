"""Wide and published tables: months, quarters, decimal commas, one cell per metric, tables not used."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from qos.domain.declaration import Csv, Declaration, not_used
from qos.domain.errors import DeliveryFault, UsageFault
from qos.domain.expressions import (
    above,
    always,
    any_of,
    constant,
    divide,
    empty,
    equals,
    matches,
    month,
    negate,
    period_start,
    quarter_starting,
    unlike,
    zero,
)
from qos.domain.quarter import Period
from qos.domain.source import Shape
from qos.store.reading import read
from tests.store.reading.conftest import BASE, GOOD, HEAD, PLAIN, Deliver, source

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
            "unweighted": always(),
            "position-elsewhere": negate(equals("place", "home")),
            "implausible": above("ping", 5),
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
    assert flags == [
        ("a", ["unweighted"]),
        ("f", ["no-weight", "unweighted", "position-elsewhere", "implausible"]),
    ]


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
