"""Every source reads its own short raw deliveries as somebody has once read them with their eyes.

The first run of a new source writes `expected.json` beside its deliveries and fails; look at it, and
if it is what the deliveries say, run again. To accept a change, delete the file and do the same.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.domain.declaration import Declaration
from qos.domain.quarter import Period
from qos.store.reading import Reading, read
from qos.store.reading.explained import explain_reading

FIXTURES = Path(__file__).parent / "fixtures"
NOT_DELIVERIES = ("README.md", "periods.toml", "expected.json")


def deliveries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name not in NOT_DELIVERIES)


def periods(folder: Path) -> dict[str, str]:
    file = folder / "periods.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def described(declaration: Declaration, path: Path, period: str | None) -> dict[str, Any]:
    """What a delivery gave, every row of it; values that are absent are left out."""
    with duckdb.connect() as connection:
        given = Period.parse(period) if period else None
        reading = read(connection, declaration, path, delivery=path.name, period=given)
        explained = explain_reading(connection, reading)
        return {
            **{name: explained[name] for name in ("layout", "file", "rows", "rejected", "unused", "flags")},
            "accepted": accepted(connection, reading),
        }


def accepted(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[dict[str, Any]]:
    found = connection.execute(f"SELECT * FROM {reading.accepted} ORDER BY ALL")
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    rows.sort(key=lambda row: (row["line"], row.get("metric", "")))
    return [{name: plain(value) for name, value in row.items() if value is not None} for row in rows]


def plain(value: object) -> object:
    return value if isinstance(value, str | float | int | list) else str(value)


@pytest.mark.parametrize("name", sources.names())
def test_a_source_reads_its_fixture_as_expected(name: str) -> None:
    folder = FIXTURES / name
    assert folder.is_dir(), f"put a short raw delivery of {name} into {folder.relative_to(Path.cwd())}"
    given = periods(folder)
    found = {
        path.name: described(sources.find(name), path, given.get(path.name)) for path in deliveries(folder)
    }
    expected = folder / "expected.json"
    if not expected.exists():
        text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
        expected.write_text(text + "\n", encoding="utf-8")
        pytest.fail(f"{expected.name} of {name} was written: read it, then run again")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sources.names())
def test_a_source_has_a_title_a_licence_and_its_file_says_what_a_row_is(name: str) -> None:
    source = sources.find(name).source
    assert source.name == name
    assert source.title
    assert source.licence
    module = __import__(f"qos.sources.{name.replace('-', '_')}", fromlist=["DECLARATION"])
    assert module.__doc__


def test_every_fixture_belongs_to_a_source() -> None:
    assert sorted(path.name for path in FIXTURES.iterdir()) == sources.names()
