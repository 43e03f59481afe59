"""Sources: who gives us data, and how far their figures may be off before a row was seen."""

from dataclasses import dataclass
from enum import StrEnum

from qos.domain.operator import check_slug


class SourceKind(StrEnum):
    APP = "app"
    BROWSER = "browser"
    TILES = "tiles"
    PROBE = "probe"
    DRIVE_TEST = "drive-test"
    OPERATOR_REPORTED = "operator-reported"
    PUBLISHED = "published"


class Shape(StrEnum):
    """What one row of a source is."""

    MEASUREMENTS = "measurements"
    AGGREGATES = "aggregates"


class View(StrEnum):
    """Whose counters a rate comes from."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True)
class Source:
    """One source as declared, in its own file or by `qos sources add`.

    kin: group of sources that share an SDK, a panel or an owner (default: the source alone).
    reference: declared to meet the reference protocol. reference_needs_weights: it does so only in
    quarters in which its rows carry survey weights (a panel recruited by opportunity).
    bias_prior: declared standard deviation of its level (log units); null: the edition's for the kind.
    licence: of the data; it travels into every output built from them. notice: the text to keep.
    needs_period: a delivery says nothing about when it was measured; `--period` must.
    personal: deliveries hold personal data (addresses, positions, names) and are kept encrypted.
    How it measures, for the reconciliation and the reader, empty or null where unknown: streams: parallel
    connections; view: whose counters the rate comes from; server_selection: in words; overhead_factor:
    what its client multiplies rates with, a rate divided by it is goodput (LibreSpeed: 1.06).
    """

    name: str
    title: str
    kind: SourceKind
    shape: Shape
    licence: str
    notice: str = ""
    url: str = ""
    kin: str = ""
    reference: bool = False
    reference_needs_weights: bool = False
    bias_prior: float | None = None
    needs_period: bool = False
    personal: bool = False
    streams: int | None = None
    view: View | None = None
    server_selection: str = ""
    overhead_factor: float = 1.0
    expected_rows: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        check_slug(self.name)
        if self.bias_prior is not None and not self.bias_prior > 0:
            raise ValueError(f"{self.name}: bias_prior must be positive")

    @property
    def kin_group(self) -> str:
        return self.kin or self.name
