"""Every file of the raw data: taken in with the counts its folder's README gives, or refused with a reason.

The table beside this file has one row per file. A new file fails here until somebody has said in the table
what becomes of it; `why` are the reasons of rows that did not enter, or why the file did not.
"""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from qos import sources
from qos.cli.__main__ import main
from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Period
from qos.ingest import LandingReport, land
from qos.store.check import check_store
from qos.store.workspace import Workspace

COUNTS = ("rows", "accepted", "duplicate", "rejected", "unused")
with Path(__file__).with_name("every_shared_file.csv").open(encoding="utf-8", newline="") as _table:
    FILES = list(csv.DictReader(_table))
NO_DELIVERIES = [row for row in FILES if row["outcome"] == "no delivery"]


def test_the_table_has_every_file_and_no_other(shared_data: Path) -> None:
    there = sorted(str(path.relative_to(shared_data)) for path in shared_data.rglob("*") if path.is_file())
    assert [row["file"] for row in FILES] == there


@pytest.mark.parametrize("country", ["co", "gb", "vn"])
def test_every_delivery_lands_with_its_counts_or_is_stopped_for_its_reason(
    shared_data: Path, tmp_path: Path, country: str
) -> None:
    """In the order of the table: what is a duplicate depends on what came before."""
    workspace = Workspace.init(tmp_path / country, country)
    expected = [row for row in FILES if row["country"] == country and row["source"]]
    found = [_landed(workspace, shared_data, row) for row in expected]
    assert [row for row in found if row not in expected] == []
    assert check_store(workspace) == []
    workspace.engine.dispose()


def _landed(workspace: Workspace, folder: Path, row: dict[str, str]) -> dict[str, str]:
    """The row of the table as this landing would have written it."""
    period = Period.parse(row["period"]) if row["period"] else None
    declaration, path = sources.find(row["source"]), folder / row["file"]
    try:
        report = land(workspace, declaration, path, period=period, service=row["service"] or None)
    except DeliveryFault as fault:
        return row | {"outcome": "stopped", "why": fault.reason} | dict.fromkeys(COUNTS, "")
    counts = {name: str(getattr(report, name)) for name in COUNTS}
    return row | {"outcome": report.state, "why": _why(report)} | counts


def _why(report: LandingReport) -> str:
    left_out = {**report.rejects, **report.unused_for}
    return "; ".join(f"{reason} {count}" for reason, count in sorted(left_out.items()))


@pytest.fixture
def refusals(
    workspace: Workspace, shared_data: Path, capsys: pytest.CaptureFixture[str], monkeypatch
) -> Callable[[list[str]], tuple[int, dict[str, str], str]]:
    """`qos ingest --guess` of some files: exit code, what it says of each, and the rest of what it says."""

    def refusals(files: list[str]) -> tuple[int, dict[str, str], str]:
        paths = [str(shared_data / file) for file in files]
        command = ["qos", "ingest", "--guess", *paths, "--workspace", str(workspace.root), "--quiet"]
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        lines = [
            line.removeprefix(f"{shared_data}/").partition(": refused: ") for line in said.out.splitlines()
        ]
        return int(end.value.code or 0), {file: why for file, _, why in lines}, said.err

    return refusals


def test_what_is_no_delivery_is_refused_with_a_reason_by_one_command(
    refusals: Callable[[list[str]], tuple[int, dict[str, str], str]],
) -> None:
    code, said, rest = refusals([row["file"] for row in NO_DELIVERIES])
    assert code == 4
    assert said == {row["file"]: row["why"] for row in NO_DELIVERIES}
    assert "Traceback" not in rest
    assert f"{len(NO_DELIVERIES)} of {len(NO_DELIVERIES)} files are no delivery" in rest


def test_what_is_not_believed_is_stopped_by_the_same_command(
    refusals: Callable[[list[str]], tuple[int, dict[str, str], str]],
) -> None:
    suspect = [row for row in FILES if row["file"].startswith("suspect/") and row["source"]]
    code, said, _ = refusals([row["file"] for row in suspect])
    assert code == 4
    assert [why.startswith("stopped: not believed: ") for why in said.values()] == [True, True]


# ---- the counts of the READMEs, by the table that every landing above has to agree with


def total(column: str, start: str, **wanted: str) -> int:
    rows = (row for row in FILES if row["file"].startswith(start) and row["outcome"] == "landed")
    return sum(int(row[column]) for row in rows if wanted.items() <= row.items())


def test_the_panel_has_the_lines_of_its_readme() -> None:
    waves = [int(row["rows"]) for row in FILES if row["source"] == "ofcom-panel"]
    assert waves == [1_971, 2_180, 3_321, 2_645]


def test_the_national_tables_have_their_rows_of_two_statistics() -> None:
    """280 rows of ten countries; 54 of each of eleven countries, 56 and 44 of two incremental editions."""
    assert (total("rows", "asean"), total("accepted", "asean")) == (280, 28)
    assert total("rows", "cis") == 2 * (10 * 54 + 56 + 44)


def test_the_percentiles_are_those_of_every_country() -> None:
    """236 countries, down with latency and loss in 11 figures each, up in 4; Vietnam is one of them."""
    folder = "mlab-iqb-country/20241001T000000Z-20241101T000000Z/"
    assert total("rows", f"{folder}downloads") == 236 * 11
    assert total("accepted", f"{folder}downloads") == 11
    assert total("accepted", f"{folder}uploads") == 4


def test_the_two_lines_have_a_row_more_for_each_of_ooklas_runs() -> None:
    assert total("rows", "us-netrics") == 36_633 + 693 + 665


def test_the_tiles_are_as_many_as_their_readme_says() -> None:
    def tiles(service: str, area: str) -> tuple[int, int]:
        counts = [total("rows", f"us-ookla-tiles/{service}/{area}_ookla_2022Q{n}") for n in range(1, 5)]
        return min(counts), max(counts)

    assert tiles("fixed", "hawaii-state") == (4_190, 4_428)
    assert tiles("fixed", "guam") == (460, 519)
    assert tiles("mobile", "hawaii-state") == (1_815, 1_901)
    assert Counter(row["source"] for row in FILES)["ookla-tiles"] == 24


def test_the_drive_has_its_samples_by_network_and_generation() -> None:
    samples = [int(row["rows"]) for row in FILES if row["source"] == "drive-test"]
    assert sorted(samples) == sorted([1_246, 1_429, 1_183, 1_440, 1_301, 1_426])


def test_the_archive_has_its_114_results() -> None:
    assert total("accepted", "samples-native/ndt7/20200318T003853") == 114


def test_the_regulators_operators_and_departments_have_their_cells() -> None:
    """7,309 rows of means, 195 of them without a test; 5,944 of medians, 86 of them twice."""
    mobile = "co-crc-speedtest/Bases_Movil/Departamentos/IndDesempeñoMov_Dep_"
    rows = total("rows", f"{mobile}MovAvanETB") + total("rows", f"{mobile}TigWomCla")
    accepted = total("accepted", f"{mobile}MovAvanETB") + total("accepted", f"{mobile}TigWomCla")
    assert (rows, accepted) == (7_309, 7_309 - 195)
    medians = "co-crc-speedtest/2022/Mediana/Internet_movil/Departamentos/"
    assert (total("rows", medians), total("duplicate", medians)) == (5_944, 86)


def test_the_kingdoms_areas_are_all_there_each_quarter() -> None:
    for level, areas in ((0, 1), (2, 41), (3, 179)):
        assert total("accepted", f"eu-ookla-nuts/nuts_{level}/") == 9 * areas
