"""From delivered rows to ranks over forty seeds of the simulated country; `make soak` takes two hundred."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

JOB = Path(__file__).parents[2] / "benchmarks" / "soak_simulated.py"
SEEDS = 40
INDICATORS = ("download_geomean",)


@pytest.fixture(scope="module")
def job() -> ModuleType:
    spec = importlib.util.spec_from_file_location("soak_simulated", JOB)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def results(job: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    cases = job.cases()[:SEEDS]
    assert len(cases) == SEEDS
    return [job.run(case, tmp_path_factory.mktemp(f"seed-{case}"), INDICATORS) for case in cases]


@pytest.fixture(scope="module")
def table(job: ModuleType, results: list[dict[str, Any]]) -> pd.DataFrame:
    return job.summary(results)


def test_intervals_of_cells_cover_the_truth_as_often_as_they_say(job, table):
    assert table["cells"].between(*job.CELLS).all(), table.to_string()


def test_intervals_of_operator_differences_cover_the_truth_as_often_as_they_say(job, table):
    assert table["differences"].between(*job.DIFFERENCES).all(), table.to_string()


def test_no_wrong_leader_is_named_and_right_ones_are(table):
    assert (table["named_wrongly"] == 0).all(), table.to_string()
    assert (table["named"] > 0).all()


def test_true_places_lie_within_the_simultaneous_rank_bounds(table):
    assert (table["ranks_held"] >= 0.95).all(), table.to_string()


def test_the_report_prints_a_verdict_and_the_monte_carlo_error(job, results):
    lines = job.report(results)
    assert lines[0].startswith("passed:")
    (row,) = [line for line in lines if line.startswith(f"| {INDICATORS[0]}")]
    assert row.count(" ± ") == 3


def test_a_coverage_out_of_bounds_or_a_wrong_leader_fails(job, table):
    assert job.passed(table)
    assert not job.passed(table.assign(cells=0.9))
    assert not job.passed(table.assign(differences=1.0))
    assert not job.passed(table.assign(named_wrongly=1))
