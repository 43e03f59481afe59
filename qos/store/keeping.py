"""Deliveries as files: kept as received, sealed where they hold personal data, and read again."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Period
from qos.domain.source import Source
from qos.store.files import copy_hashed, settle, sha256_of, staging_file
from qos.store.sealing import SUFFIX, SealBroken, content_key, seal, unsealed

Record = sa.Row[tuple[object, ...]]
"""A row of the table `delivery`."""

_SUFFIXES = 2
"""`.csv.gz` says how to read the file; anything before is the sender's own name."""


@dataclass(frozen=True)
class Kept:
    """One file as received: `bytes` bytes with hash `sha256`.

    path: where it is kept, encrypted or not. readable: its plain bytes, to be read from while it lands.
    stamp: of `readable` where it is not ours, as of `_stamp`.
    """

    id: str
    source: str
    sha256: str
    bytes: int
    file_name: str
    period: str
    service: str
    path: Path
    readable: Path
    encrypted: bool
    stamp: tuple[int, ...] | None = None

    def check_unchanged(self) -> None:
        """Raises DeliveryFault where somebody wrote to the file since its hash was taken."""
        if self.stamp is not None and _stamp(self.readable) != self.stamp:
            raise DeliveryFault(
                self.source,
                self.file_name,
                "the file was changed while it was read; nothing of it was landed",
                next_command=f"qos ingest {self.source} FILE",
            )


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What differs when a file was written to: nobody can set the time of change. Null: it is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def delivery_id(source: str, sha256: str, period: str, service: str = "") -> str:
    """The same delivery has the same id in every store, whatever the order of landing."""
    said = [source, sha256, period, *([service] if service else [])]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


@contextmanager
def keep(
    store: Path,
    source: Source,
    path: Path,
    period: Period | None,
    *,
    service: str = "",
    key: bytes,
    progress: Callable[[float], None] | None = None,
) -> Iterator[Kept]:
    """Keeps a file in the store under its hash; one that is there already holds the same bytes.

    A source with personal data is kept sealed under the workspace's key and is landed from where it lies,
    so that there is no plain copy of it. Raises DeliveryFault where it is changed meanwhile.
    """
    suffix, stamp = suffix_of(path), _stamp(path) if source.personal else None
    staged = staging_file(store / "staging", suffix)
    try:
        if source.personal:
            sha256, size = sha256_of(path, progress=progress)
            seal(path, staged, content_key(key, source.name, sha256))
            suffix += SUFFIX
        else:
            sha256, size = copy_hashed(path, staged, progress=progress)
        final = store / "deliveries" / source.name / f"{sha256}{suffix}"
        kept = replace(
            _kept(source, path, period, service, sha256, size),
            path=final,
            readable=path if source.personal else final,
            encrypted=source.personal,
            stamp=stamp,
        )
        kept.check_unchanged()
        settle(staged, final)
        yield kept
    finally:
        staged.unlink(missing_ok=True)


@contextmanager
def look_at(source: Source, path: Path, period: Period | None, *, service: str = "") -> Iterator[Kept]:
    """The same without keeping anything: for dry runs."""
    sha256, size = sha256_of(path)
    yield _kept(source, path, period, service, sha256, size)


@contextmanager
def reopened(store: Path, record: Record, key: bytes) -> Iterator[Kept]:
    """A kept delivery to be read again, as it was received.

    Raises DeliveryFault when it is missing, was changed, or is sealed under another key.
    """
    path = store / str(record.path)
    kept = Kept(
        **{
            name: getattr(record, name)
            for name in ("id", "source", "sha256", "bytes", "file_name", "period", "service", "encrypted")
        },
        path=path,
        readable=path,
    )
    if not kept.encrypted:
        if fault := fault_of(store, record, key):
            raise DeliveryFault(kept.source, kept.file_name, fault, next_command="qos check --store")
        yield kept
        return
    staged = staging_file(store / "staging", suffix_of(Path(path.name.removesuffix(SUFFIX))))
    try:
        with staged.open("wb") as write:
            if fault := _read(store, record, key, write.write):
                raise DeliveryFault(kept.source, kept.file_name, fault, next_command="qos check --store")
        yield replace(kept, readable=staged)
    finally:
        staged.unlink(missing_ok=True)


def fault_of(store: Path, record: Record, key: bytes) -> str | None:
    """Why a kept delivery is not what was received; null when it is. Reads and hashes all of it."""
    return _read(store, record, key, lambda _chunk: None)


def _read(store: Path, record: Record, key: bytes, into: Callable[[bytes], object]) -> str | None:
    path = store / str(record.path)
    if not path.exists():
        return f"{record.path}: missing"
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in _plain(path, record, key):
            digest.update(chunk)
            size += len(chunk)
            into(chunk)
    except SealBroken as fault:
        return f"{record.path}: {fault}"
    if size != record.bytes:
        return f"{record.path}: {size} bytes, expected {record.bytes}"
    if digest.hexdigest() != record.sha256:
        return f"{record.path}: changed, sha256 is {digest.hexdigest()}, expected {record.sha256}"
    return None


def _plain(path: Path, record: Record, key: bytes) -> Iterator[bytes]:
    if record.encrypted:
        yield from unsealed(path, content_key(key, str(record.source), str(record.sha256)))
        return
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def suffix_of(path: Path) -> str:
    return "".join(suffix.lower() for suffix in path.suffixes[-_SUFFIXES:] if suffix[1:].isalnum())


def _kept(source: Source, path: Path, period: Period | None, service: str, sha256: str, size: int) -> Kept:
    given = "" if period is None else str(period)
    return Kept(
        id=delivery_id(source.name, sha256, given, service),
        source=source.name,
        sha256=sha256,
        bytes=size,
        file_name=path.name,
        period=given,
        service=service,
        path=path,
        readable=path,
        encrypted=False,
    )
