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
        Flag(
            "measured-in-future",
            8,
            Grain.ROW,
            "measured after it was received",
            "a handset whose clock stands at 2036 sends a test on 1 August 2026",
        ),
        Flag("id-conflict", 9, Grain.QUARTER, "the same id with another content; the smaller hash counts"),
        Flag("loss-unit-doubtful", 10, Grain.ROW, "the unit of the loss contradicts its documentation"),
        Flag("no-weight", 11, Grain.ROW, "the survey gives this subject no weight"),
        Flag("zero-weight", 12, Grain.ROW, "the survey gives this subject the weight 0"),
        Flag("unweighted", 13, Grain.ROW, "the whole wave has no weights"),
        Flag("not-qualified", 14, Grain.ROW, "the source itself calls the subject not qualified"),
        Flag("latency-over-1000-ms", 15, Grain.AGGREGATE, "a latency above a second; kept"),
        Flag(
            "rate-contradicts-bytes",
            16,
            Grain.ROW,
            "the rate is not what bytes and time of the row give",
            "the Speedtest CLI's bandwidth in bytes per second, read as bit/s: 8 times too slow",
        ),
        Flag("implausible", 17, Grain.ROW, "the source itself calls the row implausible"),
        Flag(
            "vpn",
            18,
            Grain.ROW,
            "the client was in a virtual private network, so the tunnel was measured",
            "a Speedtest CLI result whose interface says isVpn",
        ),
        Flag(
            "beyond-technology",
            19,
            Grain.ROW,
            "a rate or latency its technology cannot give",
            "2,400 Mbit/s on 4G: five carriers of LTE give 2,000",
        ),
        Flag(
            "directions-swapped",
            20,
            Grain.ROW,
            "upload and download are the wrong way round: only exchanged could the technology give them",
            "a DSL line with 8 Mbit/s down and 220 Mbit/s up",
        ),
        Flag(
            "simulator",
            21,
            Grain.ROW,
            "a simulator's device or its default position, not a subscriber",
            "37.785834, -122.406417 in San Francisco is where every iOS simulator stands",
        ),
        Flag(
            "before-release",
            22,
            Grain.ROW,
            "measured before its protocol, technology or client existed",
            "an ndt7 test of 1 January 2010: a clock that lost its battery",
        ),
        Flag(
            "position-elsewhere",
            23,
            Grain.ROW,
            "the position or the network code is another country's",
            "a phone at the border that a Lao network (457-01) served, sent as a Vietnamese test",
        ),
        Flag(
            "roaming",
            24,
            Grain.ROW,
            "a SIM card of another network than the one that served it",
            "an RTR-NetTest result whose SIM is 232-05 and whose network is 262-02",
        ),
        Flag(
            "wifi-line",
            25,
            Grain.ROW,
            "a fixed line measured over Wi-Fi: the Wi-Fi was measured too",
            "55 Mbit/s over a crowded 2.4 GHz channel on a line of 1 Gbit/s",
        ),
        # --- rules on a quarter
        Flag(
            "subject-share",
            26,
            Grain.QUARTER,
            "one subject brings more of an operator's rows in a source than the edition allows",
            "a handset left testing in a loop: 9,000 of 100,000 rows of its operator",
        ),
        Flag(
            "device-share",
            27,
            Grain.QUARTER,
            "one device model brings more of an operator's rows than the edition allows, and not elsewhere",
            "40 of 100 tests of one operator on the model its staff were given",
        ),
        Flag(
            "hour-share",
            28,
            Grain.QUARTER,
            "one hour brings more of an operator's rows than the edition allows, and not elsewhere",
            "an afternoon on which a company's staff was asked to test: 8 % of a quarter in one hour",
        ),
        Flag(
            "other-source",
            29,
            Grain.QUARTER,
            "the same result arrived through another source too, which keeps it",
            "an app that measures with another's SDK: both deliver the test, two seconds apart",
        ),
        Flag(
            "campaign",
            30,
            Grain.QUARTER,
            "an operator's share of a source's rows changed suddenly since the quarter before",
            "i-Speed 5G in Vietnam: Viettel's share of the samples 83 % in July 2025, 94 % in January 2026",
        ),
        Flag(
            "wifi-not-mobile",
            31,
            Grain.ROW,
            "called mobile, but measured over Wi-Fi: not the mobile network",
            "a phone on the Wi-Fi at home that says 4G because its radio is on",
        ),
        Flag(
            "clock-doubtful",
            32,
            Grain.ROW,
            "the source itself says that its clock was not set lately, so the time may be wrong",
            "a RIPE Atlas probe that could not reach a time server for ten minutes (lts 600)",
        ),
        Flag(
            "server-unlisted",
            33,
            Grain.ROW,
            "measured against a host that nobody vouched for, so its own connection may be the limit",
            "an iperf3 run between two machines of one campus, with public addresses",
        ),
        # --- rules on figures
        Flag(
            "revised",
            34,
            Grain.AGGREGATE,
            "the source gave another value of the same figure later; the later one counts",
            "a regulator corrects a month's table",
        ),
        Flag(
            "same-figure",
            35,
            Grain.AGGREGATE,
            "the same figure of the same publisher under another source's name; one counts",
            "an Ookla median cited in two newspapers",
        ),
        Flag(
            "approximate-quantile",
            36,
            Grain.AGGREGATE,
            "a median or percentile averaged over parts that differ, so only near that of the whole",
            "the medians of an operator's two networks, 40 and 60 Mbit/s, of as many tests: called 50",
        ),
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
