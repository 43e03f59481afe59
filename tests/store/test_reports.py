"""What a store tells people about its deliveries."""

import datetime as dt

import pytest

from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Quarter
from qos.store import reports
from qos.store.workspace import Workspace

MORNING = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
EVENING = dt.datetime(2026, 11, 1, 20, tzinfo=dt.UTC)


@pytest.fixture
def landed(workspace, deliver, row, cell) -> Workspace:
    """Two quarters of rows, one of cells, a stopped delivery."""
    bad = [row | {"measurement_id": f"b-{n}", "latency_ms": -n} for n in (1, 2)]
    deliver(workspace, [row, *bad], "third.csv", received_at=MORNING)
    spring = row | {"measured_at": "2026-05-01T00:00:00Z", "operator": "nobody", "measurement_id": "s"}
    deliver(workspace, [spring, bad[0] | {"measurement_id": "late"}], "second.csv", received_at=EVENING)
    cells = [cell, cell | {"region": "nuts1:UKC"}]
    deliver(workspace, cells, source="cells", like="canonical-aggregates", received_at=MORNING)
    with pytest.raises(DeliveryFault):
        deliver(workspace, [cell], "odd.csv", source="cells", received_at=EVENING)
    return workspace


def table(frame, *columns) -> list[list]:
    return frame[list(columns)].to_numpy().tolist()


def test_deliveries_in_the_order_received(landed) -> None:
    report = reports.delivery_report(landed)
    assert table(
        report, "source", "file_name", "state", "rows", "accepted", "rejected", "unused", "quarters"
    ) == [
        ["cells", "rows.csv", "landed", 2, 1, 0, 1, "2026Q3"],
        ["example-labs", "third.csv", "landed", 3, 1, 2, 0, "2026Q3"],
        ["cells", "odd.csv", "stopped", 0, 0, 0, 0, ""],
        ["example-labs", "second.csv", "landed", 2, 1, 1, 0, "2026Q2"],
    ]


def test_deliveries_of_a_quarter(landed) -> None:
    assert reports.delivery_report(landed, Quarter(2026, 2))["file_name"].tolist() == ["second.csv"]
    assert reports.delivery_report(landed, Quarter(2025, 1)).empty


def test_rejects_have_a_reason_a_count_and_an_example(landed) -> None:
    columns = ("source", "reason", "count", "column")
    assert table(reports.rejects_by_reason(landed), *columns) == [
        ["example-labs", "out-of-bounds", 3, "latency_ms"]
    ]
    (shown,) = reports.rejects_by_reason(landed, Quarter(2026, 3)).to_dict("records")
    assert (shown["count"], shown["file_name"], shown["line"], shown["value"]) == (2, "third.csv", 3, "-1")


def test_unused_rows_by_reason(landed) -> None:
    (shown,) = reports.unused_by_reason(landed).to_dict("records")
    assert shown == {"source": "cells", "reason": "another country or unknown region", "count": 1}


def test_sources_and_their_last_delivery(landed) -> None:
    columns = ("source", "deliveries", "stopped", "rows", "rejected", "unused", "last_file", "state")
    assert table(reports.sources_state(landed), *columns) == [
        ["cells", 1, 1, 1, 0, 1, "odd.csv", "stopped"],
        ["example-labs", 2, 0, 2, 3, 0, "second.csv", "landed"],
    ]


def test_an_empty_store_reports_nothing(workspace) -> None:
    for report in (reports.delivery_report, reports.rejects_by_reason, reports.unused_by_reason):
        assert report(workspace).empty
        assert report(workspace, Quarter(2026, 3)).empty
    assert reports.sources_state(workspace).empty
