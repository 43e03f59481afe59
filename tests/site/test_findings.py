"""The finding is recomputed from the tables and never says more than they support."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos import methodology
from qos.site import finding as finding_module
from qos.site.book import Book
from qos.site.finding import Finding, finding
from qos.site.formats import Formats
from qos.site.places import OFFICIAL, standing
from qos.site.release import read
from qos.site.words import Words

Make = Callable[..., Any]


def told(release: Any, language: str = "en", indicator: str = "download_geomean") -> Finding:
    book = book_of(release, language)
    return finding(book, standing(book, release.market.name, indicator))


def book_of(release: Any, language: str = "en") -> Book:
    indicators = release.indicators
    formats = Formats(language, release.pack.time_zone)
    return Book(read(release.folder), release.pack, indicators, Words(language), formats)


def test_a_leader_with_bounds_of_one_is_called_first(release: Make) -> None:
    found = told(release({"a": 80.0, "b": 60.0, "c": 40.0}))
    assert found.headline == "A is first, clearly different from every other operator."
    assert found.details == ("B takes place 2.", "C takes place 3.")


def test_two_joint_leaders_are_named_by_name_with_their_difference(five: Any) -> None:
    assert told(five, "vi").headline == (
        "Bạch Đằng Telecom và Sao Khuê Mobile cùng dẫn đầu:"
        " chênh lệch 1,7 Mbit/s giữa hai nhà mạng chưa đủ để phân định."
    )
    assert told(five, "en").details[0] == "Hồng Hà Mobile takes place 3."
    assert told(five, "en").details[1] == "Cửu Long and Trường Sơn Mobile are within places 4 to 5."


def test_three_joint_leaders_are_not_given_one_difference(release: Make) -> None:
    found = told(release({"a": 61.0, "b": 60.0, "c": 59.0, "d": 30.0}))
    assert found.kind == "joint"
    assert found.headline == "A, B and C lead together: they are not separated from one another."


def test_nobody_separated_means_no_order(release: Make) -> None:
    found = told(release({"a": 61.0, "b": 60.0, "c": 59.0}, apart=0.5))
    assert found.kind == "not-established"
    assert found.headline == "The order is not established: A, B and C are not separated from one another."


def test_published_reports_that_contradict_each_other_establish_no_order(contradictory: Any) -> None:
    found = told(contradictory)
    assert found.headline == (
        "The order is not established: Viettel and VinaPhone are not separated,"
        " and the ranking is only indicative."
    )
    said = " ".join(found.details)
    assert "I speed published puts Viettel first and Ookla published puts VinaPhone first" in said
    assert "They differ most about VinaPhone: 315 against 594 Mbit/s, a factor of 1.9." in said


def test_an_indicative_ranking_never_names_a_first(release: Make) -> None:
    found = told(release({"a": 80.0, "b": 40.0}, status="indicative", reasons=("one-source",)))
    assert found.headline == "No leader is established: A is ahead, but the ranking is only indicative."
    assert found.details[-1] == "Why only indicative: only one source."


def test_one_operator_makes_no_order(release: Make) -> None:
    assert told(release({"solo": 50.0})).kind == "alone"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"values": {"a": None, "b": None}, "everyone": None, "sources": ()}, "none-measured"),
        ({"values": {"a": None, "b": None}}, "all-only"),
        ({"values": {"a": 5.0, "b": 6.0}, "thin": {"a": 4, "b": 3}, "everyone": None}, "too-few"),
        ({"values": {"a": 5.0, "b": 6.0}, "thin": {"a": 12, "b": 13}}, "nobody-ranked"),
        ({"values": {"a": 5.0}, "order_shown": False, "reasons": ("one-source",)}, "order-not-shown"),
    ],
)
def test_without_an_order_the_reason_is_said(release: Make, said: dict[str, Any], kind: str) -> None:
    assert told(release(**said)).kind == kind


def test_an_indicator_that_is_not_ranked_has_no_leader(five: Any) -> None:
    assert told(five, indicator="download_mean").kind == "not-ranked"


def test_a_lone_leader_that_is_not_clear_of_everyone_is_only_ahead(release: Make) -> None:
    """B beats C and A beats B, yet A and C are not separated: nobody is before A, but it is not first."""
    chain = release({"a": 60.0, "b": 50.0, "c": 40.0}, open_pairs=(("a", "c"),))
    assert told(chain).headline == "A is ahead, but not separated from C."


def test_a_probable_leader_is_called_probable(release: Make) -> None:
    likely = release({"a": 62.0, "b": 60.0, "c": 20.0}, p_first={"a": 0.97})
    assert told(likely).headline == "A is probably first, but not separated from B."


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.floats(10, 100), min_size=1, max_size=6),
    apart=st.floats(0.001, 1.0),
    status=st.sampled_from(["published", "indicative"]),
)
def test_first_is_said_only_of_an_official_leader(
    release: Make, values: list[float], apart: float, status: str
) -> None:
    market = release(
        {f"n{i}": value for i, value in enumerate(values)}, apart=apart, status=status, regions=()
    )
    book = book_of(market)
    found = standing(book, "mobile", "download_geomean")
    first = finding(book, found).headline.find(" is first") >= 0
    leaders = [place for place in found.ranked if place.rank and place.rank.is_leader]
    assert first == (found.status == OFFICIAL and len(leaders) == 1 and len(found.ranked) > 1)
    assert [p.value for p in found.ranked] == sorted((p.value or 0 for p in found.ranked), reverse=True)


def test_probably_first_is_said_from_the_share_that_the_edition_names() -> None:
    assert methodology.load().edition.publication.probably_first == finding_module.PROBABLY
