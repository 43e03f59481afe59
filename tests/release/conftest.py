"""A small release folder with every file a real one has."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from qos import methodology
from qos.domain.tables import CELLS, RELEASE_TABLES, Table
from qos.release import Folder, seal, write_metadata, write_tables

RELEASE = {
    "quarter": "2026Q1", "vintage": 1, "country": {"code": "vn", "name": "Viet Nam"},
    "sources": [{"title": "App Á", "url": "https://example.org", "licence": "CC-BY-4.0", "name": "app"},
                {"title": "Areas", "url": "", "licence": "CC-BY-NC-SA-4.0", "name": "areas"}],
}  # fmt: skip
_VALUES = {
    "text": ["gso34:01", "Đồng Nai; \"quoted\", and a comma", None],
    "number": [0.1 + 0.2, -1e-300, None],
    "integer": [1, None, 9_007_199_254_740_991],
    "boolean": [True, False, None],
}  # fmt: skip


def rows(table: Table, count: int = 3) -> pd.DataFrame:
    """Rows of a table that hold every type's awkward values and a null; the key is never null."""
    columns = {}
    for place, field in enumerate(table.fields):
        values = [_VALUES[field.type][(row + place) % 3] for row in range(count)]
        if field.name in table.key:
            values = [f"{field.name} {row}" for row in range(count)]
        columns[field.name] = pd.Series(values, dtype=object)
    return pd.DataFrame(columns)


def folder(**changed: pd.DataFrame) -> Folder:
    tables = {table.name: rows(table) for table in (*RELEASE_TABLES, CELLS)}
    return Folder(
        release=RELEASE,
        tables=tables | changed,
        gamma=pd.DataFrame({"source": pd.Series(dtype=object), "covariance": pd.Series(dtype="float64")}),
        model={"fits": [], "edition": "2026.1"},
        edition=methodology.load("2026.1").files,
    )


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes and seals a folder; keywords replace a table."""

    def write(name: str = "2026Q1", **changed: pd.DataFrame) -> Path:
        to = tmp_path / name
        write_tables(folder(**changed), to, RELEASE_TABLES)
        write_metadata(RELEASE, to)
        seal(to)
        return to

    return write


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
