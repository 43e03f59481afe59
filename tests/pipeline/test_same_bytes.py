"""The same input and edition give the same bytes, whatever the order in which it came."""

import shutil

import pytest

from qos.domain.quarter import Quarter
from qos.pipeline.run import run
from qos.store.workspace import Workspace
from tests.pipeline.conftest import EXAMPLES, I_SPEED, OOKLA, few, landed

FILES = (
    ("ofcom-panel", "broadband_performance_2021.csv.gz", "2021-03"),
    ("ookla-nuts", "nuts_0_2021_1.csv", ""),
    ("ookla-nuts", "nuts_2_2021_1.csv", ""),
    ("ookla-nuts", "nuts_3_2021_1.csv", ""),
)


def _contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _run(workspace, quarter="2021Q1"):
    return _contents(run(workspace, Quarter.parse(quarter), methodology=few("download_geomean")).folder)


@pytest.fixture(scope="module")
def own(gb, tmp_path_factory):
    """A copy of the workspace, so that nobody else's draft is replaced."""
    return Workspace.open(shutil.copytree(gb.root, tmp_path_factory.mktemp("own") / "gb"))


@pytest.fixture(scope="module")
def once(own):
    return _run(own)


def test_running_a_quarter_twice_gives_every_file_the_same(own, once):
    assert _run(own) == once


def test_landing_in_another_order_without_the_other_quarter_gives_the_same_figures(once, tmp_path):
    other = Workspace.init(tmp_path / "gb", "gb", key=bytes(32))
    for source, name, period in reversed(FILES):
        landed(other, source, EXAMPLES / "gb" / name, period)
    again = _run(other)
    same = {path for path in once if once[path] == again.get(path)}
    assert {path.name for path in once.keys() - same} == {"release.json", "release.json.sha256"}, (
        "only the snapshot may differ: it holds the other quarter's deliveries"
    )


def test_two_workspaces_with_the_same_deliveries_in_another_order_give_the_same_folder(vietnam):
    one = vietnam(OOKLA, I_SPEED)
    other = vietnam(I_SPEED, OOKLA)
    assert one.root != other.root
    assert _contents(one.drafts / "2025Q3") == _contents(other.drafts / "2025Q3")
