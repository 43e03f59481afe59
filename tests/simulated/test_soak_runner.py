"""The runner of the long numbers: it goes on where it stopped and starts anew for other code."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[2] / "benchmarks" / "soak.py"

TOY = """
from pathlib import Path

TITLE = "Squares"
LOG = Path(__file__).parent / "log"


def cases():
    return ["1", "2", "3", "4"]


def run(case, folder):
    (folder / "scratch").write_text(case)
    if case == "3" and not (LOG.parent / "fixed").exists():
        raise RuntimeError("the power fails")
    with LOG.open("a") as log:
        log.write(case)
    return {"square": int(case) ** 2}


def report(results):
    total = sum(result["square"] for result in results)
    return [f"{'passed' if total == 30 else 'failed'}: {total}"]
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "qos").mkdir()
    (tmp_path / "qos" / "code.py").write_text("version = 1\n")
    (tmp_path / "benchmarks").mkdir()
    shutil.copy(RUNNER, tmp_path / "benchmarks" / "soak.py")
    (tmp_path / "benchmarks" / "soak_toy.py").write_text(TOY)
    return tmp_path


def _soak(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", str(house / "benchmarks" / "soak.py"), "--workers", "1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_soak_that_was_interrupted_goes_on_where_it_stopped(house):
    assert "the power fails" in _soak(house).stderr
    (house / "benchmarks" / "fixed").touch()
    done = _soak(house)
    assert done.returncode == 0, done.stderr
    assert "2 of 4 cases are there" in done.stdout
    assert (house / "benchmarks" / "log").read_text() == "1234"


def test_the_report_has_every_job_with_its_verdict(house):
    (house / "benchmarks" / "fixed").touch()
    assert _soak(house).returncode == 0
    report = (house / "docs" / "soak-report.md").read_text()
    assert "## Squares\n\npassed: 30\n" in report


def test_a_job_that_fails_fails_the_soak(house):
    (house / "benchmarks" / "fixed").touch()
    done = _soak(house, "--first", "2")
    assert done.returncode == 1
    assert "failed: 5" in (house / "docs" / "soak-report.md").read_text()


def test_changed_code_starts_anew(house):
    (house / "benchmarks" / "fixed").touch()
    _soak(house)
    (house / "qos" / "code.py").write_text("version = 2\n")
    assert "0 of 4 cases are there" in _soak(house).stdout


def test_a_line_cut_short_by_a_crash_counts_as_not_there(house):
    (house / "benchmarks" / "fixed").touch()
    _soak(house)
    (results,) = (house / "soak").rglob("toy.jsonl")
    kept = results.read_text().splitlines()
    results.write_text("\n".join(kept[:-1]) + "\n" + kept[-1][:9])
    assert "3 of 4 cases are there" in _soak(house).stdout
    assert json.loads(kept[-1])["case"] == "4"


def test_two_workers_find_what_one_finds(house):
    (house / "benchmarks" / "fixed").touch()
    assert _soak(house, "--workers", "2").returncode == 0
    assert "passed: 30" in (house / "docs" / "soak-report.md").read_text()
