"""How fast, in how much memory and in how few bytes a large delivery is landed and merged.

Lands the same made-up rows (eleven columns, five metrics, about twelve rows a subject) as CSV and as
NDJSON into a fresh workspace of Vietnam, with everything a landing does: kept, validated, resolved,
flagged, looked for repeats, on disk. Merges them afterwards. The yardsticks of the same run are DuckDB's
own bare conversion of the CSV to Parquet and PostgreSQL's COPY of it, where PostgreSQL is installed.
Every run is a process of its own; runs are interleaved; CPU seconds are user and system time of the
process and its children, the median is shown.

    python benchmarks/landing.py [--rows 1000000] [--repeats 3] [--uuid] [--only merging ...]
"""

import argparse
import csv
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import psycopg

from qos import countries, sources
from qos.countries import Pack
from qos.ingest import land
from qos.store.merging import merge
from qos.store.workspace import Workspace

THREADS = 2
STEPS = ("csv", "merging", "ndjson", "postgresql")
_TABLE = """
    measurement_id text, measured_at timestamptz, subject text, operator_name text, region_name text,
    service text, download_mbps double precision, upload_mbps double precision, latency_ms double precision,
    jitter_ms double precision, loss_ratio double precision
"""

Cost = tuple[float, float, float]
"""CPU seconds, peak memory in MiB, and bytes stored."""


def make(folder: Path, rows: int, *, uuid: bool, lines: bool = True) -> tuple[Path, Path]:
    """The delivery as CSV and, where lines are wanted, as NDJSON."""
    pack: Pack = countries.load("vn")
    with (pack.folder / "regions.csv").open(encoding="utf-8") as file:
        regions = [row["name_en"] for row in csv.DictReader(file) if row["region"].startswith("gso34:")]
    measurement_id = "CAST(uuid() AS VARCHAR)" if uuid else "'nt-' || printf('%09d', i)"
    paths = folder / "rows.csv", folder / "rows.ndjson"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SELECT setseed(0.42)")
        connection.execute(
            f"""
            COPY (
                SELECT {measurement_id} AS measurement_id,
                    strftime(TIMESTAMP '2026-07-01' + to_seconds(CAST(i * 7900000.0 / {rows} AS BIGINT)),
                             '%Y-%m-%dT%H:%M:%SZ') AS measured_at,
                    'sub-' || printf('%08x', s) AS subject,
                    (['Viettel', 'VinaPhone', 'MobiFone', 'Vietnamobile', 'Gmobile'])[1 + s % 5]
                        AS operator_name,
                    ({regions!r})[1 + s // 5 % {len(regions)}] AS region_name,
                    'mobile' AS service,
                    round(exp(3 + sqrt(-2 * ln(1 - a)) * cos(6.2831853 * b)), 2) AS download_mbps,
                    round(exp(2 + 0.8 * sqrt(-2 * ln(1 - b)) * cos(6.2831853 * c)), 2) AS upload_mbps,
                    round(20 - 40 * ln(1 - c), 1) AS latency_ms,
                    round(1 - 8 * ln(1 - d), 1) AS jitter_ms,
                    CASE WHEN e < 0.8 THEN 0 ELSE round((e - 0.8) / 20, 4) END AS loss_ratio
                FROM (
                    SELECT i, CAST(hash(i * 7 + 1) % {rows // 12 + 1} AS BIGINT) AS s,
                        random() AS a, random() AS b, random() AS c, random() AS d, random() AS e
                    FROM range({rows}) AS t(i)
                )
            ) TO '{paths[0]}' (FORMAT csv)
            """
        )
        if not lines:
            return paths
        texts = "header = true, all_varchar = true"
        typed = "download_mbps, upload_mbps, latency_ms, jitter_ms, loss_ratio"
        numbers = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in typed.split(", "))
        connection.execute(
            f"COPY (SELECT * REPLACE ({numbers}) FROM read_csv('{paths[0]}', {texts}))"
            f" TO '{paths[1]}' (FORMAT json)"
        )
    return paths


def bare(delivery: Path, folder: Path) -> int:
    """DuckDB's own conversion."""
    target = folder / "bare.parquet"
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(
            f"COPY (FROM read_csv('{delivery}')) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        )
    return target.stat().st_size


def landing(delivery: Path, folder: Path) -> int:
    """Lands into a workspace made before."""
    workspace = Workspace.open(folder / "workspace")
    land(workspace, sources.find("canonical"), delivery)
    return _stored(workspace)


def merging(_delivery: Path, folder: Path) -> int:
    """Merges what was landed; the files before the merge are left out of the size."""
    workspace = Workspace.open(folder / "workspace")
    before = _stored(workspace)
    merge(workspace)
    return _stored(workspace) - before


def _stored(workspace: Workspace) -> int:
    return sum(path.stat().st_size for path in (workspace.store / "measurements").rglob("*.parquet"))


def measured(work: Callable[[Path, Path], int], delivery: Path, folder: Path) -> Cost:
    """One run in a process of its own; the start of Python and the imports are not counted."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, delivery, folder, sender))
    process.start()
    sender.close()
    cost: Cost = receiver.recv()
    process.join()
    return cost


def _run(work: Callable[[Path, Path], int], delivery: Path, folder: Path, sender: Connection) -> None:
    before = time.process_time()
    size = work(delivery, folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sender.send((time.process_time() - before, peak, size))


def postgresql(delivery: Path) -> float | None:
    """CPU seconds of a private server that copies the CSV, its start included; null where there is none."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    found = shutil.which("postgres") or (programs[0] if programs else None)
    if found is None:
        return None
    where = Path(found).resolve().parent
    with tempfile.TemporaryDirectory(prefix="qos-postgresql-") as name:
        user: dict[str, object] = {"cwd": name}
        if Path(name).owner() == "root":  # PostgreSQL refuses to run as root
            shutil.chown(name, "nobody")
            user |= {"user": "nobody", "extra_groups": []}
        initdb = [where / "initdb", "-D", f"{name}/data", "-U", "qos", "-A", "trust", "-N", "--locale=C"]
        subprocess.run([*initdb, "-E", "UTF8"], check=True, capture_output=True, **user)  # type: ignore[call-overload]
        before = _of_children()
        server = subprocess.Popen(  # type: ignore[call-overload]
            [where / "postgres", "-D", f"{name}/data", "-c", "listen_addresses=", "-k", name],
            stderr=subprocess.DEVNULL,
            **user,
        )
        try:
            with _connected(name) as connection, delivery.open("rb") as file:
                connection.execute(f"CREATE TABLE measurement ({_TABLE})")
                with connection.cursor().copy("COPY measurement FROM STDIN (FORMAT csv, HEADER)") as copy:
                    while block := file.read(1 << 20):
                        copy.write(block)
        finally:
            server.terminate()
            server.wait(timeout=120)
    return _of_children() - before


def _connected(folder: str) -> psycopg.Connection[tuple[object, ...]]:
    for _ in range(300):
        try:
            return psycopg.connect(host=folder, user="qos", dbname="postgres")
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise TimeoutError("the PostgreSQL server did not answer within 30 seconds")


def _of_children() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def round_of(table: Path, lines: Path, folder: Path, only: Collection[str]) -> dict[str, Cost]:
    """One run of the bare conversion and of these steps."""
    found = {"bare conversion": measured(bare, table, folder)}
    if {"csv", "merging"} & set(only):
        found["landing CSV"] = _landed(table, folder)
    if "merging" in only:
        found["merging"] = measured(merging, table, folder)
    if "ndjson" in only:
        found["landing NDJSON"] = _landed(lines, folder)
    if "postgresql" in only and (cost := postgresql(table)) is not None:
        found["PostgreSQL COPY"] = (cost, float("nan"), 0)
    return found


def _landed(delivery: Path, folder: Path) -> Cost:
    """Landing into a new workspace."""
    shutil.rmtree(folder / "workspace", ignore_errors=True)
    Workspace.init(folder / "workspace", "vn").engine.dispose()
    return measured(landing, delivery, folder)


def main(rows: int, repeats: int, *, uuid: bool, only: Collection[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="qos-landing-") as name:
        folder = Path(name)
        table, lines = make(folder, rows, uuid=uuid, lines="ndjson" in only)
        rounds = [round_of(table, lines, folder, only) for _ in range(repeats)]
    cost = {
        what: tuple(statistics.median(one[what][place] for one in rounds) for place in range(3))
        for what in rounds[0]
    }
    yardstick = cost["bare conversion"][0]
    print(f"{rows:,} rows, {THREADS} threads, medians of {repeats}")
    print(f"{'':18} {'CPU s':>8} {'x bare':>7} {'MiB':>6} {'bytes/row':>10}")
    for what, (seconds, memory, size) in cost.items():
        print(f"{what:18} {seconds:8.2f} {seconds / yardstick:7.2f} {memory:6.0f} {size / rows:10.1f}")
    if {"PostgreSQL COPY", "landing CSV"} <= set(cost):
        ratio = cost["PostgreSQL COPY"][0] / cost["landing CSV"][0]
        print(f"landing CSV is {ratio:.2f} x the rate of PostgreSQL's COPY")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--uuid", action="store_true", help="identifiers are random UUIDs")
    parser.add_argument("--only", nargs="+", choices=STEPS, default=STEPS, help="steps beside the yardstick")
    given = parser.parse_args(sys.argv[1:])
    main(given.rows, given.repeats, uuid=given.uuid, only=given.only)
