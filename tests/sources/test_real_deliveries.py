"""The real files beside the repository give the rows their READMEs count, and the faults they list."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.domain.quarter import Period
from qos.store.reading import Reading, read


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query).fetchall()


def reasons(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    return dict(rows(connection, f"SELECT reason, count(*) FROM {table} GROUP BY reason"))  # type: ignore[arg-type]


WAVES = {
    "2014": ("broadband2014.from-rda.csv", "2014-05", 1_971, {"no-weight": 792, "loss-unit-doubtful": 1_952}),
    "2019": ("broadband_data_february_2019.csv", "2019-02", 2_180, {"unweighted": 2_180}),
    "2021": ("broadband_performance_2021.csv", "2021-03", 3_321, {"no-weight": 961, "zero-weight": 4}),
    "2023": ("panellist-data-march-23.xlsm", "2023-03", 2_645, {"no-weight": 311, "not-qualified": 7}),
}


@pytest.mark.parametrize("wave", WAVES)
def test_every_line_of_an_ofcom_wave_is_a_subject(
    connection: duckdb.DuckDBPyConnection, shared_data: Path, wave: str
) -> None:
    file, period, count, flags = WAVES[wave]
    path = shared_data / "uk-ofcom-panel" / file
    panel = sources.find("ofcom-panel")
    reading = read(connection, panel, path, delivery=file, period=Period.parse(period))
    assert (reading.layout, reading.rows, reading.accepted_rows) == (wave, count, count)
    assert rows(connection, f"SELECT count(DISTINCT subject) FROM {reading.accepted}") == [(count,)]
    flagged = (
        f"SELECT flag, count(*) FROM (SELECT unnest(flags) AS flag FROM {reading.accepted}) GROUP BY flag"
    )
    assert dict(rows(connection, flagged)) == flags  # type: ignore[arg-type]


def test_the_panel_of_2021_is_not_representative_without_its_weights(
    connection: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    path = shared_data / "uk-ofcom-panel" / "broadband_performance_2021.csv"
    panel = sources.find("ofcom-panel")
    reading = read(connection, panel, path, delivery="2021", period=Period.parse("2021-03"))
    weighted = "round(sum(download_mbps * weight) / sum(weight))"
    means = f"SELECT round(avg(download_mbps)), {weighted} FROM {reading.accepted}"
    assert rows(connection, means) == [(161, 79)]
    per_region = (
        f"SELECT round(sum(download_mbps * weight) / sum(weight), 1) FROM {reading.accepted}"
        " WHERE region_name IN ('East', 'London', 'Wales') GROUP BY region_name ORDER BY region_name"
    )
    assert rows(connection, per_region) == [(76.1,), (105.8,), (51.1,)]
    assert rows(connection, f"SELECT count(*) FROM {reading.accepted} WHERE region_name IS NULL") == [(229,)]
    assert rows(connection, f"SELECT count(*) FROM {reading.accepted} WHERE loaded_latency_ms = 0") == [(0,)]


def test_the_operators_of_2019_stand_before_their_products(
    connection: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    path = shared_data / "uk-ofcom-panel" / "broadband_data_february_2019.csv"
    panel = sources.find("ofcom-panel")
    reading = read(connection, panel, path, delivery="2019", period=Period.parse("2019-02"))
    found = rows(connection, f"SELECT DISTINCT operator_name FROM {reading.accepted} ORDER BY 1")
    assert [name for (name,) in found] == [
        "BT",
        "EE",
        "KCOM",
        "Plusnet",
        "Sky",
        "TalkTalk",
        "Virgin",
        "Vodafone UK",
    ]


@pytest.mark.parametrize(("level", "areas", "untested"), [(0, 1, 0), (2, 41, 0), (3, 179, 1)])
def test_the_areas_of_the_kingdom_are_in_every_quarter(
    connection: duckdb.DuckDBPyConnection, shared_data: Path, level: int, areas: int, untested: int
) -> None:
    for quarter in ("2019_1", "2021_1"):
        path = shared_data / "eu-ookla-nuts" / f"nuts_{level}" / f"nuts_{level}_{quarter}.csv"
        reading = read(connection, sources.find("ookla-nuts"), path, delivery=path.name, period=None)
        kingdom = f"SELECT count(DISTINCT region) FROM {reading.accepted} WHERE region LIKE 'nuts{level}:UK%'"
        assert rows(connection, kingdom) == [(areas,)]
        assert (reading.rejected_rows, reading.unused_rows) == (0, untested)
        periods = rows(connection, f"SELECT DISTINCT period FROM {reading.accepted}")
        assert periods == [(quarter.replace("_", "Q"),)]


@pytest.fixture(scope="module")
def crc(connection: duckdb.DuckDBPyConnection, shared_data: Path) -> dict[str, Counter[str]]:
    """Rows by fate and layout over all files; cells of each layout kept in table `crc_cells`."""
    fates: dict[str, Counter[str]] = {}
    declaration = sources.find("crc-speedtest")
    for path in sorted((shared_data / "co-crc-speedtest").rglob("*.csv")):
        reading = read(connection, declaration, path, delivery=path.name, period=None)
        assert reading.rows == reading.accepted_rows + reading.rejected_rows + reading.unused_rows
        count = fates.setdefault(reading.layout, Counter())
        count["accepted"] += reading.accepted_rows
        count.update(reasons(connection, reading.rejected))
        count.update(reasons(connection, reading.unused))
        _keep(connection, reading)
    return fates


def _keep(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    if reading.accepted_rows:
        columns = "service, statistic, operator_name, region_name, period, metric, value, n_subjects"
        select = f"SELECT {columns} FROM {reading.accepted}"
        connection.execute(f"CREATE TABLE IF NOT EXISTS crc_cells AS {select} LIMIT 0")
        connection.execute(f"INSERT INTO crc_cells {select}")


def test_of_the_regulators_tables_one_cut_enters(crc: dict[str, Counter[str]]) -> None:
    cut, providers = "another cut of the same sample", "all-providers row"
    assert crc["mobile mean"] == {"accepted": 7_309 - 195, "no test": 195, providers: 395, cut: 1_425}
    assert crc["mobile median"] == {"accepted": 5_944 - 81, "no test": 81, cut: 144}
    assert crc["fixed median"] == {"accepted": 3_937 + 1_570 - 154, "no test": 154, providers: 612, cut: 288}
    fixed = crc["fixed mean"]
    assert fixed["accepted"] + fixed["no test"] == 5_969 - 66
    assert fixed["empty row"] == 66 + 20 + 14 + 10  # the trailers of four files
    assert +crc["consistency"] == {cut: 5_050}
    assert set(+crc["coverage"]) == set(+crc["fixed mean without device"]) == {cut}


def test_mobile_cells_of_the_last_quarter_are_those_of_the_regulator(
    connection: duckdb.DuckDBPyConnection,
    crc: dict[str, Counter[str]],  # noqa: ARG001 - reads all files
) -> None:
    query = (
        "SELECT operator_name, count(*), count(DISTINCT region_name), sum(n_subjects)::INT FROM crc_cells"
        " WHERE service = 'mobile' AND statistic = 'mean' AND metric = 'download_mbps'"
        " AND period IN ('2021-10', '2021-11', '2021-12') GROUP BY operator_name ORDER BY 4 DESC"
    )
    assert rows(connection, query) == [
        ("Claro", 98, 33, 57_758),
        ("Tigo", 92, 32, 35_892),
        ("Movistar", 96, 33, 34_054),
        ("WOM", 91, 31, 10_406),
        ("ETB", 68, 25, 1_288),
        ("Avantel", 61, 26, 381),
    ]


def test_86_median_rows_are_delivered_twice(
    connection: duckdb.DuckDBPyConnection,
    crc: dict[str, Counter[str]],  # noqa: ARG001 - reads all files
) -> None:
    query = (
        "SELECT count(*) - count(DISTINCT (operator_name, region_name, period)) FROM crc_cells"
        " WHERE service = 'mobile' AND statistic = 'median' AND metric = 'download_mbps'"
    )
    assert rows(connection, query) == [(86,)]
