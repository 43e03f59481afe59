"""Longest prefix first, on the day, in every nesting: the ranges against a search through all rows."""

import datetime as dt
import ipaddress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.countries import ExcludedNetwork, Pack, Prefix
from qos.countries.announced import Announcements
from qos.countries.prefixes import ranges
from qos.countries.rows import valid_on

DAY = dt.date(2026, 7, 1)
FEW = settings(max_examples=40, deadline=None)
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 6))


def prefix(text: str, asn: int, start: dt.date | None = None, end: dt.date | None = None) -> Prefix:
    return Prefix(ipaddress.ip_network(text), asn, "made up", start, end)


def asns(
    known: Announcements | Pack, addresses: list[str | None], day: dt.date | None = DAY
) -> list[int | None]:
    days = np.full(len(addresses), np.datetime64(day, "D"))
    texts = pa.array(addresses, pa.string())
    found = known.asns_of(texts, days) if isinstance(known, Pack) else known.asns(texts, days)
    return [None if asn is None else int(asn) for asn in found.to_pylist()]


@st.composite
def tables(draw: st.DrawFn, version: int = 4) -> list[Prefix]:
    """Nested prefixes of the last bits that count (a /24 or a /56), some for some days only, none twice."""
    base = "203.0.113.0" if version == 4 else "2001:db8:0:0::"
    known, whole = (24, 32) if version == 4 else (56, 64)
    places = draw(
        st.lists(st.tuples(st.integers(known, whole), st.integers(0, 255)), max_size=12, unique=True)
    )
    table = []
    for asn, (length, offset) in enumerate(places, start=1):
        step = (offset >> (whole - length)) << (whole - length)
        first = int(ipaddress.ip_address(base)) + (step if version == 4 else step << 64)
        network = ipaddress.ip_network((first, length))
        start, end = draw(st.none() | DAYS), draw(st.none() | DAYS)
        if (start or dt.date.min) < (end or dt.date.max) and network not in [row.network for row in table]:
            table.append(Prefix(network, asn, "made up", start, end))
    return table


def searched(table: list[Prefix], address: str, day: dt.date) -> int | None:
    """The longest prefix, found by looking at every row."""
    number = ipaddress.ip_address(address)
    holding = [row for row in table if number in row.network and valid_on(day, row.valid_from, row.valid_to)]
    return max(holding, key=lambda row: row.network.prefixlen).asn if holding else None


@FEW
@given(tables(), st.lists(st.tuples(st.integers(0, 255), DAYS)))
def test_every_address_has_the_longest_prefix_of_its_day(
    table: list[Prefix], asked: list[tuple[int, dt.date]]
) -> None:
    addresses = [f"203.0.113.{last}" for last, _ in asked]
    days = np.array([day for _, day in asked], dtype="datetime64[D]")
    found = Announcements(table, ()).asns(pa.array(addresses, pa.string()), days).to_pylist()
    assert found == [
        searched(table, address, day) for address, (_, day) in zip(addresses, asked, strict=True)
    ]


@FEW
@given(tables(version=6), st.lists(st.integers(0, 255)), DAYS)
def test_an_address_of_ipv6_is_known_by_its_upper_half(
    table: list[Prefix], asked: list[int], day: dt.date
) -> None:
    addresses = [f"2001:db8:0:{last:x}::1234" for last in asked]
    assert asns(Announcements(table, ()), list(addresses), day) == [
        searched(table, address, day) for address in addresses
    ]


@FEW
@given(tables())
def test_the_order_of_rows_does_not_matter(table: list[Prefix]) -> None:
    addresses: list[str | None] = [f"203.0.113.{last}" for last in range(256)]
    for day in (dt.date(2026, 1, 1), dt.date(2026, 1, 4)):
        one, other = Announcements(table, ()), Announcements(table[::-1], ())
        assert asns(one, addresses, day) == asns(other, addresses, day)


@FEW
@given(tables())
def test_ranges_are_in_order_and_hold_every_address(table: list[Prefix]) -> None:
    built = ranges(table, 4)
    assert built.starts[0] == 0
    assert (np.diff(built.starts.astype(np.int64)) > 0).all()
    assert (np.diff(built.step_key) > 0).all()
    assert len(built.starts) <= 2 * len(table) + 1


def test_prefixes_that_reach_the_last_address_end_with_it() -> None:
    known = Announcements([prefix("255.0.0.0/8", 1), prefix("0.0.0.0/0", 2), prefix("::/0", 3)], ())
    assert asns(known, ["255.255.255.255", "0.0.0.0", "ffff:ffff:ffff:ffff::", "::"]) == [1, 2, 3, 3]


def test_a_prefix_holds_from_its_first_day_to_the_day_before_its_last() -> None:
    known = Announcements([prefix("10.0.0.0/8", 1, None, DAY), prefix("10.0.0.0/8", 2, DAY)], ())
    day = dt.timedelta(days=1)
    assert [asns(known, ["10.1.1.1"], on) for on in (DAY - day, DAY, dt.date.min, dt.date.max)] == [
        [1], [2], [1], [2],
    ]  # fmt: skip


def test_without_a_day_nobody_is_found() -> None:
    assert asns(Announcements([prefix("10.0.0.0/8", 1)], ()), ["10.1.1.1"], None) == [None]


def test_an_excluded_network_inside_a_prefix_has_a_reason_and_no_system() -> None:
    cache = ExcludedNetwork("hosting", "made up", network=ipaddress.ip_network("10.1.0.0/16"), valid_from=DAY)
    known = Announcements([prefix("10.0.0.0/8", 1)], [ExcludedNetwork("test", "made up", asn=7), cache])
    texts, day = ["10.1.2.3", "10.2.2.3", None, "x"], dt.timedelta(days=1)
    assert asns(known, [*texts]) == [None, 1, None, None]
    assert asns(known, [*texts], DAY - day) == [1, 1, None, None]
    days = np.full(len(texts), np.datetime64(DAY, "D"))
    assert known.reasons(pa.array(texts), days).to_pylist() == ["hosting", None, None, None]


# ---- the pack of Vietnam


def test_the_445_prefixes_of_vietnam_are_those_of_the_lists(vn: Pack, shared_data) -> None:
    listed = {
        (line, int(path.name.split(".")[0].removeprefix("AS")))
        for path in (shared_data / "asn-vn").glob("AS*.txt")
        for line in path.read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    }
    assert {(str(row.network), row.asn) for row in vn.prefixes} == listed
    assert len(vn.prefixes) == 445


@pytest.mark.parametrize(
    ("address", "asn"),
    [
        ("103.84.76.1", 7552),  # the /24 of one system inside the /22 of another
        ("103.84.77.1", 24086),
        ("14.225.0.1", 135905),  # inside 14.160.0.0/11 of AS45899
        ("14.224.255.255", 45899),
        ("14.226.0.0", 45899),
        ("1.52.0.0", 18403),
        ("8.8.8.8", None),
        ("10.0.0.1", None),
        ("23.79.96.1", None),  # a cache
        ("2001:db8::1", None),
    ],
)
def test_an_address_in_nested_prefixes_belongs_to_the_longest(
    vn: Pack, address: str, asn: int | None
) -> None:
    assert asns(vn, [address]) == [asn]


def test_every_prefix_answers_as_a_search_through_all_of_them(vn: Pack) -> None:
    table = list(vn.prefixes)
    cached = [row.network for row in vn.excluded_networks if row.network]
    addresses = [str(address) for row in table for address in (row.network[0], row.network[-1])]
    wanted = [
        None if any(ipaddress.ip_address(one) in network for network in cached) else searched(table, one, DAY)
        for one in addresses
    ]
    assert asns(vn, [*addresses]) == wanted
    assert wanted.count(None) == 20


def test_excluded_networks_of_vietnam_are_known_by_number_by_name_and_by_address(vn: Pack) -> None:
    assert vn.excluded_network(None, 131122, DAY) == "government"
    assert vn.excluded_network("vnnic", None, DAY) == "government"
    assert vn.excluded_network("FPT", 45894, DAY) == "hosting"
    assert vn.excluded_network("Viettel", 7552, DAY) is None
    assert vn.excluded_network(None, None, DAY) is None
    days = np.full(2, np.datetime64(DAY, "D"))
    assert vn.excluded_addresses(pa.array(["23.40.76.9", "1.52.0.1"]), days).to_pylist() == ["hosting", None]
