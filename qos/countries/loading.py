"""A folder of data files becomes a checked pack, or a list of everything that is wrong with it."""

import hashlib
from pathlib import Path
from typing import TypeVar

from qos.countries.checks import Tables, check, known_regions
from qos.countries.country import read_country
from qos.countries.files import Faults, read_shapes
from qos.countries.pack import Pack
from qos.countries.tables import (
    EXCLUDED_NETWORKS,
    FILES,
    MARGINS,
    NETWORKS,
    OPERATOR_LINEAGE_TABLE,
    OPERATORS,
    PREFIXES,
    REGION_LINEAGE_TABLE,
    REGION_NAMES,
    REGIONS,
    THRESHOLDS,
    WEIGHTS,
    Lined,
)
from qos.domain.errors import NotFound, PackFault
from qos.domain.places import Region

BUNDLED = Path(__file__).parent
SHAPES = "regions.geojson"
FORMER_SHAPES = "former_regions.geojson"
T = TypeVar("T")
_WRITINGS = (".md", ".txt")
"""Files for people (README, licence texts), not part of the data or its digest."""


def available() -> list[str]:
    """Codes of the bundled packs."""
    return sorted(path.parent.name for path in BUNDLED.glob("*/country.toml"))


def load(name_or_path: str | Path) -> Pack:
    """The bundled pack of that code, else the pack in that folder.

    Raises NotFound when there is neither, PackFault with every fault as `file:line: what`.
    """
    bundled = isinstance(name_or_path, str) and name_or_path in available()
    folder = BUNDLED / name_or_path if bundled else Path(name_or_path)
    if not folder.is_dir():
        raise NotFound(
            f"no country pack {str(name_or_path)!r}: neither bundled ({', '.join(available())}) nor a folder",
            next_command="qos init DIR --country vn",
        )
    faults = Faults()
    pack = _read(folder, faults)
    if pack is None or faults.found:
        raise PackFault(str(name_or_path), faults.lines())
    return pack


def _read(folder: Path, faults: Faults) -> Pack | None:
    for path in _files(folder):
        if path.name not in FILES and path.suffix not in _WRITINGS:
            faults.add(path.name, 1, f"no file of a pack has this name (known: {', '.join(FILES)})")
    if (folder / PREFIXES.file).is_file() and (folder / f"{PREFIXES.file}.gz").is_file():
        faults.add(f"{PREFIXES.file}.gz", 1, f"{PREFIXES.file} is there too: keep one of the two")
    tables = _tables(folder, faults)
    if tables is None:
        return None
    if not faults.unreadable & {OPERATORS.file, REGIONS.file}:
        check(tables, faults)
        for shapes in (folder / SHAPES, folder / FORMER_SHAPES):
            if shapes.is_file():
                read_shapes(shapes, known_regions(tables, faults), faults)
    return _pack(folder, tables) if not faults.found else None


def _tables(folder: Path, faults: Faults) -> Tables | None:
    country = read_country(folder, faults)
    if country is None:
        for table in (NETWORKS, REGION_NAMES, REGION_LINEAGE_TABLE, OPERATOR_LINEAGE_TABLE, WEIGHTS):
            table.read(folder, (), faults)
        for other in (PREFIXES, EXCLUDED_NETWORKS, MARGINS, THRESHOLDS):
            other.read(folder, (), faults)
        return None
    languages = country.languages
    return Tables(
        country=country,
        operators=OPERATORS.read(folder, languages, faults),
        networks=NETWORKS.read(folder, languages, faults),
        prefixes=PREFIXES.read(folder, languages, faults),
        excluded_networks=EXCLUDED_NETWORKS.read(folder, languages, faults),
        regions=REGIONS.read(folder, languages, faults),
        region_names=REGION_NAMES.read(folder, languages, faults),
        region_lineage=REGION_LINEAGE_TABLE.read(folder, languages, faults),
        operator_lineage=OPERATOR_LINEAGE_TABLE.read(folder, languages, faults),
        weights=WEIGHTS.read(folder, languages, faults),
        margins=MARGINS.read(folder, languages, faults),
        thresholds=THRESHOLDS.read(folder, languages, faults),
    )


def _pack(folder: Path, tables: Tables) -> Pack:
    shapes, former_shapes = folder / SHAPES, folder / FORMER_SHAPES
    return Pack(
        country=tables.country,
        operators={lined.row.code: lined.row for lined in tables.operators},
        networks=_rows(tables.networks),
        prefixes=_rows(tables.prefixes),
        excluded_networks=_rows(tables.excluded_networks),
        region_versions=_versions(_rows(tables.regions)),
        region_names=_rows(tables.region_names),
        region_lineage=_rows(tables.region_lineage),
        operator_lineage=_rows(tables.operator_lineage),
        weights=_rows(tables.weights),
        margins=_rows(tables.margins),
        thresholds=_rows(tables.thresholds),
        boundaries=shapes if shapes.is_file() else None,
        former_boundaries=former_shapes if former_shapes.is_file() else None,
        folder=folder,
        digest=_digest(folder),
    )


def _rows(lined: list[Lined[T]]) -> tuple[T, ...]:
    return tuple(row.row for row in lined)


def _versions(regions: tuple[Region, ...]) -> dict[str, tuple[Region, ...]]:
    """The rows of each region, oldest first, regions in order of their codes."""
    rows = sorted(regions, key=lambda region: (region.code, str(region.valid_from or "")))
    codes = dict.fromkeys(region.code for region in rows)
    return {code: tuple(region for region in rows if region.code == code) for code in codes}


def _files(folder: Path) -> list[Path]:
    visible = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    return sorted(visible, key=lambda path: path.name)


def _digest(folder: Path) -> str:
    """sha256 over name and content of the data files, sorted by name."""
    whole = hashlib.sha256()
    for path in _files(folder):
        if path.name in FILES:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"{path.name} {content}\n".encode())
    return whole.hexdigest()
