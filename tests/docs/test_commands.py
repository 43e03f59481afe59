"""Parts of the documentation that repeat the code are equal to it."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from qos.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("docs/**/*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_what_a_page_repeats_of_the_code_is_as_the_code_says(page: Path, make_pages: ModuleType) -> None:
    text = page.read_text(encoding="utf-8")
    assert make_pages.made(text) == text, "run: python tests/docs/make_pages.py"


def test_every_part_that_can_be_made_stands_on_some_page(make_pages: ModuleType) -> None:
    standing = {part[2] for page in PAGES for part in make_pages.PART.finditer(page.read_text("utf-8"))}
    assert standing == set(make_pages.PARTS)


def test_the_page_of_commands_has_all_of_them(make_pages: ModuleType) -> None:
    shown = CliRunner().invoke(app, ["--help"], prog_name="qos", env={"COLUMNS": "80"}).output
    listed = re.findall(r"^  (\w+)  ", shown.partition("Commands:")[2], re.MULTILINE)
    assert listed
    assert sorted(listed) == sorted({name.split()[0] for name in make_pages.COMMANDS})


def test_a_part_that_differs_from_the_code_is_found(make_pages: ModuleType) -> None:
    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert make_pages.made(text.replace("  --period ", "  --when   ")) == text
