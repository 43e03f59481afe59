"""Tables for other programs: the same rows in CSV, Parquet and XLSX."""

import pandas as pd
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from qos.domain.errors import NotFound, UsageFault
from qos.domain.tables import CELLS, ESTIMATES, RELEASE_TABLES, SOURCE_EFFECTS
from qos.pipeline.export import _write_xlsx, export_measurements, export_tables
from qos.release import read_table


@pytest.fixture(scope="module")
def estimates(gb):
    return read_table(gb.drafts / "2021Q1", ESTIMATES)


def test_csv_is_the_table_of_the_release_to_the_byte(gb, estimates, tmp_path):
    to = tmp_path / "estimates.csv"
    assert export_tables(gb, "2021Q1", "estimates", to) == len(estimates)
    assert to.read_bytes() == (gb.drafts / "2021Q1" / "estimates.csv").read_bytes()


def test_parquet_holds_the_same_rows_and_types(gb, estimates, tmp_path):
    to = tmp_path / "estimates.parquet"
    assert export_tables(gb, "2021Q1", "estimates", to) == len(estimates)
    back = pq.read_table(to).to_pandas()
    assert list(back.columns) == ESTIMATES.columns
    assert (back["value"].fillna(-1) == estimates["value"].fillna(-1)).all()


def test_a_workbook_holds_the_same_numbers_and_leaves_nulls_empty(gb, estimates, tmp_path):
    to = tmp_path / "estimates.xlsx"
    assert export_tables(gb, "2021Q1", "estimates", to) == len(estimates)
    header, *rows = CalamineWorkbook.from_path(to).get_sheet_by_name("estimates").to_python()
    assert header == ESTIMATES.columns
    at = ESTIMATES.columns.index("value")
    found = pd.Series([row[at] for row in rows], dtype=object).replace("", None).astype(float)
    # a workbook keeps sixteen digits
    pd.testing.assert_series_equal(found, estimates["value"], rtol=1e-15, atol=0, check_names=False)


def test_all_tables_are_sheets_of_one_workbook(gb, tmp_path):
    to = tmp_path / "all.xlsx"
    folder, tables = gb.drafts / "2021Q1", (*RELEASE_TABLES, CELLS)
    assert export_tables(gb, "2021Q1", "all", to) == sum(len(read_table(folder, table)) for table in tables)
    assert CalamineWorkbook.from_path(to).sheet_names == [table.name for table in tables]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("https://example.org")', "https://a.b"]
)
def test_text_like_a_formula_stays_text(tmp_path, text):
    to = tmp_path / "x.xlsx"
    _write_xlsx({"sheet": pd.DataFrame({"name": [text], "count": [1.5], "yes": [True]})}, to)
    (_, row) = CalamineWorkbook.from_path(to).get_sheet_by_name("sheet").to_python()
    assert row == [text, 1.5, True]


def test_a_table_that_does_not_exist_is_answered_with_those_that_do(gb, tmp_path):
    with pytest.raises(NotFound, match=f"no table 'estimate'.*{SOURCE_EFFECTS.name}.*all"):
        export_tables(gb, "2021Q1", "estimate", tmp_path / "x.csv")


@pytest.mark.parametrize("name", ["x.json", "x", "csv"])
def test_another_ending_is_refused_and_nothing_is_written(gb, tmp_path, name):
    with pytest.raises(UsageFault, match=r"must end in \.csv, \.parquet, \.xlsx"):
        export_tables(gb, "2021Q1", "estimates", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_all_tables_do_not_fit_in_one_csv(gb, tmp_path):
    with pytest.raises(UsageFault, match=r"only in one \.xlsx") as fault:
        export_tables(gb, "2021Q1", "all", tmp_path / "all.csv")
    assert fault.value.next_command.startswith("qos export 2021Q1 --table all")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_measurements_are_exported_as_landed_without_what_names_a_person(gb, tmp_path, suffix):
    to = tmp_path / f"rows.{suffix}"
    count = export_measurements(gb, "2021Q1", to)
    frame = pd.read_csv(to, low_memory=False) if suffix == "csv" else pq.read_table(to).to_pandas()
    assert len(frame) == count > 3000
    assert set(frame["source"]) == {"ofcom-panel"}
    assert set(frame["quarter"]) == {"2021Q1"}
    assert not {"ip", "latitude", "longitude"} & set(frame.columns)


def test_measurements_do_not_fit_a_workbook(gb, tmp_path):
    with pytest.raises(UsageFault, match=r"\.csv or \.parquet"):
        export_measurements(gb, "2021Q1", tmp_path / "rows.xlsx")


def test_a_quarter_that_is_none_is_refused(gb, tmp_path):
    with pytest.raises(UsageFault, match="not a quarter"):
        export_measurements(gb, "spring", tmp_path / "rows.csv")
