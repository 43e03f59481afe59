"""How many rows and figures of a quarter carry each flag, as a release states it in `flags.csv`."""

import datetime as dt
from typing import Any

import pytest

from qos import methodology
from qos.domain.quarter import Quarter
from qos.store.quality.quarter_rules import count_flags, flag_quarter
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

EDITION = methodology.load().edition


def counted(workspace: Workspace, quarter: str) -> list[list[Any]]:
    """source, flag, count."""
    asked = Quarter.parse(quarter)
    with open_snapshot(workspace) as snapshot:
        flag_quarter(
            snapshot.connection, asked, EDITION.quality, excluding_flags=EDITION.excluding_flags, kin={}
        )
        counts = count_flags(snapshot.connection, asked)
    assert list(counts) == ["source", "flag", "count"]
    return counts.to_numpy().tolist()


@pytest.fixture
def flagged(workspace: Workspace, deliver: Any, row: dict[str, Any], cell: dict[str, Any]) -> Workspace:
    """Two quarters of rows: an operator nobody knows, one result through two sources, one id delivered with
    two contents; and a figure that was corrected later."""
    shared = row | {"upload_mbps": 7.25}
    spring = row | {"measured_at": "2026-05-01T00:00:00Z", "operator": "nobody", "measurement_id": "s"}
    deliver(workspace, [shared, spring, spring | {"measurement_id": "t"}], source="app")
    deliver(workspace, [shared | {"measurement_id": "w"}], source="web")
    twice = {"measurement_id": "twice", "measured_at": "2026-08-02T03:00:00Z"}
    deliver(workspace, [row | twice, row | twice | {"latency_ms": 21}], source="lab")
    for day, value in ((1, 100.5), (2, 98.0)):
        received_at = dt.datetime(2026, 11, day, tzinfo=dt.UTC)
        book = {"source": "book", "like": "canonical-aggregates", "received_at": received_at}
        deliver(workspace, [cell | {"value": value}], f"{day}.csv", **book)
    return workspace


def test_flags_of_rows_of_the_quarters_rules_and_of_figures_are_counted(flagged: Workspace) -> None:
    assert counted(flagged, "2026Q3") == [
        ["book", "revised", 1],
        ["lab", "id-conflict", 2],
        ["web", "other-source", 1],
    ]


def test_a_quarter_has_the_flags_of_its_own_rows_only(flagged: Workspace) -> None:
    assert counted(flagged, "2026Q2") == [["app", "operator-unresolved", 2]]


def test_an_empty_store_has_no_flags(workspace: Workspace) -> None:
    assert counted(workspace, "2026Q3") == []
