"""Verification: every byte as sealed, and the ranking computed again from the folder's own cells."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from qos import methodology as rules
from qos.domain.quarter import Quarter
from qos.domain.reconciled import FitSource
from qos.domain.tables import CELLS, ESTIMATES, RANKS, WEIGHTS
from qos.pipeline.compute import MarketInput, Progress, compute
from qos.release import check_hashes, read_release, read_table
from qos.release.folder import TWO_FORMS, conform, forms_agree, read_json

TOLERANCE = 0.02
"""Values may differ by this share of their standard error: another processor, other last digits."""


@dataclass(frozen=True)
class Verification:
    """`faults` is empty when the folder holds what it says."""

    folder: Path
    quarter: str
    files: int
    signed: bool
    figures: int
    ranks: int
    faults: tuple[str, ...]


def verify(folder: Path, progress: Progress = lambda _step, _share: None) -> Verification:
    """Offline: needs nothing but the folder. Hash faults name the file and stop the rest."""
    hashes = check_hashes(folder)
    signed = (folder / "release.json.minisig").is_file()
    if hashes.faults:
        return Verification(folder, "", hashes.files, signed, 0, 0, hashes.faults)
    release = read_release(folder)
    quarter = Quarter.parse(release["quarter"])
    methodology = rules.load(release["edition"]["name"], folder / "edition")
    again = compute(inputs(folder), methodology, quarter, progress, examine=False)
    stated = read_table(folder, ESTIMATES), read_table(folder, RANKS)
    computed = conform(again.tables[ESTIMATES.name], ESTIMATES), conform(again.tables[RANKS.name], RANKS)
    faults = [
        f"{table.name}.csv: does not hold what {table.name}.parquet holds"
        for table in TWO_FORMS
        if not forms_agree(folder, table)
    ]
    faults += [*_differing_figures(stated[0], computed[0]), *_differing_ranks(stated[1], computed[1])]
    return Verification(
        folder, str(quarter), hashes.files, signed, len(stated[0]), len(stated[1]), tuple(faults)
    )


def inputs(folder: Path) -> list[MarketInput]:
    """The whole input of the reconciliation, as the folder holds it."""
    cells, weights = read_table(folder, CELLS), read_table(folder, WEIGHTS)
    model = read_json(folder / "model.json")
    return [
        MarketInput(
            market,
            cells[cells["market"] == market],
            dict(weights.loc[weights["market"] == market, ["region", "weight"]].to_numpy()),
            tuple(FitSource(**source) for source in sources),
        )
        for market, sources in model["sources"].items()
    ]


def _differing_figures(stated: pd.DataFrame, computed: pd.DataFrame) -> list[str]:
    key = list(ESTIMATES.key)
    both = stated.merge(computed, on=key, how="outer", suffixes=("", "_again"), indicator="side")
    faults = [
        f"estimates.csv: {_name(row)}: only {_SIDE[str(row.side)]}"
        for row in both[both["side"] != "both"].itertuples()
    ]
    both = both[both["side"] == "both"]
    status = both["status"] != both["status_again"]
    log = both["scale"] == "log"
    distance = np.where(
        log,
        np.abs(np.log(both["value"].where(log, 1.0)) - np.log(both["value_again"].where(log, 1.0))),
        np.abs(_logit(both["value"].where(~log, 0.5)) - _logit(both["value_again"].where(~log, 0.5))),
    )
    far = ~(distance <= TOLERANCE * both["std_error"]) & both["value"].notna()
    missing = both["value"].isna() != both["value_again"].isna()
    return faults + [
        f"estimates.csv: {_name(row)}: says {row.value} ({row.status}), the cells give "
        f"{row.value_again} ({row.status_again})"
        for row in both[status | far | missing].itertuples()
    ]


def _differing_ranks(stated: pd.DataFrame, computed: pd.DataFrame) -> list[str]:
    key = list(RANKS.key)
    both = stated.merge(computed, on=key, how="outer", suffixes=("", "_again"), indicator="side")
    faults = [
        f"ranks.csv: {_name(row)}: only {_SIDE[str(row.side)]}"
        for row in both[both["side"] != "both"].itertuples()
    ]
    both = both[both["side"] == "both"]
    differs = np.zeros(len(both), dtype=bool)
    for column in ("rank", "rank_low", "rank_high", "is_leader", "status"):
        differs |= (
            both[column].astype(object).fillna("") != both[f"{column}_again"].astype(object).fillna("")
        ).to_numpy()
    return faults + [
        f"ranks.csv: {_name(row)}: says {row.rank_low}-{row.rank_high} ({row.status}), the cells give "
        f"{row.rank_low_again}-{row.rank_high_again} ({row.status_again})"
        for row in both[differs].itertuples()
    ]


_SIDE = {"left_only": "in the folder, the cells do not give it", "right_only": "computed, not in the folder"}


def _logit(p: pd.Series) -> np.ndarray:
    values = p.to_numpy(dtype=float)
    return np.asarray(np.log(values / (1 - values)))


def _name(row: object) -> str:
    return " ".join(str(getattr(row, part)) for part in ("indicator", "market", "operator", "region"))
