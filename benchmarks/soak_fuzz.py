"""Spoiled deliveries: each gives a clear error or counted rows, nothing else, and the store stays valid.

One case is a thousand mutations of the deliveries beside the tests (`mutations.py`), read one after the other
in one process; every tenth is landed into one workspace, which is checked in the end. To look at one:

    python benchmarks/soak_fuzz.py 4711
"""

import datetime as dt
import os
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb
from mutations import Mutated, mutated

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Period
from qos.domain.source import Shape
from qos.ingest.landing import land
from qos.store.check import INFO, check_store
from qos.store.reading import Reading, read
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

TITLE = "Spoiled deliveries"
MUTATIONS, PER_CASE, LAND_EVERY = 100_000, 1_000, 10
RECEIVED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
SECONDS = 20
"""What one spoiled file of a few kilobytes may take, on a machine that does other things as well."""
GROWTH_MB = 96
"""How much larger a process may be after 1,000 files than after its first quarter: some is kept."""
LONGEST_MESSAGE = 5_000


class Hung(Exception):
    """A file took longer than any of its size may."""


class Unsound(Exception):
    """A result that should not be: rows that do not add up, or a message that names nothing."""


def cases() -> list[str]:
    return [f"{start}..{start + PER_CASE - 1}" for start in range(0, MUTATIONS, PER_CASE)]


def run(case: str, folder: Path) -> dict[str, Any]:
    first, last = map(int, case.split(".."))
    workspace = Workspace.init(folder / "workspace", "vn", None)
    warm = range(first, first + PER_CASE // 4)
    result = examine(warm, folder, workspace, land_every=LAND_EVERY)
    before = resident_mb()
    rest = examine(range(warm.stop, last + 1), folder, workspace, land_every=LAND_EVERY)
    workspace.engine.dispose()
    return {
        "outcomes": dict(sum(map(Counter, (result["outcomes"], rest["outcomes"])), Counter())),
        "failures": result["failures"] + rest["failures"],
        "faults": rest["faults"],
        "resident_mb": resident_mb(),
        "growth_mb": resident_mb() - before,
    }


def examine(numbers: Iterable[int], folder: Path, workspace: Workspace, *, land_every: int) -> dict[str, Any]:
    """Reads every mutation and lands every so many of them; what became of them, and what should not have.

    outcomes: how many were `read`, `landed` or stopped. failures: in words, with the command that repeats
    one. faults: of the store, after all of them.
    """
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    measured = _measured(workspace)
    with duckdb.connect(config={"threads": 1}) as connection:
        for number in numbers:
            spoiled = mutated(number)
            try:
                with hanging_is_noticed():
                    if number % land_every:
                        outcomes[read_one(connection, spoiled, folder)] += 1
                    else:
                        outcome, rows = land_one(workspace, spoiled, folder)
                        outcomes[outcome] += 1
                        measured += rows
            except Exception as fault:  # whatever it is, it is a finding
                failures.append(_told(spoiled, fault))
    faults = [fault for fault in check_store(workspace) if not fault.startswith(INFO)]
    if (found := _measured(workspace)) != measured:
        faults.append(f"{measured} measurements were accepted, {found} are in the store")
    return {"outcomes": dict(outcomes), "failures": failures, "faults": faults}


def read_one(connection: duckdb.DuckDBPyConnection, spoiled: Mutated, folder: Path) -> str:
    """`read` or `stopped`. Raises Unsound, and whatever the reading lets through."""
    path = _written(spoiled, folder)
    declaration = sources.find(spoiled.source)
    try:
        reading = read(
            connection, declaration, path, delivery=spoiled.name, period=_period(spoiled), suffix=path.suffix
        )
    except DeliveryFault as fault:
        _check_message(fault, spoiled)
        return "stopped"
    _check_reading(connection, reading)
    return "read"


def land_one(workspace: Workspace, spoiled: Mutated, folder: Path) -> tuple[str, int]:
    """`landed` (or the landing was `again`) or `stopped`, and how many measurements were added."""
    declaration = sources.find(spoiled.source)
    path = _written(spoiled, folder)
    try:
        report = land(workspace, declaration, path, period=_period(spoiled), received_at=RECEIVED)
    except DeliveryFault as fault:
        _check_message(fault, spoiled)
        return "stopped on landing", 0
    _check_sum(report.rows, report.accepted, report.duplicate, report.rejected, report.unused)
    measured = declaration.source.shape is Shape.MEASUREMENTS
    return report.state, report.accepted if measured else 0


def resident_mb() -> float:
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


@contextmanager
def hanging_is_noticed() -> Iterator[None]:
    def hang(_signal: int, _frame: FrameType | None) -> None:
        raise Hung(f"it took more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _written(spoiled: Mutated, folder: Path) -> Path:
    path = folder / "spoiled" / spoiled.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(spoiled.data)
    return path


def _period(spoiled: Mutated) -> Period | None:
    return Period.parse(spoiled.period) if spoiled.period else None


def _check_message(fault: DeliveryFault, spoiled: Mutated) -> None:
    said = str(fault)
    if not said.startswith(f"{spoiled.source} {spoiled.name}: ") or not fault.reason.strip():
        raise Unsound(f"its message does not name source and delivery: {said!r}")
    if "\n" in said or len(said) > LONGEST_MESSAGE or "Traceback" in said:
        raise Unsound(f"its message of {len(said)} letters is not for a person: {said[:300]!r}")


def _check_sum(rows: int, *fates: int) -> None:
    if rows != sum(fates):
        raise Unsound(f"{rows} rows, but {' + '.join(map(str, fates))} of them have a fate")


def _check_reading(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """The counts add up, and each row lies in one of the three tables: a wide row's cells share a line."""
    _check_sum(reading.rows, reading.accepted_rows, reading.rejected_rows, reading.unused_rows)
    tables = (reading.accepted, reading.rejected, reading.unused)
    lines = " UNION ALL ".join(f"SELECT DISTINCT line FROM {table}" for table in tables)
    twice = connection.execute(f"SELECT line FROM ({lines}) GROUP BY line HAVING count(*) > 1").fetchall()
    if twice and reading.counts == "line":
        raise Unsound(f"line {twice[0][0]} has more than one fate")


def _measured(workspace: Workspace) -> int:
    with open_snapshot(workspace) as snapshot:
        return int(snapshot.connection.execute("SELECT count(*) FROM measurement").fetchall()[0][0])


def _told(spoiled: Mutated, fault: Exception) -> str:
    where = traceback.extract_tb(fault.__traceback__)[-1]
    return (
        f"{spoiled}: {type(fault).__name__}: {str(fault)[:300]} ({Path(where.filename).name}:{where.lineno});"
        f" again: python benchmarks/soak_fuzz.py {spoiled.number}"
    )


def report(results: list[dict[str, Any]]) -> list[str]:
    outcomes: Counter[str] = sum((Counter(result["outcomes"]) for result in results), Counter())
    failures = [failure for result in results for failure in result["failures"]]
    faults = [fault for result in results for fault in result["faults"]]
    growth = max((result["growth_mb"] for result in results), default=0.0)
    good = not failures and not faults and growth <= GROWTH_MB
    counts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
    return [
        f"{'passed' if good else 'failed'}: {outcomes.total() + len(failures):,} mutations: {counts}; "
        f"{len(failures)} gave neither a clear error nor counted rows; {len(faults)} fault(s) in "
        f"{len(results)} stores; a process grew by at most {growth:.0f} MB over {PER_CASE * 3 // 4} files "
        f"(allowed {GROWTH_MB}), the largest held "
        f"{max((result['resident_mb'] for result in results), default=0.0):.0f} MB.",
        *(f"- {finding}" for finding in (*failures, *faults)[:20]),
    ]


def main(numbers: list[str]) -> int:
    """One mutation, looked at: kept as a file, and read with whatever happens shown."""
    for number in map(int, numbers):
        spoiled, folder = mutated(number), Path(tempfile.mkdtemp(prefix="qos-mutation-"))
        print(f"{spoiled}\n{folder / 'spoiled' / spoiled.name}")
        with duckdb.connect() as connection:
            print(read_one(connection, spoiled, folder))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
