"""Words about times, shares, services and second estimates, and what they say of odd values."""

from collections.abc import Callable

import duckdb
import pytest

from qos.domain.declaration import Declaration, Rows
from qos.domain.errors import UsageFault
from qos.domain.expressions import contradicts, divide, multiply, service_given, service_not_said, share, unix
from qos.store.reading import read
from tests.store.reading.conftest import BASE, Deliver, source

Rejected = Callable[..., list[tuple[object, ...]]]
Values = Callable[..., list[object]]


def test_a_time_may_be_seconds_since_1970(deliver: Deliver, rejected: Rejected, values: Values) -> None:
    layout = Rows(keep={**BASE, "measured_at": unix("at")})
    reading = deliver("id,at\na,1609459200\nb,1609459200.25\nc,soon\nd,\ne,1e300\nf,-1\n", layout)
    assert [str(at) for at in values(reading, "measured_at")] == [
        "2021-01-01 00:00:00",
        "2021-01-01 00:00:00.250000",
    ]
    assert [(row[0], row[3]) for row in rejected(reading)] == [
        (4, "not a time"), (5, "missing value"), (6, "not a time"), (7, "out-of-bounds"),
    ]  # fmt: skip


def test_a_time_may_be_milliseconds_since_1970(deliver: Deliver, values: Values) -> None:
    layout = Rows(keep={**BASE, "measured_at": unix("at", divisor=1000)})
    found = values(deliver("id,at\na,1609459200123\n", layout), "measured_at")
    assert [str(at) for at in found] == ["2021-01-01 00:00:00.123000"]


def test_a_share_is_a_part_over_the_whole(deliver: Deliver, rejected: Rejected, values: Values) -> None:
    layout = Rows(keep={**BASE, "loss_ratio": share("lost", "lost", "came")})
    reading = deliver("id,lost,came\na,1,3\nb,0,0\nc,1,\nd,,\ne,x,3\nf,1,-3\n", layout)
    assert values(reading, "loss_ratio") == [0.25, None, None, None]
    assert [(row[0], row[3]) for row in rejected(reading)] == [(6, "not a number"), (7, "out-of-bounds")]


SERVED = Rows(
    keep={**BASE, "service": service_given(assumed="fixed")}, flags={"service-assumed": service_not_said()}
)


@pytest.mark.parametrize(
    ("said", "service", "flags"), [(None, "fixed", ["service-assumed"]), ("mobile", "mobile", [])]
)
def test_a_service_is_the_one_said_of_the_delivery_else_assumed_and_flagged(
    connection: duckdb.DuckDBPyConnection, tmp_path, said: str | None, service: str, flags: list[str]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id\na\n")
    declared = Declaration(source(), (SERVED,))
    reading = read(connection, declared, path, delivery="rows.csv", period=None, service=said)
    assert connection.execute(f"SELECT service, flags FROM {reading.accepted}").fetchall() == [
        (service, flags)
    ]


@pytest.mark.parametrize(("layout", "said"), [(SERVED, "5g"), (Rows(keep=BASE), "mobile")])
def test_a_service_that_is_none_or_would_not_be_used_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path, layout: Rows, said: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id\na\n")
    with pytest.raises(UsageFault, match="service"):
        read(connection, Declaration(source(), (layout,)), path, delivery="x", period=None, service=said)


def test_a_rate_that_bytes_and_time_contradict_is_flagged(
    deliver: Deliver, connection: duckdb.DuckDBPyConnection
) -> None:
    rate = multiply("bandwidth", 8e-6)
    rule = contradicts(rate, bytes_name="bytes", time_name="elapsed", per_second=1000, tolerance=0.25)
    layout = Rows(keep={**BASE, "download_mbps": rate}, flags={"rate-contradicts-bytes": rule})
    text = (
        "id,bandwidth,bytes,elapsed\n"
        "real,33664374,332488596,10914\n"  # 269.3 against 243.7 Mbit/s: slow start trimmed
        "bits,269314992,332488596,10914\n"
        "slow,1000000,332488596,10914\n"
        "no time,33664374,332488596,0\n"
        "no bytes,33664374,,10914\n"
        "idle,0,0,10914\n"
    )
    reading = deliver(text, layout)
    found = connection.execute(
        f"SELECT measurement_id FROM {reading.accepted} WHERE len(flags) > 0 ORDER BY line"
    )
    assert found.fetchall() == [("bits",), ("slow",)]


def test_a_rate_in_kbit_is_compared_in_mbit(deliver: Deliver, connection: duckdb.DuckDBPyConnection) -> None:
    rule = contradicts(divide("kbps", 1e3), bytes_name="bytes", time_name="s", per_second=1, tolerance=0.1)
    layout = Rows(keep=BASE, flags={"rate-contradicts-bytes": rule})
    reading = deliver("id,kbps,bytes,s\na,8000,10000000,10\nb,8,10000000,10\n", layout)
    flags = connection.execute(f"SELECT flags FROM {reading.accepted} ORDER BY line").fetchall()
    assert flags == [([],), (["rate-contradicts-bytes"],)]
