"""What a user is told of each fault that the README of eu-ookla-nuts lists."""

import json
from pathlib import Path

import pytest

import qos
from qos import sources
from qos.domain.errors import NotFound
from qos.domain.tables import CELLS
from qos.pipeline.explain import explain
from qos.release import read_table
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace
from tests.faults.conftest import Landed, Told, Try, given, lines_of

SOURCE = "ookla-nuts"
HEADER = "id,name,quarter,avg_d,avg_u,avg_l"
ELSEWHERE = "another country or unknown region"
EXAMPLES = Path(qos.__file__).parent / "_examples" / "gb"


def area(code: str, quarter: str = "2021-01-01") -> str:
    return f"{code},Somewhere,{quarter},50.5,10.5,20"


# ---- ids


def test_two_and_three_letter_ids_of_countries_are_the_same_level(try_text: Try) -> None:
    """BIH, MDA and XKO stand in later quarters than those of this copy."""
    result = try_text(SOURCE, [HEADER, *map(area, ("EL", "UK", "BIH", "MDA", "XKO"))])
    regions = {row["region"] for row in result["after"]}
    assert result["rows"]["accepted"] == 5
    assert all(region.startswith("nuts0:") for region in regions)


def test_an_id_of_no_known_form_is_named_by_line_and_column(try_text: Try) -> None:
    result = try_text(SOURCE, [HEADER, area("UKC11"), area("BIHX12")])
    assert result["rejected"] == [
        {"reason": "unexpected form", "column": "id", "rows": 1, "line": 3, "value": "BIHX12"}
    ]


def test_areas_of_other_countries_are_counted_as_not_used(kingdom: Landed, told: Told) -> None:
    lines = {name: told(kingdom.reports[f"nuts_{name}_2019_1.csv"]) for name in (0, 2, 3)}
    assert lines[0][1:] == [f"not used: 36 {ELSEWHERE}"]
    assert lines[2][1:] == [f"not used: 293 {ELSEWHERE}"]
    assert f"not used: 1,334 {ELSEWHERE}" in lines[3]


# ---- empty averages


def test_an_area_without_averages_is_no_test(kingdom: Landed, told: Told) -> None:
    """Jan Mayen, where nobody measured: `NA` in every quarter."""
    assert "not used: 1 no test" in told(kingdom.reports["nuts_3_2019_1.csv"])


def test_a_single_empty_average_is_told_and_the_others_are_kept(try_text: Try) -> None:
    result = try_text(SOURCE, [HEADER, "UKC11,Somewhere,2021-01-01,50.5,,20"])
    assert result["empty_values"] == {"upload_mbps": 1}
    assert {row["metric"] for row in result["after"]} == {"download_mbps", "latency_ms"}


# ---- the number of areas changes


def test_an_area_that_comes_or_goes_is_seen_in_the_counts(
    nuts_folder: Path, tmp_path: Path, told: Told
) -> None:
    """This copy ends before the change: UKC1 is taken out, and UKC9, which nobody knows, put in."""
    lines = [
        line for line in lines_of(nuts_folder / "nuts_2" / "nuts_2_2021_1.csv") if line[:2] in ("id", "UK")
    ]
    path = tmp_path / "changed.csv"
    path.write_text("\n".join([line for line in lines if line[:4] != "UKC1"] + [area("UKC9"), ""]))
    report = given(Workspace.init(tmp_path / "gb", "gb", key=bytes(32)), SOURCE, path)
    assert "41 rows: 40 accepted" in told(report)[0]
    assert told(report)[1:] == [f"not used: 1 {ELSEWHERE}"]


def test_the_areas_behind_a_region_are_counted_in_its_explanation(kingdom_draft: Path) -> None:
    cells = [c for c in explain(kingdom_draft, "download_mean", "all").cells if c["source"] == SOURCE]
    assert sum(cell["n_inputs"] for cell in cells) == 179
    assert {cell["region"]: cell["n_inputs"] for cell in cells}["nuts1:UKE"] == 11


def test_the_kingdom_is_told_under_its_twelve_regions(kingdom_draft: Path) -> None:
    cells = [c for c in explain(kingdom_draft, "download_mean", "all").cells if c["source"] == SOURCE]
    assert {cell["region"] for cell in cells} == {f"nuts1:UK{letter}" for letter in "CDEFGHIJKLMN"}


# ---- mean, no counts, no operator


def test_a_mean_is_told_as_a_mean_and_gives_no_median(kingdom_draft: Path) -> None:
    own = {c["source"]: c for c in explain(kingdom_draft, "download_mean", "all", "nuts1:UKI").own}
    assert own[SOURCE]["statistic"] == "mean"
    medians = explain(kingdom_draft, "download_median", "all", "nuts1:UKI").own
    assert {cell["source"] for cell in medians} == {"ofcom-panel"}


def test_counts_that_nobody_gives_stay_unknown_and_the_error_comes_from_the_areas(
    kingdom_draft: Path,
) -> None:
    cells = read_table(kingdom_draft, CELLS)
    own = cells[(cells["source"] == SOURCE) & cells["entered"].astype(bool)]
    assert len(own) == 12
    assert own[["n_measurements", "n_subjects", "n_effective"]].isna().all(axis=None)
    assert (own["v"] >= 0.05**2).all()
    assert set(own["flags"]) <= {"error-from-areas", "error-unknown"}


def test_no_operator_has_a_figure_of_ooklas_areas(kingdom_draft: Path) -> None:
    assert {cell["source"] for cell in explain(kingdom_draft, "download_mean", "bt").cells} == {"ofcom-panel"}
    with pytest.raises(NotFound, match="no operator 'ookla' here"):
        explain(kingdom_draft, "download_mean", "ookla")


def test_levels_repeat_one_another_and_only_the_finest_enters(kingdom: Landed) -> None:
    """What enters: tests/pipeline/test_united_kingdom.py; here, that the coarser ones are kept."""
    with open_snapshot(kingdom.workspace) as snapshot:
        found = snapshot.connection.execute(
            "SELECT left(region, 5), count(*) FROM aggregate WHERE metric = 'download_mbps'"
            " GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [("nuts0", 1), ("nuts2", 41), ("nuts3", 179)]


# ---- licences that contradict each other


def test_the_strictest_of_three_licences_travels_with_the_draft(kingdom_draft: Path) -> None:
    release = json.loads((kingdom_draft / "release.json").read_text("utf-8"))
    (told,) = [source for source in release["sources"] if source["name"] == SOURCE]
    assert told["licence"] == sources.find(SOURCE).source.licence == "CC-BY-NC-SA-4.0"
    assert "non-commercial" in told["notice"]
    readme = " ".join((EXAMPLES / "README.md").read_text("utf-8").split())
    assert (
        "says CC BY-SA 4.0 of its own work and holds the text of CC BY 4.0; the strictest of the three"
        in readme
    )
