"""What a user is told of the one fault that the README of mcc-mnc names: the status must be read."""

import json
from pathlib import Path

import pytest

from qos.countries import Pack
from qos.store.views import open_snapshot
from tests.faults.conftest import Told


@pytest.fixture(scope="session")
def listed(shared_data: Path) -> dict[str, str]:
    """Network code of Vietnam to its status in April 2023."""
    rows = json.loads((shared_data / "mcc-mnc" / "mcc-mnc-list.json").read_text("utf-8"))
    return {f"452-{row['mnc']}": row["status"] for row in rows if row["mcc"] == "452"}


def test_a_network_that_is_not_operational_resolves_to_nobody_and_is_flagged(
    listed: dict[str, str], workspace, deliver, told: Told
) -> None:
    over = {code for code, status in listed.items() if status == "Not operational"}
    assert over == {"452-03", "452-06"}
    assert set(listed.values()) == {"Operational", "Not operational"}
    rows = [
        {"measurement_id": code, "measured_at": "2026-08-01T03:00:00Z", "service": "mobile",
         "region": "gso34:01", "mcc_mnc": code, "download_mbps": 50}
        for code in listed
    ]  # fmt: skip
    assert told(deliver(workspace, rows))[1:] == ["flag: 2 operator-unresolved"]
    with open_snapshot(workspace) as snapshot:
        found = snapshot.connection.execute("SELECT mcc_mnc, operator FROM measurement").fetchall()
    assert {code for code, operator in found if operator is None} == over


def test_what_was_read_in_april_2023_says_so(listed: dict[str, str], vn: Pack) -> None:
    """452-09 was REDDI then; that it is Wintel now is from memory and says so."""
    origins = {
        (network.mcc_mnc, network.operator): network.origin for network in vn.networks if network.mcc_mnc
    }
    assert {code for code, _ in origins} == set(listed)
    dated = {key for key, origin in origins.items() if "state of 2023-04" in origin}
    assert set(origins) - dated == {("452-09", "wintel")}
    assert origins["452-09", "wintel"].startswith("unverified")
