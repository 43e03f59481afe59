"""Values that look as if they were in another unit are told, and those that do not are left alone."""

import duckdb
import pytest

from qos.domain.declaration import Rows
from qos.domain.expressions import constant, divide
from qos.store.reading.explained import explain_reading
from qos.store.reading.units import PERCENT, hint
from tests.store.reading.conftest import BASE, Deliver


@pytest.mark.parametrize(
    ("metric", "median", "high", "told"),
    [
        ("download_mbps", 33_000.0, 90_000.0, "kbit/s"),
        ("download_mbps", 33.0, 900.0, ""),
        ("upload_mbps", 0.001, 0.1, "Gbit/s"),
        ("latency_ms", 20_000.0, 50_000.0, "microseconds"),
        ("latency_ms", 0.02, 0.4, "seconds"),
        ("latency_ms", 12.0, 400.0, ""),
        ("latency_ms", 0.0, 0.0, ""),
        ("loss_ratio", 0.0, 3.0, PERCENT),
        ("loss_ratio", 0.001, 0.2, ""),
        ("signal_dbm", -3.0, -1.0, "bars"),
        ("signal_dbm", -95.0, -70.0, ""),
        ("completed", 1.0, 1.0, ""),
    ],
)
def test_a_median_that_no_network_has_is_doubted(metric: str, median: float, high: float, told: str) -> None:
    assert (told in hint(metric, median, high)) and bool(told) == bool(hint(metric, median, high))


def test_quantiles_are_of_the_values_as_read_even_where_they_are_impossible(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    layout = Rows(keep={**BASE, "download_mbps": divide("down", 1e3), "loss_ratio": "loss", "server": "id"})
    text = "id,down,loss\n" + "".join(f"{i},{i}000,{i}\n" for i in range(1, 12)) + "x,,\n"
    units = explain_reading(connection, deliver(text, layout))["units"]
    assert units == [
        {
            "metric": "download_mbps",
            "unit": "Mbit/s",
            "count": 11,
            "p10": 2.0,
            "p50": 6.0,
            "p90": 10.0,
            "hint": "",
        },
        {
            "metric": "loss_ratio",
            "unit": "ratio",
            "count": 11,
            "p10": 2.0,
            "p50": 6.0,
            "p90": 10.0,
            "hint": PERCENT,
        },
    ]


def test_figures_are_told_by_metric_and_shares_of_them_are_not(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    from qos.domain.source import Shape

    keep = {"period": constant("2021-01"), "service": constant("fixed")}
    long = Rows(keep={**keep, "metric": "m", "statistic": "s", "value": "v"})
    text = "m,s,v\nlatency_ms,mean,20\nlatency_ms,share,0.5\ndownload_mbps,mean,40000\n"
    units = explain_reading(connection, deliver(text, long, shape=Shape.AGGREGATES))["units"]
    assert [(row["metric"], row["count"], row["p50"]) for row in units] == [
        ("download_mbps", 1, 40000.0),
        ("latency_ms", 1, 20.0),
    ]
    wide = Rows(keep={**keep, "statistic": constant("mean")}, metrics={"latency_ms": "v"})
    units = explain_reading(connection, deliver("v\n20\n\n30\n", wide, shape=Shape.AGGREGATES))["units"]
    assert [(row["metric"], row["count"], row["p50"]) for row in units] == [("latency_ms", 2, 25.0)]


def test_a_delivery_that_is_not_used_has_no_units(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    from qos.domain.declaration import not_used

    layout = not_used(name="notes", reason="only notes", header=["a", "b"])
    assert explain_reading(connection, deliver("a,b\n1,2\n", layout))["units"] == []
