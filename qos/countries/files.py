"""Files of a pack become rows of text; whatever is wrong is noted by file and line, never raised."""

import csv
import datetime as dt
import gzip
import io
import json
import math
import re
import tomllib
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qos.domain.operator import check_slug
from qos.domain.places import check_region

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass
class Faults:
    """Every fault found so far, in the order of files and lines."""

    found: set[tuple[str, int, str]] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    """Files of which no row, or not every row, could be read."""
    unread: dict[str, set[str]] = field(default_factory=dict)
    """File to the first cells of its faulty rows: what they name exists, so that one fault is told once."""

    def add(self, file: str, line: int, what: str) -> None:
        self.found.add((file, line, what))

    def unreadable_file(self, file: str, line: int, what: str) -> None:
        self.unreadable.add(file)
        self.add(file, line, what)

    def unread_row(self, file: str, about: str) -> None:
        self.unread.setdefault(file, set()).add(about)

    def lines(self) -> list[str]:
        return [f"{file}:{line}: {what}" for file, line, what in sorted(self.found)]


@dataclass
class Row:
    """One row of a table as text. A cell that cannot be read notes a fault and gives None."""

    file: str
    line: int
    cells: dict[str, str]
    faults: Faults
    sound: bool = True

    def fault(self, what: str) -> None:
        self.sound = False
        self.faults.add(self.file, self.line, what)

    def optional(self, column: str) -> str | None:
        return self.cells.get(column) or None

    def text(self, column: str) -> str:
        value = self.cells.get(column, "")
        if not value:
            self.fault(f"{column} is empty")
        return value

    def one_of(self, column: str, allowed: tuple[str, ...]) -> str:
        value = self.text(column)
        if value and value not in allowed:
            self.fault(f"{column}: {value!r} is none of {', '.join(allowed)}")
        return value

    def slug(self, column: str) -> str:
        return self._checked(column, check_slug)

    def region(self, column: str) -> str:
        return self._checked(column, check_region)

    def _checked(self, column: str, check: Any) -> str:
        value = self.text(column)
        try:
            return str(check(value)) if value else value
        except ValueError as error:
            self.fault(f"{column}: {error}")
            return value

    def date(self, column: str) -> dt.date | None:
        value = self.optional(column)
        if value is None:
            return None
        try:
            if not _DAY.match(value):  # the standard library also reads 20250701 and week dates
                raise ValueError(value)
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fault(f"{column}: not a date: {value!r} (expected the form 2025-07-01)")
            return None

    def number(self, column: str) -> float | None:
        value = self.optional(column)
        try:
            number = float(value) if value else None
        except ValueError:
            number = math.nan
        if number is not None and not math.isfinite(number):
            self.fault(f"{column}: not a number: {value!r}")
            return None
        return number

    def validity(self) -> tuple[dt.date | None, dt.date | None]:
        start, end = self.date("valid_from"), self.date("valid_to")
        if start and end and not start < end:
            self.fault(f"valid_to {end} is not after valid_from {start} (valid_to is the first day after)")
        return start, end


def read_text(path: Path, faults: Faults) -> str | None:
    """The file as text in NFC; a byte that is not UTF-8 is a fault on its line."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        faults.unreadable_file(path.name, 1, f"not a whole gzip file: {error}")
        return None
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.unreadable_file(
            path.name, line, f"not UTF-8: byte 0x{raw[error.start]:02x}; save the file as UTF-8"
        )
        return None


def read_rows(path: Path, required: set[str], optional: set[str], faults: Faults) -> Iterator[Row]:
    """Rows of a CSV file whose columns are all known; line is where the row starts."""
    text = read_text(path, faults)
    if text is None:
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [cell.strip() for cell in next(reader, [])]
        if not _columns_fit(path.name, columns, required, optional, faults):
            return
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) == len(columns):
                    values = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
                    yield Row(path.name, line, values, faults)
                else:
                    faults.unread_row(path.name, cells[0].strip())
                    faults.add(path.name, line, f"{len(cells)} cells, but the header has {len(columns)}")
            line = reader.line_num + 1
    except csv.Error as error:
        faults.unreadable_file(path.name, reader.line_num, f"not CSV: {error}")


def _columns_fit(
    file: str, columns: list[str], required: set[str], optional: set[str], faults: Faults
) -> bool:
    wrong = [f"column is missing: {column}" for column in sorted(required - set(columns))]
    wrong += [f"column is unknown: {column!r}" for column in sorted(set(columns) - required - optional)]
    wrong += [
        f"column appears twice: {column}" for column in sorted(set(columns)) if columns.count(column) > 1
    ]
    for what in wrong:
        faults.unreadable_file(file, 1, what)
    return not wrong


def read_toml(path: Path, faults: Faults) -> tuple[dict[str, Any], dict[str, int]] | None:
    """The top-level keys of a TOML file and the line of each."""
    text = read_text(path, faults)
    if text is None:
        return None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _TOML_LINE.search(str(error))
        line = int(match[1]) if match else len(text.splitlines())
        faults.add(path.name, max(line, 1), f"not TOML: {error}")
        return None
    lines: dict[str, int] = {}
    for number, line_text in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\[*\s*\"?([\w-]+)", line_text):
            lines.setdefault(match[1], number)
    return values, lines


def read_shapes(path: Path, known: set[str], faults: Faults) -> set[str]:
    """The region codes that a GeoJSON file draws; each feature must name a known region once."""
    text = read_text(path, faults)
    if text is None:
        return set()
    try:
        features = json.loads(text)["features"]
        codes = [str(feature["properties"]["region"]) for feature in features]
        drawings = [feature.get("geometry") for feature in features]
    except json.JSONDecodeError as error:
        faults.add(path.name, error.lineno, f"not JSON: {error.msg}")
        return set()
    except (AttributeError, KeyError, TypeError):
        faults.add(path.name, 1, "not a FeatureCollection whose features have a property `region`")
        return set()
    for code, drawing in zip(codes, drawings, strict=True):
        line = text[: max(text.find(f'"{code}"'), 0)].count("\n") + 1
        if code not in known:
            faults.add(path.name, line, f"unknown region: {code!r}")
        elif codes.count(code) > 1:
            faults.add(path.name, line, f"region is drawn twice: {code}")
        elif wrong := _drawing_fault(drawing):
            faults.add(path.name, line, f"{code}: {wrong}")
    return set(codes)


def _drawing_fault(drawing: Any) -> str | None:
    """What is wrong with a geometry of GeoJSON (RFC 7946): it must be areas in degrees, of closed rings."""
    kind = drawing.get("type") if isinstance(drawing, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return f"geometry must be a Polygon or MultiPolygon, not {kind}"
    try:
        parts = drawing["coordinates"] if kind == "MultiPolygon" else [drawing["coordinates"]]
        rings = [ring for part in parts for ring in part]
        if not rings or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
            return "a ring must have at least four positions, the last one equal to the first"
        if not all(-180 <= x <= 180 and -90 <= y <= 90 for ring in rings for x, y, *_ in ring):
            return "a position lies outside -180..180 and -90..90 degrees: coordinates must be WGS 84"
    except (KeyError, TypeError, ValueError):
        return "coordinates are not lists of rings of [longitude, latitude]"
    return None
