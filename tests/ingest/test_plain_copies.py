"""Plain copies of a personal delivery, made while it is read: in the store only, and gone afterwards."""

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from qos import sources
from qos.cli.ingesting import Wishes, ingest_guessing
from qos.ingest import land
from qos.pipeline.trying import guess_file, try_delivery
from qos.store.workspace import Workspace

SECRET = "phone-0001"
CSV = f"""measurement_id,measured_at,service,subject,download_mbps
m-1,2026-08-01T03:00:00Z,mobile,{SECRET},50.5
m-2,2026-08-01T04:00:00Z,mobile,{SECRET},51.5
""".encode()
KILLED = """
import os, sys
from pathlib import Path
from qos import sources
from qos.ingest import land
from qos.store.workspace import Workspace

def stop(step, done):
    if (step, done) == ("read", 1.0):
        os._exit(9)

source = sources.like("app", like="canonical", kind="app")
land(Workspace.open(Path(sys.argv[1])), source, Path(sys.argv[2]), progress=stop)
"""


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A delivery that has to be unpacked to be read."""
    path = tmp_path / "handed-over" / "rows.csv.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(CSV))
    return path


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for the folder in which the system keeps temporary files."""
    folder = tmp_path / "system"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def plain(folder: Path) -> list[Path]:
    """Files that hold the secret as it was handed over."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize("dry_run", [False, True], ids=["landed", "dry run"])
def test_while_a_delivery_lands_nothing_is_outside_the_store(
    workspace: Workspace, packed: Path, system: Path, tmp_path: Path, dry_run: bool
) -> None:
    seen: set[Path] = set()

    def look(_step: str, _done: float) -> None:
        assert list(system.iterdir()) == []
        seen.update(plain(tmp_path))

    land(workspace, sources.like("app", like="canonical", kind="app"), packed, dry_run=dry_run, progress=look)
    assert seen, "a packed delivery is unpacked somewhere"
    assert all(workspace.staging in path.parents for path in seen)
    assert plain(tmp_path) == []


def test_the_folder_of_copies_is_its_owners_only(workspace: Workspace, packed: Path) -> None:
    modes: set[int] = set()

    def look(_step: str, _done: float) -> None:
        for path in plain(workspace.root):
            modes.add(path.parent.stat().st_mode & 0o777)
            modes.add(workspace.staging.stat().st_mode & 0o777)

    land(workspace, sources.like("app", like="canonical", kind="app"), packed, progress=look)
    assert modes == {0o700}


def test_what_a_killed_landing_left_goes_with_the_next_one(
    workspace: Workspace, packed: Path, deliver, row
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, workspace.root, packed], check=False)
    assert killed.returncode == 9
    assert plain(workspace.staging), "killed while the plain copy was there"
    deliver(workspace, [row | {"subject": "another"}], source="web")
    assert plain(workspace.root) == []


def test_looking_at_a_file_beside_a_workspace_leaves_the_system_alone(
    workspace: Workspace, packed: Path, system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    folder_of = tempfile.TemporaryDirectory

    def watched(*args: object, **options: object) -> object:
        folder = folder_of(*args, **options)  # type: ignore[call-overload]
        made.append(Path(folder.name))
        return folder

    monkeypatch.setattr(tempfile, "TemporaryDirectory", watched)
    try_delivery(workspace, "canonical", packed, None)
    guess_file(workspace, packed, None)
    wishes = Wishes(period=None, service=None, accept=None, dry_run=False, quiet=True, as_json=False)
    ingest_guessing(workspace, [packed], wishes)
    assert len(made) >= 4
    assert all(workspace.store in path.parents for path in made)
    assert list(system.iterdir()) == []
    try_delivery(None, "canonical", packed, None)
    assert made[-1].parent == system
    assert list(system.iterdir()) == []
