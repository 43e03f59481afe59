"""What a snapshot says: the same for any order of rows, files and landings."""

import datetime as dt
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos import sources
from qos.domain.errors import NotFound
from qos.domain.flags import mask
from qos.domain.measurement import Service
from qos.domain.quarter import Quarter
from qos.ingest import land
from qos.store import parts
from qos.store.digests import content_digest
from qos.store.merging import merge
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

MORNING = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
EVENING = dt.datetime(2026, 11, 1, 20, tzinfo=dt.UTC)


def measurements(workspace: Workspace) -> pd.DataFrame:
    with open_snapshot(workspace) as snapshot:
        return snapshot.connection.execute(
            "SELECT measurement_id, latency_ms, delivery, array_to_string(flags, ' ') AS flags, counts "
            "FROM measurement ORDER BY measurement_id, latency_ms"
        ).df()


def aggregates(workspace: Workspace) -> pd.DataFrame:
    with open_snapshot(workspace) as snapshot:
        return snapshot.connection.execute(
            "SELECT * REPLACE (array_to_string(flags, ' ') AS flags) FROM aggregate ORDER BY source, value"
        ).df()


def test_an_empty_store_is_snapshot_zero(workspace) -> None:
    with open_snapshot(workspace) as snapshot:
        assert (snapshot.number, snapshot.as_of, len(snapshot.deliveries)) == (0, "", 0)
        for view in ("measurement", "aggregate", "delivery"):
            assert snapshot.connection.execute(f"SELECT count(*) FROM {view}").fetchall() == [(0,)]


def test_a_row_in_two_deliveries_is_one_measurement(workspace, deliver, row) -> None:
    one = deliver(workspace, [row], "a.csv")
    two = deliver(workspace, [row, row | {"measurement_id": "m-2"}], "b.csv")
    seen = measurements(workspace)
    assert seen["measurement_id"].tolist() == ["m-1", "m-2"]
    assert seen["delivery"].tolist() == [min(one.delivery, two.delivery), two.delivery]
    assert seen["flags"].tolist() == ["", ""]
    assert seen["counts"].all()


def test_one_id_with_two_contents_is_a_conflict_of_which_one_counts(workspace, deliver, row) -> None:
    deliver(workspace, [row | {"latency_ms": 10}, row | {"latency_ms": 11}], "a.csv")
    deliver(workspace, [row | {"latency_ms": 12}], "b.csv")
    seen = measurements(workspace)
    assert seen["latency_ms"].tolist() == [10, 11, 12]
    assert seen["flags"].tolist() == ["id-conflict"] * 3
    assert seen["counts"].sum() == 1


def test_an_id_is_its_own_in_every_quarter(workspace, deliver, row) -> None:
    report = deliver(workspace, [row, row | {"measured_at": "2026-02-01T00:00:00Z"}])
    assert (report.accepted, report.duplicate) == (2, 0)
    assert measurements(workspace)["flags"].tolist() == ["", ""]


def test_a_conflict_at_another_time_of_the_quarter_is_seen(workspace, deliver, row) -> None:
    deliver(workspace, [row])
    deliver(workspace, [row | {"measured_at": "2026-09-01T00:00:00Z"}], "later.csv")
    assert measurements(workspace)["flags"].tolist() == ["id-conflict"] * 2


def test_one_measurement_in_two_spellings_is_one_measurement(workspace, deliver, row) -> None:
    """What counts is what a row says once its names and units are ours."""
    deliver(workspace, [row])
    spelt = row | {"operator": "", "operator_name": "VIETTEL", "latency_ms": "2e1"}
    report = deliver(workspace, [spelt], "spelt.csv")
    assert (report.accepted, report.duplicate) == (0, 1)
    assert measurements(workspace)["flags"].tolist() == [""]


def test_flags_are_shown_by_name_and_as_bits(workspace, deliver, row) -> None:
    deliver(workspace, [row | {"operator": "nobody", "region": ""}])
    with open_snapshot(workspace) as snapshot:
        shown = snapshot.connection.execute("SELECT flags, flag_bits FROM measurement").fetchall()
    names = ["operator-unresolved", "region-not-given"]
    assert shown == [(names, mask(names))]


@pytest.mark.parametrize("merged", [False, True])
def test_every_measurement_lies_in_one_bucket_with_all_of_its_subject(
    workspace, deliver, row, merged, monkeypatch
) -> None:
    monkeypatch.setattr(parts, "ROWS_PER_BUCKET", 16)
    rows = [
        row | {"measurement_id": f"m-{n % 38}", "subject": "" if n % 5 == 0 else f"phone-{n % 7:04d}"}
        for n in range(40)
    ]
    deliver(workspace, rows[:30], "a.csv")
    merge(workspace)
    deliver(workspace, rows[20:], "b.csv")
    if merged:
        merge(workspace)
    with open_snapshot(workspace) as snapshot:
        buckets = snapshot.buckets(Quarter(2026, 3), Service.MOBILE)
        said = [
            snapshot.connection.execute(f"SELECT * FROM {bucket.rows} ORDER BY ALL").fetchall()
            for bucket in buckets
        ]
        whole = snapshot.connection.execute("FROM measurement ORDER BY ALL").fetchall()
        subjects = [
            {one for (one,) in snapshot.connection.execute(f"SELECT subject FROM {bucket.rows}").fetchall()}
            - {None}
            for bucket in buckets
        ]
    assert len(buckets) > 1
    assert sorted(str(one) for rows in said for one in rows) == sorted(map(str, whole))
    assert sum(map(len, subjects)) == len(set().union(*subjects))
    assert all((bucket.ordered is not None) == merged for bucket in buckets)


@pytest.mark.parametrize("repeated", [False, True])
def test_a_merged_bucket_orders_the_measurements_of_one_moment_by_their_ids(
    workspace, deliver, row, repeated
) -> None:
    rows = [
        row | {"measurement_id": f"m-{n * 7 % 30:02d}", "subject": f"phone-{n % 3:04d}"} for n in range(30)
    ]
    deliver(workspace, [*rows, row | {"measurement_id": "m-00", "latency_ms": 77}] if repeated else rows)
    merge(workspace)
    with open_snapshot(workspace) as snapshot:
        (bucket,) = snapshot.buckets(Quarter(2026, 3), Service.MOBILE)
        said = snapshot.connection.execute(
            f"SELECT subject, measurement_id FROM {bucket.rows} ORDER BY subject, {bucket.place}"
        ).fetchall()
    assert bucket.place == ("measurement_id" if repeated else "file_row_number")
    assert len(said) == 30 + repeated
    assert said == sorted(said)


def test_rows_that_differ_in_the_subject_only_conflict(workspace, deliver, row) -> None:
    deliver(workspace, [row, row | {"subject": "phone-0002"}])
    seen = measurements(workspace)
    assert seen["flags"].tolist() == ["id-conflict"] * 2
    assert seen["counts"].sum() == 1


def test_a_conflict_keeps_the_other_flags(workspace, deliver, row) -> None:
    deliver(workspace, [row | {"operator": "nobody"}, row | {"operator": "nobody", "latency_ms": 9}])
    assert measurements(workspace)["flags"].tolist() == ["id-conflict operator-unresolved"] * 2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_order_of_landing_changes_nothing(workspace, deliver, row, cell, order) -> None:
    deliveries = [
        [row, row | {"measurement_id": "m-2"}],
        [row | {"measurement_id": "m-2", "latency_ms": 5}, row | {"measurement_id": "m-3", "subject": ""}],
        [row | {"measurement_id": "m-3", "subject": ""}, row | {"latency_ms": 77}],
    ]
    figures = [[cell], [cell | {"value": 99}], [cell, cell | {"metric": "latency_ms"}]]
    for number in order:
        deliver(workspace, deliveries[number], f"{number}.csv", received_at=MORNING)
        deliver(
            workspace,
            figures[number],
            f"{number}.csv",
            source="cells",
            like="canonical-aggregates",
            received_at=MORNING,
        )
    assert content_digest(workspace) == DIGEST.setdefault("content", content_digest(workspace))
    with open_snapshot(workspace) as snapshot:
        assert snapshot.digest == DIGEST.setdefault("deliveries", snapshot.digest)


DIGEST: dict[str, str] = {}
"""Of the first order tried; all others must give the same."""


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 2), st.sampled_from(["a", "b", ""])),
        min_size=1,
        max_size=12,
    ),
    seed=st.integers(0, 2**32 - 1),
)
def test_however_rows_are_cut_and_shuffled_the_same_counts(
    empty_workspace, tmp_path_factory, rows, seed
) -> None:
    """Whatever repeats: one row of each id counts, and which one does not depend on files."""

    def landed(rows: list[tuple[int, int, str]], cuts: int) -> str:
        folder = tmp_path_factory.mktemp("cut")
        workspace = Workspace.open(shutil.copytree(empty_workspace, folder / "workspace"))
        for cut in range(cuts):
            _write(folder / f"{cut}.csv", rows[cut::cuts])
            land(workspace, sources.find("canonical"), folder / f"{cut}.csv", received_at=MORNING)
        with open_snapshot(workspace) as snapshot:
            said = snapshot.connection.execute(
                "SELECT measurement_id, latency_ms, subject, counts, flags FROM measurement ORDER BY ALL"
            ).fetchall()
        workspace.engine.dispose()
        assert sum(counts for *_, counts, _flags in said) == len({row[0] for row in rows})
        return str(said)

    shuffled = random.Random(seed).sample(rows, len(rows))
    assert landed(rows, 1) == landed(shuffled, 2)


def _write(path: Path, rows: list[tuple[int, int, str]]) -> None:
    lines = [
        f"m-{number},2026-08-01T03:00:00Z,mobile,{latency},{subject}" for number, latency, subject in rows
    ]
    path.write_text("\n".join(["measurement_id,measured_at,service,latency_ms,subject", *lines, ""]), "utf-8")


# ---- aggregates


@pytest.fixture
def give(workspace, deliver):
    """Lands figures as one source."""

    def give(rows, name, *, source="cells", like="canonical-aggregates", received_at=MORNING):
        return deliver(workspace, rows, name, source=source, like=like, received_at=received_at)

    return give


def test_a_figure_has_days_and_names_for_everything(workspace, give, cell) -> None:
    give([cell | {"operator": "", "region": ""}], "a.csv")
    (seen,) = aggregates(workspace).to_dict("records")
    assert (seen["operator"], seen["region"]) == ("all", "nation")
    assert (str(seen["period_start"])[:10], str(seen["period_end"])[:10]) == ("2026-07-01", "2026-10-01")


def test_an_equal_figure_is_one(workspace, give, cell) -> None:
    one = give([cell], "a.csv")
    two = give([cell | {"citation": "the same, elsewhere"}], "b.csv")
    (seen,) = aggregates(workspace).to_dict("records")
    assert (seen["delivery"], seen["flags"], seen["counts"]) == (min(one.delivery, two.delivery), "", True)
    assert two.duplicate == 1


def test_a_later_value_of_the_same_key_is_a_revision(workspace, give, cell) -> None:
    give([cell | {"value": 90}], "new.csv", received_at=EVENING)
    give([cell | {"value": 100}], "old.csv", received_at=MORNING)
    seen = aggregates(workspace)
    assert seen["value"].tolist() == [90, 100]
    assert seen["counts"].tolist() == [True, False]
    assert seen["flags"].tolist() == ["", "revised"]


def test_a_value_given_again_after_another_counts_again(workspace, give, cell) -> None:
    give([cell | {"value": 100}], "first.csv", received_at=MORNING)
    give([cell | {"value": 90}], "second.csv", received_at=MORNING + dt.timedelta(hours=1))
    give([cell | {"value": 100}, cell | {"metric": "latency_ms"}], "third.csv", received_at=EVENING)
    seen = aggregates(workspace).query("metric == 'download_mbps'")
    assert seen["counts"].tolist() == [False, True]


def test_revisions_received_at_once_are_decided_by_their_files(workspace, give, cell) -> None:
    give([cell | {"value": 90}], "a.csv")
    give([cell | {"value": 100}], "b.csv")
    seen = aggregates(workspace)
    with open_snapshot(workspace) as snapshot:
        larger = snapshot.deliveries.sort_values("sha256")["delivery"].iloc[-1]
    assert seen.loc[seen["counts"], "delivery"].tolist() == [larger]
    assert sorted(seen["flags"]) == ["", "revised"]


def test_two_values_of_one_key_in_one_delivery_conflict(workspace, give, cell) -> None:
    give([cell | {"value": 90}, cell | {"value": 100}], "a.csv")
    seen = aggregates(workspace)
    assert seen["counts"].tolist() == [True, False]
    assert seen["flags"].tolist() == ["id-conflict"] * 2


def test_mean_and_median_of_one_sample_are_two_figures(workspace, give, cell) -> None:
    give([cell, cell | {"statistic": "median", "value": 80}], "a.csv")
    assert aggregates(workspace)["counts"].tolist() == [True, True]


REPORT = {"publisher": "Example Labs", "citation": "report of July, page 3"}


def test_a_published_figure_is_one_under_whatever_source_name(workspace, give, cell) -> None:
    give([cell | REPORT], "a.csv", source="zeta", like="published")
    give([cell | REPORT | {"publisher": "EXAMPLE LABS "}], "b.csv", source="alpha", like="published")
    seen = aggregates(workspace)
    assert seen["source"].tolist() == ["alpha", "zeta"]
    assert seen["counts"].tolist() == [True, False]
    assert seen["flags"].tolist() == ["", "same-figure"]


def test_figures_of_two_publishers_are_two(workspace, give, cell) -> None:
    give([cell | REPORT], "a.csv", source="alpha", like="published")
    give([cell | REPORT | {"publisher": "Other Labs"}], "b.csv", source="beta", like="published")
    assert aggregates(workspace)["counts"].all()


def test_figures_of_two_regions_are_two(workspace, give, cell) -> None:
    give([cell | REPORT, cell | REPORT | {"region": "gso34:01"}], "a.csv", source="alpha", like="published")
    assert aggregates(workspace)["counts"].all()


# ---- snapshots


def test_snapshots_stay_as_they_were(workspace, deliver, row) -> None:
    deliver(workspace, [row], "a.csv", received_at=MORNING)
    before = content_digest(workspace)
    deliver(workspace, [row | {"measurement_id": "m-2"}], "b.csv", received_at=EVENING)
    assert content_digest(workspace) != before
    assert content_digest(workspace, 1) == before
    with open_snapshot(workspace, 1) as one, open_snapshot(workspace) as two:
        assert (one.number, one.as_of) == (1, "2026-11-01T08:00:00.000000+00:00")
        assert (two.number, two.as_of) == (2, "2026-11-01T20:00:00.000000+00:00")
        assert one.digest != two.digest
        assert (len(one.deliveries), len(two.deliveries)) == (1, 2)


def test_a_snapshot_that_never_was_is_not_found(workspace) -> None:
    with pytest.raises(NotFound, match="no snapshot 3; the newest is 0"):
        open_snapshot(workspace, 3)


def test_the_digest_of_deliveries_does_not_depend_on_their_names(tmp_path, deliver, row) -> None:
    digests = set()
    for name in ("a", "b"):
        workspace = Workspace.init(tmp_path / name, "vn")
        deliver(workspace, [row], f"{name}.csv")
        with open_snapshot(workspace) as snapshot:
            digests.add(snapshot.digest)
    assert len(digests) == 1


def test_the_content_does_not_depend_on_the_secret(tmp_path, deliver, row) -> None:
    rows = [row, row | {"measurement_id": "phone-0001/2", "latency_ms": 3}, row | {"latency_ms": 4}]
    digests = set()
    for name in ("a", "b"):
        workspace = Workspace.init(tmp_path / name, "vn")
        deliver(workspace, rows)
        digests.add(content_digest(workspace))
    assert len(digests) == 1
