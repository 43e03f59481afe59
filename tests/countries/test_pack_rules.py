"""What a pack says of its regions, operators, weights and limits, on the worked example."""

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.countries import Pack, Threshold, load
from qos.countries.resolution import at, timeline

BEFORE, AFTER = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
LIMITS = """indicator,market,limit,comparison,source_document,valid_from,valid_to,verified_by
download_mean,mobile,40,>=,Law 1,2025-01-01,2026-01-01,the regulator 2025-02-01
download_mean,mobile,50,>=,Law 2,2026-01-01,,
loss_mean,mobile,0.01,<,Law 1,,,the regulator 2025-02-01
"""


@pytest.fixture
def changed(atlantis: Path) -> Callable[..., Pack]:
    """The worked example with some of its files replaced, or rows added to them."""

    def change(*, add: dict[str, str] | None = None, write: dict[str, str] | None = None) -> Pack:
        for file, text in (write or {}).items():
            (atlantis / file).write_text(text, encoding="utf-8")
        for file, text in (add or {}).items():
            (atlantis / file).write_text(
                (atlantis / file).read_text(encoding="utf-8") + text, encoding="utf-8"
            )
        return load(atlantis)

    return change


def test_a_verified_limit_in_force_yields_a_verdict(changed: Callable[..., Pack]) -> None:
    pack = changed(write={"thresholds.csv": LIMITS})
    verdicts = [pack.verdicts("download_mean", "mobile", value, AFTER) for value in (39.9, 40.0)]
    assert [[verdict for _, verdict in judged] for judged in verdicts] == [[False], [True]]
    assert [v for _, v in pack.verdicts("loss_mean", "mobile", 0.01, AFTER)] == [False]
    assert pack.verdicts("download_mean", "fixed", 1.0, AFTER) == []


def test_an_unverified_limit_in_force_yields_none(changed: Callable[..., Pack]) -> None:
    pack = changed(write={"thresholds.csv": LIMITS})
    assert pack.verdicts("download_mean", "mobile", 1.0, dt.date(2026, 1, 1)) == []


@given(st.floats(allow_nan=False), st.sampled_from(["<=", ">=", "<", ">"]), st.floats(allow_nan=False))
def test_a_limit_that_nobody_verified_never_judges(limit: float, comparison: str, value: float) -> None:
    assert Threshold("i", "m", limit, comparison, "law", None, None, "").verdict(value) is None


def test_a_region_that_was_split_leads_nowhere(changed: Callable[..., Pack]) -> None:
    lineage = "old,new,date,kind\nshore:1,isle:1,2025-07-01,split\nshore:1,isle:2,2025-07-01,split\n"
    pack = changed(write={"region_lineage.csv": lineage})
    assert pack.roll_up("shore:1", AFTER) is None
    assert pack.roll_up("shore:1", BEFORE) == "shore:1"


def test_a_former_name_means_the_region_of_today_that_bears_it(changed: Callable[..., Pack]) -> None:
    pack = changed(
        add={"regions.csv": "isle:3,West,,isle,2025-07-01,\n"},
        write={"weights.csv": "region,market,operator,weight,kind,status,origin\n"},
    )
    assert pack.find_region("West", BEFORE) == "shore:2"
    assert pack.find_region("West", AFTER) == "isle:3"
    assert pack.roll_up("shore:2", AFTER) == "isle:2"


def test_a_name_of_two_ranked_regions_means_neither(changed: Callable[..., Pack]) -> None:
    names = "region,spelling,origin\nisle:1,Land,map\nisle:2,Land,map\nisle:1,Isle of South,map\n"
    pack = changed(write={"region_names.csv": names})
    assert pack.find_region("Land", AFTER) is None
    assert pack.find_region("Isle of South", AFTER) == "isle:1"  # written beats made from a word and a name


def test_a_region_known_by_its_parent_rolls_up(changed: Callable[..., Pack]) -> None:
    pack = changed(add={"regions.csv": "bay:1,North Bay,isle:1,bay,,\nbay:2,Far Bay,nation,bay,,\n"})
    assert pack.roll_up("bay:1", AFTER) == "isle:1"
    assert pack.roll_up("bay:2", AFTER) is None


def test_the_weights_of_operators_are_not_those_of_the_nation(changed: Callable[..., Pack]) -> None:
    rows = "isle:1,mobile,tide,1,subscriptions,final,tide\nisle:2,mobile,tide,7,subscriptions,final,tide\n"
    weights = changed(add={"weights.csv": rows}).national_weights("mobile", AFTER)
    assert {region: weight.weight for region, weight in weights.items()} == {"isle:1": 0.25, "isle:2": 0.75}


def test_known_shares_are_read(changed: Callable[..., Pack]) -> None:
    rows = (
        "market,region,operator,variable,level,share,valid_from,origin\n"
        "mobile,isle:1,tide,technology,5g,0.3,2025-01-01,survey\n"
        "mobile,isle:1,tide,technology,4g,0.7,2025-01-01,survey\n"
    )
    margins = changed(write={"margins.csv": rows}).margins
    assert {(margin.level, margin.share) for margin in margins} == {("5g", 0.3), ("4g", 0.7)}


def test_the_last_day_of_an_operator_is_its_own(atlantis: Path) -> None:
    pack = load(atlantis)
    assert pack.find_operator("pearl", "mobile", dt.date(2024, 12, 31)) == "pearl"
    assert pack.find_operator("pearl", "mobile", dt.date(2025, 1, 1)) == "coral"


def test_a_mobile_only_network_is_unknown_in_fixed(atlantis: Path) -> None:
    pack = load(atlantis)
    assert pack.operator_by_asn(64496, "mobile", AFTER) == "coral"
    assert pack.operator_by_asn(64496, "fixed", AFTER) is None
    assert pack.find_operator("Coral Telecom Ltd", "fixed", AFTER) is None


_DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1))


@given(st.sets(_DAYS, max_size=5), st.dictionaries(st.integers(0, 5), st.sampled_from("ab")), _DAYS)
def test_a_timeline_says_on_every_day_what_it_was_made_from(
    cuts: set[dt.date], codes: dict[int, str], day: dt.date
) -> None:
    def on(when: dt.date) -> str | None:
        return codes.get(sum(cut <= when for cut in cuts))

    spans = timeline(cuts, on)
    assert at(spans, day) == on(day)
    for one, other in pairwise(spans):
        assert one.valid_to is not None and other.valid_from is not None
        assert one.valid_to <= other.valid_from
        assert one.valid_to < other.valid_from or one.code != other.code
