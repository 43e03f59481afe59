"""Data that must not pass: what a user reads when a folder with them is handed over."""

from pathlib import Path

import pytest

from qos.cli.ingesting import Wishes, ingest_guessing
from qos.domain.errors import DeliveryFault, StoppedByChecks
from tests.faults.conftest import Told, given


@pytest.fixture
def suspect(shared_data: Path) -> Path:
    return shared_data / "suspect"


def test_both_files_are_refused_with_the_reason_and_nothing_of_them_enters(
    suspect: Path, workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    wishes = Wishes(period=None, service=None, accept=None, dry_run=False, quiet=False, as_json=False)
    with pytest.raises(StoppedByChecks):
        ingest_guessing(workspace, [suspect], wishes)
    shown = capsys.readouterr()
    said = [line.partition(": refused: ")[2] for line in shown.out.splitlines() if ": refused: " in line]
    assert said == [
        "a text or a list, not a table of measurements",
        "stopped: not believed: averages without a number of tests above what 4g gives a whole operator "
        "(100 Mbit/s): 13 figures, of JIO in 2018-01-01/2019-01-01 up to 172 Mbit/s: a sum, another unit or "
        "a chosen few?",
        "stopped: not believed: download_mbps repeats itself: 14 values to the last digit came from several "
        "subjects (192 distinct of 207), where chance gives about 2: generated or copied?",
    ]
    assert "0 of 3 files taken, 0 rows; 3 refused" in shown.err


def test_what_a_person_vouches_for_lands_and_the_reason_is_asked_for(
    suspect: Path, workspace, told: Told
) -> None:
    (path,) = (suspect / "uk-glasgow-5g").iterdir()
    with pytest.raises(DeliveryFault) as caught:
        given(workspace, "glasgow-5g", path)
    assert caught.value.next_command == f'qos ingest glasgow-5g {path.name} --accept "REASON"'
    accepted = given(workspace, "glasgow-5g", path, accept="a test of the gate")
    assert told(accepted)[0].endswith("254 rows: 240 accepted, 0 duplicate, 14 rejected, 0 not used")
