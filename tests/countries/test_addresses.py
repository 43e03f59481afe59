"""Texts of addresses become numbers: as the standard library reads them, and never a wrong one."""

import ipaddress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.countries.addresses import CHUNK, chunks, number_of, numbers

FEW = settings(max_examples=60, deadline=None)


def read(*texts: str | None) -> list[tuple[int, int] | None]:
    """(version, number) of each text, through the columns."""
    found: list[tuple[int, int] | None] = []
    for _, part in chunks(pa.array(texts, pa.string())):
        got = numbers(part)
        for place in range(len(part)):
            assert not (got.four[place] and got.six[place])
            four = (4, int(got.key4[place])) if got.four[place] else None
            found.append((6, int(got.key6[place])) if got.six[place] else four)
    return found


@FEW
@given(st.lists(st.one_of(st.none(), st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str))))
def test_an_address_is_the_number_that_the_standard_library_gives(texts: list[str | None]) -> None:
    assert read(*texts) == [None if text is None else number_of(text) for text in texts]


@FEW
@given(st.lists(st.one_of(st.text(max_size=20), st.text("0123456789.:afx/ ", max_size=20))))
def test_hostile_texts_are_no_addresses_and_harm_nobody(texts: list[str]) -> None:
    assert read(*texts, "203.0.113.9") == [*map(number_of, texts), (4, 0xCB007109)]


@FEW
@given(st.lists(st.integers(0, 999), min_size=3, max_size=5), st.sampled_from(["", "0", " ", "x"]))
def test_dotted_numbers_are_addresses_exactly_where_the_standard_library_says(
    parts: list[int], before: str
) -> None:
    text = before + ".".join(map(str, parts))
    try:
        wanted = (4, int(ipaddress.IPv4Address(text.strip())))
    except ValueError:
        wanted = None
    assert read(text) == [wanted]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("203.0.113.9", (4, 0xCB007109)),
        (" 203.0.113.9\n", (4, 0xCB007109)),
        ("203.0.113.0/24", (4, 0xCB007100)),
        ("::ffff:203.0.113.9", (4, 0xCB007109)),
        ("2001:DB8::1", (6, 0x20010DB800000000)),
        ("2001:db8:1::/48", (6, 0x20010DB800010000)),
        ("fe80::1%eth0", (6, 0xFE80000000000000)),
        ("0.0.0.0", (4, 0)),
        ("255.255.255.255", (4, 2**32 - 1)),
        ("256.0.0.1", None),
        ("1.2.3.04", None),
        ("1.2.3.", None),
        (".1.2.3", None),
        ("1..2.3", None),
        ("1.2.3.4.5", None),
        ("1.2.3.4:443", None),
        ("1,2.3.4", None),
        ("١.٢.٣.٤", None),
        ("1.2.3.4\0", None),
        ("example.org", None),
        ("", None),
        (None, None),
        ("1" * 10_000, None),
        ("1.2.3.4" + " " * 100_000, None),
    ],
)
def test_one_text_is_one_address_or_none(text: str | None, number: tuple[int, int] | None) -> None:
    assert read(text) == [number]


def test_a_column_longer_than_one_stretch_is_read_in_order() -> None:
    wanted = np.arange(CHUNK + 5, dtype=np.uint32)
    texts = pa.array([str(ipaddress.IPv4Address(int(number))) for number in wanted])
    parts = [(place, numbers(part)) for place, part in chunks(texts)]
    assert [(place.start, place.stop) for place, _ in parts] == [(0, CHUNK), (CHUNK, CHUNK + 5)]
    assert np.concatenate([got.key4 for _, got in parts]).tolist() == wanted.tolist()


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_a_part_of_a_column_of_any_kind_of_text_is_read_as_the_column_is(kind: pa.DataType) -> None:
    column = pa.array(["10.0.0.1", None, "10.0.0.2", "2001:db8::"]).cast(kind)
    cut = pa.chunked_array([column.slice(0, 1), column.slice(1)]).slice(2)
    ((place, part),) = chunks(cut)
    got = numbers(part)
    assert (place, got.four.tolist(), got.six.tolist()) == (slice(0, 2), [True, False], [False, True])
    assert (int(got.key4[0]), int(got.key6[1])) == (0x0A000002, 0x20010DB800000000)


def test_an_empty_column_has_no_stretches() -> None:
    assert list(chunks(pa.array([], pa.string()))) == []
