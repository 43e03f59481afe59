"""What the reduction of a quarter costs in CPU and memory, against a bare scan of the same columns.

Makes a quarter of 5 operators x 34 regions x 4 sources, five metrics and about 12 rows a subject, laid out
as the store lays it (sorted subject buckets), and reduces it with the program's own queries: the scan, the
exact median of every subject in all five metrics, their means, those of their logarithms (geometric means),
and everything the first edition asks of the mobile market. Every kind of work runs in a process of its own,
in turns; printed are medians of user + system seconds, the peak memory, and the slope of the cost over size.

    python benchmarks/reduction.py [--rows 2 8] [--runs 3] [--limit 1024] [--work scan medians means geomeans]

Rows are in millions, the limit in MiB.
"""

import argparse
import math
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from qos import methodology
from qos.domain.indicator import Direction, Indicator, Scale, Statistic
from qos.domain.market import Market
from qos.domain.quarter import Quarter
from qos.reduce.rows import row_cells
from qos.store.bulk import connect
from qos.store.parts import buckets_for
from qos.store.reductions import Tasks, open_tasks
from qos.store.selecting import Bucket

METRICS = ("download_mbps", "upload_mbps", "latency_ms", "jitter_ms", "loss_ratio")
TEXTS = ("source", "operator", "region", "quarter", "service", "delivery")
QUARTER, MARKET = Quarter(2026, 3), Market(name="mobile", service="mobile")
REGIONS = {f"gso34:{code:02d}": f"gso34:{code:02d}" for code in range(34)}
ALLOWED = {"medians": 12.0, "means": 7.0, "geomeans": 7.0}
ALLOWED_SLOPE, ALLOWED_MIB = 1.1, 768
WORK = ("scan", "medians", "means", "geomeans", "edition")


def make(folder: Path, rows: int) -> None:
    """One sorted file a bucket; every value and time depends on the row's number only."""
    buckets = buckets_for(rows)
    subjects = max(rows // buckets // 12, 1)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for bucket in range(buckets):
            connection.execute(
                _rows(bucket, buckets, subjects, rows // buckets, folder / f"{bucket:03d}.parquet")
            )


def _rows(bucket: int, buckets: int, subjects: int, rows: int, path: Path) -> str:
    def uniform(salt: int) -> str:
        return f"(hash(i * 8 + {salt}) % 1000003 / 1000003.0)"

    def lognormal(centre: float, spread: float, salt: int) -> str:
        three = " + ".join(uniform(salt + more) for more in (0, 100, 200))
        return f"exp({centre} + {spread} * ({three} - 1.5) * 2)"

    return f"""
        COPY (
            SELECT
                'source-' || (s % 4) AS source, 'landed' AS delivery, '{QUARTER}' AS quarter,
                'nt-' || printf('%09d', {bucket * rows} + i) AS measurement_id,
                TIMESTAMP '2026-07-01 00:00:00'
                    + to_seconds(CAST(floor({uniform(1)} * 7900000) AS BIGINT)) AS measured_at,
                CAST((hash(s) >> 1) - (hash(s) >> 1) % {buckets} + {bucket} AS BIGINT) AS subject,
                'operator-' || (s // 4 % 5) AS operator, 'gso34:' || printf('%02d', s // 20 % 34) AS region,
                'mobile' AS service, '4g' AS technology,
                round({lognormal(3.5, 0.6, 2)}, 2) AS download_mbps,
                round({lognormal(2.5, 0.6, 3)}, 2) AS upload_mbps,
                round({lognormal(3.3, 0.4, 4)}, 1) AS latency_ms,
                round({lognormal(1.0, 0.5, 5)}, 1) AS jitter_ms,
                round({uniform(6)} / 50, 4) AS loss_ratio, CAST(0 AS BIGINT) AS flags
            FROM (SELECT i, CAST(hash(i * 8) % {subjects} AS BIGINT) AS s FROM range({rows}) AS numbers(i))
            ORDER BY source, subject, measured_at, measurement_id
        ) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1,
         ROW_GROUP_SIZE 500000)
    """


def indicators(work: str) -> list[Indicator]:
    if work == "edition":
        return list(methodology.load().of_market(MARKET))
    statistics_of = {
        "medians": [Statistic.SHARE],
        "means": [Statistic.MEAN],
        "geomeans": [Statistic.GEOMEAN],
    }[work]
    return [
        Indicator(
            name=f"{metric}_{statistic}", title="", metric=metric, statistic=statistic,
            direction=Direction.HIGHER, unit="", scale=Scale.LOG, services=("mobile",), threshold=10.0,
        )
        for metric in METRICS
        for statistic in statistics_of
        if not (metric == "loss_ratio" and statistic is Statistic.GEOMEAN)
    ]  # fmt: skip


def buckets_of(connection: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Bucket]:
    absent = ", CAST(NULL AS DOUBLE) AS ".join(
        (
            "",
            "weight",
            "loaded_latency_ms",
            "dns_ms",
            "web_load_ms",
            "video_start_ms",
            "signal_dbm",
            "completed",
        )
    )
    for path in sorted(folder.glob("*.parquet")):
        view = f"bucket_{path.stem}"
        connection.execute(
            f"CREATE TEMP VIEW {view} AS SELECT *, flags AS flag_bits, true AS counts,"
            f" CAST(NULL AS VARCHAR) AS method{absent} FROM read_parquet('{path}', file_row_number = true)"
        )
        yield Bucket(view, ordered=f"read_parquet('{path}')", place="file_row_number")


def scan(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every value of the columns that a reduction reads of every row, touched once.

    They are the metrics, the keys of the groups, and what decides whether a row enters.
    """
    touched = [*(f"sum({name})" for name in (*METRICS, "flags")), "max(subject)", "max(measured_at)"]
    touched += [f"max(length({name}))" for name in TEXTS]
    for path in sorted(folder.glob("*.parquet")):
        connection.execute(f"SELECT {', '.join(touched)} FROM '{path}'").fetchall()


def reduce(connection: duckdb.DuckDBPyConnection, folder: Path, work: str) -> Tasks:
    edition = methodology.load().edition
    tasks = open_tasks(
        connection, QUARTER, MARKET, indicators=indicators(work), region_map=REGIONS, operator_map={},
        excluding_flags=edition.excluding_flags, min_seconds=edition.min_seconds_between,
        buckets=tuple(buckets_of(connection, folder)),
    )  # fmt: skip
    if work == "edition":
        row_cells(tasks, tasks.needs.indicators, edition)
    return tasks


def child(work: str, folder: Path, limit: int) -> None:
    """Does one kind of work and prints its CPU seconds and the peak memory of the whole process in MiB."""
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (limit << 20, limit << 20))
    with tempfile.TemporaryDirectory() as spill, connect(Path(spill), memory="384MB") as connection:
        connection.execute("SET enable_progress_bar = false")
        before = resource.getrusage(resource.RUSAGE_SELF)
        if work == "scan":
            scan(connection, folder)
        else:
            reduce(connection, folder, work)
        after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sys.stdout.write(f"{seconds} {after.ru_maxrss / 1024}\n")


def measured(folder: Path, runs: int, limit: int, kinds: list[str]) -> dict[str, tuple[float, float]]:
    """CPU seconds (median) and peak MiB (highest) of each kind of work."""
    taken: dict[str, list[tuple[float, float]]] = {work: [] for work in kinds}
    for _ in range(runs):
        for work in kinds:
            command = [sys.executable, __file__, "--child", work, str(folder), "--limit", str(limit)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds, mib = done.stdout.split()
            taken[work].append((float(seconds), float(mib)))
    return {
        work: (statistics.median(s for s, _ in found), max(m for _, m in found))
        for work, found in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[2, 8], help="millions, smallest first")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=1024, help="MiB a process may have; 0: no limit")
    parser.add_argument(
        "--work", nargs="+", choices=WORK, default=list(WORK), help="scan and medians are done anyway"
    )
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        make(Path(given.make[1]), int(given.make[0]))
        return
    if given.child:
        child(given.child[0], Path(given.child[1]), given.limit)
        return
    medians = []
    for millions in given.rows:
        with tempfile.TemporaryDirectory() as name:
            # Made by a process of its own: a child's peak memory counts what its parent held when it started.
            made = ["--make", str(millions * 1_000_000), name]
            subprocess.run([sys.executable, __file__, *made], check=True)
            kinds = [work for work in WORK if work in {"scan", "medians", *given.work}]
            found = measured(Path(name), given.runs, given.limit, kinds)
        bare = found["scan"][0]
        medians.append(found["medians"][0])
        print(f"{millions} million measurements, process limit {given.limit or 'no'} MiB")
        for work, (seconds, mib) in found.items():
            allowed = f", allowed {ALLOWED[work]:.0f}" if work in ALLOWED else ""
            print(
                f"  {work:8} {seconds:8.2f} s CPU  {seconds / bare:5.1f} x scan{allowed}  peak {mib:.0f} MiB"
            )
    if len(medians) > 1:
        slope = math.log(medians[-1] / medians[0]) / math.log(given.rows[-1] / given.rows[0])
        print(f"log-log slope of the medians {slope:.2f}, allowed {ALLOWED_SLOPE}")
    print(f"memory allowed {ALLOWED_MIB} MiB")


if __name__ == "__main__":
    main()
