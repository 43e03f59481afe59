"""All files of the Colombian regulator, twice and in random orders: the same store, whatever the order.

One case is one order of all files; they are landed in it, and then once more in another one. The data have
no stated licence and are not part of the project: they are read from the folder beside the repository.
"""

import datetime as dt
import random
from pathlib import Path
from typing import Any

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.ingest.landing import land
from qos.store.check import INFO, check_store
from qos.store.digests import content_digest
from qos.store.workspace import Workspace

TITLE = "Every Colombian file twice, in random orders"
SOURCE = "crc-speedtest"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "co-crc-speedtest"
RECEIVED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
"""One moment for all of them: which of two revisions counts must not depend on the order of landing."""
ORDERS = 6


def cases() -> list[str]:
    return [f"order {number}" for number in range(1, ORDERS + 1)] if DATA.is_dir() else []


def run(case: str, folder: Path) -> dict[str, Any]:
    workspace = Workspace.init(folder / "workspace", "co", None)
    rng = random.Random(case)  # a text seeds by its content, not by its hash
    landed = [_land(workspace, path) for path in _shuffled(rng)]
    again = [_land(workspace, path) for path in _shuffled(rng)]
    return {
        "digest": content_digest(workspace),
        "files": len(landed),
        "landed": landed.count("landed"),
        "stopped": landed.count("stopped"),
        "landed_again": again.count("landed"),
        "faults": [fault for fault in check_store(workspace) if not fault.startswith(INFO)],
    }


def _shuffled(rng: random.Random) -> list[Path]:
    paths = sorted(DATA.rglob("*.csv"))
    rng.shuffle(paths)
    return paths


def _land(workspace: Workspace, path: Path) -> str:
    """What became of the file: `landed`, `again`, or `stopped`."""
    try:
        return land(workspace, sources.find(SOURCE), path, received_at=RECEIVED).state
    except DeliveryFault:
        return "stopped"


def report(results: list[dict[str, Any]]) -> list[str]:
    if not results:
        return ["not run: the folder of original data beside the repository is absent"]
    digests = {result["digest"] for result in results}
    faultless = not any(result["faults"] or result["landed_again"] or result["stopped"] for result in results)
    good = len(digests) == 1 and faultless
    lines = [
        f"{'passed' if good else 'failed'}: {len(results)} orders of {results[0]['files']} files, each file "
        f"landed twice, gave {len(digests)} different store(s).",
        "",
        "| files | landed | stopped | landed again the second time | faults of the store | content |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        lines.append(
            f"| {result['files']} | {result['landed']} | {result['stopped']} | {result['landed_again']} "
            f"| {len(result['faults'])} | `{result['digest'][:16]}` |"
        )
    return lines
