"""Kept deliveries landed again: one new snapshot, all or nothing, the old one as it was."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from qos import countries, sources
from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault, NotFound
from qos.domain.expressions import always
from qos.ingest.reprocessing import AGAIN, AS_IT_WAS, reprocess
from qos.store import reports
from qos.store.check import check_store
from qos.store.digests import content_digest
from qos.store.merging import merge
from qos.store.views import open_snapshot
from qos.store.workspace import OWN_PACK, Workspace

MORNING = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
EVENING = dt.datetime(2026, 11, 2, 20, tzinfo=dt.UTC)


def declared(name: str) -> Declaration:
    like = "canonical-aggregates" if name == "cells" else "canonical"
    return sources.like(name, like=like, kind="app")


@pytest.fixture
def own(tmp_path: Path) -> Workspace:
    """A workspace with a pack of its own, which can be corrected."""
    folder = tmp_path / "pack"
    shutil.copytree(countries.load("vn").folder, folder)
    toml = folder / "country.toml"
    toml.write_text(toml.read_text("utf-8").replace('code = "vn"', 'code = "xv"'), "utf-8")
    return Workspace.init(tmp_path / "own", folder)


def corrected(workspace: Workspace, spelling: str, operator: str) -> Workspace:
    """The workspace opened anew after its pack has learned another spelling of an operator."""
    networks = workspace.root / OWN_PACK / "networks.csv"
    header = networks.read_text("utf-8").partition("\n")[0].split(",")
    named = {"spelling": spelling, "operator": operator, "service": "any", "origin": "test"}
    with networks.open("a", encoding="utf-8") as file:
        file.write(",".join(named.get(column, "") for column in header) + "\n")
    return Workspace.open(workspace.root)


def rows_of(workspace: Workspace, number: int | None = None) -> list[tuple[object, ...]]:
    with open_snapshot(workspace, number) as snapshot:
        return snapshot.connection.execute(
            "SELECT measurement_id, operator, array_to_string(flags, ' '), delivery, counts "
            "FROM measurement ORDER BY ALL"
        ).fetchall()


def named(row: dict, number: int, **more: object) -> dict:
    return {k: v for k, v in row.items() if k != "operator"} | {"measurement_id": f"m-{number}"} | more


@pytest.fixture
def landed(own, deliver, row) -> Workspace:
    """Two deliveries of one source and one of another; one operator is spelled as nobody knows yet."""
    strange = {"operator_name": "Vietttel Groop"}
    deliver(own, [named(row, 1, **strange), named(row, 2)], "a.csv", received_at=MORNING)
    deliver(own, [named(row, 2), named(row, 3, **strange)], "b.csv", received_at=EVENING)
    deliver(own, [named(row, 1, **strange)], "c.csv", source="other-labs", received_at=EVENING)
    return own


@pytest.mark.parametrize("merged", [False, True])
def test_a_corrected_table_is_applied_to_what_was_landed_before(landed, merged) -> None:
    if merged:
        merge(landed)
    newest, before = 4 if merged else 3, rows_of(landed)
    digest = content_digest(landed)
    fixed = corrected(landed, "Vietttel Groop", "viettel")
    report = reprocess(fixed, declared, sources=["example-labs"])
    assert report.snapshot == newest + 1
    assert [(again.file_name, again.state) for again in report.deliveries] == [
        ("a.csv", AGAIN),
        ("b.csv", AGAIN),
    ]
    assert [(again.before["resolved"], again.after["resolved"]) for again in report.deliveries] == [
        (0, 1),
        (0, 1),
    ]
    assert report.deliveries[0].flags == {"operator-unresolved": (1, 0)}
    after = {(row[0], row[1], row[3]) for row in rows_of(fixed)}
    delivery = {again.file_name: again.delivery for again in report.deliveries}
    assert ("m-1", "viettel", delivery["a.csv"]) in after
    assert ("m-3", "viettel", delivery["b.csv"]) in after
    assert len([row for row in after if row[1] is None]) == 2  # m-2, and the other source's
    assert rows_of(fixed, newest) == before
    assert content_digest(fixed, newest) == digest
    assert check_store(fixed) == []


def test_old_snapshots_keep_their_own_counts(landed) -> None:
    fixed = corrected(landed, "Vietttel Groop", "viettel")
    with open_snapshot(landed, 3) as snapshot:
        before = snapshot.deliveries
    reprocess(fixed, declared)
    with open_snapshot(fixed, 3) as snapshot:
        assert snapshot.deliveries.equals(before)
    with open_snapshot(fixed) as snapshot:
        assert set(snapshot.deliveries["snapshot"]) == {4}
        assert set(snapshot.deliveries["pack"]) == {fixed.pack.digest} != set(before["pack"])
        assert len(snapshot.deliveries) == 3
    assert reports.delivery_report(fixed)["snapshot"].tolist() == [4, 4, 4]


@pytest.mark.parametrize("merged", [False, True])
def test_nothing_changes_when_nothing_was_corrected(landed, deliver, cell, merged) -> None:
    deliver(landed, [cell, cell | {"metric": "latency_ms"}], source="cells", like="canonical-aggregates")
    if merged:
        merge(landed)
    digest, before = content_digest(landed), rows_of(landed)
    counts = reports.delivery_report(landed).drop(columns="snapshot")
    report = reprocess(landed, declared)
    assert all(again.before == again.after and not again.flags for again in report.deliveries)
    assert rows_of(landed) == before
    assert content_digest(landed) == digest
    assert reports.delivery_report(landed).drop(columns="snapshot").equals(counts)
    assert check_store(landed) == []


def test_the_order_of_landing_and_reprocessing_changes_nothing(landed, deliver, row, tmp_path) -> None:
    """Landed with the table as it is now, or landed before and reprocessed: the same contents."""
    fixed = corrected(landed, "Vietttel Groop", "viettel")
    reprocess(fixed, declared)
    fresh = Workspace.init(tmp_path / "fresh", fixed.root / OWN_PACK)
    strange = {"operator_name": "Vietttel Groop"}
    deliver(fresh, [named(row, 1, **strange)], "c.csv", source="other-labs", received_at=EVENING)
    deliver(fresh, [named(row, 2), named(row, 3, **strange)], "b.csv", received_at=EVENING)
    deliver(fresh, [named(row, 1, **strange), named(row, 2)], "a.csv", received_at=MORNING)
    assert content_digest(fresh) == content_digest(fixed)
    with open_snapshot(fresh) as one, open_snapshot(fixed) as two:
        assert one.digest == two.digest


def test_since_a_day_only_what_was_received_from_then_on(landed) -> None:
    report = reprocess(landed, declared, since=EVENING.date())
    assert sorted(again.file_name for again in report.deliveries) == ["b.csv", "c.csv"]
    nothing = reprocess(landed, declared, since=dt.date(2027, 1, 1))
    assert (nothing.snapshot, nothing.deliveries) == (None, ())


def test_a_dry_run_tells_the_same_and_changes_nothing(landed) -> None:
    merge(landed)
    fixed = corrected(landed, "Vietttel Groop", "viettel")
    files = sorted(path for path in landed.store.rglob("*.parquet"))
    before = rows_of(landed)
    tried = reprocess(fixed, declared, dry_run=True)
    assert tried.snapshot is None
    assert sorted(path for path in landed.store.rglob("*.parquet")) == files
    assert rows_of(landed) == before
    assert check_store(landed) == []
    assert reprocess(fixed, declared).deliveries == tried.deliveries


@pytest.mark.parametrize("merged", [False, True])
def test_a_delivery_that_would_be_stopped_now_keeps_its_rows(landed, merged) -> None:
    if merged:
        merge(landed)
    before = rows_of(landed)

    def strict(name: str) -> Declaration:
        found = declared(name)
        if name != "other-labs":
            return found
        (layout,) = found.layouts
        return replace(found, layouts=(replace(layout, optional=()),))

    report = reprocess(landed, strict)
    stopped = [again for again in report.deliveries if again.state == AS_IT_WAS]
    assert [again.file_name for again in stopped] == ["c.csv"]
    assert "columns" in stopped[0].reason
    assert stopped[0].before == stopped[0].after
    assert rows_of(landed) == before
    assert check_store(landed) == []


def test_a_new_rule_of_a_source_takes_rows_out(landed) -> None:
    def unused(name: str) -> Declaration:
        found = declared(name)
        (layout,) = found.layouts
        return replace(found, layouts=(replace(layout, unused={"closed": always()}),))

    report = reprocess(landed, unused, sources=["example-labs"])
    assert [again.after["unused"] for again in report.deliveries] == [2, 2]
    assert [row[0] for row in rows_of(landed)] == ["m-1"]
    assert check_store(landed) == []


def test_a_damaged_delivery_keeps_its_rows_and_is_named(landed) -> None:
    with landed.engine.connect() as database:
        from qos.store.deliveries import recorded

        record = recorded(database)[0]
    path = landed.store / record.path
    path.write_bytes(path.read_bytes()[:-1])
    before = rows_of(landed)
    report = reprocess(landed, declared)
    states = {again.file_name: (again.state, again.reason) for again in report.deliveries}
    assert states["a.csv"][0] == AS_IT_WAS
    assert states["a.csv"][1].startswith(f"{record.path}: changed")
    assert rows_of(landed) == before


def test_a_fault_on_the_way_changes_nothing(landed) -> None:
    before, files = rows_of(landed), sorted(landed.store.rglob("*.parquet"))
    with pytest.raises(NotFound):
        reprocess(landed, sources.find)  # the source is declared in this test only
    told: list[str] = []

    def interrupted(step: str, _done: float) -> None:
        told.append(step)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reprocess(landed, declared, progress=interrupted)
    assert rows_of(landed) == before
    assert sorted(landed.store.rglob("*.parquet")) == files
    assert check_store(landed) == []


def test_a_source_that_delivered_nothing_is_named(landed) -> None:
    with pytest.raises(NotFound, match="no delivery was landed of nobody"):
        reprocess(landed, declared, sources=["nobody"])


def test_a_stopped_delivery_stays_stopped(landed, deliver, row) -> None:
    with pytest.raises(DeliveryFault):
        deliver(landed, [row | {"colour": "red"}], "odd.csv")
    reprocess(landed, declared)
    report = reports.delivery_report(landed).set_index("file_name")
    assert report.loc["odd.csv", "state"] == "stopped"


def test_what_lands_afterwards_is_compared_with_what_was_reprocessed(landed, deliver, row) -> None:
    reprocess(landed, declared)
    again = deliver(landed, [named(row, 2), named(row, 9)], "d.csv", received_at=EVENING)
    assert (again.accepted, again.duplicate) == (1, 1)
