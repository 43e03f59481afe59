"""Data on standard output, talk on standard error; JSON, quiet and dry runs keep their word."""

import subprocess
import sys

import pytest

from qos import __version__
from tests.cli.conftest import AREAS, PANEL, REPORT

COMMANDS = ("demo", "init", "sources", "try", "ingest", "run", "check", "explain", "verify", "site", "export")


def _store(root):
    return {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}


def test_help_lists_every_command_and_the_exit_codes():
    done = subprocess.run(
        [sys.executable, "-m", "qos.cli", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    listed = {line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line.strip()}
    assert set(COMMANDS) <= listed
    assert done.stdout.startswith("Usage: qos ")
    assert "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 stopped by checks" in " ".join(
        done.stdout.split()
    )
    assert done.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(qos, command):
    result = qos(command, "--help")
    assert result.code == 0
    assert result.out.startswith(f"Usage: qos {command} ")


def test_without_a_word_the_program_shows_its_help(qos):
    result = qos()
    assert "Commands:" in result.err + result.out


READS = [
    ("sources",), ("check", "2021Q1"), ("check", "--store"), ("explain", "2021Q1", "download_mean", "all"),
    ("explain", "2021Q1", "download_geomean", "vodafone"), ("try", "ookla-nuts", str(AREAS)),
    ("try", "--guess", str(AREAS)), ("try", "ofcom-panel", str(PANEL), "--period", "2021-03"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", READS, ids=lambda arguments: " ".join(arguments[:2]))
def test_a_read_as_json_is_one_document_and_nothing_else(qos, drafted, monkeypatch, arguments):
    monkeypatch.setenv("QOS_WORKSPACE", str(drafted))
    result = qos(*arguments, "--json")
    assert result.code == 0
    assert isinstance(result.json, list | dict)


def test_verify_and_a_failed_check_are_json_too(qos, uk):
    folder = uk / "drafts" / "2021Q1"
    assert qos("verify", folder, "--json").json["faults"] == []
    (folder / "flags.csv").unlink()
    for command in (("verify", folder), ("check", "2021Q1", "--workspace", uk)):
        result = qos(*command, "--json")
        assert result.code == 4
        found = result.json
        assert (found if isinstance(found, list) else found["faults"]) == ["flags.csv: missing"]


def test_an_empty_list_is_an_empty_list(qos, drafted):
    assert qos("check", "--store", "--workspace", drafted, "--json").json == []


@pytest.fixture
def vietnam(qos):
    """A workspace with one report of published figures, quick to run."""
    qos("init", "vn", "--country", "vn")
    qos("sources", "add", "i-speed-published", "--like", "published", "--kind", "published", "-w", "vn")
    return "vn"


def test_a_landing_and_a_run_are_json_when_asked(qos, vietnam):
    states = [
        [
            row["state"]
            for row in qos("ingest", "i-speed-published", REPORT, "--workspace", vietnam, "--json").json
        ]
        for _ in range(2)
    ]
    assert states == [["landed"], ["again"]]
    run = qos("run", "2025Q3", "--workspace", vietnam, "--json").json
    assert (run["quarter"], run["markets"]) == ("2025Q3", ["mobile-5g"])


def test_quiet_says_nothing_but_data(qos, vietnam):
    for command in (
        ("init", "w", "--country", "vn"),
        ("ingest", "i-speed-published", REPORT, "--workspace", vietnam),
        ("run", "2025Q3", "--workspace", vietnam),
        ("check", "2025Q3", "--workspace", vietnam),
        ("verify", "vn/drafts/2025Q3"),
        ("export", "2025Q3", "--to", "x.csv", "--workspace", vietnam),
        ("site", "2025Q3", "--to", "pages", "--workspace", vietnam),
    ):
        result = qos(*command, "--quiet")
        assert (result.code, result.err) == (0, ""), command
        assert ("Viettel" in result.out) if command[0] == "run" else (result.out == ""), command


def test_talk_goes_to_standard_error(qos):
    result = qos("init", "w", "--country", "vn")
    assert result.out == ""
    assert "next: qos sources --workspace w" in result.err


def test_a_dry_run_changes_nothing_and_says_what_would_happen(qos, uk, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("measurement_id,measured_at,service\nm1,2021-02-01T00:00:00Z,fixed\n", "utf-8")
    before = _store(uk)
    landing = qos("ingest", "canonical", rows, "--workspace", uk, "--dry-run")
    assert landing.code == 0
    assert "1 rows: 1 accepted" in landing.out
    adding = qos(
        "sources", "--workspace", uk, "add", "mine", "--like", "canonical", "--kind", "app", "--dry-run"
    )
    assert adding.code == 0
    assert "dry run" in adding.err
    listed = {row["source"] for row in qos("sources", "--workspace", uk, "--json").json}
    assert "mine" not in listed
    changed = {path.name for path, at in _store(uk).items() if before.get(path) != at}
    assert changed <= {"lock", "qos.sqlite-shm", "qos.sqlite-wal"}


def test_the_workspace_comes_from_the_environment_or_the_option(qos, drafted, monkeypatch):
    said = qos("sources", "--workspace", drafted, "--json").json
    monkeypatch.setenv("QOS_WORKSPACE", str(drafted))
    assert qos("sources", "--json").json == said
    assert {row["source"] for row in said} >= {"ofcom-panel", "ookla-nuts", "canonical"}


def test_a_source_is_added_with_the_workspace_behind_it_too(qos):
    qos("init", "w", "--country", "vn")
    added = qos("sources", "add", "mine", "--like", "canonical", "--kind", "app", "--workspace", "w")
    assert added.code == 0
    assert "mine" in {row["source"] for row in qos("sources", "--workspace", "w", "--json").json}


@pytest.mark.parametrize("content", [b"", b"\x00" * 99, b"a,b\n1,2\n", b'"open\n', b"\xff\xfe\x00"])
def test_a_broken_file_is_tried_without_a_crash_and_the_reason_is_given(qos, tmp_path, content):
    (tmp_path / "broken.csv").write_bytes(content)
    result = qos("try", "canonical", "broken.csv")
    assert result.code == 1
    assert "error: canonical broken.csv: " in result.err
    assert result.last.startswith("next: qos ")
    guess = qos("try", "--guess", "broken.csv")
    assert guess.code == 0
    assert "canonical" in guess.out


def test_a_try_shows_rows_before_and_after_and_rejects_by_line(qos, tmp_path):
    lines = [
        "measurement_id,measured_at,service,download_mbps",
        "m1,2021-02-01T00:00:00Z,fixed,5",
        "m2,2021-02-01T00:00:00Z,fixed,-1",
    ]
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n", "utf-8")
    result = qos("try", "canonical", "rows.csv")
    assert result.code == 0
    assert "2 rows: 1 accepted, 1 rejected" in result.out
    assert "as delivered: measurement_id=m1" in result.out
    assert "as taken: " in result.out
    assert "download_mbps" in result.out.partition("rejected")[2]


def test_the_program_has_a_version_that_its_releases_name(drafted):
    assert f'"code_version":"{__version__}"' in (drafted / "drafts" / "2021Q1" / "release.json").read_text(
        "utf-8"
    )


def test_a_delivery_far_smaller_than_usual_is_remarked_on(qos, uk, tmp_path):
    few = tmp_path / "few.csv"
    few.write_text("id,name,quarter,avg_d,avg_u,avg_l\nUKI31,Camden,2021-01-01,90.5,30.5,9.5\n", "utf-8")
    done = qos("ingest", "ookla-nuts", str(few), "--workspace", str(uk))
    assert done.code == 0
    assert "1 rows, where 30 to 2,000 are usual for ookla-nuts" in done.err
