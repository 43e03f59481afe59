"""The worked example of docs/add-a-source.md, run as it is printed."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import qos.sources
from qos.domain.declaration import Declaration
from qos.domain.errors import DeliveryFault
from qos.store.reading import Reading, read

PAGE = Path(__file__).parents[2] / "docs" / "add-a-source.md"


def block(language: str) -> str:
    """The page's one block of this language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Declaration]:
    """The page's source, as one more file in the folder of sources."""
    (tmp_path / "example_labs.py").write_text(block("python"), encoding="utf-8")
    monkeypatch.setattr(qos.sources, "__path__", [*qos.sources.__path__, str(tmp_path)])
    yield qos.sources.find("example-labs")
    sys.modules.pop("qos.sources.example_labs")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def deliver(connection: duckdb.DuckDBPyConnection, source: Declaration, path: Path, text: str) -> Reading:
    path.write_text(text, encoding="utf-8")
    return read(connection, source, path, delivery=path.name, period=None)


def test_the_file_alone_makes_it_a_source(example: Declaration) -> None:
    assert "example-labs" in qos.sources.names()
    assert example.source.title == "Example Labs browser speed test"


def test_its_delivery_gives_what_the_page_says(
    example: Declaration, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    reading = deliver(connection, example, tmp_path / "2027-01-04.csv", block("csv"))
    expected = json.loads(block("json"))
    assert reading.accepted_rows == expected["accepted"]
    query = f'SELECT line, "column", value, reason FROM {reading.rejected} ORDER BY line'
    assert connection.execute(query).fetchall() == [tuple(row.values()) for row in expected["rejected"]]
    columns = "measured_at::VARCHAR, technology, download_mbps, loss_ratio"
    query = f"SELECT {columns} FROM {reading.accepted} ORDER BY line"
    assert connection.execute(query).fetchall() == [
        ("2027-01-04 08:00:00", "ftth", 93.25, 0.005),
        ("2027-01-04 08:00:30", "dsl", 7.4, None),
    ]


def test_a_new_column_stops_it_in_the_words_of_the_page(
    example: Declaration, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = "\n".join(line + ",jitter_ms" for line in block("csv").splitlines())
    with pytest.raises(DeliveryFault) as stopped:
        deliver(connection, example, tmp_path / "2027-01-05.csv", text)
    assert str(stopped.value) in PAGE.read_text(encoding="utf-8").replace("\n  ", " ")
