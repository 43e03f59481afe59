"""Spellings become keys."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.countries import fold, region_key
from qos.countries.names import longer_keys


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_capitals_do_not_count(text: str) -> None:
    assert fold(text.lower()) == fold(text)


@given(st.text(alphabet=string.ascii_letters + string.digits), st.text(alphabet=" .,-&'’()/"))
def test_spaces_and_punctuation_do_not_count(text: str, noise: str) -> None:
    assert fold(noise.join(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thanh Hóa", "Thanh Hoá"),
        ("Đắk Lắk", "DAK LAK"),
        ("Huế", "Hue\u0302\u0301"),
        ("Thừa Thiên-Huế", "thua thien hue"),
        ("Nariño", "Narino"),
        ("F&W Networks", "FW NETWORKS"),
        ("Straße", "STRASSE"),
    ],
)
def test_two_ways_to_write_one_name_have_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


def test_other_names_keep_other_keys() -> None:
    assert len({fold(name) for name in ("Hà Nam", "Hà Nội", "Hà Tĩnh", "Quảng Nam", "Quảng Ninh")}) == 5


def test_a_numbered_code_of_a_region_is_not_a_number_of_ones_own() -> None:
    assert region_key(" VN-01 ") == region_key("vn-01") == "vn-01"
    assert region_key("VN01") == "vn01"
    assert region_key("Thừa Thiên-Huế") == fold("Thừa Thiên-Huế")


@given(st.text())
def test_a_key_of_a_region_is_its_own_key(text: str) -> None:
    assert region_key(region_key(text)) == region_key(text)


@given(st.text(), st.text(), st.text())
def test_longer_keys_are_the_keys_of_longer_texts(name: str, word: str, country: str) -> None:
    keys = set(longer_keys(fold(name), [fold(word)], [fold(country)]))
    assert {fold(f"{name} {word}"), fold(f"{word} {name}, {country}"), fold(f"{name}, {country}")} <= keys
