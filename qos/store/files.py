"""Files that are either whole or absent, and the lock that lets one writer at a time into a store."""

import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 1 << 20


@contextmanager
def only_writer(store: Path) -> Iterator[None]:
    """Waits until nobody else writes into the store. The lock ends with the process, however it ends."""
    with (store / "lock").open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sha256_of(path: Path, *, progress: Callable[[float], None] | None = None) -> tuple[str, int]:
    """Hash and size in bytes of a file."""
    return _pour(path, None, progress)


def copy_hashed(
    source: Path, target: Path, *, progress: Callable[[float], None] | None = None
) -> tuple[str, int]:
    """Copies a file, hashing while it is read, so that the hash is that of the copy; on disk on return."""
    return _pour(source, target, progress)


def _pour(source: Path, target: Path | None, progress: Callable[[float], None] | None) -> tuple[str, int]:
    digest, size, whole = hashlib.sha256(), 0, max(source.stat().st_size, 1)
    with source.open("rb") as read, Path(target or os.devnull).open("wb") as write:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            write.write(chunk)
            if progress:
                progress(min(size / whole, 1.0))
        write.flush()
        if target is not None:
            os.fsync(write.fileno())
    return digest.hexdigest(), size


def staging_file(staging: Path, suffix: str) -> Path:
    """A name nobody else uses, in a folder of the same file system as the store."""
    staging.mkdir(mode=0o700, parents=True, exist_ok=True)
    return staging / f"{secrets.token_hex(8)}{suffix}"


@contextmanager
def staging_folder(staging: Path) -> Iterator[Path]:
    """A folder of one's own there, gone on leaving."""
    folder = staging_file(staging, "")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_folder(within: Path | None) -> Iterator[Path]:
    """A folder of one's own (mode 0700) for plain copies of a delivery, gone on leaving.

    within: `staging` or `spill` of a store, so that after a crash the next landing removes it, for which
    its name begins with the process; null: where the system keeps temporary files.
    """
    if within is not None:
        within.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-qos-reading-", dir=within) as folder:
        yield Path(folder)


def settle(staged: Path, final: Path) -> None:
    """Gives a staged file its final name; after this neither a crash nor a power cut takes it back.

    A file of that name that is there already was left by a landing that never finished, and goes.
    """
    with staged.open("rb") as file:
        os.fsync(file.fileno())
    created = [folder for folder in (final.parent, *final.parent.parents) if not folder.exists()]
    final.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(final)
    for folder in {final.parent, *(made.parent for made in created)}:
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def spill_folder(store: Path) -> Path:
    """Where one query of this process may put what does not fit into memory; DuckDB makes it when needed."""
    (store / "spill").mkdir(parents=True, exist_ok=True)
    return store / "spill" / f"{os.getpid()}-{secrets.token_hex(4)}"


def clear_leftovers(store: Path) -> None:
    """Removes what crashed landings and queries left behind. Only under the lock."""
    shutil.rmtree(store / "staging", ignore_errors=True)
    for folder in (store / "spill").glob("*-*"):
        if not _lives(int(folder.name.split("-")[0])):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
