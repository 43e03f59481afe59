"""The market of one seed: its truth, and what its sources deliver each quarter."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from qos.domain.quarter import Quarter
from qos.simulated import spoiling, truth
from qos.simulated.country import Country, country
from qos.simulated.design import SOURCES, Design
from qos.simulated.rows import measurements

_TYPES = {
    "measured_at": pa.timestamp("us", tz="UTC"),
    "asn": pa.int64(),
    "weight": pa.float64(),
    "download_mbps": pa.float64(),
    "upload_mbps": pa.float64(),
    "latency_ms": pa.float64(),
    "jitter_ms": pa.float64(),
    "loss_ratio": pa.float64(),
    "completed": pa.float64(),
}
"""Every other column is text."""


@dataclass(frozen=True)
class Delivery:
    """What one source delivers about one quarter; `spoilt` counts the faults put in, by name."""

    source: str
    quarter: Quarter
    table: pa.Table
    spoilt: dict[str, int]

    @property
    def file_name(self) -> str:
        return f"{self.source}-{self.quarter}.parquet"


@dataclass(frozen=True)
class Simulated:
    """A market with known truth. `truth` is the table of `qos.simulated.truth.table`."""

    seed: int
    country: Country
    quarters: tuple[Quarter, ...]
    sources: tuple[Design, ...]
    truth: pd.DataFrame
    deliveries: tuple[Delivery, ...]


def market(
    seed: int,
    *,
    operators: int = 3,
    regions: int = 4,
    quarters: Sequence[str] = ("2026Q1", "2026Q2"),
    sources: tuple[Design, ...] = SOURCES,
) -> Simulated:
    """Raises ValueError for more operators or regions than there are names, or no such quarter."""
    place = country(operators, regions)
    periods = tuple(Quarter.parse(quarter) for quarter in quarters)
    theta = truth.theta(seed, place, len(periods))
    deliveries = []
    for s, design in enumerate(sources):
        level = truth.delivered(seed, place, s, design, theta)
        for q, quarter in enumerate(periods):
            rng = truth.stream(seed, 2, s, q)
            rows = measurements(rng, place, design, quarter, level[:, q])
            spoilt_rows, counts = spoiling.as_delivered(rng, rows, design, place)
            deliveries.append(Delivery(design.name, quarter, _arrow(spoilt_rows), counts))
    table = truth.table(place, periods, theta)
    return Simulated(seed, place, periods, tuple(sources), table, tuple(deliveries))


def _arrow(rows: pd.DataFrame) -> pa.Table:
    schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in rows.columns])
    return pa.Table.from_pandas(rows, schema=schema, preserve_index=False).replace_schema_metadata(None)


def write(simulated: Simulated, folder: Path) -> list[Path]:
    """One Parquet file per delivery, in the order they are to be landed, and `truth.csv` last."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for delivery in simulated.deliveries:
        paths.append(folder / delivery.file_name)
        pq.write_table(delivery.table, paths[-1], compression="zstd")
    paths.append(folder / "truth.csv")
    simulated.truth.to_csv(paths[-1], index=False, lineterminator="\n")
    return paths
