"""The tables of a pack: their columns, and how a row of text becomes a typed row with its line."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from qos.countries.files import Faults, Row, read_rows
from qos.countries.names import fold
from qos.countries.rows import (
    ANY_SERVICE,
    COMPARISONS,
    EXCLUDED_FOR,
    HOSTED,
    MARGIN_VARIABLES,
    OPERATOR_LINEAGE,
    REGION_LINEAGE,
    SERVICES,
    WEIGHT_KINDS,
    WEIGHT_STATUS,
    ExcludedNetwork,
    Lineage,
    Margin,
    Network,
    Prefix,
    RegionName,
    Threshold,
    Weight,
)
from qos.domain.operator import Operator
from qos.domain.places import NATION, Region

T = TypeVar("T")
_MCC_MNC = re.compile(r"^(\d{3})-?(\d{2,3})$")
_LARGEST_ASN = 4_294_967_295  # 32 bits, RFC 6793
_LONGEST_IPV6 = 64


@dataclass(frozen=True)
class Lined(Generic[T]):
    """A typed row and the line it stands on."""

    line: int
    row: T


@dataclass(frozen=True)
class Table(Generic[T]):
    """One file of a pack. `names` asks for one column `name_<language>` per language; a file that
    `may_be_packed` may also be there as `.csv.gz`.

    required: names of columns, the one that says what a row is about first.
    """

    file: str
    required: str
    optional: str
    build: Callable[[Row, tuple[str, ...]], T | None]
    must_exist: bool = False
    names: bool = False
    may_be_packed: bool = False

    def read(self, folder: Path, languages: tuple[str, ...], faults: Faults) -> list[Lined[T]]:
        """Every sound row of the file; a file that may be absent then has no rows."""
        path = folder / self.file
        if self.may_be_packed and not path.is_file():
            path = folder / f"{self.file}.gz"
        if not path.is_file():
            if self.must_exist:
                faults.unreadable_file(self.file, 1, "file is missing")
            return []
        names = {f"name_{language}" for language in languages} if self.names else set()
        rows = read_rows(path, {*self.required.split(), *names}, set(self.optional.split()), faults)
        return list(self._typed(rows, languages))

    def _typed(self, rows: Iterator[Row], languages: tuple[str, ...]) -> Iterator[Lined[T]]:
        for row in rows:
            built = self.build(row, languages)
            if built is not None and row.sound:
                yield Lined(row.line, built)
            else:
                row.faults.unread_row(self.file, row.cells[self.required.split()[0]])


def _names(row: Row, languages: tuple[str, ...]) -> dict[str, str]:
    return {language: row.text(f"name_{language}") for language in languages}


def _operator(row: Row, languages: tuple[str, ...]) -> Operator | None:
    code, kind, names = row.slug("operator"), row.slug("kind"), _names(row, languages)
    start, end = row.validity()
    try:
        return Operator(code, names, kind, start, end) if row.sound else None
    except ValueError as error:
        row.fault(f"operator: {error}")
        return None


def _region(row: Row, languages: tuple[str, ...]) -> Region | None:
    code, level, names = row.region("region"), row.slug("level"), _names(row, languages)
    if code == NATION:
        row.fault("region: 'nation' is the whole country and needs no row")
    start, end = row.validity()
    parent = row.region("parent") if row.optional("parent") else None
    return Region(code, names, level, parent, start, end) if row.sound else None


def normal_mcc_mnc(text: str) -> str | None:
    """`452-04` for `452-04` and `45204`; None when it is no network code."""
    match = _MCC_MNC.match(text.strip())
    return f"{match[1]}-{match[2]}" if match else None


def _asn(row: Row) -> int | None:
    text = row.optional("asn")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _LARGEST_ASN:
        row.fault(f"asn: not the number of an autonomous system: {text!r}")
        return None
    return int(text)


def _prefix_cell(row: Row) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    text = row.optional("prefix")
    if text is None:
        return None
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        row.fault(f"prefix: {error} (expected the form 203.0.113.0/24)")
        return None
    if network.version == 6 and network.prefixlen > _LONGEST_IPV6:
        row.fault(f"prefix: {text} is longer than /{_LONGEST_IPV6}: addresses of IPv6 are known by 64 bits")
        return None
    return network


def _prefix(row: Row, _: tuple[str, ...]) -> Prefix | None:
    row.text("prefix")
    row.text("asn")
    network, asn, origin = _prefix_cell(row), _asn(row), row.text("origin")
    start, end = row.validity()
    if network is None or asn is None or not row.sound:
        return None
    return Prefix(network, asn, origin, start, end)


def _excluded_network(row: Row, _: tuple[str, ...]) -> ExcludedNetwork | None:
    _one_given(row, "asn", "prefix", "spelling")
    asn, network, spelling = _asn(row), _prefix_cell(row), row.optional("spelling")
    if spelling and not fold(spelling):
        row.fault(f"spelling: no letter and no digit in {spelling!r}")
    reason, origin = row.one_of("reason", EXCLUDED_FOR), row.text("origin")
    start, end = row.validity()
    return ExcludedNetwork(reason, origin, asn, network, spelling, start, end) if row.sound else None


def _one_given(row: Row, *columns: str) -> None:
    given = [column for column in columns if row.optional(column)]
    if len(given) != 1:
        wanted = f"{', '.join(columns[:-1])} and {columns[-1]}"
        row.fault(f"exactly one of {wanted} is needed, not {' and '.join(given) or 'none'}")


def _network(row: Row, _: tuple[str, ...]) -> Network | None:
    asn, mcc_mnc, spelling = _asn(row), row.optional("mcc_mnc"), row.optional("spelling")
    _one_given(row, "asn", "mcc_mnc", "spelling")
    if mcc_mnc and not normal_mcc_mnc(mcc_mnc):
        row.fault(f"mcc_mnc: not a network code: {mcc_mnc!r} (expected the form 452-04)")
    if spelling and not fold(spelling):
        row.fault(f"spelling: no letter and no digit in {spelling!r}")
    service, origin = row.one_of("service", (*SERVICES, ANY_SERVICE)), row.text("origin")
    operator, (start, end) = row.slug("operator"), row.validity()
    if not row.sound:
        return None
    code = normal_mcc_mnc(mcc_mnc) if mcc_mnc else None
    return Network(operator, service, origin, asn, code, spelling, start, end)


def _lineage(kinds: tuple[str, ...]) -> Callable[[Row, tuple[str, ...]], Lineage | None]:
    def build(row: Row, _: tuple[str, ...]) -> Lineage | None:
        old, new, kind = row.text("old"), row.text("new"), row.one_of("kind", kinds)
        date = row.date("date")
        if date is None and kind != HOSTED and row.sound:
            row.fault("date is empty")
        return Lineage(old, new, date, kind, row.optional("origin") or "") if row.sound else None

    return build


def _region_name(row: Row, _: tuple[str, ...]) -> RegionName | None:
    region, spelling, origin = row.region("region"), row.text("spelling"), row.text("origin")
    if spelling and not fold(spelling):
        row.fault(f"spelling: no letter and no digit in {spelling!r}")
    return RegionName(region, spelling, origin)


def _weight(row: Row, _: tuple[str, ...]) -> Weight | None:
    region, market, operator = row.region("region"), row.slug("market"), row.optional("operator")
    kind, status = row.one_of("kind", WEIGHT_KINDS), row.one_of("status", WEIGHT_STATUS)
    row.text("weight")
    weight, origin = row.number("weight"), row.text("origin")
    if weight is not None and weight < 0:
        row.fault(f"weight is negative: {weight}")
    if weight is None or not row.sound:
        return None
    return Weight(region, market, operator, weight, kind, status, origin)


def _margin(row: Row, _: tuple[str, ...]) -> Margin | None:
    market, region, operator = row.slug("market"), row.region("region"), row.optional("operator")
    variable, level = row.one_of("variable", MARGIN_VARIABLES), row.text("level")
    row.text("share")
    row.text("valid_from")
    share, start, origin = row.number("share"), row.date("valid_from"), row.text("origin")
    if share is not None and not 0 <= share <= 1:
        row.fault(f"share is outside 0..1: {share}")
    if share is None or start is None or not row.sound:
        return None
    return Margin(market, region, operator, variable, level, share, start, origin)


def _threshold(row: Row, _: tuple[str, ...]) -> Threshold | None:
    indicator, market = row.text("indicator"), row.slug("market")
    comparison = row.one_of("comparison", tuple(COMPARISONS))
    limit, document, (start, end) = row.number("limit"), row.text("source_document"), row.validity()
    verified_by = row.optional("verified_by") or ""
    if verified_by and limit is None and row.sound:
        row.fault("limit is empty, but verified_by is not")
    if not row.sound:
        return None
    return Threshold(indicator, market, limit, comparison, document, start, end, verified_by)


_DATED = "valid_from valid_to"
OPERATORS = Table(
    "operators.csv", f"operator kind {_DATED}", "origin", _operator, must_exist=True, names=True
)
NETWORKS = Table(
    "networks.csv", f"operator service {_DATED} origin", "asn mcc_mnc spelling", _network, must_exist=True
)
REGIONS = Table(
    "regions.csv", f"region parent level {_DATED}", "origin", _region, must_exist=True, names=True
)
REGION_NAMES = Table("region_names.csv", "region spelling origin", "", _region_name)
REGION_LINEAGE_TABLE = Table("region_lineage.csv", "old new date kind", "origin", _lineage(REGION_LINEAGE))
OPERATOR_LINEAGE_TABLE = Table(
    "operator_lineage.csv", "old new date kind", "origin", _lineage(OPERATOR_LINEAGE)
)
WEIGHTS = Table("weights.csv", "region market operator weight kind status origin", "", _weight)
MARGINS = Table("margins.csv", "market region operator variable level share valid_from origin", "", _margin)
THRESHOLDS = Table(
    "thresholds.csv",
    f"indicator market limit comparison source_document {_DATED} verified_by",
    "",
    _threshold,
)
PREFIXES = Table("prefixes.csv", f"prefix asn {_DATED} origin", "", _prefix, may_be_packed=True)
EXCLUDED_NETWORKS = Table(
    "excluded_networks.csv", f"reason {_DATED} origin", "asn prefix spelling", _excluded_network
)
FILES = (
    "country.toml",
    "operators.csv",
    "networks.csv",
    "prefixes.csv",
    "prefixes.csv.gz",
    "excluded_networks.csv",
    "regions.csv",
    "region_names.csv",
    "region_lineage.csv",
    "operator_lineage.csv",
    "weights.csv",
    "margins.csv",
    "thresholds.csv",
    "regions.geojson",
    "former_regions.geojson",
)
