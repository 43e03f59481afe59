"""Writes the fixed-line weights of the pack gb from Ofcom's panellist data of March 2021.

A region's weight is the sum of `national_weight` over its probes; probes without a weight or without a
region do not enter. `python tests/countries/make_gb_weights.py PANEL.csv`
"""

import csv
import io
import math
import sys
from collections import defaultdict
from pathlib import Path

from qos.countries import Pack, load

ORIGIN = (
    "sum of national_weight per region, Ofcom UK home broadband performance, panellist data of March 2021 "
    "(Open Government Licence v3.0)"
)
HEADER = ["region", "market", "operator", "weight", "kind", "status", "origin"]


def sums(panel: Path, pack: Pack) -> dict[str, float]:
    """Region to the sum of the national weights of its probes, exact to the last digit of a double."""
    weights: dict[str, list[float]] = defaultdict(list)
    with panel.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["Region"] and row["national_weight"]:
                weights[region_of(row["Region"], pack)].append(float(row["national_weight"]))
    return {region: math.fsum(values) for region, values in sorted(weights.items())}


def region_of(name: str, pack: Pack) -> str:
    codes = {
        code
        for code, region in pack.regions.items()
        if region.level == "nuts1"
        and name in (*region.names.values(), *(r.spelling for r in pack.region_names if r.region == code))
    }
    (code,) = codes
    return code


def table(weights: dict[str, float]) -> str:
    """weights.csv as text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for region, weight in weights.items():
        writer.writerow([region, "fixed", "", repr(weight), "panel", "final", ORIGIN])
    return text.getvalue()


if __name__ == "__main__":
    pack = load("gb")
    written = sums(Path(sys.argv[1]), pack)
    (pack.folder / "weights.csv").write_text(table(written), encoding="utf-8")
    print(f"{len(written)} regions, sum {math.fsum(written.values()):.3f}")
