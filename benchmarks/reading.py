"""How fast a canonical delivery is read, against DuckDB's own bare conversion of the same file.

Prints CPU seconds, rows a second and the ratio to `COPY (FROM read_csv(...)) TO ... (FORMAT parquet)`
of the same run, for CSV, gzip, NDJSON and Parquet. Reading here includes the check of every byte's
encoding, of every value's type and bounds, and the line of every row.

    python benchmarks/reading.py [ROWS]
"""

import datetime as dt
import gzip
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from qos import sources
from qos.store.reading import read


def deliveries(folder: Path, rows: int) -> list[Path]:
    """One made-up delivery of eleven columns in four forms."""
    rng = np.random.default_rng(7)
    start = np.datetime64(dt.datetime(2026, 7, 1), "s")
    frame = pd.DataFrame(
        {
            "measurement_id": [f"m{i:09d}" for i in range(rows)],
            "measured_at": pd.to_datetime(start + np.arange(rows) % 7_776_000).tz_localize("UTC"),
            "subject": [f"s{i}" for i in rng.integers(0, rows // 10 + 1, rows)],
            "operator": rng.choice(["viettel", "vinaphone", "mobifone"], rows),
            "region": [f"gso34:{i:02d}" for i in rng.integers(1, 35, rows)],
            "service": "mobile",
            "technology": rng.choice(["4g", "5g-sa"], rows),
            "download_mbps": rng.lognormal(3, 1, rows).round(3),
            "upload_mbps": rng.lognormal(2, 1, rows).round(3),
            "latency_ms": rng.lognormal(3, 0.5, rows).round(2),
            "loss_ratio": rng.beta(1, 50, rows).round(5),
        }
    )
    paths = [folder / name for name in ("rows.csv", "rows.csv.gz", "rows.ndjson", "rows.parquet")]
    frame.to_csv(paths[0], index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    paths[1].write_bytes(gzip.compress(paths[0].read_bytes(), 1))
    frame.to_json(paths[2], orient="records", lines=True, date_format="iso")
    frame.to_parquet(paths[3], index=False)
    return paths


def cpu_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """The least of a few runs: what the work itself costs."""
    costs = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        costs.append(time.process_time() - start)
    return min(costs)


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as connection:
        folder = Path(name)
        connection.execute("SET threads = 2")
        paths = deliveries(folder, rows)
        copy = f"COPY (FROM read_csv('{paths[0]}')) TO '{folder / 'bare.parquet'}' (FORMAT parquet)"
        bare = cpu_seconds(lambda: connection.execute(copy))
        print(f"bare CSV to Parquet by DuckDB: {bare:.2f} s CPU, {rows / bare:,.0f} rows/s")
        canonical = sources.find("canonical")
        for path in paths:
            cost = cpu_seconds(
                lambda path=path: read(connection, canonical, path, delivery=path.name, period=None)
            )
            print(f"{path.name:13} {cost:.2f} s CPU, {rows / cost:,.0f} rows/s, {cost / bare:.2f} x bare")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
