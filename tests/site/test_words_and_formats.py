"""Catalogues say the same in both languages, and numbers are written as each language writes them."""

import re
import string
from importlib.resources import files

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from qos.domain.errors import QosError
from qos.domain.quarter import Quarter
from qos.site.collation import name_key
from qos.site.formats import Formats, decimals
from qos.site.words import Words

SITE = files("qos.site")
EN, VI = Formats("en", "Asia/Ho_Chi_Minh"), Formats("vi", "Asia/Ho_Chi_Minh")


def catalogue(language: str) -> dict[str, tuple[str, ...]]:
    with (SITE / "locale" / f"{language}.po").open("rb") as file:
        found = read_po(file, locale=language, abort_invalid=True)
    texts = {}
    for message in found:
        if message.id:
            plural = isinstance(message.id, tuple)
            texts[message.id[0] if plural else message.id] = message.string if plural else (message.string,)
    return texts


def test_both_languages_have_the_same_keys_and_none_is_empty() -> None:
    assert catalogue("en").keys() == catalogue("vi").keys()
    assert all(
        text.strip() for language in ("en", "vi") for texts in catalogue(language).values() for text in texts
    )


def test_translations_fill_in_the_same_names() -> None:
    def fields(texts: tuple[str, ...]) -> set[str]:
        return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}

    english, vietnamese = catalogue("en"), catalogue("vi")
    unlike = {k for k in english if fields(english[k]) != fields(vietnamese[k])}
    assert unlike <= {"finding.places", "finding.place"}, unlike


def test_templates_use_only_keys_that_have_words() -> None:
    known = catalogue("en")
    for template in (SITE / "templates").iterdir():
        text = template.read_text(encoding="utf-8")
        used = set(re.findall(r"""\bt(?:\.count)?\(["']([a-z0-9.-]+)["'][,)]""", text))
        assert used <= known.keys(), (template.name, used - known.keys())


def test_a_key_without_words_is_an_error_not_a_page() -> None:
    with pytest.raises(QosError, match=r"vi: no words for 'reason\.invented'"):
        Words("vi")("reason.invented")
    with pytest.raises(QosError, match="no catalogue for language 'tlh'"):
        Words("tlh")


def test_plurals_follow_the_language() -> None:
    assert Words("en").count("n.subjects", 1, n="1") == "1 subject"
    assert Words("en").count("n.subjects", 2, n="2") == "2 subjects"
    assert Words("vi").count("n.subjects", 2, n="2") == "2 đối tượng đo"


def test_numbers_and_intervals() -> None:
    assert (EN.number(1234567), VI.number(1234567)) == ("1,234,567", "1.234.567")
    assert (EN.number(74.6, 1), VI.number(74.6, 1)) == ("74.6", "74,6")
    assert (EN.number(-3.4, 1), VI.number(-3.4, 1)) == ("−3.4", "−3,4")
    assert (EN.interval(72.74, 76.46, 1), VI.interval(72.74, 76.46, 1)) == ("72.7–76.5", "72,7–76,5")


def test_an_interval_below_zero_is_written_with_a_word() -> None:
    assert EN.interval(-0.05, 0.04, 2) == "−0.05 to 0.04"
    assert VI.interval(-0.05, 0.04, 2) == "−0,05 đến 0,04"
    assert EN.number(-0.001, 2) == "0.00"


def test_instants_are_told_in_the_country_s_time() -> None:
    assert EN.instant("2026-11-15T02:30:00Z") == "15 November 2026, 09:30 (UTC+7)"
    assert VI.instant("2026-11-15T02:30:00Z") == "09:30 ngày 15/11/2026"
    assert Formats("en", "Europe/London").instant("2021-01-05T00:00:00Z") == "5 January 2021, 00:00 (UTC)"
    assert Formats("en", "Asia/Kolkata").instant("2021-01-05T00:00:00+00:00").endswith("05:30 (UTC+5:30)")
    assert EN.instant("2026-11-15") == "15 November 2026"


def test_quarters_and_lists() -> None:
    assert (EN.quarter(Quarter(2026, 3)), VI.quarter(Quarter(2026, 3))) == ("Q3 2026", "quý III/2026")
    assert (EN.names(["A", "B", "C"]), VI.names(["A", "B", "C"])) == ("A, B and C", "A, B và C")


def test_one_decimal_under_a_hundred_and_none_above() -> None:
    assert decimals([74.6, 300.0], []) == 1
    assert decimals([421.61, 594.16], []) == 0


def test_small_figures_have_two_significant_digits() -> None:
    assert decimals([0.28, 5.0], []) == 2
    assert decimals([0.031], []) == 3


def test_a_pair_that_no_printed_digit_tells_apart_asks_for_nothing() -> None:
    assert decimals([9.9281, 9.9282], [(9.9281, 9.9282)]) == 1


@given(st.floats(0.5, 5000), st.floats(1e-3, 10))
def test_rounding_keeps_apart_what_is_a_thousandth_apart(low: float, step: float) -> None:
    high = low + step + 1e-3
    digits = decimals([low, high], [(low, high)])
    assert 0 <= digits <= 3
    assert round(low, digits) != round(high, digits)


def test_names_sort_by_letters_before_tones() -> None:
    names = ["Đồng Nai", "Đà Nẵng", "Đắk Lắk", "Dak", "An Giang", "Ân", "Huế", "Hà Nội", "Hạ", "Há", "Hả"]
    assert sorted(names, key=name_key) == [
        "An Giang", "Ân", "Dak", "Đà Nẵng", "Đắk Lắk", "Đồng Nai", "Hả", "Há", "Hạ", "Hà Nội", "Huế",
    ]  # fmt: skip


@given(st.text(), st.text())
def test_only_equal_names_share_a_place(a: str, b: str) -> None:
    assert (name_key(a) == name_key(b)) == (a == b)
