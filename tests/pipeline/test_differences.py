"""What changed between two snapshots."""

import math

import pytest

from qos.domain.errors import NotFound, UsageFault
from qos.pipeline.differences import TABLES, differences
from qos.store.merging import merge


def cut(table: list[dict], *columns: str) -> list[list]:
    return [[row[name] for name in columns] for row in table]


@pytest.fixture
def landed(workspace, deliver, row):
    """Snapshot 1: three rows of two operators. 2: two rows more, one of them of a conflicting id."""
    rows = [row | {"measurement_id": f"m-{n}", "download_mbps": 10 * n} for n in (1, 2, 3)]
    rows[2] |= {"operator": "vinaphone", "region": "gso34:79"}
    deliver(workspace, rows, "first.csv")
    later = row | {"measurement_id": "m-4", "operator": "nobody"}
    deliver(workspace, [later, rows[0] | {"latency_ms": 99}], "second.csv")
    return workspace


def test_rows_of_an_added_delivery_are_added(landed) -> None:
    told = differences(landed, 1, 2)
    assert cut(told["deliveries"], "file_name", "change", "accepted_before", "accepted_after") == [
        ["second.csv", "added", None, 2]
    ]
    columns = ("source", "quarter", "service", "operator", "region", "added", "removed", "changed")
    assert cut(told["rows"], *columns) == [
        ["example-labs", "2026Q3", "mobile", "", "gso34:01", 1, 0, 0],
        ["example-labs", "2026Q3", "mobile", "viettel", "gso34:01", 1, 0, 0],
    ]
    assert all(type(row["added"]) is int for row in told["rows"])
    assert told["moved"] == []
    assert cut(told["flags"], "source", "flag", "gained", "lost") == [
        ["example-labs", "operator-unresolved", 1, 0]
    ]


def test_levels_are_medians_before_and_after(landed) -> None:
    told = differences(landed, 1, 2)
    levels = {(row["operator"], row["metric"]): row for row in told["levels"]}
    assert set(levels) == {
        (operator, metric) for operator in ("", "viettel") for metric in ("download_mbps", "latency_ms")
    }
    viettel = levels["viettel", "download_mbps"]
    assert (viettel["n_before"], viettel["n_after"]) == (2, 3)
    assert math.isclose(viettel["before"], 10, rel_tol=5e-4)  # the lower of the two in the middle
    assert math.isclose(viettel["after"], 10, rel_tol=5e-4)
    assert (levels["", "latency_ms"]["before"], levels["", "latency_ms"]["ratio"]) == (None, None)


@pytest.mark.parametrize("value", [0, 0.0004, 0.3, 1, 20, 60_000])
def test_a_level_is_its_value_within_a_twentieth_of_a_percent(workspace, deliver, row, value) -> None:
    deliver(workspace, [row | {"latency_ms": value, "download_mbps": ""}])
    (level,) = differences(workspace, 0, 1)["levels"]
    assert math.isclose(level["after"], value, rel_tol=5.01e-4)


def test_a_level_below_zero_is_its_value_too(workspace, deliver, row) -> None:
    deliver(workspace, [row | {"signal_dbm": -97.5, "latency_ms": "", "download_mbps": ""}])
    (level,) = differences(workspace, 0, 1)["levels"]
    assert math.isclose(level["after"], -97.5, rel_tol=5.01e-4)


def test_the_way_back_is_the_way_there_turned_round(landed) -> None:
    there, back = differences(landed, 1, 2), differences(landed, 2, 1)
    assert cut(there["rows"], "operator", "added") == cut(back["rows"], "operator", "removed")
    assert cut(there["flags"], "flag", "gained") == cut(back["flags"], "flag", "lost")
    assert cut(back["deliveries"], "change") == [["removed"]]


def test_merging_changes_nothing(landed) -> None:
    number = merge(landed)
    assert number == 3
    told = differences(landed, 2, 3)
    assert [told[name] for name in TABLES] == [[]] * len(TABLES)


def test_merged_files_are_compared_by_their_rows(landed, deliver, row) -> None:
    deliver(landed, [row | {"measurement_id": "m-9", "region": "gso34:79"}], "third.csv")
    merge(landed)
    told = differences(landed, 1, 4)
    assert sum(row["added"] for row in told["rows"]) == 3
    assert sum(row["removed"] + row["changed"] for row in told["rows"]) == 0


def test_figures_are_compared_too(workspace, deliver, cell) -> None:
    options = {"source": "cells", "like": "canonical-aggregates"}
    deliver(workspace, [cell], **options)
    deliver(workspace, [cell | {"metric": "latency_ms"}, cell | {"value": 99}], "b.csv", **options)
    told = differences(workspace, 1, 2)
    assert cut(told["rows"], "source", "operator", "region", "added", "changed") == [
        ["cells", "viettel", "", 2, 0]
    ]


def test_rows_that_are_twice_the_same_are_counted_twice(workspace, deliver, row) -> None:
    deliver(workspace, [row, row])
    (told,) = differences(workspace, 0, 1)["rows"]
    assert told["added"] == 2


def test_a_snapshot_that_does_not_exist_is_named(landed) -> None:
    with pytest.raises(NotFound, match="no snapshot 9; the newest is 2"):
        differences(landed, 1, 9)
    with pytest.raises(UsageFault, match="the same as itself"):
        differences(landed, 1, 1)
