"""A sealed folder: one changed byte, one file more or less, and the fault names the file."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos.release import check_hashes, seal
from tests.release.conftest import contents


@pytest.fixture
def sealed(write) -> Path:
    to = write()
    (to / "vi" / "region").mkdir(parents=True)
    (to / "vi" / "region" / "trang đầu.html").write_text("<p>xin chào</p>", "utf-8")
    (to / "empty.txt").touch()
    seal(to)
    return to


def _flip(path: Path, at: int = 0, mask: int = 1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= mask
    path.write_bytes(content)


def test_a_folder_as_sealed_has_no_fault(sealed):
    checked = check_hashes(sealed)
    assert checked.faults == ()
    assert checked.files == len(contents(sealed)) - 2, "every file but release.json and the hash beside it"


def test_one_flipped_byte_of_any_file_names_that_file(sealed):
    for name, content in contents(sealed).items():
        for at in {0, len(content) // 2, len(content) - 1} if content else ():
            _flip(sealed / name, at)
            faults = check_hashes(sealed).faults
            assert faults, f"{name}: byte {at} changed and nobody noticed"
            if name.startswith("release.json"):
                assert faults[0].startswith("release.json: "), "one of the two, nobody can say which"
            else:
                assert faults == (f"{name}: changed (sha256 differs)",)
            _flip(sealed / name, at)
    assert check_hashes(sealed).faults == ()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_anywhere_names_its_file(sealed, data):
    name, content = data.draw(st.sampled_from([(n, c) for n, c in contents(sealed).items() if c]))
    at, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    _flip(sealed / name, at, 1 << bit)
    try:
        faults = check_hashes(sealed).faults
    finally:
        _flip(sealed / name, at, 1 << bit)
    assert any(name.removesuffix(".sha256") in fault for fault in faults)


@pytest.mark.parametrize("name", ["extra.csv", "vi/extra.html", "edition/indicators/mine.toml"])
def test_an_added_file_is_named(sealed, name):
    (sealed / name).write_text("x", "utf-8")
    assert check_hashes(sealed).faults == (f"{name}: not part of the release",)


@pytest.mark.parametrize("name", ["ranks.csv", "cells.parquet", "vi/region/trang đầu.html", "empty.txt"])
def test_a_missing_file_is_named(sealed, name):
    (sealed / name).unlink()
    assert check_hashes(sealed).faults == (f"{name}: missing",)


@pytest.mark.parametrize("name", ["release.json", "release.json.sha256"])
def test_a_folder_without_its_seal_says_so(sealed, name):
    (sealed / name).unlink()
    assert check_hashes(sealed).faults == (f"{name}: missing",)


def test_a_renamed_file_is_missing_and_not_part(sealed):
    (sealed / "flags.csv").rename(sealed / "flag.csv")
    assert check_hashes(sealed).faults == ("flags.csv: missing", "flag.csv: not part of the release")


def test_a_file_changed_to_the_length_it_had_and_grown_from_nothing_is_named(sealed):
    (sealed / "empty.txt").write_text("not empty", "utf-8")
    assert check_hashes(sealed).faults == ("empty.txt: changed (sha256 differs)",)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}', '{"quarter": "2026Q1"}', "null"])
def test_a_release_that_cannot_be_read_is_a_fault_and_no_crash(sealed, text):
    (sealed / "release.json").write_text(text, "utf-8")
    assert "release.json: cannot be read" in check_hashes(sealed).faults


def test_another_hash_beside_the_release_is_noticed(sealed):
    (sealed / "release.json.sha256").write_text("0" * 64 + "  release.json\n", "ascii")
    (fault,) = check_hashes(sealed).faults
    assert fault.startswith("release.json:")


def test_a_release_that_was_never_sealed_says_so(sealed):
    release = json.loads((sealed / "release.json").read_text("utf-8"))
    del release["files"]
    (sealed / "release.json").write_text(json.dumps(release), "utf-8")
    (sealed / "release.json.sha256").unlink()
    assert "release.json.sha256: missing" in check_hashes(sealed).faults


def test_sealing_again_changes_nothing(sealed):
    before = contents(sealed)
    seal(sealed)
    assert contents(sealed) == before
