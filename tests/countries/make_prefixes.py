"""Writes the addresses of the pack vn: what each listed system announced, and the caches among it.

The lists are those of ipverse/asn-ip at the commits that vn_asn.csv names, of different days; none says
from when on it holds, so the prefixes are undated.
Run from the root of the repository: `python tests/countries/make_prefixes.py ASN_FOLDER`.
"""

import csv
import io
import ipaddress
import sys
from pathlib import Path

from qos.countries import load

CACHES = ipaddress.IPv4Network("23.0.0.0/8")
"""Blocks of a content network whose caches stand with the operators: no subscriber measures from there."""
COMMIT = 10
"""Letters of a commit that are shown."""


def rows(folder: Path) -> list[tuple[str, str, str, str, str]]:
    """One row per prefix, in order of addresses, the shorter prefix first."""
    with (folder / "vn_asn.csv").open(encoding="utf-8", newline="") as file:
        systems = {row["asn"]: row["ipverse_commit"][:COMMIT] for row in csv.DictReader(file)}
    announced = [
        (ipaddress.IPv4Network(line), asn, f"ipverse/asn-ip @ {commit}")
        for asn, commit in systems.items()
        for line in (folder / f"AS{asn}.ipv4-aggregated.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    return [(str(prefix), asn, "", "", origin) for prefix, asn, origin in sorted(announced)]


def caches(prefixes: list[tuple[str, str, str, str, str]]) -> list[tuple[str, ...]]:
    """The excluded networks that these prefixes hold, by prefix."""
    return [
        ("", prefix, "", "hosting", "", "", f"cache of a content network, announced by AS{asn}; {origin}")
        for prefix, asn, _, _, origin in prefixes
        if ipaddress.IPv4Network(prefix).subnet_of(CACHES)
    ]


def table(header: str, lines: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(lines)
    return text.getvalue()


if __name__ == "__main__":
    made = rows(Path(sys.argv[1]))
    target = load("vn").folder
    (target / "prefixes.csv").write_text(
        table("prefix,asn,valid_from,valid_to,origin", [*made]), encoding="utf-8"
    )
    print(len(made), "prefixes;", "rows of excluded_networks.csv:")
    print(table("asn,prefix,spelling,reason,valid_from,valid_to,origin", caches(made)))
