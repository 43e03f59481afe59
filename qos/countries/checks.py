"""What must hold between the rows and tables of a pack. Faults are noted at the later of two lines."""

import datetime as dt
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from qos.countries.country import FILE as COUNTRY
from qos.countries.country import Country
from qos.countries.files import Faults
from qos.countries.names import fold, region_key
from qos.countries.rows import (
    HOSTED,
    ExcludedNetwork,
    Lineage,
    Margin,
    Network,
    Prefix,
    RegionName,
    Threshold,
    Weight,
    overlap,
)
from qos.countries.tables import Lined
from qos.domain.operator import Operator
from qos.domain.places import NATION, Region

T = TypeVar("T")
Validity = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True)
class Tables:
    """Every sound row of a pack, with its line."""

    country: Country
    operators: list[Lined[Operator]]
    networks: list[Lined[Network]]
    prefixes: list[Lined[Prefix]]
    excluded_networks: list[Lined[ExcludedNetwork]]
    regions: list[Lined[Region]]
    region_names: list[Lined[RegionName]]
    region_lineage: list[Lined[Lineage]]
    operator_lineage: list[Lined[Lineage]]
    weights: list[Lined[Weight]]
    margins: list[Lined[Margin]]
    thresholds: list[Lined[Threshold]]


def check(tables: Tables, faults: Faults) -> None:
    """Every fault between rows and between tables."""
    regions = known_regions(tables, faults)
    operators = {lined.row.code for lined in tables.operators} | faults.unread.get("operators.csv", set())
    _unique("operators.csv", tables.operators, lambda row: row.code, faults)
    _check_networks(tables.networks, operators, faults)
    _apart("prefixes.csv", tables.prefixes, lambda row: str(row.network), faults)
    _check_excluded(tables, faults)
    _check_regions(tables, regions, faults)
    _references(tables, regions, operators, faults)
    _check_bare_codes(tables, faults)
    _unique(
        "region_names.csv", tables.region_names, lambda row: (row.region, region_key(row.spelling)), faults
    )
    _check_lineage("region_lineage.csv", tables.region_lineage, regions, _lives(tables.regions), faults)
    _check_lineage(
        "operator_lineage.csv", tables.operator_lineage, operators, _lives(tables.operators), faults
    )
    _check_weights(tables, faults)
    _check_margins(tables.margins, faults)
    _apart(
        "thresholds.csv",
        tables.thresholds,
        lambda row: (row.indicator, row.market, row.comparison, row.source_document),
        faults,
    )


def known_regions(tables: Tables, faults: Faults) -> set[str]:
    """Codes of regions.csv, those of rows with another fault included: that fault is told already."""
    return {lined.row.code for lined in tables.regions} | faults.unread.get("regions.csv", set())


def _unique(file: str, rows: list[Lined[T]], key: Callable[[T], Hashable], faults: Faults) -> None:
    first: dict[Hashable, int] = {}
    for lined in rows:
        earlier = first.setdefault(key(lined.row), lined.line)
        if earlier != lined.line:
            faults.add(file, lined.line, f"duplicate of line {earlier}: {_shown(key(lined.row))}")


def _apart(file: str, rows: list[Lined[T]], key: Callable[[T], Hashable], faults: Faults) -> None:
    """Rows with the same key must not be valid on the same day."""
    earlier: dict[Hashable, list[tuple[int, Validity]]] = {}
    for lined in rows:
        own: Validity = (getattr(lined.row, "valid_from", None), getattr(lined.row, "valid_to", None))
        for line, other in earlier.setdefault(key(lined.row), []):
            if own == other:
                faults.add(file, lined.line, f"duplicate of line {line}: {_shown(key(lined.row))}")
            elif overlap(own, other):
                faults.add(
                    file, lined.line, f"validity overlaps that of line {line}: {_shown(key(lined.row))}"
                )
        earlier[key(lined.row)].append((lined.line, own))


def _shown(key: Hashable) -> str:
    return ", ".join(str(part) for part in key if part) if isinstance(key, tuple) else str(key)


def _check_networks(rows: list[Lined[Network]], operators: set[str], faults: Faults) -> None:
    for lined in rows:
        if lined.row.operator not in operators:
            faults.add("networks.csv", lined.line, f"unknown operator: {lined.row.operator!r}")
    for service in ("mobile", "fixed"):
        own = [lined for lined in rows if service in lined.row.services]
        _apart("networks.csv", own, _network_key, faults)


def _network_key(row: Network) -> Hashable:
    spelling = fold(row.spelling) if row.spelling else None
    return (f"AS{row.asn}" if row.asn else None, row.mcc_mnc, spelling)


def _check_excluded(tables: Tables, faults: Faults) -> None:
    """A network is an operator's or excluded, not both on one day."""
    file = "excluded_networks.csv"
    _apart(file, tables.excluded_networks, _excluded_key, faults)
    used: dict[Hashable, list[Lined[Network]]] = {}
    for network in tables.networks:
        used.setdefault(_network_key(network.row), []).append(network)
    for lined in tables.excluded_networks:
        key = _excluded_key(lined.row)
        own = (lined.row.valid_from, lined.row.valid_to)
        for other in used.get(key, []):
            if overlap(own, (other.row.valid_from, other.row.valid_to)):
                named = f"{other.row.operator} on line {other.line} of networks.csv"
                faults.add(file, lined.line, f"{_shown(key)} is {named}")


def _excluded_key(row: ExcludedNetwork) -> Hashable:
    spelling = fold(row.spelling) if row.spelling else None
    return (f"AS{row.asn}" if row.asn else None, str(row.network) if row.network else None, spelling)


def _check_regions(tables: Tables, regions: set[str], faults: Faults) -> None:
    _apart("regions.csv", tables.regions, lambda row: row.code, faults)
    for versions in _grouped(tables.regions).values():
        for before, after in pairwise(versions):
            if before.row.valid_to and after.row.valid_from and before.row.valid_to < after.row.valid_from:
                gap = f"{before.row.valid_to} to {after.row.valid_from}"
                faults.add(
                    "regions.csv", after.line, f"{after.row.code} is not valid from {gap}: use two codes"
                )
    parents = {lined.row.code: lined.row.parent for lined in tables.regions}
    for lined in tables.regions:
        if lined.row.parent and lined.row.parent not in regions | {NATION}:
            faults.add("regions.csv", lined.line, f"unknown parent: {lined.row.parent!r}")
        if _returns(lined.row.code, parents):
            faults.add("regions.csv", lined.line, f"{lined.row.code} is its own ancestor")
    schemes = {code.split(":")[0] for code in regions}
    for scheme in (tables.country.region_scheme, *tables.country.former_schemes):
        if scheme not in schemes:
            faults.add(COUNTRY, 1, f"no region of regions.csv is of scheme {scheme!r}")


def _grouped(regions: list[Lined[Region]]) -> dict[str, list[Lined[Region]]]:
    """Versions of each region, oldest first."""
    groups: dict[str, list[Lined[Region]]] = {}
    for lined in sorted(regions, key=lambda lined: lined.row.valid_from or dt.date.min):
        groups.setdefault(lined.row.code, []).append(lined)
    return groups


def _returns(start: str, onward: dict[str, str | None]) -> bool:
    """Whether following `onward` from a code comes back to it."""
    seen, code = {start}, onward.get(start)
    while code and code not in seen:
        seen.add(code)
        code = onward.get(code)
    return code == start


def _references(tables: Tables, regions: set[str], operators: set[str], faults: Faults) -> None:
    """Regions and operators that a row names must exist."""
    for name in tables.region_names:
        if name.row.region not in regions:
            faults.add("region_names.csv", name.line, f"unknown region: {name.row.region!r}")
    for weight in tables.weights:
        _check_cell("weights.csv", weight, regions, operators, faults)
    for margin in tables.margins:
        _check_cell("margins.csv", margin, regions | {NATION}, operators, faults)


def _check_bare_codes(tables: Tables, faults: Faults) -> None:
    """A number that is the bare code of a region names none: another scheme gives it to another region."""
    codes = sorted((lined.row.code for lined in tables.regions), reverse=True)
    bare = {code.partition(":")[2]: code for code in codes}
    for lined in tables.region_names:
        spelling = lined.row.spelling
        if spelling.isdigit() and spelling in bare:
            faults.add(
                "region_names.csv",
                lined.line,
                f"spelling: {spelling!r} is the bare code of {bare[spelling]}: write scheme:code",
            )


def _check_cell(
    file: str, lined: Lined[Weight] | Lined[Margin], regions: set[str], operators: set[str], faults: Faults
) -> None:
    if lined.row.region not in regions:
        faults.add(file, lined.line, f"unknown region: {lined.row.region!r}")
    if lined.row.operator and lined.row.operator not in operators:
        faults.add(file, lined.line, f"unknown operator: {lined.row.operator!r}")


def _lives(rows: list[Lined[Region]] | list[Lined[Operator]]) -> dict[str, Validity]:
    """First and last day of each code, over all its rows."""
    lives: dict[str, Validity] = {}
    for row in sorted((lined.row for lined in rows), key=lambda row: row.valid_from or dt.date.min):
        start = lives[row.code][0] if row.code in lives else row.valid_from
        lives[row.code] = (start, row.valid_to)
    return lives


def _check_lineage(
    file: str, rows: list[Lined[Lineage]], known: set[str], lives: dict[str, Validity], faults: Faults
) -> None:
    _unique(file, rows, lambda row: (row.old, row.new), faults)
    for lined in rows:
        for code in sorted({lined.row.old, lined.row.new} - known):
            faults.add(file, lined.line, f"unknown {file.split('_')[0]}: {code!r}")
    successions = [lined for lined in rows if lined.row.kind != HOSTED]
    onward: dict[str, str | None] = {lined.row.old: lined.row.new for lined in successions}
    first: dict[str, Lined[Lineage]] = {}
    for lined in successions:
        row = lined.row
        earlier = first.setdefault(row.old, lined)
        if earlier.row.new != row.new and {row.kind, earlier.row.kind} != {"split"}:
            faults.add(file, lined.line, f"{row.old} already became {earlier.row.new} on line {earlier.line}")
        if _returns(row.old, onward):
            faults.add(file, lined.line, f"{row.old} becomes itself again")
        elif {row.old, row.new} <= lives.keys():
            _check_handover(file, lined, lives, faults)


def _check_handover(file: str, lined: Lined[Lineage], lives: dict[str, Validity], faults: Faults) -> None:
    """The old one ends on the day, the new one is valid on it."""
    row = lined.row
    if lives[row.old][1] != row.date:
        faults.add(file, lined.line, f"{row.old} must have valid_to {row.date}, it has {lives[row.old][1]}")
    start, end = lives[row.new]
    if row.date and not ((start is None or start <= row.date) and (end is None or row.date < end)):
        faults.add(file, lined.line, f"{row.new} is not valid on {row.date}")


def _check_weights(tables: Tables, faults: Faults) -> None:
    """National weights of a market name every ranking region, so that none is left out unnoticed."""
    _unique("weights.csv", tables.weights, lambda row: (row.region, row.market, row.operator), faults)
    scheme = tables.country.region_scheme
    needed = {lined.row.code for lined in tables.regions if lined.row.scheme == scheme}
    needed -= faults.unread.get("weights.csv", set())
    national = [lined for lined in tables.weights if not lined.row.operator]
    for market in sorted({lined.row.market for lined in national}):
        own = [lined for lined in national if lined.row.market == market]
        missing = sorted(needed - {lined.row.region for lined in own})
        if missing:
            faults.add("weights.csv", own[0].line, f"market {market} has no weight for {', '.join(missing)}")
        if not sum(lined.row.weight for lined in own) > 0:
            faults.add("weights.csv", own[0].line, f"the weights of market {market} sum to 0")


def _check_margins(rows: list[Lined[Margin]], faults: Faults) -> None:
    """The shares of one variable, in one market, region and operator, from one day on, sum to 1."""
    _unique("margins.csv", rows, lambda row: (*_margin_key(row), row.level), faults)
    if "margins.csv" in faults.unread:
        return
    groups: dict[Hashable, list[Lined[Margin]]] = {}
    for lined in rows:
        groups.setdefault(_margin_key(lined.row), []).append(lined)
    for key, group in groups.items():
        total = sum(lined.row.share for lined in group)
        if abs(total - 1) > 1e-6:  # shares are written with a few digits
            faults.add("margins.csv", group[0].line, f"shares sum to {total:g}, not 1: {_shown(key)}")


def _margin_key(row: Margin) -> tuple[Hashable, ...]:
    return (row.market, row.region, row.operator, row.variable, row.valid_from)
