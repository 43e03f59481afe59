"""What a user is told of single results as the tools write them."""

from pathlib import Path

import pytest

from tests.faults.conftest import Told, given


@pytest.fixture
def samples(shared_data: Path) -> Path:
    return shared_data / "samples-native"


def test_an_archive_of_114_subtests_says_that_its_service_was_assumed(
    samples: Path, workspace, told: Told
) -> None:
    (path,) = (samples / "ndt7").glob("*.tgz")
    head, *lines = told(given(workspace, "ndt7", path))
    assert head.endswith("114 rows: 114 accepted, 0 duplicate, 0 rejected, 0 not used")
    assert "flag: 114 service-assumed" in lines
    assert "flag: 114 service-assumed" not in told(given(workspace, "ndt7", path, service="fixed"))


def test_a_loose_result_that_is_in_the_archive_too_is_a_duplicate(
    samples: Path, workspace, told: Told
) -> None:
    (archive,) = (samples / "ndt7").glob("*.tgz")
    (loose,) = (samples / "ndt7").glob("ndt7-download-*")
    given(workspace, "ndt7", archive)
    assert "0 accepted, 1 duplicate" in told(given(workspace, "ndt7", loose))[0]


@pytest.mark.parametrize(
    ("source", "name", "reason"),
    [
        ("ndt7", "ndt7/ndt7-upload-*", "1 a test inside a local network"),
        ("iperf3", "iperf3/*", "1 a test inside a local network"),
        ("ndt5", "ndt5/ndt-vscqp*", "2 a test of M-Lab's own monitoring"),
    ],
)
def test_a_run_that_measures_no_line_is_rejected_with_the_reason_and_no_address(
    samples: Path, workspace, told: Told, source: str, name: str, reason: str
) -> None:
    (path,) = samples.glob(name)
    head, *lines = told(given(workspace, source, path))
    assert ": 0 accepted" in head
    (rejected,) = [line for line in lines if line.startswith("rejected: ")]
    assert rejected.startswith(f"rejected: {reason}, first in ")
    assert "192.168" not in rejected
