"""The gate of a draft: hashes hold, and the publication rules were applied."""

from pathlib import Path

import pandas as pd

from qos import methodology as rules
from qos.domain.operator import ALL
from qos.domain.tables import CELLS, ESTIMATES, RANKS
from qos.methodology import Methodology
from qos.release import check_hashes, read_release, read_table
from qos.score import INDICATIVE, PUBLISHED, WITHHELD, subjects_needed


def check(folder: Path) -> list[str]:
    """Faults of a draft or release folder; empty when it may go on."""
    hashes = check_hashes(folder)
    if hashes.faults:
        return list(hashes.faults)
    release = read_release(folder)
    methodology = rules.load(release["edition"]["name"], folder / "edition")
    limits = methodology.edition.publication
    estimates, ranks, cells = (read_table(folder, table) for table in (ESTIMATES, RANKS, CELLS))
    shown = estimates[estimates["status"] != WITHHELD]
    withheld, placed = estimates["status"] == WITHHELD, ranks[ranks["status"] != WITHHELD]
    inside = (shown["ci_low"] <= shown["value"]) & (shown["value"] <= shown["ci_high"])
    bounded = (placed["rank_low"] <= placed["rank"]) & (placed["rank"] <= placed["rank_high"])
    unofficial = ranks["is_leader"].eq(True) & (ranks["status"] != PUBLISHED)
    faults = [
        *_rows(estimates, ~estimates["status"].isin([PUBLISHED, INDICATIVE, WITHHELD]), "unknown status"),
        *_rows(estimates, withheld & estimates["value"].notna(), "withheld, but has a value"),
        *_rows(shown, shown["value"].isna() | shown["ci_low"].isna(), "no value or no interval"),
        *_rows(shown, ~inside, "the value lies outside its interval"),
        *_rows(shown, shown["n_subjects"] < limits.subjects_indicative, "published on too few subjects"),
        *_rows(ranks, ranks["operator"] == ALL, "'all' is ranked"),
        *_rows(ranks, unofficial, "a leader in a ranking that is not official"),
        *_rows(placed, ~bounded, "the rank lies outside its bounds"),
        *_small_cells(cells, limits.cell_subjects_min),
        *_few_ranked(placed, estimates, methodology),
    ]
    return sorted(faults)


def _rows(frame: pd.DataFrame, wrong: pd.Series, what: str) -> list[str]:
    return [
        f"{r.indicator} {r.market} {r.operator} {r.region}: {what}"
        for r in frame[wrong.fillna(False)].itertuples()
    ]


def _small_cells(cells: pd.DataFrame, least: int) -> list[str]:
    small = (cells["n_subjects"] < least) & (cells["y"].notna() | cells["entered"].astype(bool))
    return _rows(cells, small, f"a cell of fewer than {least} subjects is shown")


def _few_ranked(ranks: pd.DataFrame, estimates: pd.DataFrame, methodology: Methodology) -> list[str]:
    key = ["indicator", "market", "operator", "region"]
    joined = ranks.merge(estimates[[*key, "n_subjects"]], on=key, how="left")
    faults = []
    for name, part in joined.groupby("indicator"):
        least = subjects_needed(methodology.indicators[str(name)], methodology.edition)
        faults += _rows(part, part["n_subjects"] < least, f"ranked on fewer than {least} subjects")
    return faults
