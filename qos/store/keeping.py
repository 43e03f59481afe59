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
    """Copies a file into the store under its hash; a copy that is there already is the same bytes.

    A source with personal data is kept sealed under the workspace's key; the plain copy to land from
    lies in the staging folder and is gone afterwards (after a crash: with the next landing).
    """
    suffix = suffix_of(path)
    staged = staging_file(store / "staging", suffix)
    try:
        sha256, size = copy_hashed(path, staged, progress=progress)
        kept = _kept(source, path, period, service, sha256, size)
        final = store / "deliveries" / source.name / f"{sha256}{suffix}"
        if not source.personal:
            settle(staged, final)
            yield replace(kept, path=final, readable=final)
            return
        sealed = staging_file(store / "staging", SUFFIX)
        seal(staged, sealed, content_key(key, source.name, sha256))
        final = final.with_name(final.name + SUFFIX)
        settle(sealed, final)
        yield replace(kept, path=final, readable=staged, encrypted=True)
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
