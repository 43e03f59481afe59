"""A file that no source knows is answered with a declaration that reads it."""

import json
from pathlib import Path

import duckdb
import pytest

from qos.domain.declaration import Declaration
from qos.domain.quarter import Period
from qos.pipeline.recognising import recognise
from qos.pipeline.trying import guess_file
from qos.store.reading import Reading, read

CSV = (
    "Test ID,Started,Carrier Name,DL kbps,ul_speed,Ping Time,Packet Loss %,Network,lat,lon,color\n"
    "t1,2026-08-01 03:00:00,Viettel,50500,12000000,20,1.5,LTE,21.0,105.8,red\n"
    "t2,2026-08-01 04:00:00,Vinaphone,70500,22000000,25,0,3G,21.1,105.9,blue\n"
)
ROWS = [
    {
        "uuid": "a",
        "time": 1785000000,
        "result": {"download": {"bandwidth": 8125000}, "ping": 0.02},
        "x": {"y": []},
    },
    {
        "uuid": "b",
        "time": 1785000060,
        "result": {"download": {"bandwidth": 9125000}, "ping": 0.03},
        "x": {"y": []},
    },
]


def declared(text: str) -> Declaration:
    """The declaration of a proposed file, as importing it would give."""
    names: dict[str, object] = {}
    exec(compile(text, "proposed.py", "exec"), names)
    found = names["DECLARATION"]
    assert isinstance(found, Declaration)
    return found


def proposed(path: Path) -> str:
    found = guess_file(None, path, None)
    assert all(row["accepted"] is None for row in found["sources"]), found["sources"]
    text = found["proposal"]["declaration"]
    assert isinstance(text, str)
    return text


def reading(
    connection: duckdb.DuckDBPyConnection, text: str, path: Path, period: str | None = None
) -> Reading:
    given = Period.parse(period) if period else None
    return read(connection, declared(text), path, delivery=path.name, period=given)


def test_a_table_nobody_knows_is_read_by_the_declaration_that_is_proposed(tmp_path: Path) -> None:
    path = tmp_path / "acme_export_2026.csv"
    path.write_text(CSV, "utf-8")
    text = proposed(path)
    with duckdb.connect() as connection:
        found = reading(connection, text, path)
        assert (found.rows, found.accepted_rows, found.source) == (2, 2, "acme-export")
        names = "measurement_id, operator_name, download_mbps, upload_mbps, latency_ms, loss_ratio, service"
        row = connection.execute(f"SELECT {names} FROM {found.accepted} ORDER BY line").fetchone()
    assert row == ("t1", "Viettel", 50.5, 12.0, 20.0, 0.015, "fixed")
    assert found.ignored_columns == {
        "Network": "not recognised: keep what is needed",
        "color": "not recognised: keep what is needed",
    }


def test_what_was_guessed_about_units_is_said_in_the_proposal(tmp_path: Path) -> None:
    path = tmp_path / "acme.csv"
    path.write_text(CSV, "utf-8")
    proposal = guess_file(None, path, None)["proposal"]
    assert "was taken for bit/s" in proposal["doubts"]["upload_mbps"]
    assert "have no zone" in proposal["doubts"]["measured_at"]
    assert "download_mbps" not in proposal["doubts"], "its name says kbps"
    assert proposal["canonical"]["download_mbps"] == "DL kbps"
    assert "qos sources add acme --like canonical" in proposal["how"]


@pytest.mark.parametrize("form", ["lines", "array", "list in a document"])
def test_nested_documents_nobody_knows_are_read_too(tmp_path: Path, form: str) -> None:
    path = tmp_path / "probe.json"
    text = {
        "lines": "\n".join(map(json.dumps, ROWS)),
        "array": json.dumps(ROWS, indent=1),
        "list in a document": json.dumps({"made": "today", "results": ROWS}),
    }[form]
    path.write_text(text, "utf-8")
    with duckdb.connect() as connection:
        found = reading(connection, proposed(path), path)
        names = "measurement_id, download_mbps, latency_ms, measured_at::VARCHAR"
        rows = connection.execute(f"SELECT {names} FROM {found.accepted} ORDER BY line").fetchall()
    assert rows == [("a", 65.0, 20.0, "2026-07-25 17:20:00"), ("b", 73.0, 30.0, "2026-07-25 17:21:00")]


def test_without_a_time_the_proposal_asks_for_the_period(tmp_path: Path) -> None:
    path = tmp_path / "month.csv"
    path.write_text("Provider,Download (Mbit/s)\nViettel,50\nViettel,50\n", "utf-8")
    text = proposed(path)
    assert declared(text).source.needs_period
    with duckdb.connect() as connection:
        found = reading(connection, text, path, "2026-07")
        assert found.accepted_rows == 2, "rows that name themselves in no way are counted one by one"


def test_a_file_without_any_metric_is_proposed_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,town\nAn,Hue\n", "utf-8")
    assert guess_file(None, path, None)["proposal"] is None


@pytest.mark.parametrize(
    ("column", "values", "ours", "divisor"),
    [
        ("Data Speed(Mbps)", ["7"], "download_mbps", None),
        ("downloadKbps", ["7000"], "download_mbps", 1e3),
        ("download.bandwidth", ["12500000"], "download_mbps", 125e3),
        ("download_bits_per_second", ["5"], "download_mbps", 1e6),
        ("download", ["93000000"], "download_mbps", 1e6),
        ("download", ["93000"], "download_mbps", 1e3),
        ("download", ["93"], "download_mbps", 1.0),
        ("upload", ["x", "93"], "upload_mbps", None),
        ("rtt_us", ["20000"], "latency_ms", 1e3),
        ("ping", ["20000"], "latency_ms", 1e3),
        ("ping", ["0.02"], "latency_ms", 1e-3),
        ("latency_percent", ["20"], "latency_ms", None),
        ("loss", ["0.02", "0"], "loss_ratio", 1.0),
        ("packetLoss", ["2", "0"], "loss_ratio", 100.0),
    ],
)
def test_a_unit_is_told_by_the_name_else_by_the_values(
    column: str, values: list[str], ours: str, divisor: float | None
) -> None:
    found = recognise({column: values})
    assert (found[ours].divisor if ours in found else None) == divisor
