"""Every exit code by a real case; the last line of a failure names the next command."""

import errno
import shutil
import sqlite3
from pathlib import Path

import pytest

from qos import countries
from qos.store import files


def _own_pack(tmp_path: Path) -> Path:
    return shutil.copytree(countries.load("gb").folder, tmp_path / "pack")


def test_done_is_zero(qos, drafted):
    assert qos("check", "2021Q1", "--workspace", drafted).code == 0
    assert qos("verify", drafted / "drafts" / "2021Q1").code == 0


def test_a_pack_with_faults_fails_naming_each_by_file_and_line(qos, tmp_path):
    pack = _own_pack(tmp_path)
    lines = (pack / "operators.csv").read_text("utf-8").splitlines()
    (pack / "operators.csv").write_text(
        "\n".join([*lines, lines[1], "Not A Slug" + lines[1]]) + "\n", "utf-8"
    )
    result = qos("init", "w", "--country", pack)
    assert result.code == 1
    assert f"operators.csv:{len(lines) + 1}:" in result.err
    assert f"operators.csv:{len(lines) + 2}:" in result.err
    assert not (tmp_path / "w" / "qos.toml").exists()
    assert result.last == f"next: when that is mended, again: qos init w --country {pack}"


USAGE = [
    ("run", "spring"), ("run", "2021Q5"), ("explain", "spring", "download_mean", "bt"),
    ("site", "spring"), ("export", "spring", "--to", "x.csv"),
    ("export", "spring", "--measurements", "--to", "x.csv"), ("export", "2021Q1", "--to", "x.json"),
    ("check",), ("check", "spring"), ("ingest", "ofcom-panel", "x.csv", "--period", "spring"),
    ("try", "canonical"),
    ("sources", "add", "UPPER", "--like", "canonical", "--kind", "app"),
    ("sources", "add", "mine", "--like", "canonical", "--kind", "oracle"),
    ("sources", "add", "mine", "--like", "nothing", "--kind", "app"),
    ("run",), ("run", "2021Q1", "--wrong"), ("nonsense",), ("ingest", "ofcom-panel"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_a_command_called_wrongly_is_two(qos, drafted, monkeypatch, arguments):
    qos("--help")
    monkeypatch.setenv("QOS_WORKSPACE", str(drafted))
    result = qos(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert result.last.startswith("next: qos")


NOT_FOUND = [
    (("ingest", "ofcom-pannel", "x.csv"), "did you mean ofcom-panel"),
    (("try", "ookla-nut", "x.csv"), "did you mean ookla-nuts"),
    (("try", "--guess", "x.csv"), "no such file"),
    (("explain", "2021Q1", "download_meen", "bt"), "did you mean 'download_mean'"),
    (("explain", "2021Q1", "download_mean", "btt"), "did you mean 'bt'"),
    (("explain", "2021Q2", "download_mean", "bt"), "no release or draft '2021Q2'"),
    (("run", "1999Q1"), "no market has data"),
    (("run", "2021Q1", "--market", "fixd"), "no market 'fixd'"),
    (("run", "2021Q1", "--edition", "1999.1"), "no edition '1999.1'"),
    (("export", "2021Q1", "--table", "estimate", "--to", "x.csv"), "no table 'estimate'"),
    (("site", "2021Q2"), "no release or draft"),
    (("init", "w", "--country", "atlantis"), "atlantis"),
]


@pytest.mark.parametrize(("arguments", "said"), NOT_FOUND, ids=[" ".join(case[0]) for case in NOT_FOUND])
def test_a_name_that_is_not_there_is_three_with_the_nearest(qos, drafted, monkeypatch, arguments, said):
    monkeypatch.setenv("QOS_WORKSPACE", str(drafted))
    result = qos(*arguments)
    assert result.code == 3
    assert said in result.err
    assert result.last.startswith("next: qos ")


def test_no_workspace_is_three_and_says_how_to_make_one(qos):
    result = qos("sources")
    assert (result.code, result.last) == (3, "next: qos init . --country PACK")


def test_a_doctored_draft_is_stopped_with_four(qos, uk):
    (uk / "drafts" / "2021Q1" / "weights.csv").write_text("market\n", "utf-8")
    for command in (("check", "2021Q1", "--workspace", uk), ("verify", uk / "drafts" / "2021Q1")):
        result = qos(*command)
        assert result.code == 4
        assert "weights.csv: changed" in result.out
        assert result.last.startswith("next: ")
        assert "qos" in result.last


def test_a_store_that_lost_a_file_is_stopped_with_four(qos, uk):
    next((uk / "store").rglob("*.parquet")).unlink()
    result = qos("check", "--store", "--workspace", uk)
    assert result.code == 4
    assert ".parquet" in result.out


def test_one_bad_delivery_of_several_is_four_and_the_others_are_landed(qos, uk, tmp_path):
    (tmp_path / "bad.csv").write_text("what,is,this\n1,2,3\n", "utf-8")
    (tmp_path / "good.csv").write_bytes((uk / "qos.toml").read_bytes())
    result = qos("ingest", "ofcom-panel", "bad.csv", "good.csv", "--period", "2021-03", "--workspace", uk)
    assert result.code == 4
    assert "stopped: ofcom-panel bad.csv" in result.err
    assert "2 of 2 deliveries were stopped whole and kept" in result.err
    assert result.last.startswith("next: qos try ofcom-panel")


def test_one_bad_delivery_alone_fails_and_names_source_and_delivery(qos, uk, tmp_path):
    (tmp_path / "bad.csv").write_text("what,is,this\n1,2,3\n", "utf-8")
    result = qos("ingest", "ofcom-panel", "bad.csv", "--period", "2021-03", "--workspace", uk)
    assert result.code == 1
    assert result.err.count("ofcom-panel bad.csv: ") == result.err.count("nobody has explained") == 1
    assert "\nerror: " in f"\n{result.err}" and "stopped: " not in result.err
    assert result.last.startswith("next: qos ")


def test_making_a_workspace_twice_is_six(qos):
    assert qos("init", "w", "--country", "vn").code == 0
    again = qos("init", "w", "--country", "vn")
    assert again.code == 6
    assert again.last == "next: qos ingest --workspace w"


def test_declaring_a_source_otherwise_is_six(qos):
    qos("init", "w", "--country", "vn")
    add = ("sources", "--workspace", "w", "add", "mine", "--like", "canonical", "--kind")
    assert qos(*add, "app").code == 0
    assert qos(*add, "app").code == 0, "the very same again is no fault"
    assert qos(*add, "probe").code == 6


def test_a_disk_that_is_full_is_said_plainly(qos, uk, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", str(uk / "store"))

    monkeypatch.setattr(files.os, "fsync", full)
    (tmp_path / "areas.csv").write_text("x\n", "utf-8")
    result = qos("ingest", "ookla-nuts", "areas.csv", "--workspace", uk)
    assert result.code == 1
    assert f"error: {uk / 'store'}: No space left on device" in result.err
    assert (
        result.last == f"next: when that is mended, again: qos ingest ookla-nuts areas.csv --workspace {uk}"
    )


@pytest.mark.parametrize("to", ["absent/x.csv", "absent/x.parquet", "absent/x.xlsx"])
def test_a_folder_that_cannot_be_written_is_said_plainly(qos, drafted, to):
    for more in ((), ("--measurements",)):
        result = qos("export", "2021Q1", "--to", to, "--workspace", drafted, *more)
        assert result.code == (2 if more and to.endswith("xlsx") else 1)
        assert result.last.startswith("next: ")


def test_a_database_that_is_none_is_said_plainly(qos, uk):
    (uk / "store" / "qos.sqlite").write_bytes(b"not a database, whatever it says" * 99)
    for left in (uk / "store").glob("qos.sqlite-*"):
        left.unlink()
    result = qos("sources", "--workspace", uk)
    assert result.code == 1
    assert "not a database" in result.err


def test_a_database_that_somebody_else_holds_is_said_plainly(qos, uk, monkeypatch):
    from qos.store import database

    def locked(*_):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(database, "require_head", locked)
    result = qos("sources", "--workspace", uk)
    assert (result.code, "error: database is locked" in result.err) == (1, True)


@pytest.mark.parametrize("text", ["country = ", "country = 3\n", 'land = "gb"\n', ""])
def test_settings_that_cannot_be_read_name_their_file(qos, tmp_path, text):
    (tmp_path / "qos.toml").write_text(text, "utf-8")
    result = qos("sources")
    assert result.code == 1
    assert "qos.toml" in result.err


def test_a_release_that_cannot_be_read_names_its_file(qos, uk):
    (uk / "drafts" / "2021Q1" / "release.json").write_text("{", "utf-8")
    result = qos("explain", "2021Q1", "download_mean", "bt", "--workspace", uk)
    assert result.code == 1
    assert "release.json" in result.err
    assert result.last.startswith("next: qos verify ")
