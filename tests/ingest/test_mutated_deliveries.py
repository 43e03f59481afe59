"""Spoiled deliveries end in a clear error or in counted rows: 2,000 here, 100,000 in `make soak`."""

import gzip
import importlib
import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Period
from qos.ingest import land
from qos.store.reading import read
from qos.store.workspace import Workspace

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
MUTATIONS, TOGETHER, LAND_EVERY = 2_000, 200, 40


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    """The soak job; it looks its mutations up beside itself."""
    sys.path.insert(0, str(BENCHMARKS))
    yield importlib.import_module("soak_fuzz")
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture
def mutations(fuzz: ModuleType) -> ModuleType:
    return sys.modules[fuzz.mutated.__module__]


@pytest.mark.parametrize("first", range(0, MUTATIONS, TOGETHER))
def test_a_spoiled_delivery_is_stopped_clearly_or_counted(
    fuzz: ModuleType, workspace: Workspace, tmp_path: Path, first: int
) -> None:
    found = fuzz.examine(range(first, first + TOGETHER), tmp_path, workspace, land_every=LAND_EVERY)
    assert found["failures"] == []
    assert found["faults"] == []
    assert sum(found["outcomes"].values()) == TOGETHER


def test_a_mutation_is_the_same_every_time(fuzz: ModuleType) -> None:
    numbers = range(0, 300, 7)
    assert [fuzz.mutated(number) for number in numbers] == [fuzz.mutated(number) for number in numbers]


def test_every_kind_of_mutation_comes_up(mutations: ModuleType) -> None:
    """The soak says nothing about a mutation that never happens."""
    happened = {what for number in range(3_000) for what in mutations.mutated(number).how}
    declared = {name for kind in mutations.BY_KIND.values() for name, _ in kind}
    declared |= {name for name, _ in mutations.PACKINGS}
    assert declared - happened == set()


def test_every_source_has_a_delivery_to_spoil(mutations: ModuleType) -> None:
    assert sorted({fixture.source for fixture in mutations.fixtures()}) == sources.names()


def test_what_should_not_be_is_found_and_told_with_the_way_to_repeat_it(
    fuzz: ModuleType, mutations: ModuleType, workspace: Workspace, tmp_path: Path, monkeypatch
) -> None:
    rows = b"measurement_id,measured_at,service\n1,2026-08-01T03:00:00Z,mobile\n"
    plain = mutations.Mutated(7, "canonical", None, "rows.csv", rows, ())

    def lying(*arguments: Any, **options: Any) -> Any:
        return replace(read(*arguments, **options), rows=99)

    monkeypatch.setattr(fuzz, "mutated", lambda _number: plain)
    for wrong in (lying, _raising(fuzz.Hung("20 s")), _raising(DeliveryFault("somebody", "something", "no"))):
        monkeypatch.setattr(fuzz, "read", wrong)
        (failure,) = fuzz.examine([7], tmp_path, workspace, land_every=1_000)["failures"]
        assert failure.endswith("again: python benchmarks/soak_fuzz.py 7")


def _raising(fault: Exception) -> Callable[..., Any]:
    def raising(*_arguments: Any, **_options: Any) -> Any:
        raise fault

    return raising


def test_a_report_fails_on_a_finding_a_fault_of_a_store_and_on_growth(fuzz: ModuleType) -> None:
    good = {"outcomes": {"read": 900, "stopped": 100}, "failures": [], "faults": [], "resident_mb": 300.0,
            "growth_mb": 4.0}  # fmt: skip
    assert fuzz.report([good, good])[0].startswith("passed: 2,000 mutations: 1,800 read, 200 stopped")
    for wrong in ({"failures": ["x"]}, {"faults": ["y"]}, {"growth_mb": 500.0}):
        assert fuzz.report([good, good | wrong])[0].startswith("failed")


# ---- what was found this way, each by its smallest case


def test_a_table_that_is_not_used_lands_as_nothing(workspace: Workspace) -> None:
    path = BENCHMARKS.parent / "tests" / "sources" / "fixtures" / "samknows-mba" / "curr_avail_2014_01.csv"
    report = land(workspace, sources.find("samknows-mba"), path)
    assert (report.state, report.accepted, report.unused) == ("landed", 0, 1)


@pytest.fixture
def fault(tmp_path: Path) -> Callable[..., str]:
    """Why the reading of these bytes is stopped."""

    def fault(source: str, data: bytes, name: str, period: str | None = None) -> str:
        path = tmp_path / name
        path.write_bytes(data)
        given = Period.parse(period) if period else None
        with duckdb.connect() as connection, pytest.raises(DeliveryFault) as raised:
            read(connection, sources.find(source), path, delivery=name, period=given)
        return str(raised.value)

    return fault


def test_of_a_column_name_of_many_letters_the_beginning_is_shown(fault: Callable[..., str]) -> None:
    text = "measurement_id,measured_at,service," + "a" * 60_000 + "\n1,2026-08-01T03:00:00Z,mobile,1\n"
    said = fault("canonical", text.encode(), "rows.csv")
    assert said == f"canonical rows.csv: columns nobody has explained yet: ['{'a' * 60}…']"


PANEL = BENCHMARKS.parent / "tests" / "sources" / "fixtures" / "ofcom-panel" / "2023.xlsx"


def workbook(member: str, content: bytes) -> bytes:
    """The panel's workbook with another content of one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(PANEL) as original, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in original.namelist():
            changed.writestr(name, content if name == member else original.read(name))
    return out.getvalue()


def test_a_workbook_with_a_damaged_stretch_is_named(fault: Callable[..., str]) -> None:
    data = bytearray(PANEL.read_bytes())
    start = data.index(b"xl/worksheets/sheet1.xml") + 200
    data[start : start + 400] = bytes(400)
    said = fault("ofcom-panel", bytes(data), "2023.xlsx", "2023-03")
    assert said.startswith("ofcom-panel 2023.xlsx: the workbook is ")


def test_a_workbook_with_a_cell_far_from_its_table_is_not_spread_out(fault: Callable[..., str]) -> None:
    """Read as the rectangle it spans, these 10 kilobytes took 4 gigabytes."""
    with zipfile.ZipFile(PANEL) as original:
        sheet = original.read("xl/worksheets/sheet1.xml")
    far = b'<row r="200000"><c r="ZZ200000"><v>1</v></c></row></sheetData>'
    data = workbook("xl/worksheets/sheet1.xml", sheet.replace(b"</sheetData>", far))
    said = fault("ofcom-panel", data, "2023.xlsx", "2023-03")
    assert "its cells span 200,000 rows and 702 columns" in said


def test_a_gzip_of_nothing_but_size_is_stopped(fault: Callable[..., str]) -> None:
    said = fault("canonical", gzip.compress(bytes(66 << 20)), "rows.csv.gz")
    assert said == "canonical rows.csv.gz: it unpacks to more than 250 times its size: no real data do"
