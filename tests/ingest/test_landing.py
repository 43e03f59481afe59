"""Landing: whole or not at all, exactly once, everything counted."""

import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from qos import sources
from qos.domain.errors import DeliveryFault, UsageFault
from qos.domain.quarter import Period
from qos.ingest import land
from qos.store import reports
from qos.store.check import INFO, check_store
from qos.store.tables import DELIVERY
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

RECEIVED = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


def rows_of(workspace: Workspace, view: str = "measurement") -> int:
    with open_snapshot(workspace) as snapshot:
        return snapshot.connection.execute(f"SELECT count(*) FROM {view}").fetchall()[0][0]


def test_a_row_arrives_as_the_contract_says(workspace, deliver, row) -> None:
    report = deliver(workspace, [row], received_at=RECEIVED)
    assert (report.state, report.rows, report.accepted, report.snapshot) == ("landed", 1, 1, 1)
    with open_snapshot(workspace) as snapshot:
        (landed,) = snapshot.connection.execute("FROM measurement").df().to_dict("records")
    subject = landed.pop("subject")
    assert isinstance(subject, int)
    assert {name: value for name, value in landed.items() if not _missing(value)} == {
        "source": "example-labs",
        "delivery": report.delivery,
        "quarter": "2026Q3",
        "measurement_id": "m-1",
        "measured_at": dt.datetime(2026, 8, 1, 3),
        "operator": "viettel",
        "region": "gso34:01",
        "service": "mobile",
        "technology": "4g",
        "download_mbps": 50.5,
        "latency_ms": 20.0,
        "flag_bits": 0,
        "counts": True,
    }


def _missing(value: Any) -> bool:
    return value is None or str(value) in ("<NA>", "nan", "NaT", "[]")


def test_every_row_is_accepted_duplicate_rejected_or_unused(workspace, deliver, row) -> None:
    report = deliver(
        workspace,
        [
            row,
            row,
            row | {"measurement_id": "m-2", "latency_ms": -1},
            row | {"measurement_id": "m-3", "operator": "nobody"},
        ],
    )
    assert (report.rows, report.accepted, report.duplicate, report.rejected) == (4, 2, 1, 1)
    assert report.rejects == {"out-of-bounds": 1}
    assert report.flags == {"operator-unresolved": 1}
    (shown,) = reports.rejects_by_reason(workspace).to_dict("records")
    assert (shown["line"], shown["column"], shown["value"]) == (4, "latency_ms", "-1")


def test_the_same_delivery_again_adds_nothing(workspace, deliver, row) -> None:
    first = deliver(workspace, [row])
    again = deliver(workspace, [row], "another name.csv")
    assert again.state == "again"
    assert again.message == "same delivery again: nothing added"
    assert again.delivery == first.delivery
    assert rows_of(workspace) == 1
    assert len(reports.delivery_report(workspace)) == 1


def test_an_overlapping_delivery_adds_only_what_is_new(workspace, deliver, row) -> None:
    deliver(workspace, [row])
    report = deliver(workspace, [row, row | {"measurement_id": "m-2"}], "overlap.csv")
    assert (report.accepted, report.duplicate) == (1, 1)
    assert rows_of(workspace) == 2


def test_a_column_that_one_delivery_leaves_empty_and_another_lacks_is_the_same(
    workspace, deliver, row
) -> None:
    deliver(workspace, [row])
    report = deliver(workspace, [row | {"urbanity": "", "jitter_ms": ""}], "empty columns.csv")
    assert report.duplicate == 1


def test_two_sources_may_use_the_same_ids(workspace, deliver, row) -> None:
    deliver(workspace, [row])
    deliver(workspace, [row], source="other-labs")
    assert rows_of(workspace) == 2


def test_a_dry_run_tells_everything_and_changes_nothing(workspace, deliver, row) -> None:
    before = sorted(path for path in workspace.root.rglob("*") if path.is_file())
    report = deliver(workspace, [row, row | {"measurement_id": "m-2", "latency_ms": -1}], dry_run=True)
    assert (report.state, report.accepted, report.rejected) == ("dry-run", 1, 1)
    after = sorted(path for path in workspace.root.rglob("*") if path.is_file())
    assert [path.name for path in after if path not in before] in ([], ["lock"])
    assert reports.delivery_report(workspace).empty


def test_a_delivery_is_kept_as_received(workspace, deliver, cell, tmp_path) -> None:
    deliver(workspace, [cell], "rows.csv", source="cells", like="canonical-aggregates")
    (kept,) = (workspace.store / "deliveries").rglob("*.csv")
    assert kept.read_bytes() == (tmp_path / "deliveries" / "cells" / "rows.csv").read_bytes()
    (record,) = reports.delivery_report(workspace).to_dict("records")
    assert (kept.stem, kept.stat().st_size) == (record["sha256"], record["bytes"])
    assert (record["file_name"], record["licence"]) == ("rows.csv", "none stated")


def test_a_stopped_delivery_is_kept_whole_with_its_reason(workspace, deliver, row) -> None:
    with pytest.raises(DeliveryFault, match=r"rows.csv: columns nobody has explained yet: \['colour'\]"):
        deliver(workspace, [row | {"colour": "red"}])
    (record,) = reports.delivery_report(workspace).to_dict("records")
    assert record["state"] == "stopped"
    assert "colour" in record["reason"]
    assert rows_of(workspace) == 0
    assert check_store(workspace) == []
    assert (reports.sources_state(workspace)["stopped"] == [1]).all()


def test_a_file_that_is_written_to_while_it_lands_is_not_landed(workspace, deliver, row, tmp_path) -> None:
    path = tmp_path / "deliveries" / "example-labs" / "rows.csv"

    def write(step: str, done: float) -> None:
        if (step, done) == ("write", 1.0):
            path.write_text(path.read_text("utf-8").replace("m-1", "m-2"), "utf-8")

    with pytest.raises(DeliveryFault, match=r"rows.csv: the file was changed while it was read"):
        deliver(workspace, [row], progress=write)
    assert reports.delivery_report(workspace).empty
    assert rows_of(workspace) == 0
    assert all(fault.startswith(INFO) for fault in check_store(workspace))
    assert deliver(workspace, [row]).state == "landed"


def test_a_stopped_delivery_lands_when_its_source_has_learned(workspace, deliver, tmp_path) -> None:
    cells = [
        {"period": "2026Q3", "service": "mobile", "metric": "download_mbps", "statistic": "mean", "value": 1}
    ]
    with pytest.raises(DeliveryFault):
        deliver(workspace, cells, "cells.csv", source="learning")
    path = tmp_path / "deliveries" / "learning" / "cells.csv"
    report = land(workspace, sources.like("learning", like="canonical-aggregates", kind="app"), path)
    assert report.state == "landed"
    (record,) = reports.delivery_report(workspace).to_dict("records")
    assert (record["state"], record["reason"]) == ("landed", "")


def test_a_fault_says_where_it_is_when_dry_too(workspace, deliver, row) -> None:
    with pytest.raises(DeliveryFault, match="colour"):
        deliver(workspace, [row | {"colour": "red"}], dry_run=True)
    assert reports.delivery_report(workspace).empty


def test_a_file_that_is_not_there_is_named(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DeliveryFault, match=r"canonical absent\.csv: no such file"):
        land(workspace, sources.find("canonical"), tmp_path / "absent.csv")


def test_a_moment_without_a_zone_is_refused(workspace, deliver, row) -> None:
    with pytest.raises(ValueError, match="time zone"):
        deliver(workspace, [row], received_at=dt.datetime(2026, 11, 1))
    assert reports.delivery_report(workspace).empty


def test_a_period_that_is_missing_stops_before_anything_is_recorded(workspace, shared_data) -> None:
    path = shared_data / "uk-ofcom-panel" / "broadband_data_february_2019.csv"
    with pytest.raises(UsageFault, match="period"):
        land(workspace, sources.find("ofcom-panel"), path)
    assert reports.delivery_report(workspace).empty


def test_a_delivery_of_another_period_is_another_delivery(tmp_path, shared_data) -> None:
    path = shared_data / "uk-ofcom-panel" / "broadband_data_february_2019.csv"
    workspace = Workspace.init(tmp_path / "gb", "gb")
    reported = [
        land(workspace, sources.find("ofcom-panel"), path, period=Period.parse(month))
        for month in ("2019-02", "2019-03", "2019-02")
    ]
    assert [report.state for report in reported] == ["landed", "landed", "again"]
    assert rows_of(workspace) == reported[0].accepted + reported[1].accepted


def test_a_header_without_rows_lands_as_nothing(workspace, tmp_path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("measurement_id,measured_at,service\n", "utf-8")
    report = land(workspace, sources.find("canonical"), path)
    assert (report.state, report.rows, report.quarters) == ("landed", 0, ())
    assert check_store(workspace) == []


def test_a_compressed_delivery_keeps_its_suffix(workspace, tmp_path) -> None:
    path = tmp_path / "rows.of.2026.csv.gz"
    path.write_bytes(gzip.compress(b"measurement_id,measured_at,service\nm-1,2026-08-01T03:00:00Z,mobile\n"))
    land(workspace, sources.find("canonical"), path)
    (kept,) = (workspace.store / "deliveries" / "canonical").iterdir()
    assert kept.name.endswith(".csv.gz.sealed")
    assert rows_of(workspace) == 1


def test_progress_is_told_step_by_step(workspace, deliver, row) -> None:
    told: list[tuple[str, float]] = []
    deliver(workspace, [row], progress=lambda step, done: told.append((step, done)))
    assert list(dict.fromkeys(step for step, _ in told)) == ["copy", "read", "resolve", "write"]
    assert all(0 <= done <= 1 for _, done in told)


@pytest.mark.postgresql
def test_landing_works_on_postgresql(tmp_path, deliver, row, cell, postgresql_url) -> None:
    workspace = Workspace.init(tmp_path / "pg", "vn", postgresql_url)
    deliver(workspace, [row, row, row | {"measurement_id": "m-2", "latency_ms": -1}])
    deliver(workspace, [cell], "cells.csv", source="cells", like="canonical-aggregates")
    assert deliver(workspace, [row, row, row | {"measurement_id": "m-2", "latency_ms": -1}]).state == "again"
    assert (rows_of(workspace), rows_of(workspace, "aggregate")) == (1, 1)
    assert check_store(workspace) == []
    with workspace.engine.connect() as database:
        assert database.execute(sa.select(sa.func.count()).select_from(DELIVERY)).scalar_one() == 2
    workspace.engine.dispose()
