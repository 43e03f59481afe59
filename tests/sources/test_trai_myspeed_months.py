"""MySpeed rows speak of one direction each."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.domain.errors import UsageFault
from qos.domain.quarter import Period
from qos.store.reading import read

HEADER = "Service Provider,Technology,Test_type,Data Speed(Mbps),Signal_strength,LSA\n"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize("letters", ["Download", "download", "DOWNLOAD", " download "])
def test_letters_of_the_direction_do_not_matter(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, letters: str
) -> None:
    path = tmp_path / "month.csv"
    path.write_text(HEADER + f"JIO,4G,{letters},7.3,NA,Kerala\nJIO,4G,upload,2.5,na,Kerala\n")
    month = Period.parse("2018-03")
    reading = read(connection, sources.find("trai-myspeed"), path, delivery=path.name, period=month)
    query = f"SELECT download_mbps, upload_mbps, signal_dbm FROM {reading.accepted} ORDER BY line"
    assert connection.execute(query).fetchall() == [(7.3, None, None), (None, 2.5, None)]


def test_a_month_has_to_be_named(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "month.csv"
    path.write_text(HEADER)
    with pytest.raises(UsageFault, match="give the period"):
        read(connection, sources.find("trai-myspeed"), path, delivery=path.name, period=None)
