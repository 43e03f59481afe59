"""LibreSpeed: which phases ran, and the client's rates against its bytes."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.sources.librespeed import off_by
from qos.store.reading import read

LIBRESPEED = sources.find("librespeed")
FIXTURES = Path(__file__).parent / "fixtures" / "librespeed"
HEADER = "id,timestamp,ip,ispinfo,extra,ua,lang,dl,ul,ping,jitter,log"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize(
    ("phases", "landed"),
    [
        ("93.25,41.7,11.5,1.2", (93.25, 41.7, 11.5, 1.2, 1)),
        ("93.25,,11.5,1.2", (93.25, None, 11.5, 1.2, None)),
        ("93.25,0.00,11.5,0", (93.25, None, 11.5, 0, None)),
        ("Fail,,11.5,0", (None, None, 11.5, 0, 0)),
        ("93.25,Fail,11.5,0", (93.25, None, 11.5, 0, 0)),
        ("NULL,NULL,\\N,0", None),
        ("0,0,0,0", None),
    ],
)
def test_a_phase_that_was_not_run_is_no_figure_and_one_that_went_wrong_a_failure(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    phases: str,
    landed: tuple[float | None, ...] | None,
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{HEADER}\n1,2026-07-01 08:00:00,192.0.2.9,,,ua,vi,{phases},\n")
    reading = read(connection, LIBRESPEED, path, delivery=path.name, period=None)
    metrics = "download_mbps, upload_mbps, latency_ms, jitter_ms, completed"
    found = connection.execute(f"SELECT {metrics} FROM {reading.accepted}").fetchall()
    assert found == ([] if landed is None else [landed])
    assert reading.unused_rows == (landed is None)


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ('{"processedString":"192.0.2.9 - Viettel Group, VN (12.34 km)","rawIspInfo":{}}', "Viettel Group"),
        ('{"processedString":"192.0.2.9 - AS7552 Viettel Group","rawIspInfo":""}', "Viettel Group"),
        ('{"processedString":"0.0.0.0","rawIspInfo":""}', None),
        ("no JSON", None),
        ("", None),
    ],
)
def test_the_provider_is_read_where_it_is_named_and_never_with_the_address(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, operator: str | None
) -> None:
    path = tmp_path / "table.csv"
    quoted = '"' + text.replace('"', '""') + '"'
    path.write_text(f"{HEADER}\n1,2026-07-01 08:00:00,0.0.0.0,{quoted},,ua,vi,1,1,1,1,\n")
    reading = read(connection, LIBRESPEED, path, delivery=path.name, period=None)
    query = f"SELECT operator_name, ip, subject FROM {reading.accepted}"
    assert connection.execute(query).fetchall() == [(operator, None, None)]


def test_the_clients_rates_move_its_bytes_in_the_fifteen_seconds_it_aims_at(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    path = FIXTURES / "client.json"
    first = json.loads(path.read_text())[0]
    reading = read(connection, LIBRESPEED, path, delivery=path.name, period=None)
    query = (
        "SELECT download_mbps, upload_mbps, list_contains(flags, 'rate-contradicts-bytes')"
        f" FROM {reading.accepted} ORDER BY line"
    )
    (download, upload, contradicts), (*_, in_another_unit), (*_, one_phase) = connection.execute(
        query
    ).fetchall()
    assert download == pytest.approx(8 * first["bytes_received"] / 15 / 1e6)
    assert upload == pytest.approx(8 * first["bytes_sent"] / 15 / 1e6)
    assert (contradicts, in_another_unit, one_phase) == (False, True, False)


@pytest.mark.parametrize(("factor", "off"), [(1, 1), (8, 8), (1 / 8, 8), (1000, 1000), (1e-6, 1e6)])
def test_a_wrong_unit_is_off_by_its_factor_whichever_way(factor: float, off: float) -> None:
    assert off_by(40.0 * factor, 15 * 40e6 / 8) == pytest.approx(off)


def test_rates_of_the_page_are_landed_as_reported_and_say_so(connection: duckdb.DuckDBPyConnection) -> None:
    path = FIXTURES / "table.csv"
    reading = read(connection, LIBRESPEED, path, delivery=path.name, period=None)
    query = f"SELECT DISTINCT payload_basis FROM {reading.accepted}"
    ((basis,),) = connection.execute(query).fetchall()
    assert "1.06" in basis
    assert LIBRESPEED.source.overhead_factor == 1.06


def test_lines_of_the_client_without_their_header_are_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "client.csv"
    path.write_text((FIXTURES / "client.csv").read_text().splitlines()[1] + "\n")
    with pytest.raises(DeliveryFault, match="column 8 of 9 has no name"):
        read(connection, LIBRESPEED, path, delivery=path.name, period=None)
