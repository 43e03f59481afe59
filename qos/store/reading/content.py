"""What a delivered file really is, whatever its name says, and a form of it that DuckDB reads.

Compressed text, other encodings and mixed line ends are written anew as plain UTF-8 with LF into a
temporary folder; a plain UTF-8 file is read where it lies. A file cut short is never read in part.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np

from qos.store.reading.unpacking import CHUNK, Archive, ContentFault, compression_of, unpack
from qos.store.reading.workbooks import check_workbook

HEAD = 1 << 16
NUL = "␀"
"""Stands where a text delivery held a NUL byte; its row is rejected."""

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Content:
    """A file ready to be read.

    form: csv, ndjson, json, parquet, workbook, tar or zip. lines: physical lines of a text. nul: NUL bytes
    were found and replaced. head: the beginning of a text. size: bytes of the delivery as it came. rows: the
    first row of a Parquet file to be read, counted from 0, and the first that is not; null: all are read.
    held: the bytes of a text that is only in memory, `path` then names a file that is not there yet.
    """

    form: str
    path: Path
    compression: str = "none"
    encoding: str = ""
    lines: int = 0
    nul: bool = False
    head: str = ""
    size: int = 0
    rows: tuple[int, int] | None = None
    held: memoryview | None = field(default=None, repr=False, compare=False)

    @property
    def text_size(self) -> int:
        """Bytes of the text as it is read."""
        return self.path.stat().st_size if self.held is None else len(self.held)


@dataclass
class _Scan:
    """What one pass over the bytes of a text found."""

    valid: bool = True
    fault_line: int = 0
    accents_before_fault: bool = False
    newlines: int = 0
    crlf: int = 0
    carriage_returns: int = 0
    nul: bool = False
    last: bytes = b""


def open_content(path: Path, folder: Path, named: str = "") -> Content:
    """Looks into the file; `folder` takes temporary copies, `named` is how its name ends (".parquet").

    An archive that holds one file only is that file.
    """
    path, size = _plainly_named(path, folder), path.stat().st_size
    start = _start(path)
    compression = compression_of(start)
    if compression != "none":
        path = unpack(path, compression, folder / "unpacked")
        start = _start(path)
    if form := _archive(path, start):
        archive = Archive(path, form, size)
        names = archive.names()
        if len(names) != 1:
            return Content(form, path, compression, size=size)
        member = next(archive.members(folder))
        if member.fault:
            raise ContentFault(f"{member.name}: {member.fault}")
        path, start, compression = member.path, _start(member.path), form
        named = "".join(Path(member.name).suffixes[-1:])
    return replace(_single(path, start, compression, folder, named), size=size)


def _single(path: Path, start: bytes, compression: str, folder: Path, named: str) -> Content:
    """A file that is no archive, unpacked already."""
    if not start:
        raise ContentFault("the file is empty")
    if start.startswith(b"PAR1"):
        return Content("parquet", path, compression)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        if start.startswith(b"PK"):
            check_workbook(path)
        return Content("workbook", path, compression)
    if named.lower().endswith((".parquet", ".xlsx", ".xlsm")):
        raise ContentFault(f"named {named}, but its first bytes are not those of such a file")
    return open_text(path, start, compression, folder)


def _archive(path: Path, start: bytes) -> str:
    """`tar` or `zip`; empty for anything else, a workbook too."""
    if start[257:262] == b"ustar":
        return "tar"
    if not start.startswith(b"PK\x03\x04"):
        return ""
    names = Archive(path, "zip", path.stat().st_size).names()
    return "" if "xl/workbook.xml" in names else "zip"


def _plainly_named(path: Path, folder: Path) -> Path:
    """DuckDB takes `*`, `?` and `[` in a name for a pattern of many files."""
    if not set(str(path)) & set("*?["):
        return path
    link = folder / "named"
    link.symlink_to(path.resolve())
    return link


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def open_text(path: Path, start: bytes, compression: str, folder: Path) -> Content:
    """A text in any encoding and with any line ends, as UTF-8 with LF."""
    encoding = next((name for bom, name in _UTF16.items() if start.startswith(bom)), "") or _bare_utf16(start)
    scan = _Scan()
    if not encoding:
        scan = _scan(path)
        encoding = "utf-8" if scan.valid else _single_byte(scan)
    plain_ends = scan.carriage_returns in (0, scan.newlines) and scan.crlf == scan.carriage_returns
    nul = False
    if encoding != "utf-8" or scan.nul or not plain_ends:
        nul = _rewrite(path, encoding, folder / "rewritten")
        path = folder / "rewritten"
        scan = _scan(path)
    head = _start(path).decode("utf-8-sig", errors="ignore").lstrip("\ufeff")
    lines = scan.newlines + (scan.last != b"\n")
    return Content(_form(head), path, compression, encoding, lines, nul, head)


def _bare_utf16(start: bytes) -> str:
    """UTF-16 without its mark: every other byte of Latin text is 0."""
    sample = start[: len(start) // 2 * 2]
    half = len(sample) // 2
    if half >= 4 and sample[1::2].count(0) > 0.9 * half:
        return "utf-16-le"
    if half >= 4 and sample[0::2].count(0) > 0.9 * half:
        return "utf-16-be"
    return ""


def _scan(path: Path) -> _Scan:
    """One pass: line ends, NUL bytes, and whether the bytes are UTF-8."""
    scan, decoder, ascii_only = _Scan(), codecs.getincrementaldecoder("utf-8")(), True
    with path.open("rb") as file:
        for chunk in _chunks(file):
            plain = chunk.isascii()
            if scan.valid and not (plain and not decoder.getstate()[0]):
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as fault:
                    read: bytes = fault.object[: fault.start]
                    scan.valid = False
                    scan.fault_line = scan.newlines + read.count(b"\n") + 1
                    scan.accents_before_fault = not (ascii_only and read.isascii())
                ascii_only = ascii_only and plain
            if b"\r" in chunk or scan.last == b"\r":
                scan.crlf += chunk.count(b"\r\n") + (scan.last == b"\r" and chunk.startswith(b"\n"))
                scan.carriage_returns += chunk.count(b"\r")
            scan.newlines += lines_in(chunk)
            scan.nul = scan.nul or b"\0" in chunk
            scan.last = chunk[-1:]
    if scan.valid and decoder.getstate()[0]:
        scan.valid, scan.fault_line, scan.accents_before_fault = False, scan.newlines + 1, not ascii_only
    return scan


def lines_in(chunk: bytes) -> int:
    """Line ends; three times as fast as `bytes.count` where lines are short."""
    return int(np.count_nonzero(np.frombuffer(chunk, np.uint8) == ord("\n")))


def _single_byte(scan: _Scan) -> str:
    """CP1252 where no UTF-8 letter came before the first byte that is none.

    A text that holds both would be read wrongly in either encoding, so it is stopped.
    """
    if scan.accents_before_fault:
        raise ContentFault(
            f"line {scan.fault_line}: not UTF-8, though lines before it are (mixed or cut short)"
        )
    return "cp1252"


def _rewrite(path: Path, encoding: str, target: Path) -> bool:
    """Writes the same text in UTF-8 with LF, NUL made visible; tells whether there was a NUL."""
    decoder = codecs.getincrementaldecoder(encoding)()
    pending, nul = "", False
    with path.open("rb") as file, target.open("w", encoding="utf-8", newline="") as out:
        for chunk in chain(_chunks(file), [b""]):
            try:
                text = pending + decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                raise ContentFault(f"neither UTF-8 nor {encoding.upper()}: {fault.reason}") from fault
            # A CR at the end of a chunk may be half of a CRLF.
            pending = "\r" if chunk and text.endswith("\r") else ""
            text = text[: len(text) - len(pending)].replace("\r\n", "\n").replace("\r", "\n")
            nul = nul or "\0" in text
            out.write(text.replace("\0", NUL))
    return nul


def _form(head: str) -> str:
    text = head.lstrip()
    if text.startswith("<"):
        raise ContentFault(f"an HTML or XML page, not data: it starts with {text[:40]!r}")
    if text.startswith("["):
        return "json"
    return "ndjson" if text.startswith("{") else "csv"
