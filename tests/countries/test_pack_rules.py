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


# ---- who is ranked, what is excluded, which country


HOSTS = "brine,tide,,hosted\npearl,coral,2025-01-01,merged\nreef,pearl,,hosted\n"
BRANDS = "brine,Brine,mvno,,\nreef,Reef,mvno,,\nlate,Late,mno,2030-01-01,\n"


@pytest.mark.parametrize(
    ("view", "day", "counted"),
    [
        ("network", dt.date(2024, 7, 1), {"brine": "tide", "reef": "pearl", "pearl": "pearl"}),
        ("network", AFTER, {"brine": "tide", "reef": "coral", "pearl": "coral"}),
        ("brand", dt.date(2024, 7, 1), {"brine": "brine", "reef": "reef", "pearl": "pearl"}),
        ("brand", AFTER, {"brine": "brine", "reef": "reef", "pearl": "coral"}),
    ],
)
def test_every_operator_counts_for_one_that_is_ranked(
    changed: Callable[..., Pack], view: str, day: dt.date, counted: dict[str, str]
) -> None:
    """Reef rides on Pearl, which became Coral in 2025; an operator to come stays itself."""
    pack = changed(
        add={"operators.csv": BRANDS}, write={"operator_lineage.csv": "old,new,date,kind\n" + HOSTS}
    )
    itself = {"coral": "coral", "tide": "tide", "late": "late"}
    assert pack.operator_map(view, day) == itself | counted


def test_a_view_that_nobody_knows_is_refused(vn: Pack) -> None:
    with pytest.raises(ValueError, match="no view of operators: 'owner'"):
        vn.operator_map("owner", AFTER)  # type: ignore[arg-type]


def test_virtual_operators_of_vietnam_count_for_their_network_or_for_themselves(vn: Pack) -> None:
    network, brand = vn.operator_map("network", AFTER), vn.operator_map("brand", AFTER)
    assert {network[code] for code in ("wintel", "reddi", "itel", "vinaphone")} == {"vinaphone"}
    assert (brand["wintel"], brand["reddi"], brand["itel"]) == ("wintel", "wintel", "itel")
    assert network.keys() == brand.keys() == vn.operators.keys()


def test_an_excluded_network_is_excluded_from_its_first_day(changed: Callable[..., Pack]) -> None:
    header = "asn,prefix,spelling,reason,valid_from,valid_to,origin\n"
    rows = "64499,,,hosting,2025-07-01,,register\n,,Coral Test Lab,test,,2025-07-01,register\n"
    pack = changed(write={"excluded_networks.csv": header + rows})
    assert [pack.excluded_network(None, 64499, day) for day in (BEFORE, AFTER)] == [None, "hosting"]
    assert [pack.excluded_network("CORAL test-lab", 1, day) for day in (BEFORE, AFTER)] == ["test", None]


def test_a_country_is_known_by_its_codes_and_else_by_that_of_the_pack(
    changed: Callable[..., Pack], vn: Pack, gb: Pack, co: Pack
) -> None:
    assert [vn.is_country(code) for code in ("VN", "VNM", " vn ", "NA", "V", "")] == [True] * 3 + [False] * 3
    assert [gb.is_country(code) for code in ("GB", "GBR", "UK", "IE")] == [True] * 3 + [False]
    assert [co.is_country(code) for code in ("CO", "COL", "CL")] == [True] * 2 + [False]
    assert [changed().is_country(code) for code in ("AT", "ATL")] == [True, False]


# ---- smaller places


def test_a_commune_is_found_by_its_name_and_counts_for_the_region_above(changed: Callable[..., Pack]) -> None:
    """Two communes of one name mean neither; a post code is one spelling more."""
    communes = "".join(
        f"commune:{number:05d},{name},isle:{above},commune,2025-07-01,\n"
        for number, (name, above) in enumerate([("Hoà Khê", 1), ("Đông Sơn", 2), ("Sandy", 1), ("Sandy", 2)])
    )
    spellings = "region,spelling,origin\ncommune:00001,99512,post\n"
    pack = changed(add={"regions.csv": communes}, write={"region_names.csv": spellings})
    for written in ("Hòa Khê", "HOÀ KHÊ", "hoa khe", "Hoa Khe, Atlantis"):
        assert pack.find_region(written, AFTER) == "commune:00000"
    assert pack.find_region("99512", AFTER) == pack.find_region("Dong Son", AFTER) == "commune:00001"
    assert [pack.roll_up(f"commune:0000{number}", AFTER) for number in range(2)] == ["isle:1", "isle:2"]
    assert pack.find_region("Sandy", AFTER) is None
    assert pack.find_region("Đông Sơn", BEFORE) is None
