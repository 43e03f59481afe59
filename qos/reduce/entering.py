"""Which cells enter the fit, and why the others do not."""

import pandas as pd

from qos.domain.places import NATION
from qos.domain.source import Source
from qos.methodology import Edition

OWN_REGIONS = "the source's regional cells enter"
BESIDE_REGIONS = "a national figure beside the regional cells of other sources"
DISCLOSURE = "disclosure: fewer subjects than the edition shows"
UNKNOWN = "no value or no error"


def decide(cells: pd.DataFrame, sources: dict[str, Source], edition: Edition) -> pd.DataFrame:
    """The cells of one indicator with `entered` and `reason`; what may not be shown is emptied.

    A national figure enters only where no source speaks about regions: sources' regional cells say more,
    and the same subjects must not enter twice.
    """
    unknown_sources = set(cells["source"]) - set(sources)
    if unknown_sources:
        raise ValueError(f"cells of undeclared sources: {sorted(unknown_sources)}")
    of_all = cells["operator"] == "all"
    return pd.concat(
        [_decided(part, edition) for part in (cells[of_all], cells[~of_all]) if len(part)], ignore_index=True
    )


def _decided(cells: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    national = cells["region"] == NATION
    regional_sources = set(cells.loc[~national, "source"])
    small = cells["n_subjects"].astype(float) < edition.publication.cell_subjects_min
    reason = pd.Series("", index=cells.index, dtype=object)
    reason[cells["y"].isna() | cells["v"].isna()] = UNKNOWN
    if regional_sources:
        reason[national] = BESIDE_REGIONS
        reason[national & cells["source"].isin(regional_sources)] = OWN_REGIONS
    reason[small] = DISCLOSURE
    shown = [column for column in ("y", "v", "value", "value_unweighted", "n_effective") if column in cells]
    cells = cells.assign(reason=reason.where(reason != "", None), entered=reason == "")
    cells.loc[small, shown] = None
    return cells
