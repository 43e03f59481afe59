"""Real deliveries, landed once for all tests of known faults, and the lines a user reads about them."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from qos import countries, methodology, sources
from qos.cli.render import put_landing
from qos.countries import Pack
from qos.domain.quarter import Period, Quarter
from qos.ingest import LandingReport, land
from qos.methodology import Methodology
from qos.pipeline.run import run
from qos.pipeline.trying import try_delivery
from qos.store.workspace import Workspace

RECEIVED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Landed:
    """A workspace, and what was reported of each file, by its path below the folder of the data set."""

    workspace: Workspace
    reports: dict[str, LandingReport]

    def of(self, *parts: str) -> list[LandingReport]:
        """Reports of the files whose path holds all of these."""
        return [report for name, report in self.reports.items() if all(part in name for part in parts)]


def given(
    workspace: Workspace, source: str, path: Path, period: str = "", **said: str | None
) -> LandingReport:
    """`said`: `service`, or the reason to `accept`."""
    return land(
        workspace,
        sources.find(source),
        path,
        period=Period.parse(period) if period else None,
        received_at=RECEIVED,
        **said,
    )


# ---- Colombia

CRC_FILES = (
    "Bases_Movil/Departamentos/*.csv",
    "2022/Mediana/Internet_movil/Departamentos/*.csv",
    "Bases_Fijo/Fij-ETBMOVCLA-*.csv",
    "Bases_Fijo/Fij-TIGOEMCALI-*.csv",
    "Bases_Fijo/FijAllproviders21.csv",
    "Bases_Movil/Ciudades/*(2021mens).csv",
    "Bases_Movil/Colombia/*(2021mens).csv",
    "Bases_Movil/Cobertura/*Colombia_(2021).csv",
    "Bases_Movil/Operadores/*Mov_Operad_(2018a2021_An).csv",
    "2022/Mediana/Internet_fijo/Fixed_Consistency*.csv",
)
"""Operator x department x month of both services, and one table of each other cut."""


@pytest.fixture(scope="session")
def crc_folder(shared_data: Path) -> Path:
    return shared_data / "co-crc-speedtest"


@pytest.fixture(scope="session")
def colombia(crc_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Landed:
    workspace = Workspace.init(tmp_path_factory.mktemp("co") / "co", "co", key=bytes(32))
    paths = sorted(path for pattern in CRC_FILES for path in crc_folder.glob(pattern))
    assert len(paths) >= len(CRC_FILES)
    return Landed(
        workspace, {str(p.relative_to(crc_folder)): given(workspace, "crc-speedtest", p) for p in paths}
    )


@pytest.fixture(scope="session")
def colombian_draft(colombia: Landed) -> Path:
    """Mobile, fourth quarter of 2021: means, medians and latency."""
    return _run(colombia, Quarter(2021, 4), "mobile", "download_mean", "download_median")


# ---- United Kingdom

WAVES = {
    "broadband2014.from-rda.csv": "2014-05",
    "broadband_data_february_2019.csv": "2019-02",
    "broadband_performance_2021.csv": "2021-03",
    "panellist-data-march-23.xlsm": "2023-03",
}


@pytest.fixture(scope="session")
def ofcom_folder(shared_data: Path) -> Path:
    return shared_data / "uk-ofcom-panel"


@pytest.fixture(scope="session")
def nuts_folder(shared_data: Path) -> Path:
    return shared_data / "eu-ookla-nuts"


@pytest.fixture(scope="session")
def kingdom(ofcom_folder: Path, nuts_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Landed:
    """The four waves of the panel, and Ookla's areas of 2019Q1."""
    workspace = Workspace.init(tmp_path_factory.mktemp("gb") / "gb", "gb", key=bytes(32))
    waves = {
        name: given(workspace, "ofcom-panel", ofcom_folder / name, month) for name, month in WAVES.items()
    }
    areas = {
        path.name: given(workspace, "ookla-nuts", path) for path in sorted(nuts_folder.rglob("*_2019_1.csv"))
    }
    return Landed(workspace, waves | areas)


@pytest.fixture(scope="session")
def kingdom_draft(kingdom: Landed) -> Path:
    """Fixed lines, first quarter of 2019: the unweighted wave beside Ookla's areas."""
    return _run(kingdom, Quarter(2019, 1), "fixed", "download_mean", "download_median")


def _run(landed: Landed, quarter: Quarter, market: str, *indicators: str) -> Path:
    return run(landed.workspace, quarter, markets=[market], methodology=few(*indicators)).folder


def few(*names: str) -> Methodology:
    """The newest edition with only these indicators."""
    rules = methodology.load()
    return replace(rules, indicators={name: rules.indicators[name] for name in names})


# ---- packs, and what is said


@pytest.fixture(scope="session")
def vn() -> Pack:
    return countries.load("vn")


@pytest.fixture(scope="session")
def gb() -> Pack:
    return countries.load("gb")


Told = Callable[[LandingReport], list[str]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Told:
    """The lines that `qos ingest` prints about a delivery, none of them broken."""
    monkeypatch.setenv("COLUMNS", "400")

    def told(report: LandingReport) -> list[str]:
        put_landing(report)
        return [line.strip() for line in capsys.readouterr().out.splitlines()]

    return told


Try = Callable[..., dict[str, Any]]


@pytest.fixture
def try_text(tmp_path: Path) -> Try:
    """`qos try SOURCE FILE` on a file made of these lines."""

    def try_text(
        source: str, lines: Sequence[str], *, encoding: str = "utf-8", period: str = ""
    ) -> dict[str, Any]:
        path = tmp_path / "made-up.csv"
        path.write_bytes("\n".join([*lines, ""]).encode(encoding))
        return try_file(source, path, period)

    return try_text


def try_file(source: str, path: Path, period: str = "") -> dict[str, Any]:
    """`qos try SOURCE FILE`."""
    return try_delivery(None, source, path, Period.parse(period) if period else None)


def lines_of(path: Path) -> list[str]:
    """The lines of a real text delivery, without its mark and line ends."""
    return path.read_text(encoding="utf-8-sig").splitlines()
