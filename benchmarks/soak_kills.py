"""Landings killed at random moments: the store stays valid, and the next landing completes it.

One case is one `kill -9` of a process that lands a delivery into a store which holds an overlapping one
already. Whatever the moment, the delivery is then either whole or absent, `check_store` finds no fault,
and landing it again gives the same content as if nothing had happened.
"""

import datetime as dt
import multiprocessing
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from qos import sources
from qos.ingest.landing import LandingReport, land
from qos.store.check import INFO, check_store
from qos.store.digests import content_digest
from qos.store.workspace import Workspace

TITLE = "Landings killed at random moments"
KILLS = 50
SOURCE = "canonical"
RECEIVED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
ROWS = 3_000

_PROCESSES = multiprocessing.get_context("forkserver")
"""A server that has everything imported forks the processes to be killed: they land at once."""
_PROCESSES.set_forkserver_preload(["qos.ingest.landing", "qos.sources.canonical", "alembic"])


@dataclass(frozen=True)
class Prepared:
    """A store with one delivery, another one to land, and what the store says before and after.

    seconds: how long an undisturbed landing takes in a process of its own.
    """

    workspace: Path
    delivery: Path
    before: str
    after: str
    seconds: float


def cases() -> list[str]:
    return [f"kill {number}" for number in range(1, KILLS + 1)]


def run(case: str, folder: Path) -> dict[str, Any]:
    return kill_once(prepare(folder / "prepared"), folder / "killed", random.Random(case).random())


def prepare(folder: Path) -> Prepared:
    folder.mkdir(parents=True)
    workspace = Workspace.init(folder / "workspace", "vn")
    first, second = folder / "first.csv", folder / "second.csv"
    first.write_text("\n".join(_rows(range(ROWS // 2))), "utf-8")
    second.write_text("\n".join(_rows(range(ROWS // 3, ROWS))), "utf-8")
    _land(workspace, first)
    before = content_digest(workspace)
    workspace.engine.dispose()
    undisturbed = Path(shutil.copytree(workspace.root, folder / "undisturbed"))
    seconds = _land_elsewhere(undisturbed, second, None)
    return Prepared(workspace.root, second, before, content_digest(Workspace.open(undisturbed)), seconds)


def kill_once(prepared: Prepared, folder: Path, moment: float) -> dict[str, Any]:
    """Kills a landing when `moment` (0..1) of its usual time has passed, looks, and lands again."""
    root = Path(shutil.copytree(prepared.workspace, folder))
    _land_elsewhere(root, prepared.delivery, moment * prepared.seconds)
    workspace = Workspace.open(root)
    left = check_store(workspace)
    found = content_digest(workspace)
    completed = _land(workspace, prepared.delivery)
    result = {
        "moment": moment,
        "left": {prepared.before: "absent", prepared.after: "whole"}.get(found, "torn"),
        "faults": [fault for fault in left if not fault.startswith(INFO)],
        "orphans": sum(fault.startswith(INFO) for fault in left),
        "completed": completed.state,
        "same": content_digest(workspace) == prepared.after and not check_store_faults(workspace),
    }
    workspace.engine.dispose()
    return result


def check_store_faults(workspace: Workspace) -> list[str]:
    return [fault for fault in check_store(workspace) if not fault.startswith(INFO)]


def sound(result: dict[str, Any]) -> bool:
    return result["left"] != "torn" and not result["faults"] and result["same"]


def report(results: list[dict[str, Any]]) -> list[str]:
    left = [result["left"] for result in results]
    faults = [result for result in results if not sound(result)]
    return [
        f"{'failed' if faults else 'passed'}: {len(results)} kills left the delivery absent "
        f"{left.count('absent')} times, whole {left.count('whole')} times, torn {left.count('torn')} times; "
        f"{sum(bool(result['orphans']) for result in results)} left files that no record names; "
        f"{len(results) - len(faults)} stores were valid and complete after the next landing."
    ]


def _rows(numbers: range) -> Iterator[str]:
    """Made-up measurements of two services and two quarters, the same for the same numbers."""
    yield "measurement_id,measured_at,service,subject,operator,download_mbps"
    for number in numbers:
        service = ("mobile", "fixed")[number % 2]
        month = (6, 7)[number // 2 % 2]
        yield f"m-{number},2026-{month:02d}-11T12:00:00Z,{service},phone-{number % 97:04d},viettel,{number}"


def _land(workspace: Workspace, path: Path) -> LandingReport:
    return land(workspace, sources.find(SOURCE), path, received_at=RECEIVED)


def _land_elsewhere(root: Path, path: Path, kill_after: float | None) -> float:
    """Lands in another process, killed after so many seconds if it still lives; seconds it took."""
    begun, begins = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_land_there, args=(root, path, begins))
    process.start()
    begins.close()  # so that a process that ends before it begins is noticed
    begun.recv()
    start = time.monotonic()
    process.join(kill_after)
    if kill_after is not None:
        process.kill()
        process.join()
    elif process.exitcode:
        raise RuntimeError(f"the undisturbed landing failed with exit code {process.exitcode}")
    return time.monotonic() - start


def _land_there(root: Path, path: Path, begins: Connection) -> None:
    begins.send("begun")
    _land(Workspace.open(root), path)
