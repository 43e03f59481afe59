"""The ranking page says what the tables say, and nothing more."""

import csv
import hashlib
import io
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest

Parse = Callable[[str], Any]


def rows(tree: Any, look: str = "rank") -> list[Any]:
    return [row for body in tree.one("table", look).all("tbody") for row in body.all("tr")]


def names(tree: Any) -> list[str]:
    return [row.one("th").one("a").text for row in rows(tree)]


def test_operators_stand_by_value_and_the_withheld_below_by_name(
    release: Callable[..., Any], parsed: Parse
) -> None:
    values = {"slow": 20.0, "fast": 80.0, "zulu": None, "alpha": 50.0, "mid": 40.0}
    tree = parsed(release(values, disclosed=("alpha",)).ranking())
    assert names(tree) == ["Fast", "Mid", "Slow", "Alpha", "Zulu"]
    empty = [row.one("td", "empty").text for row in rows(tree)[3:]]
    assert empty == ["withheld: withheld to protect those who measured", "not measured"]


def test_lower_is_better_puts_the_lowest_first(five: Any, parsed: Parse) -> None:
    tree = parsed(five.ranking(indicator="latency_geomean"))
    assert names(tree)[:2] == ["Trường Sơn Mobile", "Cửu Long"]
    assert "Lower is better." in tree.one("main").text


def test_an_indicator_that_is_not_ranked_is_listed_by_name(five: Any, parsed: Parse) -> None:
    tree = parsed(five.ranking(indicator="download_mean"))
    assert names(tree) == [
        "Bạch Đằng Telecom",
        "Cửu Long",
        "Hồng Hà Mobile",
        "Sao Khuê Mobile",
        "Trường Sơn Mobile",
    ]
    assert tree.one("span", "badge").text == "Not ranked"
    assert not tree.all("svg", "track")


def test_a_row_says_who_is_not_separated_from_it(five: Any, parsed: Parse) -> None:
    found = {row.one("th").one("a").text: row for row in rows(parsed(five.ranking()))}
    assert found["Sao Khuê Mobile"].one("td", "r").text == "1–2"
    assert found["Sao Khuê Mobile"].one("span", "q").text == "not separated from Bạch Đằng Telecom"
    assert found["Hồng Hà Mobile"].one("td", "r").text == "3"
    assert found["Hồng Hà Mobile"].one("span", "q").text == "clearly different from all others"


def test_the_words_of_one_row_in_the_order_they_are_read(five: Any, parsed: Parse) -> None:
    assert rows(parsed(five.ranking("vi")))[0].text == (
        "1–2 Sao Khuê Mobile chưa phân định với Bạch Đằng Telecom 74,6 73,1–76,1"
        " 1.234 đối tượng đo 12.340 lượt đo 2 nguồn lớn nhất 60%"
    )


def test_the_track_has_one_slot_per_ranked_operator(five: Any, parsed: Parse) -> None:
    for row in rows(parsed(five.ranking())):
        slots = row.one("svg", "track").all("rect")
        low, _, high = row.one("td", "r").text.partition("–")
        assert len(slots) == 5
        dark = [at for at, slot in enumerate(slots, start=1) if "on" in slot.classes]
        assert dark == list(range(int(low), int(high or low) + 1))


def test_a_heavier_rule_stands_only_where_all_above_beat_all_below(five: Any, parsed: Parse) -> None:
    ruled = ["rule" in row.classes for row in rows(parsed(five.ranking()))]
    assert ruled == [False, True, True, False, False]


@pytest.mark.parametrize("indicator", ["download_geomean", "success_share"])
@pytest.mark.parametrize("language", ["en", "vi"])
def test_numbers_on_the_page_are_those_of_the_file_beside_it(
    five: Any, parsed: Parse, indicator: str, language: str
) -> None:
    tree = parsed(five.ranking(language, indicator))
    table = (five.out / language / "2026q3" / "mobile" / f"{indicator}.csv").read_bytes()
    assert hashlib.sha256(table).hexdigest() in tree.one("section", "reuse").text
    figures = {
        five.market.names[row["operator"]]: row
        for row in csv.DictReader(io.StringIO(table.decode()))
        if row["region"] == "nation" and row["operator"] != "all"
    }
    factor = 100 if indicator == "success_share" else 1
    assert len(rows(tree)) == 5
    for row in rows(tree):
        figure = figures[row.one("th").one("a").text]
        assert row.one("data").attributes["value"] == figure["value"]
        printed = row.one("td", "v").text.replace("–", " ").split()
        assert printed == [_rounded(figure[c], factor, language) for c in ("value", "ci_low", "ci_high")]
        bounds = row.one("td", "r").text.split("–")
        assert bounds in ([figure["rank_low"], figure["rank_high"]], [figure["rank_low"]])


def _rounded(text: str, factor: int, language: str) -> str:
    value = str((Decimal(repr(float(text) * factor))).quantize(Decimal("0.1"), ROUND_HALF_EVEN))
    return value.replace(".", ",") if language == "vi" else value


def test_the_file_beside_the_page_repeats_the_release_digit_for_digit(five: Any) -> None:
    five.build()
    with (five.folder / "estimates.csv").open(encoding="utf-8", newline="") as file:
        released = [row for row in csv.DictReader(file) if row["indicator"] == "latency_geomean"]
    with (five.out / "en/2026q3/mobile/latency_geomean.csv").open(encoding="utf-8", newline="") as file:
        beside = list(csv.DictReader(file))
    assert [{name: row[name] for name in released[0]} for row in beside] == released


def test_rounding_never_makes_a_tie(release: Callable[..., Any], parsed: Parse) -> None:
    tree = parsed(release({"a": 74.62, "b": 74.58}, half=0.001, apart=0.0001).ranking())
    assert [row.one("data").text for row in rows(tree)] == ["74.62", "74.58"]


def test_overlapping_bars_with_a_clear_verdict_are_explained(
    release: Callable[..., Any], parsed: Parse
) -> None:
    tree = parsed(release({"a": 50.0, "b": 48.0}, half=0.1, apart=0.01).ranking())
    assert all(row.one("sup").text == "*" for row in rows(tree))
    assert "The bars overlap, yet the difference is clear" in tree.one("main").text


def test_bars_apart_without_a_verdict_are_explained(release: Callable[..., Any], parsed: Parse) -> None:
    tree = parsed(release({"a": 50.0, "b": 40.0}, half=0.01, apart=0.5).ranking())
    assert all(row.one("sup").text == "†" for row in rows(tree))
    assert "The bars do not overlap, yet the operators are not separated" in tree.one("main").text


def test_too_few_says_how_many_are_needed(release: Callable[..., Any], parsed: Parse) -> None:
    few = release({"big": 60.0, "mid": 40.0, "few": 50.0, "fewer": 55.0}, thin={"few": 12, "fewer": 4})
    tree = parsed(few.ranking())
    assert names(tree) == ["Big", "Mid", "Few", "Fewer"]
    listed = {row.one("th").one("a").text: row.text for row in rows(tree)}
    assert "not ranked: 12 subjects, 30 needed" in listed["Few"]
    assert "50.0" in listed["Few"]
    assert "4 subjects, 30 needed" in listed["Fewer"]
    assert "55" not in listed["Fewer"]
    regions = tree.one("table", "regions").text
    assert "47.5 12 of 30 needed" in regions
    assert "Fewer" not in regions
    assert "because there is too little data: Fewer." in tree.one("div", "geo").text


def test_a_source_s_own_figure_is_withheld_with_the_figure(
    release: Callable[..., Any], parsed: Parse
) -> None:
    hidden = release(
        {"big": 60.0, "mid": 40.0, "few": 55.0, "shy": 30.0}, thin={"few": 4}, disclosed=("shy",)
    )
    listed = [row.one("th").text for row in rows(parsed(hidden.ranking()), "lanes")]
    assert listed == ["Big", "Mid", "All operators"]


def test_an_indicative_ranking_says_so_on_the_title_line_and_in_every_row(
    release: Callable[..., Any], parsed: Parse
) -> None:
    tree = parsed(release({"a": 60.0, "b": 40.0}, status="indicative", reasons=("one-source",)).ranking())
    assert tree.one("span", "badge").text == "Indicative ranking"
    assert "only one source" in tree.one("p", "status").text
    assert [row.one("span", "mark").text for row in rows(tree)] == ["indicative", "indicative"]
    assert not tree.all("b", "lead")


def test_a_reference_panel_is_marked_without_a_doubt(release: Callable[..., Any], parsed: Parse) -> None:
    tree = parsed(release({"a": 60.0, "b": 40.0}, reasons=("one-reference-panel",)).ranking())
    assert tree.one("span", "badge").text == "Official ranking"
    assert "based on one reference panel" in tree.one("p", "status").text
    assert "The ranking rests on one reference panel." in tree.one("p", "finding").text


def test_no_order_is_drawn_where_the_release_shows_none(release: Callable[..., Any], parsed: Parse) -> None:
    hidden = release(
        {"b": 40.0, "a": 60.0, "c": 80.0}, order_shown=False, reasons=("one-source", "too-uncertain")
    )
    tree = parsed(hidden.ranking())
    assert names(tree) == ["A", "B", "C"]
    assert tree.one("span", "badge").text == "Order not shown"
    assert not tree.all("svg", "track")
    assert "neither its sample nor its error" in tree.one("p", "finding").text


def test_a_non_commercial_licence_is_named_where_the_figures_are(
    release: Callable[..., Any], parsed: Parse
) -> None:
    licensed = release({"a": 60.0, "b": 40.0}, licences={"field-app": "CC-BY-NC-SA-4.0"})
    tree = parsed(licensed.ranking())
    assert tree.one("b", "nc").text == "NonCommercial"
    assert "must not be used for commercial purposes" in tree.one("section", "reuse").text
    assert "Contains data of field-app." in tree.one("footer").text
    assert not parsed(release({"a": 60.0, "b": 40.0}).ranking()).all("b", "nc")


def test_a_simulated_draft_carries_both_banners(release: Callable[..., Any], parsed: Parse) -> None:
    tree = parsed(release({"a": 60.0, "b": 40.0}, simulated=True, vintage=None).ranking("vi"))
    assert [banner.text for banner in tree.all("p", "banner")] == [
        "Dữ liệu mô phỏng – tên nhà mạng và số liệu không có thật",
        "Bản dự thảo – chưa công bố, số liệu còn có thể thay đổi",
    ]
    assert "Phiên bản" not in tree.one("p", "status").text


def test_each_source_stands_beside_the_reconciled_figure(contradictory: Any, parsed: Parse) -> None:
    tree = parsed(contradictory.ranking())
    listed = {row.one("th").text: row.text for row in rows(tree, "lanes")}
    assert "483.0 421.6" in listed["Viettel"]
    assert "315.0 594.2" in listed["VinaPhone"]
    assert "sources differ by a factor of 1.9" in listed["VinaPhone"]
    assert all("withheld" in text for text in listed.values())


def test_the_rank_without_each_source_is_shown(five: Any, parsed: Parse) -> None:
    tree = parsed(five.ranking())
    table = next(t for t in tree.all("table") if t.one("caption").text == "The rank without one source")
    assert [cell.text for cell in table.all("tr")[0].all("th")][1:] == [
        "without Field app",
        "without Home probes",
    ]
    assert table.all("tr")[1].text == "Sao Khuê Mobile 1–2 1–2"


def test_the_map_hatches_what_is_not_known_and_is_named(five: Any, parsed: Parse) -> None:
    drawing = parsed(five.ranking()).one("svg", "map")
    assert drawing.attributes["aria-label"].startswith("Map of Download speed, mobile, Q3 2026")
    paths = drawing.all("path")
    hatched = [path for path in paths if path.attributes.get("fill", "").startswith("url(#")]
    assert (len(paths), len(hatched)) == (5, 1)


def test_without_boundaries_there_is_a_table_and_no_map(release: Callable[..., Any], parsed: Parse) -> None:
    tree = parsed(release({"a": 60.0, "b": 40.0}, boundaries=False).ranking())
    assert not tree.all("svg", "map")
    assert len(rows(tree, "regions")) == 4
