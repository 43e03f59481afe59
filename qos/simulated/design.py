"""What is simulated: the quantities with their spread, and the sources with their faults.

Standard deviations are on the quantity's scale (log or logit); those of the sources are the centres
of the priors of the source model, so that a fit with the default priors meets the market it expects.
"""

from dataclasses import dataclass
from math import log

from qos.domain.indicator import Scale
from qos.domain.source import SourceKind


@dataclass(frozen=True)
class Quantity:
    """One metric in the market.

    centre: typical value on the scale. spread: factor on the deviations of operators and regions.
    between, within: standard deviation between subjects, and of one subject's measurements; values are
    log-normal around the subject, so that the geometric mean and the median are the same truth.
    sense: +1 when a subject that is well served has a larger value, -1 when a smaller one.
    """

    metric: str
    scale: Scale
    centre: float
    spread: float
    between: float
    within: float
    sense: int
    indicators: tuple[str, ...]


def _logit(p: float) -> float:
    return log(p / (1 - p))


QUANTITIES = (
    Quantity(
        "download_mbps", Scale.LOG, log(48), 1.0, 0.45, 0.35, 1, ("download_geomean", "download_median")
    ),
    Quantity("upload_mbps", Scale.LOG, log(15), 1.0, 0.45, 0.40, 1, ("upload_geomean", "upload_median")),
    Quantity("latency_ms", Scale.LOG, log(38), 0.5, 0.25, 0.30, -1, ("latency_geomean", "latency_median")),
    Quantity("jitter_ms", Scale.LOG, log(9), 0.5, 0.30, 0.50, -1, ("jitter_median",)),
    Quantity("loss_ratio", Scale.LOGIT, _logit(0.01), 0.8, 0.0, 0.0, -1, ("loss_mean",)),
    Quantity("completed", Scale.LOGIT, _logit(0.97), 0.8, 0.0, 0.0, 1, ("success_share",)),
)

PACKETS = 250
"""Packets of one loss measurement."""


@dataclass(frozen=True)
class Design:
    """One simulated source.

    subjects: in one quarter. tests: their mean number per subject; heavy: standard deviation of its log;
    slow_use: how much more a subject tests when it is badly served (log units per standard deviation).
    level_sd, operator_sd, region_sd, cell_sd: of the source's offset, its discrepancies by operator, by
    region and by both. compression: part of a difference in speed that one stream does not reach.
    weighted: rows carry a survey weight. duplicates, conflicts, impossible, unresolved: rows spoilt on
    purpose.
    """

    name: str
    title: str
    kind: SourceKind
    subjects: int
    tests: float
    heavy: float
    slow_use: float
    level_sd: float
    operator_sd: float
    region_sd: float = 0.05
    cell_sd: float = 0.08
    compression: float = 0.0
    weighted: bool = False
    duplicates: int = 0
    conflicts: int = 0
    impossible: int = 0
    unresolved: int = 0


SOURCES = (
    Design(
        name="sim-app",
        title="Simulated speed-test app",
        kind=SourceKind.APP,
        subjects=2_400,
        tests=5.0,
        heavy=0.9,
        slow_use=0.35,
        level_sd=0.3,
        operator_sd=0.07,
        duplicates=25,
        conflicts=1,
        unresolved=40,
    ),
    Design(
        name="sim-browser",
        title="Simulated browser speed test, one stream",
        kind=SourceKind.BROWSER,
        subjects=1_200,
        tests=2.0,
        heavy=0.5,
        slow_use=0.2,
        level_sd=0.3,
        operator_sd=0.07,
        compression=0.08,
        impossible=6,
        unresolved=15,
    ),
    Design(
        name="sim-probe",
        title="Simulated probe panel",
        kind=SourceKind.PROBE,
        subjects=240,
        tests=18.0,
        heavy=0.1,
        slow_use=0.0,
        level_sd=0.02,
        operator_sd=0.025,
        weighted=True,
    ),
)
