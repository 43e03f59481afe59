"""What a user is told of the drive in Hamburg, handed over in a workspace of Viet Nam."""

from collections import Counter
from pathlib import Path

from qos.store.views import open_snapshot
from tests.faults.conftest import Told, given


def test_six_readings_are_repeated_and_those_of_another_country_are_flagged(
    shared_data: Path, workspace, told: Told
) -> None:
    files = sorted((shared_data / "de-haw-drivetest").glob("*.gz"))
    reports = [given(workspace, "drive-test", path) for path in files]
    assert sum(report.rows for report in reports) == 8_025
    assert [report.duplicate for report in reports] == [0, 0, 2, 2, 2, 0]
    assert "1,246 rows: 1,244 accepted, 2 duplicate, 0 rejected" in told(reports[2])[0]
    flags = sum((Counter(report.flags) for report in reports), Counter())
    assert flags == {"position-elsewhere": 8_019, "operator-unresolved": 8_019, "region-unresolved": 8_019}


def test_a_reading_repeated_at_the_next_place_counts_once(shared_data: Path, workspace) -> None:
    (path,) = (shared_data / "de-haw-drivetest").glob("*_2.geojson.gz")
    given(workspace, "drive-test", path)
    with open_snapshot(workspace) as snapshot:
        found = snapshot.connection.execute(
            "SELECT count(*), count(DISTINCT measurement_id), count(DISTINCT measured_at) FROM measurement"
            " WHERE counts"
        ).fetchone()
    assert found == (1_244, 1_244, 1_244)
