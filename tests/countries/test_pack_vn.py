"""Vietnam: two maps with reused codes, spellings, one group with two brands, limits nobody verified."""

import csv
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from qos.countries import Pack, fold
from qos.countries.atlas import boundaries
from qos.domain.places import Region

BEFORE, AFTER = dt.date(2024, 7, 1), dt.date(2026, 7, 1)
LAST_OLD, FIRST_NEW = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
REUSED = {
    "15": ("Yên Bái", "gso34:15"),
    "24": ("Bắc Giang", "gso34:24"),
    "44": ("Quảng Bình", "gso34:44"),
    "52": ("Bình Định", "gso34:52"),
    "80": ("Long An", "gso34:80"),
    "82": ("Tiền Giang", "gso34:82"),
    "91": ("Kiên Giang", "gso34:91"),
}
OTHERS_WITH_THE_NEW_NAME = {
    "15": "10", "24": "27", "44": "45", "52": "64", "80": "72", "82": "87", "91": "89",
}  # fmt: skip


def of_scheme(pack: Pack, scheme: str) -> list[Region]:
    return [region for region in pack.regions.values() if region.scheme == scheme]


def test_there_are_63_provinces_until_june_2025_and_34_from_july(vn: Pack) -> None:
    assert [r.scheme for r in vn.ranking_regions(LAST_OLD)] == ["gso63"] * 63
    assert [r.scheme for r in vn.ranking_regions(FIRST_NEW)] == ["gso34"] * 34
    assert [r.code for r in vn.ranking_regions(AFTER)] == sorted(r.code for r in of_scheme(vn, "gso34"))


def test_each_of_the_63_leads_to_exactly_one_of_the_34(vn: Pack) -> None:
    heirs = {region.code: vn.roll_up(region.code, FIRST_NEW) for region in of_scheme(vn, "gso63")}
    assert len(heirs) == 63
    assert set(heirs.values()) == {region.code for region in of_scheme(vn, "gso34")}
    assert len(vn.region_lineage) == 63
    assert sum(row.kind == "kept" for row in vn.region_lineage) == 11


@pytest.mark.parametrize("code", REUSED)
def test_a_reused_code_never_joins(vn: Pack, code: str) -> None:
    old_name, _ = REUSED[code]
    old, new = vn.regions[f"gso63:{code}"], vn.regions[f"gso34:{code}"]
    assert old.names["vi"] == old_name != new.names["vi"]
    assert vn.roll_up(new.code, BEFORE) is None
    assert vn.roll_up(code, AFTER) is None
    assert vn.find_region(code, AFTER) is vn.find_region(code, BEFORE) is None
    namesake = f"gso63:{OTHERS_WITH_THE_NEW_NAME[code]}"
    assert vn.find_region(new.names["vi"], BEFORE) == namesake != old.code
    assert vn.find_region(new.names["vi"], AFTER) == new.code


@pytest.mark.parametrize("code", REUSED)
def test_a_reused_code_is_two_provinces_in_two_places(vn: Pack, code: str) -> None:
    """The old province and the new one of one code: other ground, other heirs, other names."""
    assert vn.former_boundaries is not None
    assert vn.boundaries is not None
    old, new = boundaries(vn.former_boundaries)[f"gso63:{code}"], boundaries(vn.boundaries)[f"gso34:{code}"]
    assert new.intersection(old).area < 0.95 * new.area
    at = old.representative_point()
    on_both_days = vn.regions_at(
        np.full(2, at.x), np.full(2, at.y), np.array([LAST_OLD, FIRST_NEW], "datetime64[D]")
    )
    assert on_both_days.to_pylist() == [f"gso63:{code}", vn.roll_up(f"gso63:{code}", FIRST_NEW)]


def test_these_seven_are_all_the_reused_codes(vn: Pack) -> None:
    reused = {
        new.code.split(":")[1]
        for new in of_scheme(vn, "gso34")
        for old in of_scheme(vn, "gso63")
        if new.code.split(":")[1] == old.code.split(":")[1] and fold(new.names["vi"]) != fold(old.names["vi"])
    }
    assert reused == set(REUSED)


def test_bac_ninh_is_another_province_before_and_after_the_merger(vn: Pack) -> None:
    assert vn.find_region("Bắc Ninh", BEFORE) == "gso63:27"
    assert vn.find_region("Bắc Ninh", AFTER) == "gso34:24"
    assert vn.find_region("Bắc Giang", BEFORE) == "gso63:24"
    assert vn.find_region("Bắc Giang", AFTER) == "gso34:24"
    assert vn.roll_up("gso63:27", AFTER) == vn.roll_up("gso63:24", AFTER) == "gso34:24"
    assert vn.roll_up("gso63:24", BEFORE) == "gso63:24"


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("Thanh Hóa", "gso34:38"),
        ("Thanh Hoá", "gso34:38"),
        ("tỉnh Thanh Hoá", "gso34:38"),
        ("Thanh Hoa Province, Vietnam", "gso34:38"),
        ("KHANH HOA", "gso34:56"),
        ("Khánh Hòa, Việt Nam", "gso34:56"),
        ("Hoà Bình", "gso34:25"),
        ("Thành phố Hồ Chí Minh", "gso34:79"),
        ("TP. Hồ Chí Minh", "gso34:79"),
        ("TP.HCM", "gso34:79"),
        ("Ho Chi Minh City", "gso34:79"),
        ("Bà Rịa Vũng Tàu", "gso34:79"),
        ("Thừa Thiên-Huế, Province", "gso34:46"),
        ("Hue", "gso34:46"),
        ("Hà Nội", "gso34:01"),
        ("Dak Lak", "gso34:66"),
        ("VN-54", "gso34:24"),
        ("vn-54", "gso34:24"),
        ("VN54", None),
        ("Kiến Giang", "gso34:91"),
        ("Hà", None),
        ("", None),
    ],
)
def test_a_province_is_found_however_it_is_written(vn: Pack, spelling: str, code: str | None) -> None:
    assert vn.find_region(spelling, AFTER) == code


@pytest.mark.parametrize("day", [BEFORE, LAST_OLD, FIRST_NEW, AFTER])
def test_every_province_of_the_day_is_found_by_its_names(vn: Pack, day: dt.date) -> None:
    for region in vn.ranking_regions(day):
        assert {vn.find_region(name, day) for name in region.names.values()} == {region.code}


def test_dong_nai_is_a_city_from_30_april_2026_under_the_same_code(vn: Pack) -> None:
    levels = [vn.region_on("gso34:75", dt.date(2026, 4, day)) for day in (29, 30)]
    assert [region.level for region in levels if region] == ["province", "city"]
    assert (
        vn.find_region("Đồng Nai", dt.date(2026, 4, 29)) == vn.find_region("TP Đồng Nai", AFTER) == "gso34:75"
    )
    assert vn.regions["gso34:75"].valid_on(FIRST_NEW)
    cities = [sum(r.level == "city" for r in vn.ranking_regions(day)) for day in (FIRST_NEW, AFTER)]
    assert cities == [6, 7]


def test_vnpt_is_vinaphone_in_mobile_and_vnpt_in_fixed(vn: Pack) -> None:
    for name in ("VNPT", "vnpt", "AS45899", "VNPT/VinaPhone"):
        assert vn.find_operator(name, "mobile", AFTER) == "vinaphone"
        assert vn.find_operator(name, "fixed", AFTER) == "vnpt"
    assert vn.operator_by_asn(7552, "mobile", AFTER) == vn.operator_by_asn(7552, "fixed", AFTER) == "viettel"


@pytest.mark.parametrize(
    ("name", "service", "operator"),
    [
        ("Viettel Mobile", "mobile", "viettel"),
        ("Vinaphone", "mobile", "vinaphone"),
        ("MOBIFONE", "mobile", "mobifone"),
        ("Beeline", "mobile", "gmobile"),
        ("I-Telecom", "mobile", "itel"),
        ("Hanoi Telecom", "mobile", "vietnamobile"),
        ("Hanoi Telecom", "fixed", "hanoi-telecom"),
        ("FPT", "fixed", "fpt-telecom"),
        ("CMC", "fixed", "cmc-telecom"),
        ("452-04", "mobile", "viettel"),
        ("452-04", "fixed", None),
        ("AS131122", "fixed", None),
        ("Reddi", "mobile", "wintel"),
        ("S-Fone", "mobile", None),
        ("nobody", "mobile", None),
    ],
)
def test_an_operator_is_found_however_it_is_written(
    vn: Pack, name: str, service: str, operator: str | None
) -> None:
    assert vn.find_operator(name, service, AFTER) == operator


def test_what_is_from_memory_says_so(vn: Pack) -> None:
    unverified = {row.asn for row in vn.networks if row.asn and row.origin.startswith("unverified")}
    assert unverified == {7643, 38733, 24173, 7602}


def test_a_network_code_follows_its_owner(vn: Pack) -> None:
    assert vn.operator_by_mcc_mnc("452-09", dt.date(2022, 1, 1)) == "reddi"
    assert vn.operator_by_mcc_mnc("45209", AFTER) == "wintel"
    assert vn.operator_by_mcc_mnc("452-03", dt.date(2010, 1, 1)) == "s-fone"
    assert vn.operator_by_mcc_mnc("452-03", AFTER) is None
    assert vn.operator_by_mcc_mnc("460-01", AFTER) is None


def test_a_virtual_operator_has_the_network_of_its_host(vn: Pack) -> None:
    assert vn.network_operator("wintel", AFTER) == "vinaphone"
    assert vn.network_operator("viettel", AFTER) == "viettel"


def test_no_limit_yields_a_verdict_before_somebody_has_verified_it(vn: Pack) -> None:
    assert len(vn.thresholds) >= 12
    assert all(not limit.verified and limit.verdict(1e9) is None for limit in vn.thresholds)
    assert vn.verdicts("download_mean", "mobile-4g", 1.0, AFTER) == []


@pytest.mark.parametrize("market", ["mobile", "mobile-5g", "mobile-4g", "fixed"])
def test_weights_are_provisional_population_of_the_34(vn: Pack, market: str) -> None:
    weights = vn.national_weights(market, AFTER)
    assert len(weights) == 34
    assert sum(weight.weight for weight in weights.values()) == pytest.approx(1, abs=1e-12)
    assert {(w.kind, w.status) for w in weights.values()} == {("population", "provisional")}
    assert weights["gso34:79"].weight == pytest.approx(14_002_598 / 112_093_848)
    assert vn.national_weights(market, BEFORE) == {}


def test_weights_equal_the_population_of_the_resolutions(vn: Pack, shared_data: Path) -> None:
    path = shared_data / "geo" / "vn-34" / "sapnhap.bando.com.vn_province_2025-07-17.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        told = {
            vn.find_region(row["tentinh"].removeprefix("Thủ đô "), AFTER): float(
                row["dansonguoi"].replace(".", "")
            )
            for row in csv.DictReader(file)
        }
    assert told == {w.region: w.weight for w in vn.weights if w.market == "mobile"}


def test_lineage_equals_the_published_mapping(vn: Pack, shared_data: Path) -> None:
    path = shared_data / "geo" / "vn-34" / "VN 34 provinces & mapping vTC.xlsx"
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Mapping").to_python()[1:]
    told = {(vn.find_region(str(old), BEFORE), vn.find_region(str(new), AFTER)) for old, new in rows}
    assert told == {(row.old, row.new) for row in vn.region_lineage}


def test_former_provinces_are_known_by_their_iso_codes(vn: Pack) -> None:
    codes = [row.region for row in vn.region_names if row.spelling.startswith("VN-")]
    assert sorted(codes) == sorted(region.code for region in of_scheme(vn, "gso63"))


def test_the_remote_archipelagos_are_on_the_map(vn: Pack) -> None:
    assert vn.boundaries is not None
    features = json.loads(vn.boundaries.read_text(encoding="utf-8"))["features"]
    shapes = {f["properties"]["region"]: f["geometry"]["coordinates"] for f in features}
    assert sum(part[0][0][0] > 111 for part in shapes["gso34:56"]) > 50  # Trường Sa
    assert sum(part[0][0][0] > 111 for part in shapes["gso34:48"]) > 10  # Hoàng Sa
