"""Figures that are parts of one cell, and rows of other countries."""

from pathlib import Path

import pytest

from qos.domain.declaration import Csv, Declaration
from qos.domain.expressions import constant
from qos.domain.source import Shape, Source, SourceKind
from qos.ingest import land
from qos.store.views import open_snapshot

KEPT = {
    "period": "period",
    "service": constant("fixed"),
    "region_name": "place",
    "metric": constant("download_mbps"),
    "statistic": "statistic",
    "value": "mbps",
    "n_measurements": "tests",
    "country": "country",
}
TILES = Declaration(
    Source("tiles", "Tiles", SourceKind.TILES, Shape.AGGREGATES, "none stated"),
    (Csv(keep=KEPT, combine=True),),
)
HEADER = "period,place,statistic,mbps,tests,country"


@pytest.fixture
def landed(workspace, tmp_path: Path):
    def landed(lines: list[str], name: str = "tiles.csv"):
        path = tmp_path / name
        path.write_text("\n".join([HEADER, *lines, ""]), "utf-8")
        report = land(workspace, TILES, path)
        with open_snapshot(workspace) as snapshot:
            cells = snapshot.connection.execute(
                "SELECT region, statistic, value, n_measurements FROM aggregate WHERE counts ORDER BY ALL"
            ).fetchall()
        return report, cells

    return landed


def test_parts_of_a_cell_become_their_mean_weighted_by_measurements(landed) -> None:
    lines = ["2026Q3,Hanoi,mean,10,1,VN", "2026Q3,Hà Nội,mean,40,2,VNM", "2026Q3,Huế,mean,7,5,"]
    report, cells = landed(lines)
    assert (report.rows, report.accepted) == (3, 3)
    assert cells == [("gso34:01", "mean", 30.0, 3.0), ("gso34:46", "mean", 7.0, 5.0)]


def test_the_order_of_parts_changes_nothing(landed) -> None:
    lines = [f"2026Q3,Hanoi,mean,{0.1 * n:.1f},{n + 1},VN" for n in range(20)]
    _, cells = landed(lines)
    report, again = landed(lines[::-1], "reversed.csv")
    assert (report.accepted, report.duplicate) == (0, 20)
    assert again == cells


def test_a_geometric_mean_is_averaged_as_a_logarithm(landed) -> None:
    _, cells = landed(["2026Q3,Hanoi,geomean,10,1,VN", "2026Q3,Hanoi,geomean,1000,1,VN"])
    assert cells == [("gso34:01", "geomean", pytest.approx(100.0), 2.0)]


def test_every_line_is_landed_rejected_or_unused(landed) -> None:
    lines = [
        "2026Q3,Hanoi,mean,10,1,VN",
        "2026Q3,Hanoi,mean,10,,VN",
        "2026Q3,Hanoi,mean,10,0,VN",
        "2026Q3,Hanoi,mean,10,3,LA",
        "2026Q3,Atlantis,mean,10,3,VN",
    ]
    report, cells = landed(lines)
    assert (report.rows, report.accepted) == (5, 1)
    assert report.rejects == {"missing value": 1, "region-unresolved": 1}
    assert report.unused_for == {"another country or unknown region": 1, "no measurements": 1}
    assert cells == [("gso34:01", "mean", 10.0, 1.0)]
