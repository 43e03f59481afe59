"""The gate and the verification: genuine folders pass, doctored ones are named."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from qos.domain.quarter import Quarter
from qos.domain.tables import CELLS, ESTIMATES, RANKS, Table
from qos.pipeline.check import check
from qos.pipeline.run import run
from qos.pipeline.verify import verify
from qos.release import read_table, seal
from qos.release.folder import write_csv, write_parquet
from qos.store.workspace import Workspace
from tests.pipeline.conftest import I_SPEED, OOKLA, few

Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def genuine(gb) -> Path:
    return gb.drafts / "2021Q1"


@pytest.fixture(scope="module")
def small(gb, tmp_path_factory) -> Path:
    """The same quarter with one indicator: quicker to compute again."""
    own = Workspace.open(shutil.copytree(gb.root, tmp_path_factory.mktemp("small") / "gb"))
    return run(own, Quarter(2021, 1), methodology=few("download_geomean")).folder


@pytest.fixture
def copy(small, tmp_path) -> Path:
    return shutil.copytree(small, tmp_path / "2021Q1")


def _doctor(
    folder: Path, table: Table, change: Change, *, forms: tuple[str, ...] = ("csv", "parquet")
) -> None:
    """Changes a table in the forms named, and seals the folder as if that were the truth."""
    frame = change(read_table(folder, table))
    if "csv" in forms and table is not CELLS:
        write_csv(frame, folder / f"{table.name}.csv")
    if "parquet" in forms:
        write_parquet(frame, table, folder / f"{table.name}.parquet")
    seal(folder)


def _set(column: str, value: object, **where: str) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        chosen = pd.Series(True, frame.index)
        for name, wanted in where.items():
            chosen &= frame[name] == wanted
        assert chosen.sum() == 1, where
        frame.loc[chosen, column] = value
        return frame

    return change


BT = {"indicator": "download_geomean", "operator": "bt", "region": "nation"}
VODAFONE = BT | {"operator": "vodafone"}
NAMED = "download_geomean fixed bt nation"

DOCTORED = [
    ("published without a value", ESTIMATES, _set("value", None, **BT), f"{NAMED}: no value or no interval"),
    ("published without an interval", ESTIMATES, _set("ci_low", None, **BT),
     f"{NAMED}: no value or no interval"),
    ("a value outside its interval", ESTIMATES, _set("value", 9999.0, **BT),
     f"{NAMED}: the value lies outside its interval"),
    ("a status nobody knows", ESTIMATES, _set("status", "splendid", **BT), f"{NAMED}: unknown status"),
    ("withheld with a value", ESTIMATES, _set("status", "withheld", **BT),
     f"{NAMED}: withheld, but has a value"),
    ("published on nine", ESTIMATES, _set("n_subjects", 9.0, **BT),
     f"{NAMED}: published on too few subjects"),
    ("ranked on fewer than thirty", ESTIMATES, _set("n_subjects", 29.0, **BT),
     f"{NAMED}: ranked on fewer than 30 subjects"),
    ("a leader in an indicative ranking", RANKS,
     lambda frame: _set("is_leader", True, **BT)(_set("status", "indicative", **BT)(frame)),
     f"{NAMED}: a leader in a ranking that is not official"),
    ("a rank outside its bounds", RANKS, _set("rank", 99, **BT),
     f"{NAMED}: the rank lies outside its bounds"),
    ("all ranked", RANKS, _set("operator", "all", **BT),
     "download_geomean fixed all nation: 'all' is ranked"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "change", "expected"), [case[1:] for case in DOCTORED], ids=[case[0] for case in DOCTORED]
)
def test_a_draft_that_breaks_a_publication_rule_is_stopped(copy, table, change, expected):
    _doctor(copy, table, change)
    assert expected in check(copy)


def test_a_cell_of_two_subjects_that_is_shown_is_found(copy):
    def show(cells: pd.DataFrame) -> pd.DataFrame:
        small = cells.index[cells["n_subjects"] < 3][0]
        cells.loc[small, ["y", "v", "value"]] = [1.0, 0.1, 2.7]
        return cells

    _doctor(copy, CELLS, show)
    (fault,) = check(copy)
    assert fault.endswith("a cell of fewer than 3 subjects is shown")


def test_genuine_drafts_pass_the_gate(gb):
    assert [check(gb.drafts / quarter) for quarter in ("2019Q1", "2021Q1")] == [[], []]


def test_the_gate_looks_at_the_hashes_first(copy):
    (copy / "ranks.csv").write_text("", "utf-8")
    assert check(copy) == ["ranks.csv: changed (sha256 differs)"]


def test_a_genuine_folder_is_verified_and_counted(genuine):
    result = verify(genuine)
    assert result.faults == ()
    assert (result.quarter, result.signed) == ("2021Q1", False)
    assert (result.figures, result.ranks) == tuple(len(read_table(genuine, t)) for t in (ESTIMATES, RANKS))
    assert result.files == sum(path.is_file() for path in genuine.rglob("*")) - 2


def test_a_folder_needs_nothing_but_itself_to_be_verified(vietnam, tmp_path):
    workspace = vietnam(OOKLA, I_SPEED)
    moved = shutil.copytree(workspace.drafts / "2025Q3", tmp_path / "elsewhere")
    shutil.rmtree(workspace.root)
    assert verify(moved).faults == ()


def test_one_flipped_byte_of_any_file_fails_the_verification_and_names_the_file(copy):
    for path in sorted(path for path in copy.rglob("*") if path.is_file()):
        name, content = path.relative_to(copy).as_posix(), path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        result = verify(copy)
        assert any(fault.startswith(name.removesuffix(".sha256")) for fault in result.faults), name
        path.write_bytes(content)


def test_figures_doctored_and_sealed_again_are_named_with_what_the_cells_give(copy):
    _doctor(copy, ESTIMATES, _set("value", 80.5, **BT))
    sky, ee, all_ = ({**BT, "operator": operator} for operator in ("sky", "ee", "all"))
    _doctor(copy, ESTIMATES, _set("ci_low", 1.0, **sky))
    _doctor(copy, ESTIMATES, _set("n_subjects", 3000.0, **ee))
    _doctor(copy, ESTIMATES, _set("status", "indicative", **all_))
    faults = {fault.split(":")[1].split()[2]: fault for fault in verify(copy).faults}
    assert faults["bt"].startswith(f"estimates.csv: {NAMED}: value says 80.5, the cells give ")
    assert "ci_low says 1.0, the cells give" in faults["sky"]
    assert "n_subjects says 3000.0, the cells give" in faults["ee"]
    assert "status says indicative, the cells give published" in faults["all"]
    assert len(faults) == 4


def test_a_wide_error_beside_a_false_value_hides_nothing(copy):
    _doctor(copy, ESTIMATES, _set("std_error", 1e9, **BT))
    _doctor(copy, ESTIMATES, _set("value", 80.5, **BT))
    (fault,) = verify(copy).faults
    assert "value says 80.5" in fault


def test_ranks_doctored_and_sealed_again_are_named(copy):
    _doctor(copy, RANKS, _set("rank_low", 1, **BT | {"operator": "talktalk"}))
    _doctor(copy, RANKS, _set("p_first", 0.99, **BT))
    _doctor(copy, RANKS, _set("score", 500.0, **BT | {"operator": "sky"}))
    faults = {fault.split(":")[1].split()[2]: fault for fault in verify(copy).faults}
    assert "rank_low says 1, the cells give " in faults["talktalk"]
    assert "p_first says 0.99" in faults["bt"]
    assert "score says 500.0" in faults["sky"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_one_form_of_a_table_doctored_and_sealed_again_is_named(copy, form):
    _doctor(copy, ESTIMATES, _set("value", 80.5, **BT), forms=(form,))
    _doctor(copy, RANKS, _set("rank_low", 1, **BT | {"operator": "talktalk"}), forms=(form,))
    faults = verify(copy).faults
    assert "estimates.csv: fixed download_geomean bt nation: not as in estimates.parquet" in faults
    assert "ranks.csv: fixed download_geomean nation talktalk: not as in ranks.parquet" in faults


def test_a_figure_left_out_and_one_put_in_are_named(copy):
    def move(frame: pd.DataFrame) -> pd.DataFrame:
        return _set("operator", "nobody", **BT)(frame)

    _doctor(copy, ESTIMATES, move)
    faults = verify(copy).faults
    assert f"estimates.csv: {NAMED}: only computed, not in the folder" in faults
    added = (
        "estimates.csv: download_geomean fixed nobody nation: only in the folder, the cells do not give it"
    )
    assert added in faults


def test_doctored_cells_do_not_give_the_figures_of_the_folder(copy):
    where = {
        "indicator": "download_geomean",
        "operator": "bt",
        "region": "nuts1:UKJ",
        "source": "ofcom-panel",
    }
    _doctor(copy, CELLS, _set("y", 9.0, **where))
    faults = verify(copy).faults
    assert any(fault.startswith("estimates.csv: download_geomean fixed bt nuts1:UKJ: ") for fault in faults)
    assert any(fault.startswith(f"ranks.csv: {NAMED}: ") for fault in faults)


def test_what_is_no_folder_of_a_release_is_a_fault_and_no_crash(tmp_path):
    assert verify(tmp_path).faults == verify(tmp_path / "absent").faults == ("release.json: missing",)
