"""The rows of a pack's tables that are not nouns of the domain. All are frozen; `valid_to` is exclusive."""

import datetime as dt
import ipaddress
import operator as comparisons
from collections.abc import Callable
from dataclasses import dataclass

SERVICES = ("mobile", "fixed")
ANY_SERVICE = "any"
REGION_LINEAGE = ("kept", "renamed", "merged", "split")
OPERATOR_LINEAGE = ("renamed", "merged", "hosted")
HOSTED = "hosted"
"""The old operator is a brand that goes on, carried by the network of the new one."""
WEIGHT_KINDS = ("population", "subscriptions", "panel", "measured")
WEIGHT_STATUS = ("final", "provisional")
EXCLUDED_FOR = ("hosting", "government", "test")
"""Why nobody's customer measures in a network."""
MARGIN_VARIABLES = ("technology", "urbanity", "hour_band")
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": comparisons.ge,
    "<=": comparisons.le,
    ">": comparisons.gt,
    "<": comparisons.lt,
}


@dataclass(frozen=True)
class Network:
    """How an operator is recognised: exactly one of asn, mcc_mnc and spelling is given."""

    operator: str
    service: str
    origin: str
    asn: int | None = None
    mcc_mnc: str | None = None
    spelling: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    @property
    def services(self) -> tuple[str, ...]:
        return SERVICES if self.service == ANY_SERVICE else (self.service,)


@dataclass(frozen=True)
class Prefix:
    """Addresses that an autonomous system announces. IPv6 prefixes are no longer than /64."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    asn: int
    origin: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True)
class ExcludedNetwork:
    """A network without subscribers: exactly one of asn, network (a prefix) and spelling is given."""

    reason: str
    origin: str
    asn: int | None = None
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    spelling: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True)
class Lineage:
    """What became of a region or an operator. `date` is the first day of the new one."""

    old: str
    new: str
    date: dt.date | None
    kind: str
    origin: str = ""


@dataclass(frozen=True)
class RegionName:
    """A further spelling of a region."""

    region: str
    spelling: str
    origin: str


@dataclass(frozen=True)
class Weight:
    """Weight of a region in national figures of a market; with an operator: of its customers only."""

    region: str
    market: str
    operator: str | None
    weight: float
    kind: str
    status: str
    origin: str


@dataclass(frozen=True)
class Margin:
    """Known share of one level of a variable, in a market, region and for an operator (None: all)."""

    market: str
    region: str
    operator: str | None
    variable: str
    level: str
    share: float
    valid_from: dt.date
    origin: str


@dataclass(frozen=True)
class Threshold:
    """A limit of law or policy. `limit` is None when the document could not be read."""

    indicator: str
    market: str
    limit: float | None
    comparison: str
    source_document: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    verified_by: str

    @property
    def verified(self) -> bool:
        return bool(self.verified_by) and self.limit is not None

    def verdict(self, value: float) -> bool | None:
        """Whether the value keeps the limit; None, no verdict, when nobody has verified the limit."""
        if not self.verified or self.limit is None:
            return None
        return COMPARISONS[self.comparison](value, self.limit)


def valid_on(day: dt.date, start: dt.date | None, end: dt.date | None) -> bool:
    """Whether a day lies in start (inclusive) .. end (exclusive); None is open."""
    return (start is None or start <= day) and (end is None or day < end)


def overlap(one: tuple[dt.date | None, dt.date | None], other: tuple[dt.date | None, dt.date | None]) -> bool:
    """Whether two validities (start inclusive, end exclusive, None open) share a day."""
    (start, end), (other_start, other_end) = one, other
    return (start or dt.date.min) < (other_end or dt.date.max) and (other_start or dt.date.min) < (
        end or dt.date.max
    )
