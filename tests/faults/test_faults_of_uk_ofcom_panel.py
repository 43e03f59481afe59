"""What a user is told of each fault that the README of uk-ofcom-panel lists."""

import csv
import datetime as dt
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

import qos
from qos.domain.errors import DeliveryFault, UsageFault
from qos.pipeline.explain import explain
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace
from tests.faults.conftest import WAVES, Landed, Told, Try, given, lines_of, try_file

FIXTURES = Path(__file__).parents[1] / "sources" / "fixtures" / "ofcom-panel"
EXAMPLES = Path(qos.__file__).parent / "_examples" / "gb"
SOURCE = "ofcom-panel"
W2014, W2019, W2021, W2023 = WAVES


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


# ---- 1. and 3. weights (161 against 79 Mbit/s, 961 and 4: tests/pipeline/test_united_kingdom.py)


@pytest.mark.parametrize(
    ("wave", "lines"),
    [
        (W2014, {"flag: 792 no-weight", "flag: 6 operator-unresolved", "flag: 1,971 region-not-given"}),
        (W2019, {"flag: 2,180 unweighted"}),
        (W2021, {"flag: 961 no-weight", "flag: 4 zero-weight", "flag: 229 region-not-given"}),
        (W2023, {"flag: 311 no-weight", "flag: 7 not-qualified"}),
    ],
)
def test_what_is_missing_in_a_wave_is_told_when_it_lands(
    kingdom: Landed, told: Told, wave: str, lines: set[str]
) -> None:
    first, *rest = told(kingdom.reports[wave])
    assert "0 rejected" in first
    assert lines == set(rest) - {"flag: 1,952 loss-unit-doubtful"}


def test_weights_per_operator_are_ignored_and_the_reason_is_told(ofcom_folder: Path) -> None:
    """181 lines of 2021 have a weight for their operator and none for the nation: they do not enter."""
    rows = records(ofcom_folder / W2021)
    without = [row for row in rows if not row["national_weight"]]
    assert (len(without), sum(bool(row["isp_weight"]) for row in without)) == (961, 181)
    columns = try_file(SOURCE, ofcom_folder / W2021, "2021-03")["columns"]
    reason = "weights for rural or per-operator figures; the national weight is kept"
    assert {c["column"] for c in columns if c["reason"] == reason} == {"rural_weight", "isp_weight"}


# ---- 2. KCOM is over-sampled (ranked only in Yorkshire: tests/pipeline/test_united_kingdom.py)


def test_the_panel_and_ookla_are_seen_to_differ_in_yorkshire(kingdom_draft: Path) -> None:
    every = explain(kingdom_draft, "download_mean", "all", "nuts1:UKE")
    own = {cell["source"]: cell for cell in every.own}
    assert round(own["ofcom-panel"]["value"]) == 99
    assert own["ookla-nuts"]["value"] < 50
    assert (own["ofcom-panel"]["flags"], own["ofcom-panel"]["n_subjects"]) == ("unweighted", 233)
    assert {effect["source"] for effect in every.effects} == {"ofcom-panel", "ookla-nuts"}
    (kcom,) = explain(kingdom_draft, "download_mean", "kcom", "nuts1:UKE").own
    assert kcom["n_subjects"] == 107


# ---- 4. the same lines in several waves


def test_lines_of_two_waves_cannot_be_followed_and_the_readers_are_warned(
    kingdom: Landed, ofcom_folder: Path
) -> None:
    units = [{row["unit_id"] for row in records(ofcom_folder / wave)} for wave in (W2019, W2021)]
    assert len(units[0] & units[1]) == 1_302
    with open_snapshot(kingdom.workspace) as snapshot:
        subjects = [
            set(snapshot.connection.execute(
                "SELECT subject FROM measurement WHERE source = 'ofcom-panel' AND quarter = ?", [quarter]
            ).fetchall())
            for quarter in ("2019Q1", "2021Q1")
        ]  # fmt: skip
    assert [len(own) for own in subjects] == [2_180, 3_321]
    assert not subjects[0] & subjects[1]
    warning = " ".join((EXAMPLES / "README.md").read_text("utf-8").split())
    assert "1,302 of its lines are in the wave of 2021 again" in warning


def test_a_line_in_two_months_of_one_quarter_is_one_subject(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "gb", "gb", key=bytes(32))
    for month in ("2021-02", "2021-03"):
        given(workspace, SOURCE, FIXTURES / "2021.csv", month)
    with open_snapshot(workspace) as snapshot:
        found = snapshot.connection.execute("SELECT count(*), count(DISTINCT subject) FROM measurement")
        measurements, subjects = found.fetchall()[0]
    assert measurements == 2 * subjects == 14


# ---- 5. names of regions


def test_regions_in_ofcoms_spelling_are_the_twelve_and_none_is_unresolved(kingdom: Landed) -> None:
    assert all("region-unresolved" not in kingdom.reports[wave].flags for wave in WAVES)
    with open_snapshot(kingdom.workspace) as snapshot:
        found = snapshot.connection.execute(
            "SELECT quarter, count(DISTINCT region) FROM measurement WHERE region IS NOT NULL"
            " GROUP BY quarter ORDER BY quarter"
        ).fetchall()
    assert found == [("2019Q1", 12), ("2021Q1", 12), ("2023Q1", 12)]


# ---- 6. streaming


def test_streaming_columns_are_ignored_by_name_with_a_reason(ofcom_folder: Path) -> None:
    lines = records(ofcom_folder / W2019)
    result = try_file(SOURCE, ofcom_folder / W2019, "2019-02")
    told = {c["column"]: c["reason"] for c in result["columns"] if c["fate"] == "ignored"}
    named = [name for name, reason in told.items() if reason == "quality of single streaming services"]
    assert len(named) == 30
    assert max(sum(not row[name] for row in lines) for name in named) == 498
    assert result["rows"]["accepted"] == 2_180


# ---- every wave has other names


def test_each_wave_is_told_by_its_layout(kingdom: Landed) -> None:
    assert [kingdom.reports[wave].layout for wave in WAVES] == ["2014", "2019", "2021", "2023"]


def test_a_column_under_another_name_stops_the_wave_whole(ofcom_folder: Path, try_text: Try) -> None:
    header, *rows = lines_of(ofcom_folder / W2021)
    with pytest.raises(DeliveryFault) as stopped:
        try_text(SOURCE, [header.replace("ISP,", "Provider,", 1), *rows[:3]], period="2021-03")
    assert str(stopped.value) == (
        "ofcom-panel made-up.csv: columns nobody has explained yet: ['Provider'];"
        " columns missing: ['ISP'] (nearest layout: 2021)"
    )


def test_a_technology_under_another_word_is_named_by_line_and_column(
    ofcom_folder: Path, try_text: Try
) -> None:
    header, *rows = lines_of(ofcom_folder / W2021)
    fttp = next(row for row in rows if ",FTTP," in row)
    result = try_text(SOURCE, [header, fttp, fttp.replace(",FTTP,", ",Full fibre,")], period="2021-03")
    assert result["rejected"] == [
        {"reason": "unknown value", "column": "Technology", "rows": 1, "line": 3, "value": "Full fibre"}
    ]


def test_two_spellings_of_an_operator_are_one_and_one_that_nobody_knows_is_flagged(
    ofcom_folder: Path, tmp_path: Path, told: Told
) -> None:
    header, *rows = lines_of(ofcom_folder / W2021)
    virgin = [row for row in rows if ",Virgin," in row][:3]
    spelled = [row.replace(",Virgin,", f",{name},") for row, name in
               zip(virgin, ("Virgin", "Virgin Media", "Virgo"), strict=True)]  # fmt: skip
    path = tmp_path / "spellings.csv"
    path.write_text("\n".join([header, *spelled, ""]))
    workspace = Workspace.init(tmp_path / "gb", "gb", key=bytes(32))
    report = given(workspace, SOURCE, path, "2021-03")
    assert "flag: 1 operator-unresolved" in told(report)
    with open_snapshot(workspace) as snapshot:
        found = snapshot.connection.execute("SELECT DISTINCT operator FROM measurement ORDER BY 1").fetchall()
    assert found == [("virgin-media",), (None,)]


def test_the_operator_of_2019_is_shown_as_product_and_as_taken(ofcom_folder: Path) -> None:
    result = try_file(SOURCE, ofcom_folder / W2019, "2019-02")
    products = [row["Ofcom product"] for row in result["before"]]
    assert all(any(letter.isdigit() for letter in product) for product in products)
    for product, row in zip(products, result["after"], strict=True):
        assert product.startswith(f"{row['operator_name']} ")


# ---- the month, the workbook, the loss of 2014


@pytest.mark.parametrize("wave", WAVES)
def test_a_wave_without_its_month_is_refused(ofcom_folder: Path, wave: str) -> None:
    with pytest.raises(UsageFault) as refused:
        try_file(SOURCE, ofcom_folder / wave)
    assert str(refused.value).endswith(f"{wave}: it does not say when it was measured; give the period")
    assert refused.value.next_command == "qos ingest ofcom-panel FILE --period 2021-03"


def test_the_workbook_of_2023_has_no_unit_ids_and_its_subjects_are_its_rows() -> None:
    result = try_file(SOURCE, FIXTURES / "2023.xlsx", "2023-03")
    assert result["file"]["form"] == "workbook"
    assert [row["subject"].split(" ", 1)[1] for row in result["after"][:2]] == ["row 1", "row 2"]


def test_the_workbook_of_2023_in_another_order_is_told_as_a_conflict(tmp_path: Path, told: Told) -> None:
    """Nothing else in its rows says which line is which."""
    header, *rows = CalamineWorkbook.from_path(str(FIXTURES / "2023.xlsx")).get_sheet_by_index(0).to_python()
    turned = tmp_path / "turned.xlsx"
    with xlsxwriter.Workbook(turned) as book:
        book.set_properties({"created": dt.datetime(2023, 3, 1)})
        page = book.add_worksheet()
        for place, row in enumerate([header, *reversed(rows)]):
            for column, cell in enumerate(row):
                if cell != "":
                    page.write(place, column, cell)
    workspace = Workspace.init(tmp_path / "gb", "gb", key=bytes(32))
    given(workspace, SOURCE, FIXTURES / "2023.xlsx", "2023-03")
    report = given(workspace, SOURCE, turned, "2023-03")
    assert "4 accepted, 1 duplicate" in told(report)[0]  # the middle one of five stays where it is
    with open_snapshot(workspace) as snapshot:
        flags = snapshot.connection.execute(
            "SELECT count(*) FILTER (list_contains(flags, 'id-conflict')), count(*) FILTER (counts)"
            " FROM measurement"
        ).fetchone()
    assert flags == (8, 5)


def test_the_loss_of_2014_is_divided_and_flagged_as_doubtful(
    kingdom: Landed, ofcom_folder: Path, told: Told
) -> None:
    assert "flag: 1,952 loss-unit-doubtful" in told(kingdom.reports[W2014])
    delivered = [row["Packet.loss....24.hour"] for row in records(ofcom_folder / W2014)]
    mean = sum(map(float, filter(None, delivered))) / 1_952
    with open_snapshot(kingdom.workspace) as snapshot:
        found = snapshot.connection.execute(
            "SELECT quarter, avg(loss_ratio) FROM measurement"
            " WHERE list_contains(flags, 'loss-unit-doubtful') GROUP BY quarter"
        ).fetchall()
    assert found == [("2014Q2", pytest.approx(mean / 100))]
