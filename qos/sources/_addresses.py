"""What the address of a client says by itself, for the sources whose only subject is an address."""

import ipaddress

LOCAL = (
    r"(?:::ffff:)?(?:10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168)\..*"
    r"|::1|(?i:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):.*"
)
"""Form of an address that no access network gives: private (RFC 1918, RFC 4193), link-local, loopback.

Shared addresses of a carrier (100.64.0.0/10, RFC 6598) are not among them: a server inside the
operator's network sees its subscribers so.
"""
WITHIN = "a test inside a local network"

MONITORS = (
    *("35.193.254.117", "35.225.75.192", "35.192.37.249", "35.202.153.90", "35.188.150.110"),
    *("23.228.128.99", "2605:a601:f1ff:fffe::99", "45.56.98.222", "2600:3c03::f03c:91ff:fe33:819"),
)
"""Machines with which M-Lab watches its own servers, as its views exclude them."""


def line_of(address: object) -> str | None:
    """What tells one line from another: an IPv4 address, or the upper 64 bits of one of IPv6.

    Hosts of a line change the lower 64 bits daily (RFC 8981). Null where there is no address.
    """
    try:
        parsed = ipaddress.ip_address(str(address).strip())
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))


def version_of(address: object) -> int | None:
    """4 or 6; an IPv4 address written as one of IPv6 is 4."""
    line = line_of(address)
    return None if line is None else 6 if ":" in line else 4
