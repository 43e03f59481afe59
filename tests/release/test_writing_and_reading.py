"""A folder is read back as it was written, twice the same, and never half."""

import csv
import json
import math

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.domain.errors import NotFound
from qos.domain.tables import CELLS, ESTIMATES, FLAGS, RANKS, RELEASE_TABLES, REVISIONS
from qos.release import read_release, read_table
from qos.release.folder import conform, write_csv, write_json, write_tables
from tests.release.conftest import RELEASE, contents, folder, rows

EVERY = (*RELEASE_TABLES, CELLS)


def _same(one, other):
    """Equal types and values; there are several nulls, and all of them are null."""
    assert one.dtypes.to_dict() == other.dtypes.to_dict()
    one, other = (frame.astype(object).where(frame.notna(), None) for frame in (one, other))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_a_table_is_read_back_as_it_was_written(write, table):
    _same(read_table(write(), table), conform(rows(table), table))


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_a_table_without_rows_keeps_its_columns_and_types(write, table):
    empty = pd.DataFrame(columns=table.columns)
    back = read_table(write(**{table.name: empty}), table)
    _same(back, conform(empty, table))


@pytest.mark.parametrize("table", [ESTIMATES, RANKS], ids=lambda table: table.name)
def test_the_csv_of_a_table_says_what_its_parquet_says(write, table):
    to = write()
    from_parquet = read_table(to, table)
    (to / f"{table.name}.parquet").unlink()
    _same(read_table(to, table), from_parquet)


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_rows_are_sorted_by_the_key_whatever_their_order(write, table):
    given_rows = rows(table)
    one, other = write("a"), write("b", **{table.name: given_rows.iloc[::-1]})
    assert contents(one) == contents(other)


@settings(max_examples=40, deadline=None)
@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_comes_back_from_csv_to_the_last_bit(tmp_path_factory, number):
    to = tmp_path_factory.getbasetemp() / "number"
    to.mkdir(exist_ok=True)
    write_csv(conform(rows(REVISIONS, 1).assign(old=number), REVISIONS), to / "revisions.csv")
    back = read_table(to, REVISIONS)["old"].item()
    assert (back, math.copysign(1, back)) == (number, math.copysign(1, number))


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=20
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_every_text_comes_back_from_csv(tmp_path_factory, text):
    to = tmp_path_factory.getbasetemp() / "text"
    to.mkdir(exist_ok=True)
    write_csv(conform(rows(FLAGS, 1).assign(flag=text), FLAGS), to / "flags.csv")
    assert read_table(to, FLAGS)["flag"].item() == text


@pytest.mark.parametrize("text", ["NA", "nan", "null", "None", "1e3", "007", "true", " "])
def test_a_text_that_looks_like_something_else_stays_a_text(write, text):
    assert read_table(write(flags=rows(FLAGS, 1).assign(flag=text)), FLAGS)["flag"].item() == text


def test_csv_has_unrounded_numbers_with_a_point_empty_nulls_and_words_for_truth(write):
    to = write(ranks=rows(RANKS, 3).assign(
        score=[0.1 + 0.2, None, 1234567.0], rank=[1, None, 3], is_leader=[True, None, False]))  # fmt: skip
    with (to / "ranks.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["score"] for line in lines] == ["0.30000000000000004", "", "1234567.0"]
    assert [line["rank"] for line in lines] == ["1", "", "3"]
    assert [line["is_leader"] for line in lines] == ["true", "", "false"]
    assert b"\r" not in (to / "ranks.csv").read_bytes()


def test_parquet_has_the_declared_types(write):
    names = {"string": "text", "double": "number", "int64": "integer", "bool": "boolean"}
    for table in (ESTIMATES, RANKS, CELLS):
        schema = pq.read_schema(write() / f"{table.name}.parquet")
        found = [(field.name, names[str(field.type)]) for field in schema]
        assert found == [(field.name, field.type) for field in table.fields]


def test_tables_are_files_as_the_contract_says(write):
    names = {name for name in contents(write()) if "/" not in name}
    assert names == {
        "release.json", "release.json.sha256", "model.json", "datapackage.json", "dataset.jsonld",
        "estimates.csv", "estimates.parquet", "ranks.csv", "ranks.parquet", "cells.parquet", "gamma.parquet",
        "source_effects.csv", "leave_one_out.csv", "sensitivity.csv", "rejects.csv", "flags.csv",
        "weights.csv", "revisions.csv",
    }  # fmt: skip


def test_writing_twice_gives_the_same_bytes(write):
    first, second, again = contents(write("a")), contents(write("b")), contents(write("a"))
    assert first == second == again


def test_json_is_canonical(tmp_path):
    write_json({"b": [1, 0.5], "a": {"d": "Đà Nẵng", "c": None}}, tmp_path / "x.json")
    written = (tmp_path / "x.json").read_bytes().decode("utf-8")
    assert written == '{"a":{"c":null,"d":"Đà Nẵng"},"b":[1,0.5]}\n'


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_json_refuses_what_is_no_number(tmp_path, number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"x": number}, tmp_path / "x.json")


def test_a_crash_while_writing_leaves_the_old_folder_as_it_was(write, tmp_path):
    to = write()
    before = contents(to)
    with pytest.raises(ValueError, match="columns missing"):
        write_tables(folder(weights=pd.DataFrame({"market": ["mobile"]})), to, RELEASE_TABLES)
    assert contents(to) == before
    write()
    assert contents(to) == before, "what the crash left beside it does no harm"
    assert [path.name for path in tmp_path.iterdir()] == ["2026Q1"]


def test_a_crash_before_the_first_folder_leaves_none(tmp_path):
    to = tmp_path / "2026Q1"
    with pytest.raises(ValueError, match="could not convert"):
        write_tables(folder(cells=rows(CELLS).assign(y="fast")), to, RELEASE_TABLES)
    assert not to.exists()


def test_writing_again_leaves_no_file_of_before(write):
    to = write()
    (to / "page.html").write_text("old", "utf-8")
    write()
    assert not (to / "page.html").exists()


def test_a_column_the_table_does_not_have_is_not_written(write):
    to = write(flags=rows(FLAGS).assign(example="x"))
    assert list(read_table(to, FLAGS).columns) == FLAGS.columns


def test_a_folder_without_a_release_or_a_table_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="no release"):
        read_release(tmp_path)
    with pytest.raises(NotFound, match="no table weights"):
        read_table(tmp_path, next(table for table in EVERY if table.name == "weights"))


def test_the_package_describes_every_table_and_carries_every_licence(write):
    to = write()
    package = json.loads((to / "datapackage.json").read_text("utf-8"))
    assert {licence["name"] for licence in package["licenses"]} == {s["licence"] for s in RELEASE["sources"]}
    assert {resource["path"] for resource in package["resources"]} == {
        f"{t.name}.csv" for t in RELEASE_TABLES
    }
    for resource in package["resources"]:
        header = (to / resource["path"]).read_text("utf-8").splitlines()[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        assert set(resource["schema"]["primaryKey"]) <= set(header)
    dataset = json.loads((to / "dataset.jsonld").read_text("utf-8"))
    assert all((to / part["contentUrl"]).is_file() for part in dataset["distribution"])


def test_an_infinite_number_is_no_figure(write):
    back = read_table(write(revisions=rows(REVISIONS, 1).assign(old=np.inf)), REVISIONS)
    assert np.isinf(back["old"].item()), "kept as it is, never made a null in silence"
