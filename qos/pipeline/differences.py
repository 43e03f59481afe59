"""What changed between two snapshots of a workspace, for people and programs."""

from typing import Any

import pandas as pd

from qos.domain.errors import UsageFault
from qos.store.comparing import Comparison, compare
from qos.store.workspace import Workspace

TABLES = ("deliveries", "rows", "flags", "moved", "levels")


def differences(workspace: Workspace, before: int, after: int) -> dict[str, Any]:
    """`before`, `after` and the tables of `qos.store.comparing.Comparison` as lists of rows, null as None.

    Levels gain `ratio`: how many times the median is what it was. Raises NotFound for a snapshot that does
    not exist, UsageFault for one compared with itself.
    """
    if before == after:
        raise UsageFault(f"snapshot {before} is the same as itself", next_command="qos diff --help")
    found = compare(workspace, before, after)
    return {"before": before, "after": after} | {name: _records(found, name) for name in TABLES}


def _records(found: Comparison, name: str) -> list[dict[str, Any]]:
    frame: pd.DataFrame = getattr(found, name)
    if name == "levels" and len(frame):
        known = frame["before"].notna() & frame["after"].notna() & (frame["before"] != 0)
        frame = frame.assign(ratio=(frame["after"] / frame["before"]).where(known))
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]
