"""What it costs to know the region of a position, against an STRtree query on all positions.

For each pack: positions spread evenly over the country, located by the pack (region codes as text, days
looked at) and by shapely's STRtree of the same polygons (numbers of pairs, the points made beforehand).
Runs are interleaved, CPU seconds, medians; every answer of the last run is compared. Colombia's
boundaries state no licence and are no part of its pack: they are read from the raw data if these are there.

python benchmarks/locating.py [--points N] [--runs N] [--colombia FILE]
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from qos.countries import Pack, load
from qos.countries.atlas import boundaries, region_map

WANTED = 25
"""Times an STRtree query (issue 3)."""
COLOMBIA = Path(__file__).resolve().parents[2] / "shared" / "data" / "geo" / "co" / "Colombia.geo.json"
DAY = np.datetime64("2026-07-01", "D")


def main() -> None:
    parser = argparse.ArgumentParser(description="Position to region.")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--colombia", type=Path, default=COLOMBIA)
    given = parser.parse_args()
    print(f"{given.points:,} positions, CPU seconds, median of {given.runs}")
    with tempfile.TemporaryDirectory() as folder:
        packs = [load("gb"), load("vn")]
        if given.colombia.is_file():
            packs.append(colombia(given.colombia, Path(folder) / "co"))
        else:
            print(f"co: left out, no {given.colombia}")
        for pack in packs:
            compare(pack, given.points, given.runs)


def colombia(drawn: Path, folder: Path) -> Pack:
    """The pack co with boundaries at full resolution."""
    pack = load("co")
    shutil.copytree(pack.folder, folder)
    shapes = json.loads(drawn.read_text(encoding="utf-8"))
    for feature in shapes["features"]:
        code = pack.find_region(feature["properties"]["NOMBRE_DPT"], DAY.item())
        feature["properties"] = {"region": code}
    (folder / "regions.geojson").write_text(json.dumps(shapes), encoding="utf-8")
    return load(folder)


def compare(pack: Pack, points: int, runs: int) -> None:
    shapes = dict(sorted(drawn(pack).items()))
    longitude, latitude = positions(list(shapes.values()), points)
    tree, made = shapely.STRtree(list(shapes.values())), shapely.points(longitude, latitude)
    days = np.full(points, DAY)
    pack.regions_at(longitude[:1], latitude[:1], days[:1])  # what a process loads once
    region_map.cache_clear()
    build, found = timed(lambda: pack.regions_at(longitude[:1], latitude[:1], days[:1]))
    ours, theirs = [], []
    for _ in range(runs):
        seconds, found = timed(lambda: pack.regions_at(longitude, latitude, days))
        ours.append(seconds)
        seconds, pairs = timed(lambda: tree.query(made, predicate="intersects"))
        theirs.append(seconds)
    wrong = differences(found, pairs, list(shapes), points)
    report(pack.code, shapes, (statistics.median(ours), statistics.median(theirs), build), points, wrong)


def drawn(pack: Pack) -> dict[str, Any]:
    """The polygons that hold on the day."""
    assert pack.boundaries is not None
    return boundaries(pack.boundaries)


def positions(shapes: list[Any], points: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes spread evenly over the country, the same in every run."""
    rng = np.random.default_rng(20260701)
    whole = shapely.union_all(shapes)
    shapely.prepare(whole)
    west, south, east, north = whole.bounds
    kept = np.empty((0, 2))
    while len(kept) < points:
        tried = rng.uniform((west, south), (east, north), (points, 2))
        kept = np.concatenate([kept, tried[shapely.contains_xy(whole, tried)]])
    return kept[:points, 0].copy(), kept[:points, 1].copy()


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def differences(found: pa.StringArray, pairs: np.ndarray, codes: list[str], points: int) -> int:
    """Positions for which the two disagree; of several regions the one whose code comes first counts."""
    first = np.full(points, len(codes))
    np.minimum.at(first, pairs[0], pairs[1])
    wanted = pa.array([*codes, None], pa.string()).take(pa.array(first))
    return sum(one != other for one, other in zip(found.to_pylist(), wanted.to_pylist(), strict=True))


def report(
    code: str, shapes: dict[str, Any], cost: tuple[float, float, float], points: int, wrong: int
) -> None:
    ours, theirs, build = cost
    corners = int(shapely.get_num_coordinates(list(shapes.values())).sum())
    print(
        f"{code}: {len(shapes)} regions of {corners:,} corners; {ours:.3f} s ({points / ours / 1e6:.1f} M/s, "
        f"map built in {build:.2f} s) against {theirs:.2f} s: {theirs / ours:.0f} x, wanted {WANTED} x; "
        f"{wrong} different answers"
    )


if __name__ == "__main__":
    main()
