"""Hashes: a folder is sealed when every file's sha256 stands in `release.json`."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qos.domain.errors import QosError
from qos.release.folder import read_release, write_json

_OWN = ("release.json", "release.json.sha256", "release.json.minisig")


@dataclass(frozen=True)
class FolderFaults:
    """What is wrong with a folder, file by file; empty means every byte is as sealed."""

    faults: tuple[str, ...]
    files: int


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path) -> str:
    """Writes the hash of every file into `release.json`, and the hash of that beside it; returns it."""
    release = read_release(folder)
    release["files"] = {name: sha256_of(folder / name) for name in _files(folder)}
    write_json(release, folder / "release.json")
    digest = sha256_of(folder / "release.json")
    (folder / "release.json.sha256").write_text(f"{digest}  release.json\n", encoding="ascii")
    return digest


def check_hashes(folder: Path) -> FolderFaults:
    """Compares every file with what was sealed, naming each that differs, is missing or was added."""
    beside = folder / "release.json.sha256"
    faults = []
    if not (folder / "release.json").is_file():
        return FolderFaults(("release.json: missing",), 0)
    if not beside.is_file():
        faults.append("release.json.sha256: missing")
    elif beside.read_bytes() != f"{sha256_of(folder / 'release.json')}  release.json\n".encode():
        faults.append(
            "release.json: does not have the hash in release.json.sha256, one of the two was changed"
        )
    try:
        release: dict[str, Any] = read_release(folder)
        listed: dict[str, str] = dict(release["files"])
    except (QosError, KeyError, TypeError, ValueError):
        return FolderFaults((*faults, "release.json: cannot be read"), 0)
    present = _files(folder)
    faults += [f"{name}: missing" for name in sorted(set(listed) - set(present))]
    faults += [f"{name}: not part of the release" for name in sorted(set(present) - set(listed))]
    faults += [
        f"{name}: changed (sha256 differs)"
        for name in present
        if name in listed and sha256_of(folder / name) != listed[name]
    ]
    return FolderFaults(tuple(faults), len(present))


def _files(folder: Path) -> list[str]:
    """Every file but the seal itself, as relative names, sorted."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name not in _OWN)
