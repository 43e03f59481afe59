"""What it costs to know the system that announced an address, against the engine's ASOF join.

Both have the same disjoint dated ranges and the same addresses and days, once as numbers (the join alone)
and once as text (the engine takes it apart first). The tables: the pack vn, and a made-up one of a large
country with nested prefixes, half of which change hands. Runs are interleaved, CPU seconds, medians; every
answer of the last run is compared.

python benchmarks/addresses.py [--addresses N] [--runs N]
"""

import argparse
import datetime as dt
import ipaddress
import statistics
import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from qos.countries import Prefix, load
from qos.countries.announced import Announcements
from qos.countries.prefixes import NOBODY, Ranges, ranges

WANTED = 2
"""Times the join (issue 3)."""
TURN = dt.date(2026, 4, 1)
JOIN = """
    SELECT a.line, s.asn
    FROM addresses a
    ASOF JOIN ranges r ON a.number >= r.start
    ASOF JOIN steps s ON s.place = r.place AND a.day >= s.since
"""
FROM_TEXT = """
    (SELECT line, day, list_reduce(list_transform(string_split(text, '.'), lambda o: CAST(o AS BIGINT)),
                                   lambda x, y: x * 256 + y) AS number FROM addresses)
"""


def made_up(count: int) -> list[Prefix]:
    """Prefixes /12 to /24, inside one another, the same in every run; every second has two owners in time."""
    rng = np.random.default_rng(20260702)
    lengths = rng.choice(np.arange(12, 25), count, p=np.array([*range(1, 14)]) / 91)
    drawn = zip(rng.integers(2**24, 2**32, count).tolist(), lengths.tolist(), strict=True)
    chosen = {(number >> (32 - length) << (32 - length), length) for number, length in drawn}
    table = []
    for place, (number, length) in enumerate(sorted(chosen)):
        network, asn = ipaddress.IPv4Network((number, length)), int(rng.integers(1, 60_000))
        if place % 2:
            table += [Prefix(network, asn, "made up", None, TURN), Prefix(network, asn + 1, "made up", TURN)]
        else:
            table.append(Prefix(network, asn, "made up"))
    return table


def inside(table: list[Prefix], count: int) -> np.ndarray:
    """Addresses of which nine in ten lie in a prefix of the table."""
    rng = np.random.default_rng(20260703)
    own = [row.network for row in table if row.network.version == 4]
    first = np.array([int(one.network_address) for one in own], dtype=np.int64)
    size = np.array([one.num_addresses for one in own], dtype=np.int64)
    chosen = rng.integers(0, len(own), count)
    numbers = first[chosen] + (rng.random(count) * size[chosen]).astype(np.int64)
    anywhere = rng.random(count) < 0.1
    numbers[anywhere] = rng.integers(0, 2**32, int(anywhere.sum()))
    return numbers


def joined(table: list[Prefix], built: Ranges) -> duckdb.DuckDBPyConnection:
    """A connection with the same ranges as tables."""
    connection = duckdb.connect()
    asns = np.array([*(row.asn for row in table), 0])
    place, day = np.divmod(built.step_key, 1 << 24)
    since = np.where(day == 0, -(10**6), day - (1 << 23)).astype("datetime64[D]")
    starts = {"start": built.starts.astype(np.int64), "place": np.arange(len(built.starts))}
    for name, columns in (
        ("ranges", starts),
        (
            "steps",
            {
                "place": place,
                "since": since,
                "asn": np.where(built.step_row == NOBODY, 0, asns[built.step_row]),
            },
        ),
    ):
        given = pa.table(columns)
        connection.register("given", given)
        connection.execute(f"CREATE TABLE {name} AS FROM given")
        connection.unregister("given")
    return connection


def compare(name: str, table: list[Prefix], count: int, runs: int) -> None:
    Announcements((), ()).asns(pa.array(["192.0.2.1"]), np.array([TURN], "datetime64[D]"))  # loads libraries
    start = time.process_time()
    known, built = Announcements(table, ()), ranges(table, 4)
    build = (time.process_time() - start) / 2
    numbers = inside(table, count)
    keys = numbers.astype(np.uint32)
    octets = [((numbers >> shift) & 255).astype(str) for shift in (24, 16, 8, 0)]
    texts = pa.array(np.char.add(np.char.add(np.char.add(octets[0], "."), np.char.add(octets[1], ".")),
                                 np.char.add(np.char.add(octets[2], "."), octets[3])))  # fmt: skip
    days = np.array([TURN], dtype="datetime64[D]") + np.arange(count) % 60 - 30
    connection = joined(table, built)
    given = pa.table({"line": np.arange(count), "number": numbers, "text": texts, "day": days})
    connection.register("given", given)
    connection.execute("CREATE TABLE addresses AS FROM given")
    asns = np.array([*(row.asn for row in table), 0])
    ways: dict[str, tuple[Callable[[], Any], str]] = {
        "numbers": (lambda: asns[built.rows(keys, days)], JOIN),
        "texts": (
            lambda: known.asns(texts, days).fill_null(0).to_numpy(),
            JOIN.replace("addresses", FROM_TEXT),
        ),
    }
    print(f"{name}: {len(table):,} prefixes, {len(built.starts):,} ranges, {len(built.step_row):,} steps, "
          f"built in {build:.2f} s")  # fmt: skip
    for what, (ours, query) in ways.items():
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(runs):
            seconds, found = timed(ours)
            taken[0].append(seconds)
            seconds, rows = timed(lambda query=query: connection.execute(query).fetchnumpy())
            taken[1].append(seconds)
        wanted = np.zeros(count, dtype=np.int64)
        wanted[rows["line"]] = rows["asn"]
        us, them = statistics.median(taken[0]), statistics.median(taken[1])
        print(f"  {what}: {us:.3f} s ({count / us / 1e6:.1f} M/s) against {them:.3f} s: {them / us:.1f} x, "
              f"wanted {WANTED} x; {(wanted != found).sum()} different answers")  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def main() -> None:
    parser = argparse.ArgumentParser(description="Address to autonomous system.")
    parser.add_argument("--addresses", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print(f"{given.addresses:,} addresses, CPU seconds, median of {given.runs}")
    compare("vn", list(load("vn").prefixes), given.addresses, given.runs)
    compare("made up", made_up(50_000), given.addresses, given.runs)


if __name__ == "__main__":
    main()
