"""Flags: every quality rule by name, and the bit that stands for it in a stored measurement.

Rows are flagged, never deleted; an edition says which flags exclude a row from a release. A bit is
never given to another flag, so that files written by an older program keep their meaning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Grain(StrEnum):
    """What a flag is decided on."""

    ROW = "row"  # one row and its delivery: decided on landing
    QUARTER = "quarter"  # all rows of a quarter together: decided when a snapshot is read
    AGGREGATE = "aggregate"  # a figure


@dataclass(frozen=True)
class Flag:
    """One quality rule. `catches`: what it means, in a sentence a regulator understands; `case`: a real
    or constructed case of it."""

    name: str
    bit: int
    grain: Grain
    catches: str
    case: str = ""


FLAGS: dict[str, Flag] = {
    flag.name: flag
    for flag in (
        # --- resolution
        Flag("operator-unresolved", 0, Grain.ROW, "an operator is named, but nobody the country knows"),
        Flag("operator-not-given", 1, Grain.ROW, "nothing says whose network it was"),
        Flag("region-unresolved", 2, Grain.ROW, "a region is named or a position given, but none is found"),
        Flag("region-not-given", 3, Grain.ROW, "nothing says where it was"),
        Flag("network-excluded", 4, Grain.ROW, "a hosting, government or test network, excluded by name"),
        Flag("address-unannounced", 5, Grain.ROW, "no network of the pack announced the address that day"),
        Flag("position-inaccurate", 6, Grain.ROW, "the position is less exact than a region needs"),
        Flag("service-assumed", 7, Grain.ROW, "the delivery does not say mobile or fixed; fixed was assumed"),
        # --- rules on one row
        Flag("measured-in-future", 8, Grain.ROW, "measured after it was received"),
        Flag("id-conflict", 9, Grain.QUARTER, "the same id with another content; the smaller hash counts"),
        Flag("loss-unit-doubtful", 10, Grain.ROW, "the unit of the loss contradicts its documentation"),
        Flag("no-weight", 11, Grain.ROW, "the survey gives this subject no weight"),
        Flag("zero-weight", 12, Grain.ROW, "the survey gives this subject the weight 0"),
        Flag("unweighted", 13, Grain.ROW, "the whole wave has no weights"),
        Flag("not-qualified", 14, Grain.ROW, "the source itself calls the subject not qualified"),
        Flag("latency-over-1000-ms", 15, Grain.AGGREGATE, "a latency above a second; kept"),
        Flag("rate-contradicts-bytes", 16, Grain.ROW, "the rate is not what bytes and time of the row give"),
        Flag("implausible", 17, Grain.ROW, "the source itself calls the row implausible"),
        Flag("vpn", 18, Grain.ROW, "the client was in a virtual private network"),
        Flag("beyond-technology", 19, Grain.ROW, "a rate or latency its technology cannot give"),
        Flag("directions-swapped", 20, Grain.ROW, "upload and download are the wrong way round"),
        Flag("simulator", 21, Grain.ROW, "a simulator's device or its default position, not a subscriber"),
        Flag("before-release", 22, Grain.ROW, "measured before the client's version was released"),
        Flag("position-elsewhere", 23, Grain.ROW, "the position contradicts the country or the network"),
        Flag("roaming", 24, Grain.ROW, "a SIM card of another network than the one that served it"),
        Flag("wifi-line", 25, Grain.ROW, "a fixed line measured over Wi-Fi: the Wi-Fi was measured too"),
        # --- rules on a quarter
        Flag("subject-share", 26, Grain.QUARTER, "one subject brings more of a cell than the edition allows"),
        Flag("device-share", 27, Grain.QUARTER, "one device model brings more than the edition allows"),
        Flag("hour-share", 28, Grain.QUARTER, "one hour brings more of a source than the edition allows"),
        Flag("other-source", 29, Grain.QUARTER, "the same result arrived through another source too"),
        Flag("campaign", 30, Grain.QUARTER, "an operator's share of a source changed suddenly"),
    )
}


def mask(names: Iterable[str]) -> int:
    """The bits of these flags together. Raises KeyError for a flag nobody declared."""
    return sum(1 << FLAGS[name].bit for name in set(names))


def names_of(bits: int) -> tuple[str, ...]:
    """The flags of a bit set, sorted by name."""
    return tuple(sorted(flag.name for flag in FLAGS.values() if bits >> flag.bit & 1))


def _check() -> None:
    bits = [flag.bit for flag in FLAGS.values()]
    assert len(set(bits)) == len(bits), "two flags share a bit"
    assert max(bits) < 63, "a bit set is a signed 64-bit number"


_check()
