"""Figures that are parts of one cell, and rows of other countries."""

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import pytest

from qos.domain.declaration import Csv, Declaration, Rows
from qos.domain.errors import DeliveryFault
from qos.domain.expressions import constant
from qos.domain.source import Shape, Source, SourceKind
from qos.ingest import land
from qos.store.digests import content_digest
from qos.store.reading import pieces
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)

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


@pytest.mark.parametrize("statistic", ["median", "p10", "p90"])
def test_quantiles_of_parts_that_differ_are_averaged_and_flagged(landed, statistic) -> None:
    report, cells = landed([f"2026Q3,Hanoi,{statistic},40,1,VN", f"2026Q3,Hanoi,{statistic},60,1,VN"])
    assert cells == [("gso34:01", statistic, 50.0, 2.0)]
    assert report.flags == {"approximate-quantile": 1}


@pytest.mark.parametrize(
    "lines",
    [
        ["2026Q3,Hanoi,median,40,1,VN", "2026Q3,Huế,median,60,1,VN"],
        ["2026Q3,Hanoi,median,40,1,VN", "2026Q3,Hanoi,median,40,9,VN"],
        ["2026Q3,Hanoi,mean,40,1,VN", "2026Q3,Hanoi,mean,60,1,VN"],
        ["2026Q3,Hanoi,geomean,40,1,VN", "2026Q3,Hanoi,geomean,60,1,VN"],
    ],
    ids=["one part each", "parts that agree", "means", "geometric means"],
)
def test_what_is_exact_is_not_flagged(landed, lines) -> None:
    report, _ = landed(lines)
    assert report.flags == {}


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


PARQUET = Declaration(TILES.source, (Rows(keep=KEPT, combine=True),))


def test_tiles_in_pieces_are_the_tiles(workspace, empty_workspace, tmp_path: Path, monkeypatch) -> None:
    """Also rows that are rejected, of another country or of no use, and cells whose parts lie far apart."""
    other = Workspace.open(shutil.copytree(empty_workspace, tmp_path / "other"))
    lines = [
        f"{period},{place},mean,{n},{n % 4 or ''},{country}"
        for n, (period, place, country) in enumerate(
            [("2026Q3", "Hanoi", "VN"), ("2026Q3", "Huế", ""), ("2026Q3", "Atlantis", "VN")] * 9
            + [("2026Q3", "Hanoi", "LA"), ("2026-08", "Hanoi", "VN"), ("summer", "Hanoi", "VN")] * 3
        )
    ]
    (tmp_path / "tiles.csv").write_text("\n".join([HEADER, *lines, ""]), "utf-8")
    path = tmp_path / "tiles.parquet"
    duckdb.read_csv(str(tmp_path / "tiles.csv"), dtype={"tests": "BIGINT"}).write_parquet(str(path))
    whole = land(other, PARQUET, path, received_at=NOW)
    monkeypatch.setattr(pieces, "PIECE_ROWS", 7)
    report = land(workspace, PARQUET, path, received_at=NOW)
    assert report == whole
    assert (report.rows, report.accepted > 10, report.unused >= 3) == (36, True, True)
    assert set(report.rejects) == {"missing value", "region-unresolved", "not a period"}
    assert content_digest(workspace) == content_digest(other)
    again = land(workspace, PARQUET, path, received_at=NOW)
    assert again.state == "again"


def test_figures_without_a_count_are_not_believed_in_any_piece(
    workspace, tmp_path: Path, monkeypatch
) -> None:
    kept = {name: name for name in ("period", "operator", "value")} | {
        "service": constant("mobile"),
        "technology": constant("4g"),
        "metric": constant("download_mbps"),
        "statistic": constant("mean"),
    }
    told = Declaration(TILES.source, (Rows(keep=kept),))
    path = tmp_path / "figures.parquet"
    duckdb.sql(
        "SELECT '2026Q3' AS period, 'viettel' AS operator, CASE WHEN i = 0 THEN 5000.0 ELSE 50 END AS value"
        " FROM range(20) AS t(i)"
    ).write_parquet(str(path))
    monkeypatch.setattr(pieces, "PIECE_ROWS", 7)
    with pytest.raises(DeliveryFault, match=r"without a number of tests.*: 1 figures"):
        land(workspace, told, path)
