"""Figures of tiles and networks end in the cells of the country's regions and operators."""

from collections.abc import Callable
from math import exp, log
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qos import sources
from qos.domain.quarter import Period
from qos.ingest import LandingReport, land
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

FIXTURES = Path(__file__).parent / "fixtures"
HANOI = ("1322101121220121", "1322101121220211")
IN_THE_PACIFIC = "2001032301210303"


def landed(workspace: Workspace, source: str, path: Path, period: str | None, **said: str) -> LandingReport:
    given = Period.parse(period) if period else None
    return land(workspace, sources.find(source), path, period=given, **said)


def cells(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    with open_snapshot(workspace) as snapshot:
        return snapshot.connection.execute(query).fetchall()


@pytest.fixture
def tiles(tmp_path: Path) -> Callable[[list[dict[str, Any]]], Path]:
    def tiles(rows: list[dict[str, Any]]) -> Path:
        path = tmp_path / "2022-07-01_performance_mobile_tiles.parquet"
        same = {"avg_u_kbps": 1000, "avg_lat_ms": 30, "devices": 1}
        pq.write_table(pa.Table.from_pylist([{**same, **row} for row in rows]), path)
        return path

    return tiles


def test_tiles_of_a_region_become_one_cell_weighted_by_tests(
    workspace: Workspace, tiles: Callable[[list[dict[str, Any]]], Path]
) -> None:
    path = tiles(
        [
            {"quadkey": HANOI[0], "avg_d_kbps": 10_000, "tests": 1},
            {"quadkey": HANOI[1], "avg_d_kbps": 40_000, "tests": 9},
            {"quadkey": IN_THE_PACIFIC, "avg_d_kbps": 90_000, "tests": 5},
        ]
    )
    report = landed(workspace, "ookla-tiles", path, "2022Q3", service="mobile")
    assert (report.accepted, report.unused, report.rejected) == (2, 1, 0)
    found = cells(
        workspace,
        "SELECT region, operator, service, statistic, value, n_measurements, n_subjects, len(flags)"
        " FROM aggregate WHERE metric = 'download_mbps'",
    )
    assert found == [("gso63:01", "all", "mobile", "mean", 37.0, 10, 2, 0)]


def test_two_networks_of_an_operator_are_one_cell_and_their_geometric_mean_is_exact(
    workspace: Workspace, tmp_path: Path
) -> None:
    (row,) = [
        one
        for one in pq.read_table(FIXTURES / "mlab-iqb" / "uploads_by_country.parquet").to_pylist()
        if one["country_code"] == "VN"
    ]
    place = {"subdivision1_iso_code": "HN", "subdivision1_name": "Hanoi", "as_name": ""}
    faster = {name: 2 * value for name, value in row.items() if name.startswith("upload")}
    rows = [
        {**row, **place, "asn": 7552, "sample_count": 3000},
        {**row, **place, **faster, "asn": 24086, "sample_count": 1000},
        {**row, **place, "asn": 64496, "sample_count": 5000},
    ]
    path = tmp_path / "data.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    report = landed(workspace, "mlab-iqb", path, "2024-10", service="fixed")
    assert (report.accepted, report.rejected) == (8, 4)
    query = "SELECT region, operator, value, n_measurements, std_error FROM aggregate"
    ((region, operator, value, tests, error),) = cells(workspace, f"{query} WHERE statistic = 'geomean'")
    assert (region, operator, tests) == ("gso63:01", "viettel", 4000)
    assert log(value) == pytest.approx(log(16.148977791) + log(2) / 4)
    assert exp(error) < 1.1


def test_a_network_nobody_knows_is_rejected_and_never_all_operators(
    workspace: Workspace, tmp_path: Path
) -> None:
    table = pq.read_table(FIXTURES / "mlab-iqb" / "uploads_by_country_subdivision1_asn.parquet")
    row = {**table.to_pylist()[0], "asn": 64496}
    path = tmp_path / "data.parquet"
    pq.write_table(pa.Table.from_pylist([row]), path)
    report = landed(workspace, "mlab-iqb", path, "2024-10", service="fixed")
    assert (report.accepted, report.rejected) == (0, 4)


def test_of_the_world_the_rows_of_the_country_enter(workspace: Workspace, shared_data: Path) -> None:
    path = shared_data / "asean-ookla-national" / "ASEAN_trend_quarterly.csv"
    report = landed(workspace, "ookla-national", path, None)
    assert (report.rows, report.accepted, report.unused) == (280, 28, 252)


def test_the_same_run_in_another_wrapping_is_a_duplicate(workspace: Workspace) -> None:
    folder = FIXTURES / "ookla-cli"
    first = landed(workspace, "ookla-cli", folder / "run.json", None, service="fixed")
    again = landed(workspace, "ookla-cli", folder / "tracker.json", None, service="fixed")
    assert (first.accepted, again.accepted, again.duplicate) == (1, 1, 1)
