"""An edition: every number of the method that may change, read from one file and checked."""

from dataclasses import dataclass
from typing import Any

from qos.domain.flags import FLAGS
from qos.domain.indicator import Indicator
from qos.domain.market import Market
from qos.domain.operator import OperatorView
from qos.domain.quarter import Quarter


@dataclass(frozen=True)
class Prior:
    """A lognormal prior of a standard deviation: its centre, and the sd of its log."""

    centre: float
    sd_log: float

    def __post_init__(self) -> None:
        if not (self.centre > 0 and self.sd_log > 0):
            raise ValueError("a prior needs a positive centre and a positive sd of the log")


@dataclass(frozen=True)
class Fit:
    draws: int
    points: int
    min_effective: float
    seed: int


@dataclass(frozen=True)
class Correlation:
    same_kind: float
    same_kin: float
    common_kappa: float
    common_omega: float


@dataclass(frozen=True)
class Sensitivity:
    """Other declared values under which the national ranking is computed again."""

    same_kind: tuple[float, ...]
    common_kappa: tuple[float, ...]


@dataclass(frozen=True)
class Aggregates:
    published_std_error: float
    statistic_unknown_sd: float
    area_std_error_floor: float
    sigma2_default: float
    sigma2_default_delay: float
    default_std_error: float
    older_quarters: int


@dataclass(frozen=True)
class Publication:
    """The limits of the publication rules (method 11)."""

    subjects: int
    subjects_indicative: int
    n_effective: float
    half_width: float
    half_width_indicative: float
    gamma: float
    gamma_indicative: float
    kin_groups: int
    national_subjects: int
    source_subjects: int
    coverage: float
    cell_subjects_min: int
    probably_first: float


@dataclass(frozen=True)
class Quality:
    """The limits of the quality rules on a quarter (method 8)."""

    share_rows: int
    """Rows of an operator in a source below which its shares say nothing."""
    share_subjects: int
    """Subjects of the same below which one of them may well bring a large share."""
    subject_share: float
    device_share: float
    hour_share: float
    elsewhere: float
    """So many times the share among the source's other operators."""
    same_result_seconds: int
    same_result_tolerance: float
    campaign_odds: float
    campaign_share: float
    campaign_z: float

    def __post_init__(self) -> None:
        shares = (self.subject_share, self.device_share, self.hour_share, self.campaign_share)
        if not all(0 < share < 1 for share in shares):
            raise ValueError("a share of the quality rules lies between 0 and 1")
        if not (self.elsewhere >= 1 and self.campaign_odds > 1 and self.same_result_seconds >= 1):
            raise ValueError("quality: elsewhere and campaign_odds are factors above 1, seconds at least 1")


@dataclass(frozen=True)
class Edition:
    """One edition of the methodology; immutable once a release has used it."""

    name: str
    title: str
    valid_from: Quarter
    confidence: float
    headline: str
    examined: tuple[str, ...]
    indicators: tuple[str, ...]
    operator_view: OperatorView
    """`network`: a brand counts for the network that carries it; `brand`: each for itself."""
    excluding_flags: tuple[str, ...]
    min_seconds_between: int
    markets: tuple[Market, ...]
    reference_panels: tuple[tuple[str, str], ...]
    """(source, market) pairs."""
    fit: Fit
    bias: dict[str, float]
    priors: dict[str, Prior]
    correlation: Correlation
    sensitivity: Sensitivity
    aggregates: Aggregates
    quality: Quality
    publication: Publication

    def __post_init__(self) -> None:
        if undeclared := sorted(set(self.excluding_flags) - set(FLAGS)):
            raise ValueError(f"excluding_flags that qos.domain.flags lacks: {undeclared}")

    def market(self, name: str) -> Market:
        return next(market for market in self.markets if market.name == name)

    def names_panel(self, source: str, market: str) -> bool:
        return (source, market) in self.reference_panels


@dataclass(frozen=True)
class Methodology:
    """An edition with the indicators it names, and the bytes both were read from."""

    edition: Edition
    indicators: dict[str, Indicator]
    files: dict[str, bytes]
    digest: str

    def of_market(self, market: Market) -> list[Indicator]:
        """The indicators that are computed in a market, in the edition's order."""
        return [i for i in self.indicators.values() if market.service in i.services]


def operator_view(text: str) -> OperatorView:
    match text:
        case "network" | "brand":
            return text
    raise ValueError(f"operator_view is network or brand, not {text!r}")


def parse_edition(table: dict[str, Any]) -> Edition:
    """An edition from its TOML table. Raises TypeError, KeyError or ValueError on a fault."""
    table = dict(table)
    markets = tuple(
        Market(name=m["name"], service=m["service"], technologies=tuple(m.get("technologies", ())))
        for m in table.pop("market")
    )
    panels = tuple((p["source"], p["market"]) for p in table.pop("reference_panel", []))
    sensitivity = table.pop("sensitivity")
    return Edition(
        valid_from=Quarter.parse(table.pop("valid_from")),
        examined=tuple(table.pop("examined")),
        indicators=tuple(table.pop("indicators")),
        operator_view=operator_view(table.pop("operator_view")),
        excluding_flags=tuple(table.pop("excluding_flags")),
        markets=markets,
        reference_panels=panels,
        fit=Fit(**table.pop("fit")),
        bias={kind: float(sd) for kind, sd in table.pop("bias").items()},
        priors={name: Prior(*map(float, pair)) for name, pair in table.pop("priors").items()},
        correlation=Correlation(**table.pop("correlation")),
        sensitivity=Sensitivity(**{key: tuple(values) for key, values in sensitivity.items()}),
        aggregates=Aggregates(**table.pop("aggregates")),
        quality=Quality(**table.pop("quality")),
        publication=Publication(**table.pop("publication")),
        **table,
    )
