"""`qos ingest --guess` and `qos try --guess`: what a file is, said by the program."""

import shutil

import pytest

from tests.cli.conftest import AREAS, PANEL


@pytest.fixture
def mixed(tmp_path):
    """A folder as somebody hands it over: deliveries of two sources, one without a date, and a README."""
    folder = tmp_path / "handed-over"
    (folder / "panel").mkdir(parents=True)
    shutil.copy(AREAS, folder / "areas.csv")
    shutil.copy(PANEL, folder / "panel" / "panel_march_2021.csv.gz")
    shutil.copy(PANEL, folder / "panel" / "undated.csv.gz")
    (folder / "README.md").write_text("# What this is\n", "utf-8")
    return folder


def test_a_folder_is_landed_file_by_file_and_what_is_refused_has_its_reason(qos, mixed):
    qos("init", "uk", "--country", "gb")
    result = qos("ingest", "--guess", mixed, "--workspace", "uk", "--json")
    assert result.code == 4
    found = {row["file"].rpartition("/")[2]: row for row in result.json}
    assert (found["areas.csv"]["source"], found["areas.csv"]["state"]) == ("ookla-nuts", "landed")
    panel = found["panel_march_2021.csv.gz"]
    assert (panel["source"], panel["state"]) == ("ofcom-panel", "landed")
    assert "from its path" in panel["said"]
    assert "when it was measured" in found["undated.csv.gz"]["refused"]
    assert "a text" in found["README.md"]["refused"]
    again = qos("ingest", "--guess", mixed / "areas.csv", "--workspace", "uk")
    assert again.code == 0
    assert "same delivery again" in again.out
    assert "1 of 1 files taken" in again.err


def test_every_file_has_a_line_and_the_last_line_helps(qos, mixed):
    qos("init", "uk", "--country", "gb")
    result = qos("ingest", "--guess", mixed, "--workspace", "uk", "--dry-run")
    assert result.out.count("\n") == 4
    assert "2 of 4 files taken" in result.err
    assert result.last.startswith("next: qos try --guess ")


def test_without_a_source_and_files_the_way_out_is_named(qos):
    qos("init", "uk", "--country", "gb")
    result = qos("ingest", "ofcom-panel", "--workspace", "uk")
    assert result.code == 2
    assert result.last == "next: qos ingest --guess FILE"


def test_an_unknown_file_is_answered_with_a_declaration(qos, tmp_path):
    (tmp_path / "acme.csv").write_text("test_id,started,down_kbps\na,2026-08-01,5000\n", "utf-8")
    result = qos("try", "--guess", "acme.csv")
    assert result.code == 0
    assert 'divide("down_kbps", 1000)' in result.out
    assert "DECLARATION = Declaration(SOURCE, (TABLE,))" in result.out
    proposal = qos("try", "--guess", "acme.csv", "--json").json["proposal"]
    assert proposal["canonical"]["download_mbps"] == "down_kbps"


def test_a_stopped_try_says_what_would_be_needed(qos, tmp_path):
    (tmp_path / "rows.csv").write_text("measurement_id,measured_at,servise\na,2026-08-01,fixed\n", "utf-8")
    result = qos("try", "canonical", "rows.csv")
    assert result.code == 1
    assert "unexplained: servise, which resembles service" in result.out
    assert qos("try", "canonical", "rows.csv", "--json").json["missing"] == ["service"]
