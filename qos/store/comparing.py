"""Two snapshots side by side: only the files in which they differ are compared row by row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import duckdb
import pandas as pd

from qos.domain.errors import NotFound
from qos.domain.flags import FLAGS, Flag
from qos.domain.measurement import METRICS
from qos.store import deliveries, parts
from qos.store.bulk import connect, quoted, sql
from qos.store.keeping import Record
from qos.store.schema import AGGREGATE_KEY, DATASETS, same
from qos.store.workspace import Workspace

MEMORY = "512MB"
"""What one comparison may use before it spills to disk."""

_ID = {"measurements": "measurement_id", "aggregates": same(AGGREGATE_KEY)}
_COUNTS = ("accepted", "duplicate", "rejected", "unused")


@dataclass(frozen=True)
class Comparison:
    """What changed from one snapshot to another. Rows are rows as stored: which of several rows with one id
    counts is settled when a snapshot is read, and not compared. An operator or region of null is empty.

    deliveries: delivery, source, file_name, change (added, landed again, removed), and of accepted,
    duplicate, rejected, unused `…_before`, `…_after`. rows: source, quarter, service, operator, region,
    added, removed, changed (a changed row counts where it is now). flags: source, flag, gained, lost.
    moved: source, column (operator, region), old, new, rows. levels: source, quarter, service, operator,
    metric, n_before, n_after, before, after: medians within 0.05 %, of measurements only, where changed.
    """

    before: int
    after: int
    deliveries: pd.DataFrame
    rows: pd.DataFrame
    flags: pd.DataFrame
    moved: pd.DataFrame
    levels: pd.DataFrame


@dataclass(frozen=True)
class _Place:
    """The files of one dataset, quarter and service in either snapshot."""

    dataset: str
    quarter: str
    service: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    @property
    def lost(self) -> list[str]:
        return sorted(set(self.before) - set(self.after))

    @property
    def gained(self) -> list[str]:
        return sorted(set(self.after) - set(self.before))


def compare(workspace: Workspace, before: int, after: int) -> Comparison:
    """Raises NotFound for a snapshot that does not exist; 0 is the empty store."""
    with workspace.engine.connect() as database:
        newest = deliveries.last_snapshot(database)
        for number in (before, after):
            if not 0 <= number <= newest:
                raise NotFound(f"no snapshot {number}; the newest is {newest}", next_command="qos sources")
        landed = [deliveries.landed_in(database, number) for number in (before, after)]
        listed = [parts.listed(database, number) for number in (before, after)]
    found = _Found()
    with connect(workspace.store, memory=MEMORY) as connection:
        for place in _places(*listed):
            if place.lost or place.gained:
                _compare_rows(connection, workspace.store, place, found)
            if place.dataset == "measurements" and (place.lost or place.gained):
                _compare_levels(connection, workspace.store, place, found)
    return Comparison(before, after, _deliveries(*landed), **found.tables())


class _Found:
    """What was found place by place, in frames that are added up in the end."""

    _KEYS: ClassVar[dict[str, list[str]]] = {
        "rows": ["source", "quarter", "service", "operator", "region"],
        "flags": ["source", "flag"],
        "moved": ["source", "column", "old", "new"],
        "levels": ["source", "quarter", "service", "operator", "metric"],
    }
    _SUMS: ClassVar[dict[str, list[str]]] = {
        "rows": ["added", "removed", "changed"],
        "flags": ["gained", "lost"],
        "moved": ["rows"],
        "levels": ["n_before", "n_after", "before", "after"],
    }

    def __init__(self) -> None:
        self._frames: dict[str, list[pd.DataFrame]] = {name: [] for name in self._KEYS}

    def add(self, name: str, frame: pd.DataFrame) -> None:
        whole = {column: "int64" for column in self._SUMS[name] if column not in ("before", "after")}
        self._frames[name].append(frame[self._KEYS[name] + self._SUMS[name]].astype(whole))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name, sorted; a place's rows of one key are one row."""
        return {name: self._table(name, frames) for name, frames in self._frames.items()}

    def _table(self, name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
        keys, sums = self._KEYS[name], self._SUMS[name]
        filled = [frame for frame in frames if len(frame)]
        if not filled:
            return pd.DataFrame(columns=keys + sums)
        whole = pd.concat(filled, ignore_index=True)
        if name == "levels":  # of one place each: nothing to add up
            return whole.sort_values(keys, ignore_index=True)
        return whole.groupby(keys, sort=True)[sums].sum().reset_index()


def _places(before: Iterable[Record], after: Iterable[Record]) -> list[_Place]:
    places: dict[tuple[str, str, str], _Place] = {}
    for side, rows in (("before", before), ("after", after)):
        for row in rows:
            where = (str(row.dataset), str(row.quarter), str(row.service))
            place = places.setdefault(where, _Place(*where))
            getattr(place, side).append(str(row.path))
    return [place for _, place in sorted(places.items())]


def _compare_rows(connection: duckdb.DuckDBPyConnection, store: Path, place: _Place, found: _Found) -> None:
    for view, paths in (("lost", place.lost), ("gained", place.gained)):
        parts.view_of_files(connection, view, place.dataset, [store / path for path in paths])
    columns = ", ".join(f'"{name}"' for name in DATASETS[place.dataset])
    query = sql("compare_rows")
    for name, text in (("columns", columns), ("id", _ID[place.dataset]), ("flags", _bits(place.dataset))):
        query = query.replace("{" + name + "}", text)
    connection.execute(query)
    where = {"quarter": place.quarter, "service": place.service}
    rows = connection.execute(
        """
        SELECT
            source,
            coalesce(if(removed, old_operator, new_operator), '') AS operator,
            coalesce(if(removed, old_region, new_region), '') AS region,
            count_if(added) AS added,
            count_if(removed) AS removed,
            count_if(NOT added AND NOT removed) AS changed
        FROM row_change GROUP BY ALL
        """
    ).df()
    found.add("rows", rows.assign(**where))
    found.add("flags", _flags(connection))
    for column in ("operator", "region"):
        found.add("moved", _moved(connection, column))
    connection.execute("DROP TABLE row_change")


def _bits(dataset: str) -> str:
    """The flags of a stored row as a set of bits; of aggregates they are kept by name."""
    if DATASETS[dataset]["flags"] == "BIGINT":
        return "coalesce(flags, 0)"
    return " | ".join(
        f"if(list_contains(flags, {quoted(flag.name)}), {1 << flag.bit}, 0)" for flag in FLAGS.values()
    )


def _flags(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Rows of each source that have a flag now and had not, or had it and have not."""
    changed = " UNION ALL ".join(
        f"""
        SELECT source, {quoted(flag.name)} AS flag,
            count_if({_flag("new", flag)} AND NOT {_flag("old", flag)}) AS gained,
            count_if({_flag("old", flag)} AND NOT {_flag("new", flag)}) AS lost
        FROM row_change GROUP BY source
        """
        for flag in FLAGS.values()
    )
    return connection.execute(f"SELECT * FROM ({changed}) WHERE gained > 0 OR lost > 0").df()


def _flag(side: str, flag: Flag) -> str:
    return f"({side}_flags & {1 << flag.bit}) <> 0"


def _moved(connection: duckdb.DuckDBPyConnection, column: str) -> pd.DataFrame:
    """Rows that are there before and after, with another operator or region."""
    return connection.execute(
        f"""
        SELECT source, '{column}' AS "column", coalesce(old_{column}, '') AS old,
            coalesce(new_{column}, '') AS new, count(*) AS rows
        FROM row_change
        WHERE NOT added AND NOT removed AND old_{column} IS DISTINCT FROM new_{column}
        GROUP BY ALL
        """
    ).df()


def _compare_levels(connection: duckdb.DuckDBPyConnection, store: Path, place: _Place, found: _Found) -> None:
    """Medians before and after, metric by metric, where either the median or the count is another."""
    key = ["source", "operator"]
    for metric in METRICS:
        sides = [
            _levels(connection, [store / path for path in paths], metric)
            for paths in (place.before, place.after)
        ]
        both = sides[0].merge(sides[1], on=key, how="outer", suffixes=("_before", "_after"))
        both = both.rename(columns={"median_before": "before", "median_after": "after"})
        both = both.fillna({"n_before": 0, "n_after": 0}).astype({"n_before": "int64", "n_after": "int64"})
        same = (both["before"] == both["after"]) & (both["n_before"] == both["n_after"])
        found.add("levels", both[~same].assign(metric=metric, quarter=place.quarter, service=place.service))


def _levels(connection: duckdb.DuckDBPyConnection, paths: list[Path], metric: str) -> pd.DataFrame:
    parts.view_of_files(connection, "compared", "measurements", paths)
    found = connection.execute(sql("compare_levels").replace("{metric}", f'"{metric}"')).df()
    return found[["source", "operator", "n", "median"]]


def _deliveries(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Deliveries that only one snapshot has, or that were landed again between them."""
    told = ["delivery", "source", "file_name", "snapshot", *_COUNTS]
    both = before[told].merge(
        after[told], on=["delivery", "source", "file_name"], how="outer", suffixes=("_before", "_after")
    )
    change = pd.Series("landed again", index=both.index)
    change = change.mask(both["snapshot_before"].isna(), "added").mask(
        both["snapshot_after"].isna(), "removed"
    )
    other = both["snapshot_before"].astype("Int64").ne(both["snapshot_after"].astype("Int64")).fillna(True)
    counts = [f"{name}_{side}" for name in _COUNTS for side in ("before", "after")]
    shown = both.assign(change=change)[other].astype(dict.fromkeys(counts, "Int64"))
    return shown[["delivery", "source", "file_name", "change", *counts]].sort_values(
        ["source", "file_name", "delivery"], ignore_index=True
    )
