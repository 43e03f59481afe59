"""The program as a person calls it, in this process; and a workspace of the United Kingdom with a draft."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qos import methodology
from qos.cli.__main__ import main

EXAMPLES = Path(methodology.__file__).parents[1] / "_examples"
PANEL = EXAMPLES / "gb" / "broadband_performance_2021.csv.gz"
AREAS = EXAMPLES / "gb" / "nuts_3_2021_1.csv"
REPORT = EXAMPLES / "vn" / "i-speed-2025-07.csv"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line a person sees of a failure."""
        return self.err.rstrip("\n").rpartition("\n")[2]

    @property
    def json(self) -> Any:
        """Standard output as strict JSON: one document, nothing else, no NaN."""

        def refuse(word: str) -> None:
            raise ValueError(f"not JSON: {word}")

        return json.loads(self.out, parse_constant=refuse)


Qos = Callable[..., Result]


def call(*arguments: object) -> int:
    """Runs the program with its own error handling; returns the exit code."""
    before, sys.argv = sys.argv, ["qos", *map(str, arguments)]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0


@pytest.fixture
def qos(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Qos:
    """Calls the program in an empty folder; whatever it says, it is never a traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QOS_WORKSPACE", raising=False)

    def qos(*arguments: object) -> Result:
        capsys.readouterr()
        code = call(*arguments)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Result(code, said.out, said.err)

    return qos


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled methodology with three indicators, as a folder of the user's own."""
    folder = tmp_path_factory.mktemp("rules")
    shutil.copytree(methodology.BUNDLED / "indicators", folder / "indicators")
    (folder / "editions").mkdir()
    text = (methodology.BUNDLED / "editions" / "2026.1.toml").read_text("utf-8")
    head, _, rest = text.partition("indicators = [")
    kept = '"download_geomean", "download_mean", "latency_median",'
    head = head.replace('["download_geomean", "upload_geomean", "latency_geomean"]', '["download_geomean"]')
    text = f"{head}indicators = [{kept}]{rest.partition(']')[2]}"
    (folder / "editions" / "2026.1.toml").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="session")
def drafted(tmp_path_factory: pytest.TempPathFactory, rules: Path) -> Path:
    """A workspace made, fed and run by the commands alone."""
    root = tmp_path_factory.mktemp("cli") / "uk"
    at = ("--quiet", "--workspace", root)
    for command in (
        ("init", root, "--country", "gb", "--quiet"),
        ("ingest", "ofcom-panel", PANEL, "--period", "2021-03", *at),
        ("ingest", "ookla-nuts", AREAS, *at),
        ("run", "2021Q1", "--methodology", rules, *at),
    ):
        assert call(*command) == 0, command
    return root


@pytest.fixture
def uk(drafted: Path, tmp_path: Path) -> Path:
    """A copy of that workspace, to be spoiled."""
    return shutil.copytree(drafted, tmp_path / "uk")
