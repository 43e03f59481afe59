"""Who measured, from which address and where: nowhere but in the delivery as received."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos import sources
from qos.domain.quarter import Period
from qos.ingest import land
from qos.ingest.pseudonyms import pseudonyms, quarter_key
from qos.store import deliveries, keeping
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

SECRETS = ("phone-0001", "203.0.113.77", "2001:db8::7:1", "02:42:ac:11:00:02", "21.028511", "105.804817")


@pytest.fixture
def told(workspace, deliver, row) -> Workspace:
    """A workspace that was told who, from where and at which place, in good rows and in bad ones."""
    identified = row | {
        "measurement_id": "2026/phone-0001/17",
        "ip": "203.0.113.77",
        "latitude": "21.028511",
        "longitude": "105.804817",
        "location_accuracy_m": 12,
        "server": "",
    }
    deliver(
        workspace,
        [
            identified,
            identified | {"measurement_id": "m-2", "ip": "2001:db8::7:1"},
            identified | {"measurement_id": "m-3", "latency_ms": "203.0.113.77"},
            identified | {"measurement_id": "m-4", "latency_ms": "02:42:ac:11:00:02"},
            identified | {"measurement_id": "m-5", "latitude": "21.028511N"},
            identified | {"measurement_id": "", "subject": "phone-0001"},
        ],
    )
    return workspace


def test_nothing_in_the_store_holds_an_identifier(told) -> None:
    stored = [path for path in told.store.rglob("*") if path.is_file()]
    assert {".parquet", ".sqlite", ".sealed"} <= {path.suffix for path in stored}
    for path in stored:
        held = _text(path)
        assert not [secret for secret in SECRETS if secret in held], path


def _text(path: Path) -> str:
    """All values of a Parquet file, however it is compressed; the bytes of any other."""
    if path.suffix == ".parquet":
        return str(duckdb.sql(f"SELECT * FROM '{path}'").fetchall())
    return path.read_bytes().decode("latin-1")


def test_the_delivery_itself_is_kept_as_received_under_the_key_only(told) -> None:
    with told.engine.connect() as database:
        (record,) = deliveries.recorded(database)
    with keeping.reopened(told.store, record, told.key) as kept:
        assert all(secret in kept.readable.read_text("utf-8") for secret in SECRETS)
    assert not any(path.is_file() for path in told.staging.rglob("*"))


def test_an_id_made_of_the_subject_carries_its_pseudonym(told) -> None:
    with open_snapshot(told) as snapshot:
        ids = snapshot.connection.execute(
            "SELECT measurement_id, subject FROM measurement ORDER BY 1"
        ).fetchall()
    assert [measurement for measurement, _ in ids] == [f"2026/~{ids[0][1] & (2**64 - 1):016x}/17", "m-2"]


def test_a_subject_is_the_same_one_whether_some_id_holds_a_name_or_none_does(workspace, deliver, row) -> None:
    ids = ("a-1", "b/phone-0001", "c-3")
    for name, taken in (("one.csv", ids[:1]), ("both.csv", ids[1:])):
        rows = [row | {"measurement_id": one, "subject": "phone-0001"} for one in taken]
        deliver(workspace, [*rows, row | {"measurement_id": f"{name}-nobody", "subject": ""}], name)
    with open_snapshot(workspace) as snapshot:
        found = snapshot.connection.execute("SELECT subject, count(*) FROM measurement GROUP BY 1").fetchall()
    counts = {subject is None: count for subject, count in found}
    assert (len(found), counts) == (2, {True: 2, False: 3})


def test_a_panel_with_ids_made_of_unit_ids_holds_no_unit_id(tmp_path, shared_data) -> None:
    path = shared_data / "uk-ofcom-panel" / "broadband_performance_2021.csv"
    workspace = Workspace.init(tmp_path / "gb", "gb")
    land(workspace, sources.find("ofcom-panel"), path, period=Period.parse("2021-03"))
    units = {str(unit) for (unit,) in duckdb.sql(f"SELECT unit_id FROM '{path}'").fetchall()}
    with open_snapshot(workspace) as snapshot:
        ids = snapshot.connection.execute("SELECT DISTINCT measurement_id FROM measurement").fetchall()
    words = {word for (text,) in ids for word in text.replace(":", "/").replace("-", "/").split("/")}
    assert len(units) > 3000
    assert not units & words


# ---- pseudonyms

names = st.text(min_size=1, max_size=20)


def pseudonym(subject: str, *, key: bytes = b"k" * 32, source: str = "labs", quarter: str = "2026Q1") -> int:
    (found,) = pseudonyms(key, source)(quarter, pa.array([subject])).to_pylist()
    return found


@settings(deadline=None)
@given(subject=names, quarter=st.sampled_from(["2026Q1", "2026Q2"]))
def test_a_subject_has_one_pseudonym_in_a_quarter(subject, quarter) -> None:
    one = pseudonym(subject, quarter=quarter)
    assert one == pseudonym(subject, quarter=quarter)
    assert -(2**63) <= one < 2**63


@settings(deadline=None)
@given(subjects=st.lists(names, max_size=8))
def test_the_company_a_subject_is_in_does_not_change_its_pseudonym(subjects) -> None:
    together = pseudonyms(b"k" * 32, "labs")("2026Q1", pa.array(subjects, pa.string())).to_pylist()
    assert together == [pseudonym(subject) for subject in subjects]


@settings(deadline=None)
@given(subject=names)
def test_quarters_sources_and_secrets_cannot_be_linked(subject) -> None:
    others = {
        pseudonym(subject, quarter="2026Q2"),
        pseudonym(subject, source="other"),
        pseudonym(subject, key=b"j" * 32),
    }
    assert pseudonym(subject) not in others
    assert len(others) == 3


def test_the_key_of_a_quarter_does_not_tell_the_next_one() -> None:
    keys = {quarter_key(b"k" * 32, f"2026Q{number}") for number in range(1, 5)}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


def test_one_subject_in_two_deliveries_of_a_quarter_is_one(workspace, deliver, row) -> None:
    deliver(workspace, [row], "a.csv")
    deliver(workspace, [row | {"measurement_id": "m-2"}], "b.csv")
    deliver(workspace, [row | {"measurement_id": "m-3", "measured_at": "2026-11-01T00:00:00Z"}], "c.csv")
    with open_snapshot(workspace) as snapshot:
        subjects = snapshot.connection.execute(
            "SELECT subject FROM measurement ORDER BY measurement_id"
        ).fetchall()
    assert subjects[0] == subjects[1]
    assert subjects[0] != subjects[2]
