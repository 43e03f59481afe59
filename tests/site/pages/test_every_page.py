"""What holds for every page of every site."""

import gzip
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

WORLDS: dict[str, dict[str, Any]] = {
    "one operator": {"values": {"solo": 50.0}},
    "ten operators": {"values": {f"net-{i}": 100.0 / (1 + i) for i in range(10)}},
    "all tied": {"values": {f"net-{i}": 50.0 + i / 10 for i in range(4)}, "half": 0.2, "apart": 0.5},
    "one thin": {"values": {"big": 60.0, "mid": 40.0, "thin": 50.0}, "thin": {"thin": 12}},
    "none measured": {"values": {"a": None, "b": None}, "everyone": None, "sources": ()},
    "a corrected vintage": {"values": {"a": 60.0, "b": 40.0}, "vintage": 2, "revised": True},
    "long names": {
        "values": {"a": 60.0, "b": 40.0},
        "names": {"a": "Nguyễn" * 6 + "Long", "b": "A" * 40},
        "region_names": {"tt:01": "Tỉnh" * 10},
    },
    "markup in names": {"values": {"a": 60.0, "b": 40.0}, "names": {"a": '<b>"R&D"</b>', "b": "O'B"}},
    "withheld to protect": {"values": {"a": 60.0, "b": 40.0, "c": 30.0}, "disclosed": ("c",)},
    "simulated draft": {"values": {"a": 60.0, "b": 40.0}, "simulated": True, "vintage": None},
    "no regions": {"values": {"a": 60.0, "b": 40.0}, "regions": ()},
    "order not shown": {
        "values": {"a": 60.0, "b": 40.0},
        "order_shown": False,
        "reasons": ("one-source", "too-uncertain"),
        "sources": ("one-report",),
    },
}


@pytest.fixture(scope="module", params=WORLDS, ids=lambda name: name.replace(" ", "-"))
def world(
    request: pytest.FixtureRequest, release_in: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    root = tmp_path_factory.mktemp("world") / "all"
    built = release_in(root, indicators=("download_geomean", "success_share"), **WORLDS[request.param])
    built.build()
    return built


def pages(world: Any) -> list[Path]:
    return sorted(world.out.rglob("*.html"))


def test_pages_are_well_formed_and_lead_nowhere_outside(world: Any, parsed: Callable[[str], Any]) -> None:
    for page in pages(world):
        tree = parsed(page.read_text(encoding="utf-8"))
        assert not tree.all("script"), page
        assert not [n for n in tree if "style" in n.attributes or n.tag in ("style", "s", "i", "u")], page
        identifiers = [n.attributes["id"] for n in tree if "id" in n.attributes]
        assert len(identifiers) == len(set(identifiers)), page
        for node in tree:
            for name in ("href", "src", "action", "data", "poster", "srcset"):
                target = node.attributes.get(name, "")
                assert not re.match(r"([a-z]+:)?//|[a-z]+:", target), (page, target)
                if name == "href" and target:
                    assert _resolves(page, target, identifiers), (page, target)
            assert "on" not in [name[:2] for name in node.attributes], page


def _resolves(page: Path, target: str, identifiers: list[str]) -> bool:
    path, _, fragment = unquote(target).partition("#")
    if not path:
        return fragment in identifiers
    return (page.parent / path).resolve().is_file()


def test_every_table_has_a_caption_and_scoped_heads(world: Any, parsed: Callable[[str], Any]) -> None:
    for page in pages(world):
        tree = parsed(page.read_text(encoding="utf-8"))
        headings = [int(n.tag[1]) for n in tree if re.fullmatch("h[1-6]", n.tag)]
        assert headings[:1] == [1], page
        assert headings.count(1) == 1, page
        assert all(b <= a + 1 for a, b in pairwise(headings)), page
        for table in tree.all("table"):
            assert table.one("caption").text, page
            assert all(n.attributes.get("scope") for n in table.all("th")), page
            widths = {_width(row) for row in table.all("tr")}
            assert len(widths) == 1, (page, table.one("caption").text, widths)


def _width(row: Any) -> int:
    cells = [n for n in row.parts if not isinstance(n, str)]
    return sum(int(cell.attributes.get("colspan", "1")) for cell in cells)


def test_both_languages_have_the_same_pages(world: Any) -> None:
    def below(language: str) -> set[str]:
        return {p.relative_to(world.out / language).as_posix() for p in (world.out / language).rglob("*.*")}

    assert below("en") == below("vi")
    for page in pages(world):
        language = page.relative_to(world.out).parts[0]
        if language in ("en", "vi"):
            assert f'<html lang="{language}">' in page.read_text(encoding="utf-8")


def test_building_twice_gives_the_same_bytes(world: Any, tmp_path: Path) -> None:
    world.build(tmp_path / "again")
    for page in [*world.out.rglob("*.*")]:
        if page.is_file():
            assert page.read_bytes() == (tmp_path / "again" / page.relative_to(world.out)).read_bytes(), page


def test_pages_keep_their_budget(world: Any) -> None:
    style = (world.out / "qos.css").read_bytes()
    for page in pages(world):
        whole = page.read_bytes() + style
        assert len(whole) <= 80_000, page
        assert len(gzip.compress(whole)) <= 25_000, page


def test_the_style_sheet_asks_for_nothing_and_styles_what_pages_use(
    world: Any, parsed: Callable[[str], Any]
) -> None:
    style = (world.out / "qos.css").read_text(encoding="utf-8")
    assert "url(" not in style
    assert "@import" not in style
    used = {
        look for page in pages(world) for node in parsed(page.read_text("utf-8")) for look in node.classes
    }
    named = set(re.findall(r"\.([a-z][a-z0-9-]*)", style))
    assert used <= named, used - named


def test_a_ranking_page_of_the_whole_of_vietnam_keeps_its_budget(release: Callable[..., Any]) -> None:
    every = tuple(f"tt:{i:02}" for i in range(34))
    indicators = ("download_geomean", "latency_geomean", "success_share", "download_mean", "own_index")
    vietnam = release({f"net-{i}": 100.0 / (1 + i) for i in range(10)}, regions=every, indicators=indicators)
    vietnam.build(languages=("vi",))
    whole = vietnam.ranking("vi").encode() + (vietnam.out / "qos.css").read_bytes()
    assert len(whole) <= 100_000
    assert len(gzip.compress(whole)) <= 25_000
