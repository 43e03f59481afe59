"""Rows written as they come are the rows that were there, with the types of the schema."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from qos.store.parts import Place
from qos.store.passing import Passing
from qos.store.schema import MEASUREMENTS
from qos.store.unsorted import stage_unsorted

ROWS = """
    SELECT 'm' || i AS measurement_id, TIMESTAMP '2026-08-01' + to_seconds(i) AS measured_at,
        CASE WHEN i % 3 > 0 THEN i * 7919 END AS subject, i % 2 AS flags,
        CASE WHEN i % 5 > 0 THEN 'viettel' END AS operator, i / 7 AS download_mbps,
        i % 4 = 0 AS server_on_net,
        CASE i % 2 WHEN 0 THEN 'fixed' ELSE 'mobile' END AS service, '2026Q3' AS quarter
    FROM range(1000) AS t(i)
"""
OWN = ("measurement_id", "measured_at", "subject", "flags", "operator", "download_mbps", "server_on_net")


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute(f"CREATE TABLE given AS {ROWS}")
        yield opened


def test_the_file_holds_the_rows_of_its_place(connection, tmp_path: Path) -> None:
    columns = (*OWN, "source", "quarter", "service")
    staged = stage_unsorted(
        connection,
        tmp_path,
        Place("measurements", "2026Q3", "mobile"),
        "given",
        columns,
        same={"source": "somebody", "delivery": "d1"},
        passing=Passing(),
    )
    assert staged is not None
    assert staged.rows == 500
    names = ", ".join(OWN)
    written = f"read_parquet('{staged.path}', hive_partitioning = false)"
    assert connection.execute(f"SELECT {names} FROM {written} ORDER BY 2").fetchall() == (
        connection.execute(f"SELECT {names} FROM given WHERE service = 'mobile' ORDER BY 2").fetchall()
    )
    assert connection.execute(
        f"SELECT DISTINCT source, delivery, quarter, service FROM {written}"
    ).fetchall() == [("somebody", "d1", "2026Q3", "mobile")]
    types = {
        name: kind for name, kind, *_ in connection.execute(f"DESCRIBE SELECT * FROM {written}").fetchall()
    }
    assert types == {name: MEASUREMENTS[name] for name in types}


def test_a_place_without_rows_gives_no_file(connection, tmp_path: Path) -> None:
    place = Place("measurements", "2026Q4", "mobile")
    assert stage_unsorted(connection, tmp_path, place, "given", OWN, same={}, passing=Passing()) is None
    assert not list((tmp_path / "staging").iterdir())


def test_subjects_are_renamed_on_their_way_and_nobody_stays_nobody(connection, tmp_path: Path) -> None:
    connection.execute("ALTER TABLE given ALTER subject TYPE VARCHAR USING 'phone-' || subject")
    passing = Passing()
    staged = stage_unsorted(
        connection,
        tmp_path,
        Place("measurements", "2026Q3", "mobile"),
        "given",
        OWN,
        same={},
        passing=passing,
        rename=lambda subjects: pc.cast(
            pc.utf8_slice_codeunits(pc.fill_null(subjects, "phone-0"), 6), "int64"
        ),
    )
    assert staged is not None
    assert connection.execute(
        f"SELECT measurement_id, subject FROM read_parquet('{staged.path}') ORDER BY ALL"
    ).fetchall() == (
        connection.execute(
            "SELECT measurement_id, CAST(substr(subject, 7) AS BIGINT) FROM given WHERE service = 'mobile'"
            " ORDER BY ALL"
        ).fetchall()
    )
    assert pa.types.is_int64(passing.sample().schema.field("subject").type)
