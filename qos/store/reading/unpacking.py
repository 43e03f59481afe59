"""Packed files unpacked into a temporary folder, never in part and never without a limit.

A few kilobytes can be written so that they unpack to terabytes: what grows like that is stopped.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa

CHUNK = 1 << 20
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
MOST_OF_A_FILE = 16 << 30
"""Bytes one packed file may give: a month of the largest open tables, several times."""
MOST_OF_AN_ARCHIVE = 2 << 30
"""Bytes the members of an archive may give together; they are read document by document."""
MOST_RATIO, RATIO_FROM = 250, 64 << 20
"""Tables of numbers shrink to a twentieth, repetitive ones to a hundredth; small files may as they like."""
_JUNK = (".DS_Store", "Thumbs.db", "desktop.ini")
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError,
           RuntimeError, ValueError)  # fmt: skip
"""What the libraries raise for a damaged archive, an encrypted one, an unknown method, odd headers."""


class ContentFault(ValueError):
    """The delivery cannot be read at all; the message says why."""


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass
class Budget:
    """How much may still be unpacked. packed: bytes it all comes from."""

    packed: int
    most: int
    unpacked: int = 0

    def take(self, size: int) -> None:
        """Raises ContentFault when this is too much."""
        self.unpacked += size
        if self.unpacked > self.most:
            raise ContentFault(f"it unpacks to more than {self.most >> 30} GiB: deliver it in parts")
        if self.unpacked > max(RATIO_FROM, MOST_RATIO * self.packed):
            raise ContentFault(f"it unpacks to more than {MOST_RATIO} times its size: no real data do")


def compression_of(start: bytes) -> str:
    """`gzip`, `zstd` or `none`, by the first bytes."""
    return next((name for magic, name in MAGIC.items() if start.startswith(magic)), "none")


def unpack(path: Path, compression: str, target: Path) -> Path:
    """The whole of a gzip or zstd file. Raises ContentFault when it is damaged or grows beyond limits."""
    budget = Budget(path.stat().st_size, MOST_OF_A_FILE)
    try:
        with pa.CompressedInputStream(pa.OSFile(str(path)), compression) as packed:
            _copy(packed, target, budget)
    except OSError as fault:
        raise ContentFault(f"the {compression} file is cut short or damaged: {fault}") from fault
    return target


def _copy(source: _Reads, target: Path, budget: Budget) -> None:
    with target.open("wb") as out:
        while chunk := source.read(CHUNK):
            budget.take(len(chunk))
            out.write(chunk)


@dataclass(frozen=True)
class Member:
    """One file of an archive, unpacked where `path` says; `fault` where it could not be."""

    name: str
    path: Path
    fault: str = ""


@dataclass(frozen=True)
class Archive:
    """A tar or zip file: `form` says which. Raises ContentFault where it is damaged."""

    path: Path
    form: str
    packed: int

    def names(self) -> list[str]:
        """Its files, sorted; what operating systems leave in archives is no file."""
        with self._opened() as archive:
            found = archive.names()
        return sorted(name for name in found if not _is_junk(name))

    def members(self, folder: Path) -> Iterator[Member]:
        """Each file by name, unpacked (of gzip and zstd too) into `folder`, gone when the next one comes."""
        budget = Budget(self.packed, MOST_OF_AN_ARCHIVE)
        with self._opened() as archive:
            for name in sorted(name for name in archive.names() if not _is_junk(name)):
                target = folder / "member"
                with archive.open(name) as stream:
                    _copy(stream, target, budget)
                yield _plain(name, target, folder / "member-unpacked", budget)

    @contextmanager
    def _opened(self) -> Iterator["_Tar | _Zip"]:
        try:
            if self.form == "tar":
                with tarfile.open(self.path, "r:") as tar:
                    yield _Tar(tar)
            else:
                with zipfile.ZipFile(self.path) as file:
                    yield _Zip(file)
        except ContentFault:
            raise
        except DAMAGE as fault:
            what = "tar archive" if self.form == "tar" else "ZIP archive or workbook"
            raise ContentFault(f"the {what} is cut short or damaged: {fault}") from fault


def _plain(name: str, path: Path, target: Path, budget: Budget) -> Member:
    with path.open("rb") as file:
        compression = compression_of(file.read(8))
    if compression == "none":
        return Member(name, path)
    try:
        with pa.CompressedInputStream(pa.OSFile(str(path)), compression) as packed:
            _copy(packed, target, budget)
    except OSError:
        return Member(name, path, f"a {compression} file that is cut short or damaged")
    return Member(name, target)


def _is_junk(name: str) -> bool:
    last = name.rpartition("/")[2]
    return name.startswith("__MACOSX/") or last.startswith("._") or last in _JUNK


@dataclass(frozen=True)
class _Tar:
    archive: tarfile.TarFile

    def names(self) -> list[str]:
        """Regular files; a name that stands twice means the later one, as everywhere with tar."""
        return list(dict.fromkeys(member.name for member in self.archive if member.isreg()))

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        stream = self.archive.extractfile(name)
        if stream is None:
            raise ContentFault(f"{name} cannot be read from the archive")
        with stream:
            yield stream


@dataclass(frozen=True)
class _Zip:
    archive: zipfile.ZipFile

    def names(self) -> list[str]:
        return list(dict.fromkeys(info.filename for info in self.archive.infolist() if not info.is_dir()))

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        with self.archive.open(name) as stream:
            yield stream
