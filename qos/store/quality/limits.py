"""What a technology can give at the very best, and when it began.

The limits are those of the fastest form that was ever in commercial service, not of a good day: a row
beyond them is wrong about its rate or about its technology. What is merely unusual stays within them.
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Highest rates (Mbit/s) and lowest round trip (ms) of a technology; why: where they come from."""

    download_mbps: float
    upload_mbps: float
    latency_ms: float
    why: str


LIMITS: dict[str, Limits] = {
    "2g": Limits(1.3, 0.95, 40, "Evolved EDGE, 3GPP TS 43.064; a block of four frames lasts 20 ms"),
    "3g": Limits(84.4, 23, 10, "HSPA+ with two carriers and MIMO, 3GPP TS 25.306 categories 28 and 9"),
    "4g": Limits(2000, 422, 4, "LTE device category 20, 3GPP TS 36.306; scheduling in steps of 1 ms"),
    "5g-nsa": Limits(10_000, 3_500, 1, "eight carriers of 100 MHz above 24 GHz, 3GPP TS 38.306"),
    "5g-sa": Limits(10_000, 3_500, 1, "eight carriers of 100 MHz above 24 GHz, 3GPP TS 38.306"),
    "ftth": Limits(50_000, 50_000, 0, "50G-PON, ITU-T G.9804"),
    "fttc": Limits(1_000, 1_000, 0.5, "G.fast, ITU-T G.9701: 1 Gbit/s in both directions together"),
    "cable": Limits(10_000, 6_000, 1, "DOCSIS 4.0; a request and its grant take a millisecond"),
    "dsl": Limits(350, 150, 0.5, "VDSL2 profile 35b, ITU-T G.993.2 annex Q"),
    "fwa": Limits(10_000, 3_500, 0.5, "as 5G above 24 GHz"),
    "satellite": Limits(1_000, 300, 7, "the way to an orbit 550 km high and back, twice, takes 7.3 ms"),
}
"""`other` says nothing and has no limits."""

LEVEL_WITHOUT_COUNT: dict[str, float] = {"2g": 0.5, "3g": 20, "4g": 100}
"""Highest average download (Mbit/s) of a whole operator that is believed of somebody who does not say how
many tests stand behind it. Averages of unselected users stay well below: the fastest 4G networks of 2018
had about 45, those of 2023 about 60; only drive tests with the best handsets of the day came to 150, and
those state their numbers."""

FIRST_5G = dt.date(2019, 4, 3)
"""Phones on 5G were first sold in April 2019 (Korea, United States): what was measured on mobile networks
before, and says no technology, was at best 4G."""

RELEASES: dict[tuple[str, str], tuple[dt.date, str]] = {
    ("technology", "5g-nsa"): (dt.date(2018, 10, 1), "first commercial service, at fixed places"),
    ("technology", "5g-sa"): (dt.date(2020, 2, 1), "first commercial standalone core"),
    ("technology", "4g"): (dt.date(2009, 12, 14), "first commercial LTE, Stockholm and Oslo"),
    ("method", "ndt7"): (dt.date(2019, 7, 1), "the protocol came with ndt-server in July 2019"),
    ("method", "ndt5"): (dt.date(2009, 2, 18), "first day of M-Lab's archive of NDT"),
}
"""(column, how its text begins) -> the first day on which such a row can have been measured, and why."""
