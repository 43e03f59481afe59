"""The table beside a ranking page: every figure of one indicator and market, digit for digit as released."""

import csv
import io
from pathlib import Path

from qos.domain import tables
from qos.site.tables import raw_csv

_RANKS = (
    "rank",
    "rank_low",
    "rank_high",
    "p_first",
    "is_leader",
    "not_separated_from",
    "depends_on_one_source",
)
COLUMNS = (*tables.ESTIMATES.columns, *_RANKS, "rank_status", "rank_status_reason")


def indicator_tables(folder: Path) -> dict[tuple[str, str], bytes]:
    """(market, indicator) -> CSV: estimates with the rank of the same operator and region beside them.

    An operator that has a rank row and no estimate is a row too, with empty figures.
    """
    estimates = {_key(row): row for row in raw_csv(folder / "estimates.csv", tables.ESTIMATES)}
    ranks = {_key(row): row for row in raw_csv(folder / "ranks.csv", tables.RANKS)}
    written: dict[tuple[str, str], list[dict[str, str]]] = {}
    for key in sorted(estimates.keys() | ranks.keys()):
        rank = ranks.get(key, {})
        row = estimates.get(key) or {name: rank.get(name, "") for name in ("quarter", *tables.ESTIMATES.key)}
        row = row | {name: rank.get(name, "") for name in _RANKS}
        row |= {"rank_status": rank.get("status", ""), "rank_status_reason": rank.get("status_reason", "")}
        written.setdefault(key[:2], []).append(row)
    return {key: _csv(rows) for key, rows in written.items()}


def _key(row: dict[str, str]) -> tuple[str, str, str, str]:
    return row["market"], row["indicator"], row["operator"], row["region"]


def _csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
