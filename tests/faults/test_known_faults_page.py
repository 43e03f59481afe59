"""docs/known-faults.md and the tests name one another, and what it quotes is what the tests read."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "known-faults.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
READMES = (
    *("co-crc-speedtest", "uk-ofcom-panel", "eu-ookla-nuts", "geo", "asn-vn", "mcc-mnc"),
    *("samples-native", "us-netrics-two-lines", "de-haw-drivetest", "mlab-iqb-country", "us-ookla-tiles"),
    *("asean-ookla-national", "cis-ookla-national", "suspect"),
)
Row = tuple[str, str, list[tuple[str, str]]]


def rows() -> list[Row]:
    """Fault, what is told, and the tests of every row of the page."""
    cells = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if "::test_" in line]
    return [(fault.lstrip("| "), told, NAMED.findall(tests)) for fault, told, tests in cells]


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")}


def test_every_test_named_on_the_page_exists() -> None:
    named = {test for _, _, tests in rows() for test in tests}
    files = {file for file, _ in named}
    there = {(file, name) for file in files if (ROOT / file).is_file() for name in names_in(ROOT / file)}
    assert named - there == set()
    assert all(tests for _, _, tests in rows())


def test_every_test_of_a_fault_is_named_on_the_page() -> None:
    named = {test for _, _, tests in rows() for test in tests}
    files = sorted((ROOT / "tests" / "faults").glob("test_faults_of_*.py"))
    mine = {(str(file.relative_to(ROOT)), name) for file in files for name in names_in(file)}
    assert mine - named == set()


@pytest.mark.parametrize(("fault", "told", "tests"), rows(), ids=[fault for fault, _, _ in rows()])
def test_what_the_page_quotes_is_read_by_its_tests(
    fault: str, told: str, tests: list[tuple[str, str]]
) -> None:
    read = "".join((ROOT / file).read_text("utf-8") for file in sorted({file for file, _ in tests}))
    quoted = [text for text in re.findall(r"`([^`]+)`", told) if not text.startswith("qos ")]
    assert [text for text in quoted if text not in read] == [], fault


def test_every_data_set_used_has_its_table() -> None:
    headings = re.findall(r"^## ([\w-]+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert headings == [*READMES, "Published"]
