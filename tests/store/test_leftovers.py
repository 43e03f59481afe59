"""What crashed landings and queries leave behind."""

import os
import subprocess
import sys

import pytest

from qos.store.bulk import connect
from qos.store.files import clear_leftovers, scratch_folder, settle, spill_folder, staging_file


@pytest.fixture
def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(tmp_path, dead_process) -> None:
    staged = staging_file(tmp_path / "staging", ".parquet")
    staged.write_bytes(b"half a part")
    living, dead = spill_folder(tmp_path), tmp_path / "spill" / f"{dead_process}-0000"
    for folder in (living, dead):
        folder.mkdir(parents=True)
        (folder / "spilt").write_bytes(b"x")
    clear_leftovers(tmp_path)
    assert not staged.exists()
    assert not dead.exists()
    assert (living / "spilt").exists()
    assert living.name.startswith(f"{os.getpid()}-")


def test_copies_of_who_looks_at_a_file_stay_while_another_lands_and_go_with_him(tmp_path) -> None:
    with scratch_folder(tmp_path / "spill") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "unpacked").write_bytes(b"who measured")
        clear_leftovers(tmp_path)
        assert (folder / "unpacked").exists()
    assert list((tmp_path / "spill").iterdir()) == []


def test_copies_of_who_died_looking_at_a_file_go_with_the_next_landing(tmp_path) -> None:
    script = (
        "import os, sys, pathlib\n"
        "from qos.store.files import scratch_folder\n"
        "with scratch_folder(pathlib.Path(sys.argv[1])) as folder:\n"
        "    (folder / 'unpacked').write_bytes(b'who measured')\n"
        "    os._exit(9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, tmp_path / "spill"], check=False)
    assert ended.returncode == 9
    assert [path.name for path in (tmp_path / "spill").rglob("*") if path.is_file()] == ["unpacked"]
    clear_leftovers(tmp_path)
    assert list((tmp_path / "spill").iterdir()) == []


def test_a_settled_file_replaces_what_a_crash_left_under_its_name(tmp_path) -> None:
    final = tmp_path / "a" / "b" / "part"
    for content in (b"left", b"whole"):
        staged = staging_file(tmp_path / "staging", "")
        staged.write_bytes(content)
        settle(staged, final)
    assert final.read_bytes() == b"whole"
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_query_larger_than_memory_spills_into_the_store_and_cleans_up(tmp_path) -> None:
    with connect(tmp_path, threads=1, memory="60MB") as connection:
        connection.execute(
            "CREATE TABLE wide AS SELECT range AS i, md5(range::VARCHAR) AS text FROM range(2_000_000)"
        )
        assert any(path.is_file() for path in (tmp_path / "spill").rglob("*"))
    connection.close()
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
