"""Faults put into simulated deliveries on purpose, so that rejects and flags have something to show.

None of them depends on what was measured: the rows that remain say the same as before.
"""

import numpy as np
import pandas as pd

from qos.domain.source import SourceKind
from qos.simulated.country import UNKNOWN_ASN, Country, operator_name, region_name
from qos.simulated.design import Design
from qos.simulated.truth import Counts

_SENTINEL = -1.0
"""How some programs write that they did not measure; here a missing value is missing."""
_UNKNOWN_NAME = "Roaming guest"


def as_delivered(
    rng: np.random.Generator, rows: pd.DataFrame, design: Design, country: Country
) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows as the source writes them, and how many were spoilt how.

    The app writes names, the browser test network numbers, the probe codes: three ways to the same operator.
    """
    rows = _with_identification(rows, design, country)
    rows = _unresolvable(rng, rows, design)
    rows = _impossible(rng, rows, design)
    rows = _repeated(rng, rows, design)
    failed = int((rows["completed"] == 0).sum())
    return rows, {
        "duplicates": design.duplicates,
        "conflicts": design.conflicts,
        "impossible": design.impossible,
        "unresolved": design.unresolved,
        "failed": failed,
    }


def _with_identification(rows: pd.DataFrame, design: Design, country: Country) -> pd.DataFrame:
    if design.kind is SourceKind.APP:
        names = {operator: operator_name(operator, "en").upper() for operator in country.operators}
        places = {region: region_name(region, "en") for region in country.regions}
        return rows.assign(
            operator_name=rows["operator"].map(names), region_name=rows["region"].map(places)
        ).drop(columns=["operator", "region"])
    if design.kind is SourceKind.BROWSER:
        return rows.assign(asn=rows["operator"].map(country.asns)).drop(columns="operator")
    return rows


def _picked(rng: np.random.Generator, rows: pd.DataFrame, count: int) -> Counts:
    """Positions of `count` finished tests."""
    finished = np.flatnonzero(rows["completed"] == 1)
    return np.sort(rng.choice(finished, count, replace=False))


def _unresolvable(rng: np.random.Generator, rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """A guest of another country's network, a network nobody has entered in the pack."""
    rows = rows.copy()
    at = _picked(rng, rows, design.unresolved)
    if "operator_name" in rows:
        rows.loc[at, "operator_name"] = _UNKNOWN_NAME
    elif "asn" in rows:
        rows.loc[at, "asn"] = UNKNOWN_ASN
    return rows


def _impossible(rng: np.random.Generator, rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    rows = rows.copy()
    at = _picked(rng, rows, design.impossible)
    rows.loc[at, "download_mbps"] = _SENTINEL
    return rows


def _repeated(rng: np.random.Generator, rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Rows sent twice, and ids that come again with another content."""
    at = _picked(rng, rows, design.duplicates + design.conflicts)
    again = rows.iloc[at].copy()
    other = np.arange(len(again)) >= design.duplicates
    again.loc[other, "download_mbps"] = again.loc[other, "download_mbps"] * 1.5
    return pd.concat([rows, again], ignore_index=True)
