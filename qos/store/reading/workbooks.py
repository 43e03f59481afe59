"""Whether a workbook can be opened at all: undamaged, and no larger than it looks.

A sheet is read as the rectangle of all its cells, so one cell far from the others, typed by mistake, makes
a few kilobytes into gigabytes.
"""

import re
import zipfile
from pathlib import Path

from qos.store.reading.unpacking import CHUNK, DAMAGE, Budget, ContentFault

MOST_OF_A_WORKBOOK = 512 << 20
"""Bytes of a workbook's unpacked sheets, which are held in memory."""
MOST_CELLS = 25_000_000
"""Of the rectangle of one sheet: the million rows that a sheet can have, of 24 columns."""
_ADDRESS = re.compile(rb"""\br=["']([A-Za-z]{1,9})(\d{1,20})["']""")
_OVERLAP = 64
"""Bytes that are looked at twice, so that no address is cut in two."""


def check_workbook(path: Path) -> None:
    """Raises ContentFault."""
    try:
        with zipfile.ZipFile(path) as archive:
            budget = Budget(path.stat().st_size, MOST_OF_A_WORKBOOK)
            for info in archive.infolist():
                budget.take(info.file_size)
            if broken := archive.testzip():
                raise ContentFault(f"the workbook is damaged: {broken}")
            for name in archive.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    _check_span(archive, name)
    except ContentFault:
        raise
    except DAMAGE as fault:
        raise ContentFault(f"the workbook is cut short or damaged: {fault}") from fault


def _check_span(archive: zipfile.ZipFile, name: str) -> None:
    rows = columns = 0
    before = b""
    with archive.open(name) as sheet:
        while chunk := sheet.read(CHUNK):
            for column, row in _ADDRESS.findall(before + chunk):
                rows, columns = max(rows, int(row)), max(columns, _number(column))
            before = chunk[-_OVERLAP:]
    if rows * columns > MOST_CELLS:
        raise ContentFault(
            f"its cells span {rows:,} rows and {columns:,} columns: delete what stands far from the table, or"
            " deliver it as CSV"
        )


def _number(letters: bytes) -> int:
    """`A` is 1, `AA` 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
