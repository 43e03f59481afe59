"""What sources say by themselves, and where they contradict each other."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.site.own_figures import contradictions, first_by_source, own_figures, widest
from qos.site.release import read

VIETNAM = {
    "viettel": {"ookla": 421.61, "i-speed": 483.0},
    "vinaphone": {"ookla": 594.16, "i-speed": 315.0},
    "mobifone": {"ookla": 306.5, "i-speed": 211.0},
}


def test_published_figures_are_given_back_as_published(contradictory: Any) -> None:
    figures = own_figures(read(contradictory.folder), "mobile-5g", "download_geomean")
    assert figures["viettel"] == {"ookla-published": 421.61, "i-speed-published": 483.0}


def test_regional_cells_are_added_with_the_release_s_weights(release: Callable[..., Any]) -> None:
    market = release({"a": 60.0}, regions=("tt:01", "tt:02"), sources=("field-app",), national_cells=False)
    figures = own_figures(read(market.folder), "mobile", "download_geomean")
    assert figures["a"]["field-app"] == pytest.approx(60.0 * 1.04 * math.sqrt(0.95 * 0.95**2))


def test_a_source_of_few_regions_has_no_national_figure(release: Callable[..., Any]) -> None:
    regions = ("tt:01", "tt:02", "tt:03", "tt:04")
    market = release({"a": 60.0}, regions=regions, national_cells=False, weights={"tt:05": 9.0})
    assert own_figures(read(market.folder), "mobile", "download_geomean") == {}


def test_vietnam_s_sources_disagree_about_first_place() -> None:
    assert first_by_source(VIETNAM, higher_is_better=True) == {"i-speed": "viettel", "ookla": "vinaphone"}
    found = contradictions(VIETNAM, higher_is_better=True)
    assert [(c.a, c.b, c.first, c.second) for c in found] == [("viettel", "vinaphone", "i-speed", "ookla")]


def test_the_widest_spread_is_by_ratio() -> None:
    far = widest(VIETNAM)
    assert far is not None
    assert (far.operator, far.low, far.high) == ("vinaphone", "i-speed", "ookla")
    assert far.factor == pytest.approx(594.16 / 315.0)


def test_one_source_neither_differs_nor_contradicts() -> None:
    alone = {"a": {"only": 5.0}, "b": {"only": 6.0}}
    assert widest(alone) is None
    assert contradictions(alone, higher_is_better=True) == []


@given(
    st.dictionaries(
        st.sampled_from("abcde"),
        st.dictionaries(st.sampled_from(["s", "t", "u"]), st.floats(1, 100), min_size=1),
        min_size=1,
    )
)
def test_direction_never_changes_whether_sources_contradict(figures: dict[str, dict[str, float]]) -> None:
    up = contradictions(figures, higher_is_better=True)
    down = contradictions(figures, higher_is_better=False)
    assert [(c.a, c.b) for c in up] == [(c.a, c.b) for c in down]
    for found in up:
        says = [figures[found.a][s] > figures[found.b][s] for s in (found.first, found.second)]
        assert says == [True, False]
