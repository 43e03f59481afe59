"""Rules on one row, decided on landing: conditions in SQL over the row as it arrives.

A condition sees the columns of a measurement under their names, `latitude` and `longitude` as delivered,
and `region_code`, the region that was found. True raises the flag; false and null do not. What each flag
means stands in `qos.domain.flags`. Rules that compare columns only the source knows (a rate against its
bytes, a VPN, a SIM card against its network) are said in the source's declaration.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields

from qos.domain.flags import FLAGS, Grain
from qos.domain.measurement import METRICS
from qos.store.quality.limits import LIMITS, RELEASES, Limits


@dataclass(frozen=True)
class RowRule:
    """One condition of one flag; it is asked where the delivery has every column in `needs`."""

    flag: str
    needs: tuple[str, ...]
    condition: str

    def __post_init__(self) -> None:
        if FLAGS[self.flag].grain is not Grain.ROW:
            raise ValueError(f"{self.flag} is not decided on one row")


def _by_technology(metric: str, otherwise: str) -> str:
    """The limit of a metric as SQL over `technology`; `otherwise` where there is none."""
    cases = " ".join(f"WHEN '{name}' THEN {getattr(limit, metric)}" for name, limit in LIMITS.items())
    return f"CASE technology {cases} ELSE {otherwise} END"


def _beyond_technology() -> tuple[RowRule, ...]:
    """A failed task gives a rate of 0 and may give a latency of 0: neither says anything here."""
    rules = []
    for metric in (field.name for field in fields(Limits) if field.name in METRICS):
        beyond = (
            f"{metric} > {_by_technology(metric, 'NULL')}"
            if METRICS[metric].higher_is_better
            else f"{metric} > 0 AND {metric} < {_by_technology(metric, 'NULL')}"
        )
        rules.append(RowRule("beyond-technology", ("technology", metric), beyond))
    return tuple(rules)


_DIRECTIONS_SWAPPED = RowRule(
    "directions-swapped",
    ("technology", "download_mbps", "upload_mbps"),
    f"upload_mbps > {_by_technology('upload_mbps', 'NULL')}"
    f" AND upload_mbps <= {_by_technology('download_mbps', 'NULL')}"
    f" AND download_mbps <= {_by_technology('upload_mbps', 'NULL')}",
)

SIMULATED_PLACES: dict[str, tuple[float, float]] = {
    "San Francisco, where iOS simulators stand": (37.785834, -122.406417),
    "Cupertino, the next choice of the iOS simulator": (37.331705, -122.030237),
    "Mountain View, where Android emulators stand": (37.421998, -122.084),
    "in the sea off Ghana: a position nobody filled in": (0.0, 0.0),
}
"""Latitude and longitude; people may stand there too, but no country of a pack reaches there."""

_NEAR = 0.0002
"""Degrees, about 20 m: programs round the place to four decimals or more."""

SIMULATED_DEVICES = (
    *("x86_64", "i386", "arm64"),  # what the iOS simulator calls itself: the computer's processor
    *("simulator", "iphone simulator", "ipad simulator"),
)
SIMULATED_BEGINNINGS = (
    *("sdk_gphone", "sdk_gtablet", "android sdk built for", "google_sdk", "sdk_phone"),
    *("generic_x86", "emulator", "vbox86p", "genymotion"),
)

_SIMULATOR = (
    RowRule(
        "simulator",
        ("device_model",),
        f"lower(device_model) IN {SIMULATED_DEVICES!r} OR "
        + " OR ".join(f"starts_with(lower(device_model), '{text}')" for text in SIMULATED_BEGINNINGS),
    ),
    RowRule(
        "simulator",
        ("latitude", "longitude"),
        " OR ".join(
            f"(abs(latitude - {latitude}) < {_NEAR} AND abs(longitude - ({longitude})) < {_NEAR})"
            for latitude, longitude in SIMULATED_PLACES.values()
        ),
    ),
)

_BEFORE_RELEASE = tuple(
    RowRule(
        "before-release",
        (column, "measured_at"),
        f"measured_at < TIMESTAMP '{day}' AND starts_with(lower({column}), '{text}')",
    )
    for (column, text), (day, _why) in RELEASES.items()
)

_WIFI = (
    RowRule("wifi-line", ("service", "access"), "service = 'fixed' AND access = 'wifi'"),
    RowRule("wifi-not-mobile", ("service", "access"), "service = 'mobile' AND access = 'wifi'"),
)

ROW_RULES: tuple[RowRule, ...] = (
    *_beyond_technology(),
    _DIRECTIONS_SWAPPED,
    *_SIMULATOR,
    *_BEFORE_RELEASE,
    *_WIFI,
)
"""The rules that hold in every country."""

TERRITORIAL_SEA = 0.25
"""Degrees, a little more than the twelve nautical miles of a coast: boats have phones too."""


def rules_of_country(
    *, mobile_country_codes: Collection[str] = (), box: tuple[float, float, float, float] | None = None
) -> tuple[RowRule, ...]:
    """`ROW_RULES` and those that need to know the country.

    mobile_country_codes: `452`; box: west, south, east, north of its outlines, in degrees. Without
    them nothing is said about where a row was measured.
    """
    rules = list(ROW_RULES)
    if mobile_country_codes:
        known = ", ".join(f"'{code}'" for code in sorted(mobile_country_codes))
        code = "left(trim(mcc_mnc), 3)"
        readable = f"try_cast({code} AS INTEGER) BETWEEN 200 AND 799"  # 001 and 999 are test networks
        rules.append(RowRule("position-elsewhere", ("mcc_mnc",), f"{readable} AND {code} NOT IN ({known})"))
    if box is not None:
        west, south, east, north = box
        margin = TERRITORIAL_SEA
        rules.append(
            RowRule(
                "position-elsewhere",
                ("latitude", "longitude", "region_code"),
                f"region_code IS NULL AND NOT (latitude BETWEEN {south - margin} AND {north + margin}"
                f" AND longitude BETWEEN {west - margin} AND {east + margin})",
            )
        )
    return tuple(rules)
