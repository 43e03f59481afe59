"""What a user is told of each fault that the README of co-crc-speedtest lists."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.domain.errors import DeliveryFault, NotFound
from qos.domain.tables import CELLS
from qos.ingest import land
from qos.pipeline.explain import explain
from qos.release import read_table
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace
from tests.faults.conftest import Landed, Told, Try, lines_of, try_file

FIXTURES = Path(__file__).parents[1] / "sources" / "fixtures" / "crc-speedtest"
SOURCE = "crc-speedtest"
MOBILE_MEAN = ("Bases_Movil/Departamentos/", "_Dep_")
MOBILE_MEDIAN = "Internet_movil/Departamentos"
ANOTHER_CUT = "another cut of the same sample"


def made_row(**changed: str) -> str:
    """A row of the mobile mean edition with made-up numbers, separated by commas."""
    row = {
        "Provider": "Claro", "Location": '"Antioquia, Colombia"', "Device": "", "Aggregate Date": "Jan 2021",
        "Test Count": "90", "Sample Count": "40", "Platform": "N/A", "Technology Type": "cellular",
        "Metric Type": "mean", "Device Count": "40", "Latency": "50", "Download Speed": "12000",
        "Upload Speed": "3000", "Download Speed Mbps": "12", "Upload Speed Mbps": "3",
    }  # fmt: skip
    return ",".join((row | {name.replace("_", " "): value for name, value in changed.items()}).values())


HEADER = (
    "Provider,Location,Device,Aggregate Date,Test Count,Sample Count,Platform,Technology Type,Metric Type,"
    "Device Count,Latency,Download Speed,Upload Speed,Download Speed Mbps,Upload Speed Mbps"
)


Figures = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def figures(colombia: Landed) -> Iterator[Figures]:
    """The landed figures, as the table `aggregate`."""
    with open_snapshot(colombia.workspace) as snapshot:
        yield snapshot.connection


# ---- 1. dates


def test_half_spanish_months_are_48_months_and_reject_nothing(colombia: Landed, figures: Figures) -> None:
    assert [report.rejects for report in colombia.of(*MOBILE_MEAN)] == [{}] * 9
    months = figures.execute(
        "SELECT DISTINCT strftime(period_start, '%Y-%m') FROM aggregate WHERE service = 'mobile' ORDER BY 1"
    ).fetchall()
    assert [month for (month,) in months] == [f"{y}-{m:02d}" for y in range(2018, 2022) for m in range(1, 13)]


def test_a_half_spanish_month_is_shown_as_delivered_and_as_taken(crc_folder: Path, try_text: Try) -> None:
    path = crc_folder / "Bases_Movil/Departamentos/IndDesempeñoMov_Dep_TigWomCla(2018).csv"
    header, *rows = lines_of(path)
    chosen = [
        next(row for row in rows if f",{month}," in row and ",," not in row[-30:])
        for month in ("feb-18", "Dec 2018")
    ]
    result = try_text(SOURCE, [header, *chosen])
    assert [row["Aggregate Date"] for row in result["before"]] == ["feb-18", "Dec 2018"]
    assert [row["period"] for row in result["after"]] == ["2018-02"] * 3 + ["2018-12"] * 2


def test_a_month_that_is_none_is_named_by_line_and_column(try_text: Try) -> None:
    result = try_text(SOURCE, [HEADER, made_row(), made_row(Aggregate_Date="18-feb")])
    assert result["rejected"] == [
        {"reason": "not a month", "column": "Aggregate Date", "rows": 1, "line": 3, "value": "18-feb"}
    ]


# ---- 2. separators, encodings, line ends


@pytest.mark.parametrize(
    ("name", "delimiter", "mark", "ends"),
    [
        ("Bases_Movil/Departamentos/IndDesempeñoMov_Dep_TigWomCla(2018).csv", ",", True, b"\r\n"),
        ("Bases_Movil/Ciudades/IndDesempeñoMov_Ciud_(2018a2021_An).csv", ",", True, b"\n"),
        ("Bases_Fijo/Fij-TIGOEMCALI-historical_2018-12-01.csv", ";", True, b"\r\n"),
        ("Bases_Fijo/Fij-historical_comparison_month(Colombia).csv", ",", False, b"\r\n"),
    ],
)
def test_the_separator_is_told_and_marks_and_line_ends_lose_no_row(
    crc_folder: Path, name: str, delimiter: str, mark: bool, ends: bytes
) -> None:
    content = (crc_folder / name).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") is mark
    assert (b"\r\n" in content) is (ends == b"\r\n")
    result = try_file(SOURCE, crc_folder / name)
    assert (result["file"]["delimiter"], result["file"]["encoding"]) == (delimiter, "utf-8")
    assert result["rows"]["delivered"] == content.count(b"\n") - 1
    assert result["rejected"] == []


def test_cp1252_is_told_and_its_letters_are_kept() -> None:
    """This copy has none: the fixture is made."""
    result = try_file(SOURCE, FIXTURES / "fixed-mean.csv")
    assert result["file"]["encoding"] == "cp1252"
    assert "Caquetá" in {row["region_name"] for row in result["after"]}


def test_two_encodings_in_one_file_stop_it_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    lines = [HEADER, made_row(Location='"Caquetá, Colombia"'), made_row(Location='"Boyacá, Colombia"')]
    path.write_bytes(b"\n".join([*(line.encode() for line in lines[:2]), lines[2].encode("cp1252"), b""]))
    with pytest.raises(DeliveryFault) as stopped:
        try_file(SOURCE, path)
    told = "line 3: not UTF-8, though lines before it are (mixed or cut short)"
    assert str(stopped.value) == f"crc-speedtest mixed.csv: {told}"


def test_an_unquoted_comma_is_part_of_the_place_where_the_separator_is_a_semicolon(crc_folder: Path) -> None:
    result = try_file(SOURCE, crc_folder / "Bases_Fijo/Fij-TIGOEMCALI-historical_2018-12-01.csv")
    assert all(row["Location"].endswith(", Colombia") for row in result["before"])
    assert all("," not in row["region_name"] for row in result["after"])


def test_an_unquoted_comma_is_named_by_line_where_the_separator_is_a_comma(try_text: Try) -> None:
    result = try_text(SOURCE, [HEADER, made_row(), made_row(Location="Antioquia, Colombia")])
    (rejected,) = result["rejected"]
    assert (rejected["reason"], rejected["line"]) == ("too many fields", 3)
    assert rejected["value"].startswith("Claro,Antioquia, Colombia,")


# ---- 3. department names (one that nobody knows: tests/ingest/test_resolving.py)


def test_departments_in_two_languages_are_33_and_none_is_unresolved(
    colombia: Landed, figures: Figures
) -> None:
    assert not [report for report in colombia.reports.values() if "region-unresolved" in report.rejects]
    found = figures.execute("SELECT count(DISTINCT region) FROM aggregate").fetchone()
    assert found == (33,)


# ---- 4. small n, slow cells, cells without a test (nobody ranked on them: tests/pipeline/test_colombia.py)


def test_cells_without_a_test_are_counted_as_not_used(colombia: Landed, told: Told) -> None:
    mobile = colombia.of(*MOBILE_MEAN)
    assert sum(report.unused_for.get("no test", 0) for report in mobile) == 195
    (first,) = colombia.of("Dep_TigWomCla(2018)")
    assert told(first)[1:3] == ["not used: 42 no test", "flag: 2 latency-over-1000-ms"]


def test_41_percent_of_the_monthly_cells_have_fewer_than_30_devices(figures: Figures) -> None:
    found = figures.execute(
        "SELECT round(100 * avg((n_subjects < 30)::INT)), min(n_subjects) FROM aggregate"
        " WHERE service = 'mobile' AND statistic = 'mean' AND metric = 'download_mbps' AND counts"
    ).fetchone()
    assert found == (41, 1)


def test_a_department_with_few_devices_is_too_few_of_30(colombian_draft: Path) -> None:
    told = explain(colombian_draft, "download_mean", "avantel", "dane:91")
    assert (told.figure["n_subjects"], told.subjects_needed) == (1, 30)
    assert (told.figure["status"], told.figure["status_reason"]) == ("withheld", "too-few")
    assert told.rank is None or told.rank["status"] == "withheld"
    (own,) = told.own
    assert own["reason"] == "disclosure: fewer subjects than the edition shows"
    assert own["value"] is None


def test_latencies_over_a_second_are_flagged_and_kept(colombia: Landed, figures: Figures) -> None:
    mobile = colombia.of(*MOBILE_MEAN)
    assert sum(report.flags.get("latency-over-1000-ms", 0) for report in mobile) == 8
    slowest = figures.execute(
        "SELECT value, n_subjects, flags FROM aggregate WHERE metric = 'latency_ms'"
        " ORDER BY value DESC LIMIT 1"
    ).fetchone()
    assert slowest == (3433, 1, ["latency-over-1000-ms"])


# ---- 5. Avantel melts into WOM


def test_avantel_and_wom_are_two_operators_to_the_end_of_2021(colombian_draft: Path) -> None:
    counted = {}
    for operator in ("avantel", "wom"):
        (own,) = explain(colombian_draft, "download_mean", operator).own
        counted[operator] = (own["n_inputs"], own["n_subjects"])
    assert counted == {"avantel": (61, 381), "wom": (91, 10_406)}


def test_a_later_row_of_avantel_is_one_of_wom_and_the_two_are_told_as_a_conflict(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "co", "co", key=bytes(32))
    path = tmp_path / "january.csv"
    rows = [made_row(Provider=name, Aggregate_Date="Jan 2022", Download_Speed=speed)
            for name, speed in (("Avantel", "20000"), ("WOM", "18000"))]  # fmt: skip
    path.write_text("\n".join([HEADER, *rows, ""]))
    land(workspace, sources.find(SOURCE), path)
    with open_snapshot(workspace) as snapshot:
        found = snapshot.connection.execute(
            "SELECT operator, value, counts, flags FROM aggregate WHERE metric = 'download_mbps'"
            " ORDER BY value"
        ).fetchall()
    assert found == [("wom", 18.0, True, ["id-conflict"]), ("wom", 20.0, False, ["id-conflict"])]


# ---- 6. mean and median, two statistics of one source (indicative: tests/pipeline/test_colombia.py)


def test_mean_and_median_give_two_orders_and_each_figure_says_which_it_is(colombian_draft: Path) -> None:
    cells = read_table(colombian_draft, CELLS)
    national = cells[(cells["region"] == "nation") & (cells["operator"] != "all")]

    def order(statistic: str) -> list[str]:
        own = national[national["indicator"] == f"download_{statistic}"]
        assert set(own["statistic"]) == {statistic}
        return own.sort_values("value", ascending=False)["operator"].tolist()

    assert order("mean") == ["tigo", "avantel", "claro", "wom", "movistar", "etb"]
    assert order("median") == ["tigo", "wom", "claro", "movistar", "etb"]


def test_a_mean_below_its_median_is_kept_and_its_error_is_not_zero(
    figures: Figures, colombian_draft: Path
) -> None:
    """The two betray a spread below 0 in 5 % of the cells: theirs is then that of the source."""
    found = figures.execute(
        "SELECT round(100 * avg((one.value < other.value)::INT)) FROM aggregate one JOIN aggregate other"
        " USING (operator, region, period_start, metric, n_subjects)"
        " WHERE one.statistic = 'mean' AND other.statistic = 'median' AND metric = 'download_mbps'"
        " AND one.service = 'mobile' AND other.service = 'mobile' AND one.counts AND other.counts"
    ).fetchone()
    assert found == (5,)
    told = [explain(colombian_draft, "download_mean", "tigo", region) for region in ("dane:05", "dane:88")]
    assert all(cell["std_error"] > 0 for explanation in told for cell in explanation.own)


def test_the_median_edition_does_not_know_avantel(colombian_draft: Path) -> None:
    (etb,) = explain(colombian_draft, "download_median", "etb").own  # `ETB (MVNO)` there
    assert etb["n_subjects"] == 1_288
    with pytest.raises(NotFound, match="no operator 'avantel' here"):
        explain(colombian_draft, "download_median", "avantel")


def test_no_dispersion_is_given_and_no_error_is_taken_for_zero(colombian_draft: Path) -> None:
    cells = read_table(colombian_draft, CELLS)
    entered = cells[cells["entered"].astype(bool)]
    assert (entered["v"] > 0).all()
    assert entered["flags"].str.contains("subjects-counted-per-month").any()


# ---- 7. rows of all providers; other cuts


def test_rows_of_all_providers_are_counted_and_never_added_up(
    colombia: Landed, colombian_draft: Path, told: Told
) -> None:
    (mobile,), (fixed,) = colombia.of("Dep_Total(2021Mens)"), colombia.of("FijAllproviders21")
    assert told(mobile)[1:] == ["not used: 395 all-providers row"]
    assert told(fixed)[1:] == ["not used: 643 all-providers row"]
    (own,) = explain(colombian_draft, "download_mean", "all").own
    assert own["n_subjects"] == 57_758 + 35_892 + 34_054 + 10_406 + 1_288 + 381
    assert "sample-composition" in own["flags"].split(";")


@pytest.mark.parametrize(
    "name", ["Ciud_(2021mens)", "3G4G_(2021mens)", "Colombia_(2021)", "Operad_(2018a2021_An)", "Consistency"]
)
def test_a_table_of_cities_technologies_coverage_years_or_consistency_is_another_cut(
    colombia: Landed, told: Told, name: str
) -> None:
    (report,) = colombia.of(name)
    assert report.rows > 0
    assert told(report)[1:] == [f"not used: {report.rows:,} {ANOTHER_CUT}"]


# ---- files that repeat themselves


def test_86_median_rows_are_told_as_duplicates(colombia: Landed, told: Told) -> None:
    reports = colombia.of(MOBILE_MEDIAN)
    assert sum(report.duplicate for report in reports) == 86
    assert ["23 duplicate" in told(report)[0] or "63 duplicate" in told(report)[0] for report in reports] == [
        True, True,
    ]  # fmt: skip


def test_291_repeated_fixed_keys_are_226_duplicates_and_66_empty_trailer_rows(
    colombia: Landed, told: Told
) -> None:
    """The README counts the 66 empty rows as 65 repeats of an empty key."""
    fixed = [*colombia.of("Fij-ETBMOVCLA"), *colombia.of("Fij-TIGOEMCALI")]
    assert sum(report.rows for report in fixed) == 5_969
    assert sum(report.duplicate for report in fixed) == 291 - 65
    (trailed,) = colombia.of("Fij-TIGOEMCALI-historical_2022-01-01")
    assert told(trailed)[1] == "rejected: 66 empty row, first in line 443"


# ---- licence, one vendor


def test_the_missing_licence_travels_with_the_draft(colombian_draft: Path) -> None:
    (source,) = json.loads((colombian_draft / "release.json").read_text("utf-8"))["sources"]
    assert source["licence"] == "none stated"
    assert "Speedtest Intelligence by Ookla" in source["notice"]
    assert not list((Path(sources.__file__).parents[1] / "_examples").rglob("*co-crc*"))


def test_the_regulators_tables_and_ooklas_open_data_are_kin() -> None:
    assert sources.find(SOURCE).source.kin_group == sources.find("ookla-nuts").source.kin_group == "ookla"
