"""Published averages of which nobody says how many tests they rest on."""

import duckdb
import pandas as pd

from qos.domain.quarter import Period
from qos.store.bulk import columns_of
from qos.store.quality.limits import FIRST_5G, LEVEL_WITHOUT_COUNT

AVERAGES = ("mean", "geomean", "median", "unknown")


def beyond_belief(connection: duckdb.DuckDBPyConnection, rows: str) -> pd.DataFrame:
    """Download averages of mobile operators above `LEVEL_WITHOUT_COUNT`, without a count of any kind.

    rows: accepted figures, before anybody asked who the operator is. Columns: who, period, technology
    (`4g` too where none is said and none better was sold yet), limit, cells, lowest, highest; the highest
    first.
    """
    present = columns_of(connection, rows)

    def said(name: str, kind: str = "VARCHAR") -> str:
        return f"CAST({name} AS {kind})" if name in present else f"CAST(NULL AS {kind})"

    found = connection.execute(
        f"""
        SELECT coalesce({said("operator_name")}, {said("operator")}, 'all') AS who, period,
            {said("technology")} AS technology, CAST(value AS DOUBLE) AS value
        FROM {rows}
        WHERE service = 'mobile' AND metric = 'download_mbps' AND statistic IN {AVERAGES!r}
          AND {said("n_measurements", "DOUBLE")} IS NULL AND {said("n_subjects", "DOUBLE")} IS NULL
          AND CAST(value AS DOUBLE) > {min(LEVEL_WITHOUT_COUNT.values())}
        """
    ).df()
    early = found["period"].map({text: _before_5g(text) for text in found["period"].unique()}).astype(bool)
    found["technology"] = found["technology"].where(found["technology"].notna() | ~early, "4g")
    found["limit"] = found["technology"].map(LEVEL_WITHOUT_COUNT)
    found = found[found["value"] > found["limit"]]
    grouped = found.groupby(["who", "period", "technology", "limit"], as_index=False).agg(
        cells=("value", "size"), lowest=("value", "min"), highest=("value", "max")
    )
    return grouped.sort_values(["highest", "who", "period"], ascending=[False, True, True], ignore_index=True)


def _before_5g(period: str) -> bool:
    """Whether the whole period lies before; an unreadable one (its rows are rejected) does not."""
    try:
        return Period.parse(period).end <= FIRST_5G
    except ValueError:
        return False
