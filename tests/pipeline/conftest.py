"""Real quarters, run once per session with few indicators: the United Kingdom and Vietnam."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qos import methodology
from qos.domain.quarter import Period, Quarter
from qos.domain.source import SourceKind
from qos.ingest import land
from qos.methodology import Methodology
from qos.pipeline.registry import declaration, declare
from qos.pipeline.run import run
from qos.store.declared import DeclaredSource
from qos.store.workspace import Workspace

EXAMPLES = Path(methodology.__file__).parents[1] / "_examples"
RECEIVED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
HEADLINES = ("download_geomean", "download_mean", "latency_median")


def few(*names: str) -> Methodology:
    """The newest edition with only these indicators."""
    rules = methodology.load()
    return replace(rules, indicators={name: rules.indicators[name] for name in names})


def landed(workspace: Workspace, source: str, path: Path, period: str = "") -> None:
    land(
        workspace,
        declaration(workspace, source),
        path,
        period=Period.parse(period) if period else None,
        received_at=RECEIVED,
    )


@pytest.fixture(scope="session")
def gb(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The bundled panels and Ookla areas of 2019Q1 and 2021Q1, both quarters run."""
    workspace = Workspace.init(tmp_path_factory.mktemp("gb") / "gb", "gb", key=bytes(32))
    landed(workspace, "ofcom-panel", EXAMPLES / "gb" / "broadband_performance_2021.csv.gz", "2021-03")
    landed(workspace, "ofcom-panel", EXAMPLES / "gb" / "broadband_data_february_2019.csv.gz", "2019-02")
    for year in (2019, 2021):
        for level in (3, 2, 0):
            landed(workspace, "ookla-nuts", EXAMPLES / "gb" / f"nuts_{level}_{year}_1.csv")
    for year in (2019, 2021):
        run(workspace, Quarter(year, 1), methodology=few(*HEADLINES))
    return workspace


Vietnam = Callable[..., Workspace]


@pytest.fixture
def vietnam(tmp_path: Path) -> Vietnam:
    """Vietnam's 5G in 2025Q3 from the deliveries named, each (source, kin, file)."""

    def made(*deliveries: tuple[str, str, Path]) -> Workspace:
        root = tmp_path / "-".join(source for source, _, _ in deliveries)
        workspace = Workspace.init(root, "vn", key=bytes(32))
        for source, kin, _ in dict.fromkeys(deliveries):
            kind = SourceKind.PUBLISHED
            declare(workspace, DeclaredSource(name=source, like="published", kind=kind, kin=kin))
        for source, _, file in deliveries:
            landed(workspace, source, file)
        run(workspace, Quarter(2025, 3), methodology=few("download_geomean"))
        return workspace

    return made


OOKLA = ("ookla-published", "ookla", EXAMPLES / "vn" / "ookla-h1-2025.csv")
I_SPEED = ("i-speed-published", "vnnic", EXAMPLES / "vn" / "i-speed-2025-07.csv")
