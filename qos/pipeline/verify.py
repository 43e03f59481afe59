"""Verification: every byte as sealed, and the ranking computed again from the folder's own cells."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from qos import methodology as rules
from qos.domain.quarter import Quarter
from qos.domain.reconciled import FitSource
from qos.domain.tables import CELLS, ESTIMATES, RANKS, WEIGHTS, Table
from qos.pipeline.compute import MarketInput, Progress, compute
from qos.release import check_hashes, read_release, read_table
from qos.release.folder import TWO_FORMS, conform, forms_apart, read_json

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Apart = dict[str, Booleans]
"""Column -> rows in which what is stated and what is computed differ, where both have a value."""

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
        f"{table.name}.csv: {' '.join(key)}: not as in {table.name}.parquet"
        for table in TWO_FORMS
        for key in forms_apart(folder, table)
    ]
    faults += _differing(ESTIMATES, stated[0], computed[0], _figures_apart)
    faults += _differing(RANKS, stated[1], computed[1], _ranks_apart)
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


def _differing(
    table: Table, stated: pd.DataFrame, computed: pd.DataFrame, apart: Callable[[pd.DataFrame], Apart]
) -> list[str]:
    """One line per row that the folder and its cells do not have alike, naming what they say."""
    both = stated.merge(computed, on=list(table.key), how="outer", suffixes=("", "_again"), indicator="side")
    alone, both = both[both["side"] != "both"], both[both["side"] == "both"].reset_index(drop=True)
    faults = [f"{table.name}.csv: {_name(row)}: only {_SIDE[row['side']]}" for _, row in alone.iterrows()]
    wrong = {column: _either(both, column, differs) for column, differs in apart(both).items()}
    for at in np.flatnonzero(np.logical_or.reduce(list(wrong.values()))):
        row = both.iloc[at]
        said = [
            f"{column} says {_text(row[column])}, the cells give {_text(row[f'{column}_again'])}"
            for column, differs in wrong.items()
            if differs[at]
        ]
        faults.append(f"{table.name}.csv: {_name(row)}: {'; '.join(said)}")
    return faults


def _figures_apart(both: pd.DataFrame) -> Apart:
    """Values and intervals by their distance on the scale, in standard errors as computed."""
    log = (both["scale"] == "log").to_numpy()
    limit = TOLERANCE * both["std_error_again"].to_numpy(dtype=float)

    def on_scale(column: str) -> Floats:
        value = both[column].to_numpy(dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(log, np.log(value), np.log(value / (1 - value))))

    values = {
        name: ~(np.abs(on_scale(name) - on_scale(f"{name}_again")) <= limit)
        for name in ("value", "ci_low", "ci_high")
    }
    exact = _exactly(both, "quarter", "status", "status_reason", "sources", "scale", "confidence")
    counts = _nearly(both, 1e-9, "n_measurements", "n_subjects", "n_effective")
    shares = _nearly(both, TOLERANCE, "std_error", "largest_source_share", "model_share")
    return values | exact | counts | shares


def _ranks_apart(both: pd.DataFrame) -> Apart:
    """Ranks and bounds exactly; scores by the width of their interval, which is 3.92 standard errors."""
    limit = TOLERANCE / 3.92 * (both["score_high_again"] - both["score_low_again"]).to_numpy(dtype=float)
    scores = {
        name: ~(np.abs((both[name] - both[f"{name}_again"]).to_numpy(dtype=float)) <= limit)
        for name in ("score", "score_low", "score_high")
    }
    exact = _exactly(both, "quarter", "rank", "rank_low", "rank_high", "is_leader", "not_separated_from",
                     "status", "status_reason")  # fmt: skip
    return exact | scores | _nearly(both, TOLERANCE, "p_first", "effective_sources")


def _exactly(both: pd.DataFrame, *columns: str) -> Apart:
    plain = both.astype(object).where(both.notna(), None)
    return {name: (plain[name] != plain[f"{name}_again"]).to_numpy(dtype=bool) for name in columns}


def _nearly(both: pd.DataFrame, tolerance: float, *columns: str) -> Apart:
    """Apart by more than that share of the computed number; of what is below 1, by more than that."""
    pairs = {name: (both[name].to_numpy(float), both[f"{name}_again"].to_numpy(float)) for name in columns}
    return {
        name: ~(np.abs(stated - again) <= tolerance * np.maximum(np.abs(again), 1e-3))
        for name, (stated, again) in pairs.items()
    }


def _either(both: pd.DataFrame, column: str, differs: Booleans) -> Booleans:
    """Two nulls are alike, a null and a value never are."""
    null, again = both[column].isna().to_numpy(), both[f"{column}_again"].isna().to_numpy()
    return np.asarray(np.where(null | again, null != again, differs))


_SIDE = {"left_only": "in the folder, the cells do not give it", "right_only": "computed, not in the folder"}


def _name(row: pd.Series) -> str:
    return " ".join(str(row[part]) for part in ("indicator", "market", "operator", "region"))


def _text(value: str | float | None) -> str:
    return "nothing" if pd.isna(value) else str(value)
