"""What a person reads of a delivery with one bad row or one renamed column, in every form of delivery."""

import copy
import csv
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from qos.domain.errors import DeliveryFault
from tests.cli.conftest import Qos

Rows = Sequence[Mapping[str, Any]]
FIXTURES = Path(__file__).parents[1] / "sources" / "fixtures"
CANONICAL: Rows = [
    {"measurement_id": "a", "measured_at": "2026-08-01T03:00:00Z", "service": "mobile", "latency_ms": 20.5},
    {"measurement_id": "b", "measured_at": "2026-08-01T03:05:00Z", "service": "mobile", "latency_ms": 21.5},
]
GLASGOW: Rows = [
    {
        "Timestamp": f"2025-04-06 08:3{number}:00",
        "Location": "Glasgow City Centre",
        "Network Provider": "EE",
        "Test Device": "Google Pixel 9 Pro",
        "Signal Strength (dBm)": -86,
        "Download Speed (Mbps)": 90 + number,
        "Upload Speed (Mbps)": 19.5,
        "Ping (ms)": 29.75,
    }
    for number in (1, 2)
]
_OOKLA = json.loads((FIXTURES / "ookla-cli" / "array.json").read_text("utf-8"))[0]
OOKLA: Rows = [_OOKLA, _OOKLA | {"result": {"id": "00000000-0000-4000-8000-000000000002"}}]


def write_csv(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_lines(path: Path, rows: Rows) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def write_array(path: Path, rows: Rows) -> None:
    path.write_text(json.dumps(rows, indent=1), "utf-8")


def write_parquet(path: Path, rows: Rows) -> None:
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)


def write_workbook(path: Path, rows: Rows) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(rows[0]))
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, list(row.values()))


@dataclass(frozen=True)
class Form:
    """A delivery of two good rows. column: the way to a number of each row; place: what the second row is
    called to people."""

    source: str
    name: str
    rows: Rows
    column: tuple[str, ...]
    place: str
    write: Callable[[Path, Rows], None]

    @property
    def shown(self) -> str:
        return ".".join(self.column)

    def with_value(self, folder: Path, value: object) -> Path:
        """The second row says something impossible."""
        rows = [copy.deepcopy(row) for row in self.rows]
        *way, last = self.column
        inner: Any = rows[1]
        for name in way:
            inner = inner[name]
        inner[last] = value
        return self._written(folder, rows)

    def renamed(self, folder: Path, to: str) -> Path:
        """The column is called otherwise in every row."""
        return self._written(folder, [_renamed(row, self.column, to) for row in self.rows])

    def _written(self, folder: Path, rows: Rows) -> Path:
        path = folder / self.name
        self.write(path, rows)
        return path


def _renamed(row: Mapping[str, Any], way: tuple[str, ...], to: str) -> dict[str, Any]:
    first, *rest = way
    if not rest:
        return {to if name == first else name: value for name, value in row.items()}
    return {**row, first: _renamed(row[first], tuple(rest), to)}


LATENCY = ("latency_ms",)
FORMS = {
    "CSV": Form("canonical", "rows.csv", CANONICAL, LATENCY, "line 3", write_csv),
    "NDJSON": Form("canonical", "rows.ndjson", CANONICAL, LATENCY, "line 2", write_lines),
    "nested JSON": Form("ookla-cli", "runs.json", OOKLA, ("ping", "latency"), "document 2", write_array),
    "lines of nested JSON": Form(
        "ookla-cli", "runs.jsonl", OOKLA, ("ping", "latency"), "line 2", write_lines
    ),
    "Parquet": Form("canonical", "rows.parquet", CANONICAL, LATENCY, "row 2", write_parquet),
    "XLSX": Form("glasgow-5g", "tests.xlsx", GLASGOW, ("Ping (ms)",), "line 3", write_workbook),
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@pytest.fixture
def ingest(qos: Qos, empty_workspace: Path, tmp_path: Path) -> Qos:
    root = shutil.copytree(empty_workspace, tmp_path / "vn")
    return lambda *arguments: qos("ingest", *arguments, "--workspace", root)


@forms
def test_good_rows_are_all_accepted(ingest: Qos, tmp_path: Path, form: Form) -> None:
    result = ingest(form.source, form.with_value(tmp_path, 33.5))
    assert result.code == 0
    assert f"{form.source} {form.name}: 2 rows: 2 accepted, 0 duplicate, 0 rejected" in result.out


@forms
def test_a_malformed_row_names_source_delivery_line_and_column(
    ingest: Qos, tmp_path: Path, form: Form
) -> None:
    result = ingest(form.source, form.with_value(tmp_path, -7.5))
    assert result.code == 0
    head, *below = result.out.splitlines()
    assert head == f"{form.source} {form.name}: 2 rows: 1 accepted, 0 duplicate, 1 rejected, 0 not used"
    assert below[0] == f"    rejected: 1 out-of-bounds, first in {form.place}, {form.shown}: -7.5"


@forms
def test_of_malformed_rows_the_json_says_the_same(ingest: Qos, tmp_path: Path, form: Form) -> None:
    (report,) = ingest(form.source, form.with_value(tmp_path, -7.5), "--json").json
    assert (report["source"], report["file_name"]) == (form.source, form.name)
    (first,) = report["first_rejects"].values()
    assert (f"{report['places']} {first['line']}", first["column"]) == (form.place, form.shown)


@forms
def test_a_renamed_column_stops_the_delivery_and_names_the_nearest_known_one(
    ingest: Qos, tmp_path: Path, form: Form
) -> None:
    new = form.column[-1].replace("atenc", "atanc").replace("Ping", "Pings")
    result = ingest(form.source, form.renamed(tmp_path, new))
    assert result.code == 1
    shown = ".".join((*form.column[:-1], new))
    assert f"{form.source} {form.name}: columns nobody has explained yet: ['{shown}']" in result.err
    assert f"nearest known: '{shown}' for '{form.shown}'" in result.err
    assert result.last == f"next: qos try {form.source} FILE"
    assert "accepted" not in result.out


def test_a_line_that_is_no_row_is_told_without_what_it_holds(ingest: Qos, tmp_path: Path) -> None:
    """It belongs to no column, and might be anybody's."""
    path = tmp_path / "rows.ndjson"
    write_lines(path, CANONICAL)
    path.write_text(path.read_text("utf-8") + '{"measurement_id": "c", "subj', "utf-8")
    result = ingest("canonical", path)
    assert "subj" not in result.out + result.err
    assert "first in line 3" in result.out


def test_a_message_is_for_a_person_whatever_the_delivery_holds() -> None:
    fault = DeliveryFault("labs", "rows.csv", "y" * 1_000_000)
    assert str(fault).startswith("labs rows.csv: yyy")
    assert str(fault).endswith("y…")
    assert len(str(fault)) < 5_000
