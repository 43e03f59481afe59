"""Deliveries as files: plain where they may be, sealed where they hold personal data."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Period
from qos.domain.source import Source
from qos.store import deliveries, keeping
from qos.store.check import check_store
from qos.store.keeping import delivery_id
from qos.store.tables import DELIVERY

CONTENT = b"measurement_id,ip\nm-1,203.0.113.77\n"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "Day.CSV"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def personal() -> Source:
    return sources.like("labs", like="canonical", kind="app").source


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_delivery_is_kept_under_its_hash_as_received(workspace, given) -> None:
    source = sources.like("labs", like="canonical-aggregates", kind="app").source
    with keeping.keep(workspace.store, source, given, None, key=workspace.key) as kept:
        assert kept.path == kept.readable == workspace.store / "deliveries" / "labs" / f"{kept.sha256}.csv"
        assert (kept.bytes, kept.file_name, kept.encrypted) == (len(CONTENT), "Day.CSV", False)
    assert kept.path.read_bytes() == CONTENT
    assert files(workspace.staging) == []


def test_a_personal_delivery_is_sealed_and_no_plain_copy_is_made(workspace, given, personal) -> None:
    with keeping.keep(workspace.store, personal, given, None, key=workspace.key) as kept:
        assert kept.readable == given
        assert kept.path.name == f"{kept.sha256}.csv.sealed"
        assert kept.encrypted
        assert files(workspace.staging) == []
    assert given.read_bytes() == CONTENT
    assert all(b"203.0.113.77" not in path.read_bytes() for path in files(workspace.root))


def test_the_copy_goes_when_it_cannot_be_sealed(workspace, given, personal, monkeypatch) -> None:
    def fails(_plain: Path, sealed: Path, _key: bytes) -> None:
        sealed.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(keeping, "seal", fails)
    with pytest.raises(OSError), keeping.keep(workspace.store, personal, given, None, key=workspace.key):
        pass
    assert files(workspace.staging) == files(workspace.store / "deliveries") == []


def test_a_file_that_is_written_to_while_it_is_sealed_is_not_kept(
    workspace, given, personal, monkeypatch
) -> None:
    def seal_late(plain: Path, sealed: Path, key: bytes) -> None:
        plain.write_bytes(CONTENT.replace(b"m-1", b"m-2"))
        seal(plain, sealed, key)

    seal = keeping.seal
    monkeypatch.setattr(keeping, "seal", seal_late)
    with (
        pytest.raises(DeliveryFault, match=r"labs Day.CSV: the file was changed while it was read"),
        keeping.keep(workspace.store, personal, given, None, key=workspace.key),
    ):
        pass
    assert files(workspace.staging) == files(workspace.store / "deliveries") == []


def test_the_same_file_twice_is_kept_once(workspace, given, personal) -> None:
    for period in (None, Period.parse("2026-08")):
        with keeping.keep(workspace.store, personal, given, period, key=workspace.key):
            pass
    assert len(files(workspace.store / "deliveries")) == 1


def test_the_id_depends_on_the_service_only_when_it_is_said() -> None:
    assert delivery_id("labs", "hash", "") == delivery_id("labs", "hash", "", "")
    assert len({delivery_id("labs", "hash", "", service) for service in ("", "mobile", "fixed")}) == 3


@pytest.fixture
def sealed(workspace, deliver, row):
    """A store with one sealed delivery, and its record."""
    deliver(workspace, [row | {"ip": "203.0.113.77"}])
    with workspace.engine.connect() as database:
        return deliveries.recorded(database)[0]


def test_a_sealed_delivery_can_be_read_again_and_leaves_nothing(workspace, sealed) -> None:
    with keeping.reopened(workspace.store, sealed, workspace.key) as kept:
        assert b"203.0.113.77" in kept.readable.read_bytes()
        assert (kept.id, kept.service, kept.encrypted) == (sealed.id, "", True)
    assert files(workspace.staging) == []
    assert check_store(workspace) == []


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("encrypted", [True, False])
def test_a_damaged_delivery_is_named(workspace, deliver, cell, encrypted) -> None:
    deliver(workspace, [cell], source="cells", like="canonical-aggregates")
    with workspace.engine.connect() as database:
        (record,) = deliveries.recorded(database, DELIVERY.c.encrypted == encrypted)
    path = workspace.store / record.path
    held = bytearray(path.read_bytes())
    held[-1] ^= 1
    path.write_bytes(held)
    with (
        pytest.raises(DeliveryFault, match=record.path) as told,
        keeping.reopened(workspace.store, record, workspace.key),
    ):
        pass
    assert told.value.next_command == "qos check --store"
    (fault,) = check_store(workspace)
    assert fault.startswith(f"{record.path}: changed")
    assert files(workspace.staging) == []


def test_a_delivery_sealed_under_another_key_is_named(workspace, sealed) -> None:
    fault = keeping.fault_of(workspace.store, sealed, b"another secret".ljust(32))
    assert fault == f"{sealed.path}: changed, cut short, or sealed under another key"
    assert keeping.fault_of(workspace.store, sealed, workspace.key) is None


def test_a_sealed_file_of_other_bytes_is_named(workspace, sealed) -> None:
    with workspace.engine.begin() as database:
        database.execute(sa.update(DELIVERY).values(bytes=sealed.bytes + 1))
        (record,) = deliveries.recorded(database)
    assert "expected" in str(keeping.fault_of(workspace.store, record, workspace.key))
