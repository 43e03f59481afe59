"""The regulator's tables of Colombia: twice, in any order, and the figures they must give."""

import datetime as dt
import random
from pathlib import Path

import pytest

from qos import sources
from qos.ingest import land
from qos.store import reports
from qos.store.check import check_store
from qos.store.digests import content_digest
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

RECEIVED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
FILES = (
    "Bases_Movil/Departamentos/IndDesempeñoMov_Dep_MovAvanETB(2021).csv",
    "Bases_Movil/Departamentos/IndDesempeñoMov_Dep_TigWomCla(2021).csv",
    "2022/Mediana/Internet_movil/Departamentos/TigoClaroWom-hist_comp(2018-2022-Med).ROWS-UNTIL-2021-12.csv",
    "Bases_Fijo/Fij-TIGOEMCALI-historical_2019-12-01.csv",
    "Bases_Fijo/Fij-TIGOEMCALI-historical_2020-12-01.csv",
    "Bases_Movil/Ciudades/IndDesempeñoMov_Ciud_(2021mens).csv",
)
"""Both editions, an overlap of one month, exact duplicates, another cut; all files in `make soak`."""


@pytest.fixture(scope="module")
def paths(shared_data) -> list[Path]:
    return [shared_data / "co-crc-speedtest" / name for name in FILES]


@pytest.fixture(scope="module")
def landed(paths, tmp_path_factory) -> list[Workspace]:
    """Two workspaces, each of which was given every file twice, in orders of their own."""
    workspaces = []
    for seed in (1, 2):
        workspace = Workspace.init(tmp_path_factory.mktemp("co") / "workspace", "co")
        for _ in range(2):
            for path in random.Random(seed).sample(paths, len(paths)):
                land(workspace, sources.find("crc-speedtest"), path, received_at=RECEIVED)
        workspaces.append(workspace)
    return workspaces


def test_every_file_twice_in_any_order_is_the_same_store(landed) -> None:
    assert len({content_digest(workspace) for workspace in landed}) == 1
    for workspace in landed:
        assert len(reports.delivery_report(workspace)) == len(FILES)
        assert check_store(workspace) == []


def test_the_last_quarter_of_2021_is_what_the_readme_counts(landed) -> None:
    with open_snapshot(landed[0]) as snapshot:
        found = snapshot.connection.execute(
            """
            SELECT operator, count(*), count(DISTINCT region), CAST(sum(n_subjects) AS BIGINT)
            FROM aggregate
            WHERE counts AND service = 'mobile' AND statistic = 'mean' AND metric = 'download_mbps'
              AND period_start >= DATE '2021-10-01' AND period_end <= DATE '2022-01-01'
            GROUP BY operator ORDER BY 4 DESC
            """
        ).fetchall()
    assert found == [
        ("claro", 98, 33, 57758),
        ("tigo", 92, 32, 35892),
        ("movistar", 96, 33, 34054),
        ("wom", 91, 31, 10406),
        ("etb", 68, 25, 1288),
        ("avantel", 61, 26, 381),
    ]


def test_exact_duplicates_are_counted(landed) -> None:
    report = reports.delivery_report(landed[0]).set_index("file_name")
    assert (
        report.loc[Path(FILES[2]).name, "duplicate"] == 63
    )  # Claro 33 and WOM 30; ETB's 23 are in another file


def test_a_table_of_another_cut_is_landed_and_left_alone(landed) -> None:
    report = reports.delivery_report(landed[0]).set_index("file_name").loc[Path(FILES[5]).name]
    assert report["rows"] == report["unused"] > 0
    unused = reports.unused_by_reason(landed[0]).set_index("reason")["count"]
    assert unused["another cut of the same sample"] >= report["unused"]
