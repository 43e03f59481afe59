"""A landing may be killed at any moment; ten random ones here, fifty in `make soak`."""

import importlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
KILLS = 10


@pytest.fixture(scope="module")
def kills() -> Iterator[ModuleType]:
    """The soak job; the processes to be killed look it up on the path as well."""
    sys.path.insert(0, str(BENCHMARKS))
    yield importlib.import_module("soak_kills")
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def prepared(kills, tmp_path_factory):
    return kills.prepare(tmp_path_factory.mktemp("kills") / "prepared")


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_landing_leaves_a_valid_store_that_the_next_one_completes(
    kills, prepared, tmp_path, number
) -> None:
    moment = (number + random.random()) / KILLS  # anywhere within each tenth of the landing
    result = kills.kill_once(prepared, tmp_path / "killed", moment)
    assert kills.sound(result), result


def test_an_undisturbed_landing_changes_the_store(prepared) -> None:
    assert prepared.before != prepared.after


def test_a_report_tells_when_a_store_was_torn(kills) -> None:
    good = {"left": "absent", "faults": [], "orphans": 2, "same": True}
    assert kills.report([good, good])[0].startswith("passed: 2 kills left the delivery absent 2 times")
    for fault in ({"left": "torn"}, {"faults": ["missing"]}, {"same": False}):
        assert kills.report([good, good | fault])[0].startswith("failed")
