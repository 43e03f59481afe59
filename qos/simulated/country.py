"""The invented country: who competes there, where people live, and its country pack.

Every name says that it is an example. A market of another size gets its own pack from `write_pack`;
the one bundled with the examples is what `write_pack` writes for three operators and four regions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SCHEME = "sim"
_OPERATORS = ("kite", "lantern", "heron", "pebble", "thistle", "walnut", "sparrow", "anchor")
_FIRST_REGIONS = (("North", "Bắc"), ("East", "Đông"), ("South", "Nam"), ("West", "Tây"))
_LARGEST_POPULATION = 3_400_000
_FIRST_ASN = 64_512
"""Start of the numbers reserved for private use (RFC 6996): no real network has one."""
UNKNOWN_ASN = 65_000
MOST_OPERATORS = len(_OPERATORS)
MOST_REGIONS = 99


@dataclass(frozen=True)
class Country:
    """Operators and regions of one simulated country, in the order of every array about them."""

    operators: tuple[str, ...]
    regions: tuple[str, ...]

    @property
    def populations(self) -> NDArray[np.int64]:
        """Inhabitants, shape (R,); the first region is the largest."""
        return np.array([round(_LARGEST_POPULATION / (1 + 0.3 * r)) for r in range(len(self.regions))])

    @property
    def weights(self) -> NDArray[np.float64]:
        """Share of the nation, shape (R,), summing to 1."""
        return np.asarray(self.populations / self.populations.sum())

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of the subscribers, shape (O,), summing to 1; the same in every region."""
        raw = 1 / (1 + 0.3 * np.arange(len(self.operators)))
        return np.asarray(raw / raw.sum())

    @property
    def asns(self) -> dict[str, int]:
        return {operator: _FIRST_ASN + i for i, operator in enumerate(self.operators)}


def country(operators: int, regions: int) -> Country:
    """Raises ValueError when more are asked for than there are names."""
    if not 1 <= operators <= MOST_OPERATORS:
        raise ValueError(f"a simulated country has 1 to {MOST_OPERATORS} operators, not {operators}")
    if not 1 <= regions <= MOST_REGIONS:
        raise ValueError(f"a simulated country has 1 to {MOST_REGIONS} regions, not {regions}")
    return Country(_OPERATORS[:operators], tuple(f"{SCHEME}:{r + 1:02}" for r in range(regions)))


def operator_name(operator: str, language: str) -> str:
    return {"en": f"Example {operator.title()}", "vi": f"{operator.title()} (ví dụ)"}[language]


def region_name(region: str, language: str) -> str:
    number = int(region.split(":")[1])
    if number > len(_FIRST_REGIONS):
        return {"en": f"Exampleland District {number}", "vi": f"Vùng {number} Xứ Ví Dụ"}[language]
    english, vietnamese = _FIRST_REGIONS[number - 1]
    return {"en": f"{english} Exampleland", "vi": f"{vietnamese} Xứ Ví Dụ"}[language]
