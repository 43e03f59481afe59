"""A round of several tools becomes a measurement of each; the study's counts and medians come out."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.sources.netrics import rounds, runs
from qos.store.reading import Reading, read


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def study(connection: duckdb.DuckDBPyConnection, shared_data: Path) -> Reading:
    path = shared_data / "us-netrics-two-lines" / "tale_of_two_gigs_netrics.csv.gz"
    return read(connection, sources.find("netrics"), path, delivery=path.name, period=None)


def test_counts_and_medians_are_those_of_the_study(
    connection: duckdb.DuckDBPyConnection, study: Reading
) -> None:
    found = connection.execute(
        "SELECT subject, method, count(download_mbps)::INT, round(median(download_mbps), 1)"
        f" FROM {study.accepted} WHERE method <> 'DNS' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert found == [
        ("Hyde Park", "Ookla CLI", 693, 940.9),
        ("Hyde Park", "iperf3 UDP", 313, 578.4),
        ("Hyde Park", "ndt7 1 stream", 709, 890.3),
        ("South Shore", "Ookla CLI", 665, 804.7),
        ("South Shore", "iperf3 UDP", 292, 547.6),
        ("South Shore", "ndt7 1 stream", 672, 777.7),
    ]


def test_every_round_gives_a_row_and_each_row_has_one_fate(
    connection: duckdb.DuckDBPyConnection, study: Reading
) -> None:
    assert study.rows == study.accepted_rows + study.unused_rows
    assert study.rejected_rows == 0
    counts = "count(DISTINCT (subject, measured_at))::INT, count(DISTINCT measurement_id)::INT"
    query = f"SELECT {counts} FROM {study.accepted}"
    rounds_with_a_tool, names = connection.execute(query).fetchall()[0]
    assert rounds_with_a_tool + study.unused_rows == 36_633  # lines of the file
    assert names == study.accepted_rows


def test_a_round_of_two_tools_is_two_measurements() -> None:
    row = {"time": "2021-06-30 20:14:01+00:00", "install": "Hyde Park", "speedtest_ookla_download": "928.3"}
    row |= {"speedtest_ookla_pktloss2": "", "speedtest_ndt7_download": "819.7", "iperf_udp_download": ""}
    found = list(rounds(row))
    assert [(tool["method"], tool["down"]) for tool in found] == [
        ("Ookla CLI", "928.3"),
        ("ndt7 1 stream", "819.7"),
    ]
    assert found[0]["loss"] is None


def test_names_are_the_same_flat_or_nested() -> None:
    about = {"Time": 1690000000.25, "Id": "nuc-0001"}
    flat = {"speedtest_ndt7_download": 812.4, "speedtest_ndt7_minrtt": 3.9}
    nested = {"speedtest_ndt7": {"download": 812.4, "minrtt": 3.9}}
    assert list(runs({"Measurements": flat, "Meta": about})) == list(
        runs({"Measurements": nested, "Meta": about})
    )


def test_a_figure_nobody_has_explained_stays_in_the_row() -> None:
    row = {"time": "2021-06-30 20:14:01+00:00", "install": "Hyde Park", "speedtest_fast_download": "3"}
    assert [tool["speedtest_fast_download"] for tool in rounds(row)] == ["3"]
