"""Region, operator, source, data, history, home and front pages."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qos.site import ReleaseInfo, index

Parse = Callable[[str], Any]


def test_a_region_stands_against_the_country(five: Any, parsed: Parse) -> None:
    tree = parsed(five.page("regions/tt-01", "vi"))
    assert tree.one("h1").text == "Tỉnh 01, quý III/2026"
    assert tree.one("dl", "against").text == (
        "Mọi nhà mạng, Tỉnh 01 47,5 Mbit/s 46,6–48,5 Mọi nhà mạng, cả nước 50,0 Mbit/s"
    )
    assert [row.one("a").text for row in tree.one("table", "rank").one("tbody").all("tr")][:2] == [
        "Sao Khuê Mobile",
        "Bạch Đằng Telecom",
    ]


def test_regions_stand_best_first_with_the_class_of_the_map(five: Any, parsed: Parse) -> None:
    tree = parsed(five.page("regions"))
    listed = tree.one("table", "regions").one("tbody").all("tr")
    assert [row.one("a").text for row in listed] == ["Region 01", "Region 02", "Region 03", "Region 04"]
    shades = [row.one("rect").classes[0] for row in listed]
    drawn = [path.classes[0] for path in tree.one("svg", "map").all("path") if path.classes]
    assert shades == drawn
    assert shades == sorted(shades, reverse=True)


def test_an_operator_page_says_where_it_is_clearly_behind(release: Callable[..., Any], parsed: Parse) -> None:
    market = release({"fast": 60.0, "slow": 40.0})
    behind = parsed(market.page("operators/slow")).one("main").text
    assert "Clearly behind all others in: Region 01 , Region 02 , Region 03 , Region 04 ." in behind
    assert "Clearly ahead of all others in: no region." in behind


def test_operators_are_listed_alphabetically_by_vietnamese_rules(five: Any, parsed: Parse) -> None:
    listed = parsed(five.page("operators", "vi")).one("tbody").all("a")
    assert [item.text for item in listed] == [
        "Bạch Đằng Telecom",
        "Cửu Long",
        "Hồng Hà Mobile",
        "Sao Khuê Mobile",
        "Trường Sơn Mobile",
    ]


def test_sources_name_licence_notice_and_what_did_not_enter(contradictory: Any, parsed: Parse) -> None:
    tree = parsed(contradictory.page("sources"))
    card = tree.one("section", "card").text
    assert "I speed published Kind published figures Reference no Rows 1,000 Licence CC-BY-4.0" in card
    assert "Contains data of i-speed-published." in card
    text = tree.one("main").text
    assert "I speed published puts Viettel first and Ookla published puts VinaPhone first" in text
    assert "I speed published delivered twice 17" in text
    assert "I speed published same-minute 3" in text
    assert "×1.05 (0.98–1.12)" in text


def test_data_lists_every_file_with_the_hash_of_its_bytes(five: Any, parsed: Parse) -> None:
    tree = parsed(five.page("data"))
    page = five.out / "en/2026q3/data/index.html"
    listed = {row.one("a").text: row for row in tree.one("table", "files").one("tbody").all("tr")}
    assert listed.keys() == {path.name for path in five.folder.iterdir()}
    for name, row in listed.items():
        target = page.parent / row.one("a").attributes["href"]
        assert target.read_bytes() == (five.folder / name).read_bytes()
        if name == "release.json":
            assert "sealed after these pages" in row.text
        else:
            assert row.one("code").text == hashlib.sha256(target.read_bytes()).hexdigest()


def test_sealing_a_release_again_changes_no_page(five: Any) -> None:
    five.build(five.folder)
    page = five.folder / "en/2026q3/data/index.html"
    before = page.read_bytes()
    manifest = (five.folder / "release.json").read_text(encoding="utf-8")
    (five.folder / "release.json").write_text(manifest.replace('"files": {}', '"files": {"a": "b"}'), "utf-8")
    five.build(five.folder)
    assert page.read_bytes() == before


def test_a_site_inside_its_release_links_the_files_there(five: Any, parsed: Parse) -> None:
    five.build(five.folder)
    assert not (five.folder / "data").exists()
    page = five.folder / "en/2026q3/data/index.html"
    tree = parsed(page.read_text(encoding="utf-8"))
    for item in tree.one("table", "files").one("tbody").all("a"):
        assert (page.parent / item.attributes["href"]).resolve().parent == five.folder.resolve()
    before = page.read_bytes()
    five.build(five.folder)
    assert page.read_bytes() == before


def test_history_lists_vintages_and_changed_figures(release: Callable[..., Any], parsed: Parse) -> None:
    corrected = release({"a": 74.6, "b": 40.0}, vintage=2, revised=True)
    vintages = [
        ReleaseInfo(quarter="2026Q3", vintage=1, state="corrected", published_at="2026-11-15T02:30:00Z"),
        ReleaseInfo(quarter="2026Q3", vintage=2, state="final", note="a late delivery"),
    ]
    corrected.build(releases=vintages)
    text = parsed(corrected.page("history", "vi")).one("main").text
    assert "2026Q3 1 đã đính chính 09:30 ngày 15/11/2026" in text
    assert "2026Q3 2 chính thức chưa công bố a late delivery" in text
    assert "di động Tốc độ tải xuống A Cả nước 70,1 Mbit/s 74,6 Mbit/s late delivery" in text


def test_pages_of_a_region_that_is_gone_do_not_stay(release: Callable[..., Any]) -> None:
    wide, narrow = release({"a": 60.0, "b": 40.0}), release({"a": 60.0, "b": 40.0}, regions=("tt:01",))
    wide.build()
    assert (wide.out / "en/2026q3/regions/tt-02").is_dir()
    narrow.build(wide.out)
    assert not (wide.out / "en/2026q3/regions/tt-02").exists()


def test_a_front_page_links_every_site_in_both_languages(
    five: Any, contradictory: Any, parsed: Parse, tmp_path: Path
) -> None:
    page = index([five.build(), contradictory.build()], tmp_path / "all")
    for name, language in (("index.html", "en"), ("vi.html", "vi")):
        tree = parsed((page.parent / name).read_text(encoding="utf-8"))
        links = [heading.one("a").attributes["href"] for heading in tree.all("h2")]
        assert [(page.parent / href).resolve().parent.name for href in links] == [language, language]
        assert all((page.parent / href).resolve().is_file() for href in links)
    assert (
        "Viettel and VinaPhone are not separated" in parsed(page.read_text(encoding="utf-8")).one("main").text
    )


def test_the_report_counts_what_was_written(five: Any) -> None:
    report = five.build()
    written = [p for p in five.out.rglob("*") if p.is_file() and p.parent != five.out / "data"]
    assert report.pages == len(written)
    assert report.bytes == sum(p.stat().st_size for p in written)
    assert report.index == five.out / "index.html"
