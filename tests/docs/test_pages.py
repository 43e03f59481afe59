"""Links, pictures and excerpts of the documentation, and the README."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
README = ROOT / "README.md"


def text_of(page: Path) -> str:
    """Without blocks of code, in which brackets mean other things."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a heading is called in a link."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(text_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, open_ = set(), {README}
    while open_:
        page = open_.pop()
        reached.add(page)
        names = (link.partition("#")[0] for link in LINK.findall(text_of(page)) if ":" not in link)
        found = {(page.parent / name).resolve() for name in names if name.endswith(".md")}
        open_ |= {page for page in found if page.exists()} - reached
    made_by_the_soak = ROOT / "docs" / "soak-report.md"
    assert set(PAGES) - reached - {made_by_the_soak, ROOT / "docs" / "progress.md"} == set()


def test_the_readme_fits_on_a_few_screens_and_names_both_commands() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count("\n") < 150
    assert "make demo" in text
    assert "make test" in text


def test_the_table_of_the_readme_is_one_that_a_session_printed() -> None:
    block = re.search(r"^```text\n(United.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert block
    rows = [line for line in block[1].splitlines() if line.strip() != "…"]
    printed = (ROOT / "docs" / "how-to-regulator.md").read_text("utf-8").splitlines()
    assert len(rows) > 5
    assert [row for row in rows if row not in printed] == []


def test_pictures_are_small_enough_for_a_repository() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").glob("*"))
    assert pictures
    assert {
        picture.name: picture.stat().st_size for picture in pictures if picture.stat().st_size > 200_000
    } == {}


def test_every_decision_is_dated_and_stands_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = {page.name for page in folder.glob("*.md")} - {"README.md"}
    assert [name for name in sorted(pages) if not re.match(r"\d{4}-\d\d-\d\d-[a-z-]+\.md$", name)] == []
    assert pages == set(LINK.findall(text_of(folder / "README.md")))
