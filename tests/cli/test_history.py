"""`qos reprocess` and `qos diff`."""

from pathlib import Path

import pytest

ROWS = """measurement_id,measured_at,service,operator,region,download_mbps
m-1,2026-08-01T03:00:00Z,mobile,viettel,gso34:01,50.5
m-2,2026-08-01T03:00:00Z,mobile,nobody,gso34:01,60.5
"""


@pytest.fixture
def landed(qos, tmp_path: Path) -> Path:
    """A workspace with one delivery, in snapshot 1."""
    root, file = tmp_path / "vn", tmp_path / "rows.csv"
    file.write_text(ROWS, "utf-8")
    qos("init", root, "--country", "vn")
    qos("sources", "-w", root, "add", "labs", "--like", "canonical", "--kind", "app")
    assert qos("ingest", "labs", file, "-w", root).code == 0
    return root


def test_landing_again_makes_a_snapshot_and_names_the_next_command(qos, landed) -> None:
    said = qos("reprocess", "--source", "labs", "-w", landed)
    assert said.code == 0
    assert "landed again" in said.out
    assert said.last == "next: qos diff 1 2"
    told = qos("diff", 1, 2, "-w", landed, "--json").json
    assert [row["change"] for row in told["deliveries"]] == ["landed again"]
    assert told["rows"] == told["moved"] == told["levels"] == []


def test_a_dry_run_makes_none(qos, landed) -> None:
    told = qos("reprocess", "--dry-run", "--json", "-w", landed).json
    assert told["snapshot"] is None
    assert told["deliveries"][0]["after"]["resolved"] == 1
    assert qos("diff", 1, 2, "-w", landed).code == 3


def test_what_a_delivery_added_is_shown_by_operator_and_region(qos, landed) -> None:
    said = qos("diff", 0, 1, "-w", landed)
    assert said.code == 0
    assert "operator-unresolved" in said.out
    assert "gso34:01" in said.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("reprocess", "--since", "yesterday"), 2),
        (("reprocess", "--source", "nobody"), 3),
        (("diff", 1, 1), 2),
        (("diff", 0, 7), 3),
    ],
)
def test_what_cannot_be_done_ends_with_its_code_and_the_next_command(qos, landed, words, code) -> None:
    said = qos(*words, "-w", landed)
    assert said.code == code
    assert said.last.startswith("next: qos ")
