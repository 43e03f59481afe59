"""The pages in a real browser: width, accessibility, print, dark mode, and what is asked for."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
AXE = [root / "node_modules/axe-core/axe.min.js" for root in (HERE, HERE.parents[1])]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
PAGES = (
    "mobile/download_geomean",
    "regions",
    "regions/tt-01",
    "operators",
    "operators/sao-khue",
    "sources",
    "data",
    "history",
    "method",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: install the package 'chromium' to test pages in a browser")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def axe() -> str:
    found = [path for path in AXE if path.is_file()]
    if not found:
        pytest.skip("axe-core is not installed: run 'npm install --prefix tests/site'")
    return found[0].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(release_in: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Everything a page may have to bear: long names, thin, withheld, simulated, draft."""
    built = release_in(
        tmp_path_factory.mktemp("browser") / "all",
        {"sao-khue": 74.6, "bach-dang": 72.9, "hong-ha": 58.3, "cuu-long": 41.7, "thin": 38.2, "gone": None},
        names={"bach-dang": "Bạch Đằng Viễn Thông Toàn Cầu Cổ Phần 2026", "sao-khue": "A" * 40},
        thin={"thin": 12},
        apart=0.1,
        indicators=("download_geomean", "latency_geomean", "success_share", "download_mean", "own_index"),
        simulated=True,
        vintage=None,
        revised=True,
        licences={"field-app": "CC-BY-NC-SA-4.0"},
    )
    built.build()
    return built


def addresses(site: Any, languages: tuple[str, ...] = ("en", "vi")) -> list[Path]:
    pages = [site.out / language / "2026q3" / page / "index.html" for language in languages for page in PAGES]
    return [site.out / "index.html", *(site.out / language / "index.html" for language in languages), *pages]


def opened(browser: Browser, path: Path, width: int, **options: Any) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, **options)
    page.goto(path.as_uri())
    return page


def test_no_page_scrolls_sideways(browser: Browser, site: Any) -> None:
    page = browser.new_page()
    for path in addresses(site):
        page.goto(path.as_uri())
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.close()


@pytest.mark.parametrize(("width", "language"), [(390, "vi"), (1280, "en")])
def test_no_violation_of_wcag_2_2_aa(
    browser: Browser, site: Any, axe: str, width: int, language: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    for path in addresses(site, (language,)):
        page.goto(path.as_uri())
        assert violations(page, axe) == [], path
    page.close()


def test_no_violation_in_the_dark(browser: Browser, site: Any, axe: str) -> None:
    page = browser.new_page(color_scheme="dark")
    for name in ("mobile/download_geomean", "sources"):
        page.goto((site.out / "en/2026q3" / name / "index.html").as_uri())
        assert violations(page, axe) == [], name
    page.close()


def violations(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    """Rule and first offending elements of each violation."""
    page.evaluate(axe)
    found = page.evaluate(f"axe.run({{runOnly: {WCAG}, resultTypes: ['violations']}})")
    return [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found["violations"]]


def test_a_ranking_prints_on_four_pages(browser: Browser, site: Any) -> None:
    page = opened(browser, site.out / "vi/2026q3/mobile/download_geomean/index.html", 1280)
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    page.close()
    assert 1 <= printed.count(b"/Type /Page\n") <= 4


def test_a_page_asks_for_itself_and_its_style_only(browser: Browser, site: Any) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(Path(request.url).name))
    page.goto((site.out / "en/2026q3/mobile/download_geomean/index.html").as_uri())
    page.close()
    assert asked == ["index.html", "qos.css"]


def test_every_link_is_large_enough_to_touch(browser: Browser, site: Any) -> None:
    """24 px in one direction at least, for links that do not stand in a line of text."""
    page = opened(browser, site.out / "en/2026q3/mobile/download_geomean/index.html", 390)
    heights = page.evaluate(
        "[...document.querySelectorAll('nav li a, th a')].map(a => a.getBoundingClientRect().height)"
    )
    page.close()
    assert heights
    assert min(heights) >= 24


def test_a_reader_hears_the_ranking_as_a_table(browser: Browser, site: Any) -> None:
    for width in (390, 1280):
        page = opened(browser, site.out / "en/2026q3/mobile/download_geomean/index.html", width)
        table = page.get_by_role("table").first
        row = table.get_by_role("row").filter(has_text="Hong-Ha")
        assert row.get_by_role("rowheader").count() == 1
        assert row.get_by_role("cell").first.inner_text().strip() == "3"
        page.close()


def test_the_keyboard_reaches_the_content_first(browser: Browser, site: Any) -> None:
    page = opened(browser, site.out / "vi/2026q3/mobile/download_geomean/index.html", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.close()
