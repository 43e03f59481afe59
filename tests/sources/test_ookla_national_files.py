"""National figures made from Ookla's tiles: which statistics enter, and editions of the same figures."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.store.reading import Reading, read


@pytest.fixture(scope="module")
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def read_figures(connection: duckdb.DuckDBPyConnection, path: Path) -> Reading:
    return read(connection, sources.find("ookla-national"), path, delivery=path.name, period=None)


def test_the_ten_countries_of_asean_have_fourteen_quarters_of_two_services(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    path = shared_data / "asean-ookla-national" / "ASEAN_trend_quarterly.csv"
    reading = read_figures(opened, path)
    assert (reading.rows, reading.accepted_rows) == (280, 280)
    counts = f"SELECT count(DISTINCT country), count(DISTINCT period) FROM {reading.accepted}"
    assert opened.execute(counts).fetchall() == [(10, 14)]
    vietnam = (
        f"SELECT service, round(value, 2), n_measurements FROM {reading.accepted} WHERE country = 'VNM'"
        " AND period = '2022Q2' AND metric = 'download_mbps' ORDER BY service"
    )
    assert opened.execute(vietnam).fetchall() == [("fixed", 78.47, 1_809_784), ("mobile", 44.71, 253_804)]


def test_every_file_of_the_cis_gives_a_mean_and_a_median_of_each_row(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    delivered: Counter[int] = Counter()
    for path in sorted((shared_data / "cis-ookla-national").glob("*.csv")):
        reading = read_figures(opened, path)
        assert (reading.rejected_rows, reading.unused_rows) == (0, 0)
        statistics = f"SELECT statistic, count(*) FROM {reading.accepted} GROUP BY statistic"
        found = dict(opened.execute(statistics).fetchall())
        assert found == {"mean": 3 * reading.rows / 2, "median": 3 * reading.rows / 2}
        delivered[reading.rows // 2] += 1
    assert delivered == {54: 10, 56: 1, 44: 1}


def test_a_second_edition_of_ukraine_says_nothing_new(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    key = "country, period, service, metric, statistic, value, n_measurements, n_subjects"
    found = {}
    for name in ("UA_all_quarters", "UA_incremental"):
        reading = read_figures(opened, shared_data / "cis-ookla-national" / f"{name}.csv")
        found[name] = set(opened.execute(f"SELECT {key} FROM {reading.accepted}").fetchall())
    assert len(found["UA_all_quarters"]) == 54 * 6
    assert len(found["UA_incremental"]) == 44 * 6
    assert found["UA_incremental"] <= found["UA_all_quarters"]


def test_three_rows_of_russia_are_delivered_twice(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    reading = read_figures(opened, shared_data / "cis-ookla-national" / "RU_incremental.csv")
    query = (
        "SELECT count(*), count(DISTINCT (period, service, statistic, metric)),"
        f" count(DISTINCT (period, service, statistic, metric, value)) FROM {reading.accepted}"
    )
    assert opened.execute(query).fetchall() == [(56 * 6, 53 * 6, 53 * 6)]


def test_the_choice_of_the_statistic_moves_a_figure(
    opened: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    reading = read_figures(opened, shared_data / "cis-ookla-national" / "AM_all_quarters.csv")
    query = (
        f"SELECT statistic, round(value, 2) FROM {reading.accepted} WHERE metric = 'latency_ms'"
        " AND period = '2019Q1' AND service = 'fixed' ORDER BY statistic"
    )
    assert opened.execute(query).fetchall() == [("mean", 14.95), ("median", 10.0)]


def test_a_renamed_column_stops_the_file_and_names_the_nearest(
    opened: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = (Path(__file__).parent / "fixtures" / "ookla-national" / "UA_all_quarters.csv").read_text()
    (tmp_path / "ua.csv").write_text(text.replace("total_devices", "total_device"))
    with pytest.raises(Exception, match=r"total_device.*total_devices"):
        read_figures(opened, tmp_path / "ua.csv")
