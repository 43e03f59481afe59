"""What an address says by itself."""

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.sources._addresses import LOCAL, line_of, version_of

LOCAL_NETWORKS = [
    ipaddress.ip_network(text)
    for text in (
        *("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
]


def is_local(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in network for network in LOCAL_NETWORKS if network.version == address.version)


@given(
    st.ip_addresses(v=4) | st.sampled_from(LOCAL_NETWORKS[:5]).flatmap(lambda n: st.ip_addresses(network=n))
)
def test_the_form_of_local_addresses_is_that_of_the_networks(address: ipaddress.IPv4Address) -> None:
    assert (re.fullmatch(LOCAL, str(address)) is not None) == is_local(address)


@given(
    st.ip_addresses(v=6) | st.sampled_from(LOCAL_NETWORKS[5:]).flatmap(lambda n: st.ip_addresses(network=n))
)
def test_the_same_holds_of_the_longer_addresses(address: ipaddress.IPv6Address) -> None:
    if address.ipv4_mapped is None:
        assert (re.fullmatch(LOCAL, str(address)) is not None) == is_local(address)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_hosts_of_one_line_share_it(address: ipaddress.IPv6Address, host: int) -> None:
    if address.ipv4_mapped is None:
        other = ipaddress.IPv6Address((int(address) >> 64 << 64) + host)
        if other.ipv4_mapped is None:
            assert line_of(address) == line_of(other)


@pytest.mark.parametrize(
    ("text", "line", "version"),
    [
        ("192.0.2.9", "192.0.2.9", 4),
        ("::ffff:192.0.2.9", "192.0.2.9", 4),
        ("2001:db8:1:2:a:b:c:d", "2001:db8:1:2::/64", 6),
        ("a name", None, None),
        (None, None, None),
    ],
)
def test_an_address_tells_its_line_and_version(text: object, line: str | None, version: int | None) -> None:
    assert (line_of(text), version_of(text)) == (line, version)
