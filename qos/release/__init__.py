"""A release: tables become a folder that anyone can open, check and recompute."""

from qos.release.folder import Folder, read_release, read_table, write_tables
from qos.release.metadata import write_metadata
from qos.release.seal import FolderFaults, check_hashes, seal

__all__ = [
    "Folder",
    "FolderFaults",
    "check_hashes",
    "read_release",
    "read_table",
    "seal",
    "write_metadata",
    "write_tables",
]
