"""What a user is told of each fault that the README of asn-vn lists.

The pack of Viet Nam has the prefixes of these lists: the longest one tells an address's system, and the
caches among them are excluded by name.
"""

import csv
import ipaddress
from pathlib import Path

import pytest

from qos.countries import Pack
from qos.store import reports
from qos.store.views import open_snapshot
from tests.faults.conftest import Told

DAY_OF_TEST = "2026-08-01T03:00:00Z"


@pytest.fixture(scope="session")
def asn_folder(shared_data: Path) -> Path:
    return shared_data / "asn-vn"


def prefixes(folder: Path, asn: int) -> list[ipaddress.IPv4Network]:
    lines = (folder / f"AS{asn}.ipv4-aggregated.txt").read_text("utf-8").splitlines()
    return [ipaddress.IPv4Network(line) for line in lines if line and not line.startswith("#")]


def inside(folder: Path, inner: int, outer: int) -> list[ipaddress.IPv4Network]:
    """Prefixes of one system that lie inside one of another."""
    around = prefixes(folder, outer)
    return [own for own in prefixes(folder, inner) if any(own.subnet_of(other) for other in around)]


def row(name: str, **more: object) -> dict[str, object]:
    return {"measurement_id": name, "measured_at": DAY_OF_TEST, "service": "mobile",
            "region": "gso34:01", "download_mbps": 50} | more  # fmt: skip


@pytest.mark.parametrize(
    ("inner", "outer", "operator"),
    [(24086, 7552, "viettel"), (135905, 45899, "vinaphone"), (7552, 24086, "viettel")],
)
def test_an_address_in_two_nested_prefixes_belongs_to_the_longer_and_is_not_kept(
    asn_folder: Path, workspace, deliver, told: Told, inner: int, outer: int, operator: str
) -> None:
    nested = inside(asn_folder, inner, outer)
    assert nested
    address = str(nested[0].network_address + 1)
    assert told(deliver(workspace, [row("m-1", ip=address)]))[1:] == []
    with open_snapshot(workspace) as snapshot:
        found = snapshot.connection.execute("SELECT asn, operator, * FROM measurement").fetchone()
    assert found is not None
    assert found[:2] == (inner, operator)
    assert address not in map(str, found)


def test_an_address_that_no_list_has_is_unannounced_and_not_foreign(workspace, deliver, told: Told) -> None:
    report = deliver(workspace, [row("m-1", ip="203.0.113.7"), row("m-2", ip="2001:db8::7")])
    assert told(report)[1:] == ["flag: 2 address-unannounced"]


def test_an_address_of_a_cache_is_nobodys(asn_folder: Path, workspace, deliver, told: Told) -> None:
    """23.x are caches of content that operators announce: no subscriber measures from there."""
    caches = [own for asn in (7552, 18403, 45899) for own in prefixes(asn_folder, asn)
              if own.network_address.packed[0] == 23]  # fmt: skip
    assert len(caches) == 10
    rows = [row(f"m-{n}", ip=str(own.network_address)) for n, own in enumerate(caches)]
    assert told(deliver(workspace, rows))[1:] == ["flag: 10 network-excluded"]


def test_an_autonomous_system_is_not_a_service(asn_folder: Path, workspace, deliver, told: Told) -> None:
    """The source must say which service it measured; FPT, CMC and SCTV have no mobile network."""
    asns = [int(line["asn"]) for line in csv.DictReader((asn_folder / "vn_asn.csv").open(encoding="utf-8"))]
    rows = [
        row(f"m-{service}-{asn}", asn=asn, service=service) for asn in asns for service in ("mobile", "fixed")
    ]
    assert told(deliver(workspace, rows))[1:] == ["flag: 3 operator-unresolved"]
    with open_snapshot(workspace) as snapshot:
        found = snapshot.connection.execute("SELECT asn, service, operator FROM measurement").fetchall()
    meant = {(asn, service): operator for asn, service, operator in found}
    assert meant[45899, "mobile"] == meant[135905, "mobile"] == "vinaphone"
    assert meant[45899, "fixed"] == meant[135905, "fixed"] == "vnpt"
    assert {key for key, operator in meant.items() if operator is None} == {
        (18403, "mobile"), (45903, "mobile"), (45543, "mobile"),
    }  # fmt: skip


def test_a_row_that_does_not_say_its_service_is_named_by_line_and_column(workspace, deliver) -> None:
    deliver(workspace, [row("m-1", asn=45899), row("m-2", asn=45899, service="")])
    (told,) = reports.rejects_by_reason(workspace).to_dict("records")
    assert (told["reason"], told["line"], told["column"]) == ("missing value", 3, "service")


def test_operators_whose_system_nobody_has_named_are_known_by_name_and_the_registrys_own_is_excluded(
    vn: Pack, workspace, deliver, told: Told
) -> None:
    assert not {network.operator for network in vn.networks if network.asn} & {"vietnamobile", "wintel"}
    rows = [
        row("m-1", asn=131122),
        row("m-2", operator_name="Vietnamobile"),
        row("m-3", operator_name="Reddi"),
        row("m-4", asn=64496),
    ]
    assert told(deliver(workspace, rows))[1:] == ["flag: 1 network-excluded", "flag: 1 operator-unresolved"]
    readme = " ".join((vn.folder / "README.md").read_text("utf-8").split())
    assert "Not mapped, because nobody has named their systems: Vietnamobile" in readme


def test_every_system_says_where_its_operator_was_read_and_that_the_licence_is_unverified(
    asn_folder: Path, vn: Pack
) -> None:
    listed = {int(line["asn"]) for line in csv.DictReader((asn_folder / "vn_asn.csv").open(encoding="utf-8"))}
    origins = {network.asn: network.origin for network in vn.networks if network.asn in listed}
    assert origins.keys() == listed
    assert all(origin.startswith("ipverse/asn-ip, registry name") for origin in origins.values())
    assert "CC0-1.0 as far as known" in (vn.folder / "README.md").read_text("utf-8")
