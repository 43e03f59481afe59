"""The sessions of the pages, run as they stand: the worked quarter, and an indicator by declarations only."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from qos import methodology
from qos.domain.tables import CELLS, ESTIMATES, RELEASE_TABLES
from qos.release import read_table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("docs")


@pytest.fixture(scope="module")
def sessions(folder: Path, make_transcripts: ModuleType) -> dict[str, tuple[str, str]]:
    """Page -> its text, and its text with every session run now."""
    return dict(make_transcripts.rerun_all(folder))


@pytest.mark.parametrize(
    "page", ["how-to-regulator", "how-to-operator", "how-to-reader", "how-to-source", "add-an-indicator"]
)
def test_a_session_prints_what_its_page_shows(sessions: dict[str, tuple[str, str]], page: str) -> None:
    shown, printed = sessions[page]
    assert printed == shown, "read the difference; then: python tests/docs/make_transcripts.py"


@pytest.mark.usefixtures("sessions")
def test_the_new_indicator_has_its_row_in_the_estimates(folder: Path) -> None:
    estimates = read_table(folder / "uk" / "drafts" / "2021Q1", ESTIMATES)
    row = estimates.query("indicator == 'dns_median' and operator == 'all' and region == 'nation'")
    assert len(row) == 1
    assert row["value"].between(1, 100).all()


@pytest.mark.usefixtures("sessions")
def test_the_new_indicator_needed_no_code(folder: Path) -> None:
    assert "dns_median" not in methodology.load().indicators
    mentions = [path for path in (ROOT / "qos").rglob("*.*") if path.suffix in (".py", ".sql", ".toml")
                and "dns_median" in path.read_text(encoding="utf-8")]  # fmt: skip
    assert mentions == []
    found = methodology.examples(folder / "rules")
    assert [indicator.name for indicator, _ in found] == ["dns_median"]


@pytest.mark.usefixtures("sessions")
def test_the_files_of_a_draft_are_those_of_the_page(folder: Path, make_pages: ModuleType) -> None:
    page = (ROOT / "docs" / "release-files.md").read_text(encoding="utf-8")
    listed = page.partition("| file | holds |")[2].partition("Not there yet")[0]
    named = {name.rstrip("/") for name in re.findall(r"`([\w.]+(?:\.\w+|/))`", listed)}
    tables = {name for table in (*RELEASE_TABLES, CELLS) for name in make_pages.files_of(table)}
    present = {path.name for path in (folder / "uk" / "drafts" / "2021Q1").iterdir()}
    assert present == named | tables
