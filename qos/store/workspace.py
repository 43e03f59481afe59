"""A workspace: one folder, one country, one store.

qos.toml        country pack and database
pack/           the pack, when it is the user's own
keys/           secrets, readable by their owner only
store/          control database, deliveries as received, Parquet parts
drafts/  releases/  site/
"""

import secrets
import shutil
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from qos import countries
from qos.countries import Pack
from qos.domain.errors import NotFound, QosError, WrongState
from qos.store import database as control
from qos.store.upgrading import upgrade_parts

SETTINGS = "qos.toml"
OWN_PACK = "pack"
"""The country named in `qos.toml` when the pack is the user's own, copied into this folder."""

_KEY_BYTES = 32


@dataclass(frozen=True)
class Workspace:
    """Paths and settings of one workspace; `url` is the SQLAlchemy address of its database."""

    root: Path
    country: str
    url: str

    @classmethod
    def init(
        cls, root: Path, country: str | Path, database: str | None = None, *, key: bytes | None = None
    ) -> Self:
        """Makes a workspace. A pack given by its folder is checked, then copied into it.

        database: its SQLAlchemy address, SQLite in the workspace unless given. key: 32 bytes from which
        subjects are pseudonymised; secret and random unless given. Given only where everything must come
        out byte for byte again from public data, as in the demo.
        Raises PackFault, NotFound (no such pack), WrongState (already a workspace).
        """
        root = Path(root)
        if (root / SETTINGS).exists():
            raise WrongState(f"{root} is a workspace already", next_command=f"qos ingest --workspace {root}")
        if key is not None and len(key) != _KEY_BYTES:
            raise ValueError(f"the key of a workspace has {_KEY_BYTES} bytes, not {len(key)}")
        pack = countries.load(country)
        for folder in ("store/spill", "drafts", "releases", "site"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for folder in ("keys", "store/deliveries"):
            (root / folder).mkdir(mode=0o700, exist_ok=True)
        own = pack.code not in countries.available() or countries.load(pack.code).folder != pack.folder
        if own:
            shutil.copytree(pack.folder, root / OWN_PACK, dirs_exist_ok=True)
        _write_secret(root / "keys" / "subjects", (key or secrets.token_bytes(_KEY_BYTES)).hex())
        settings = {"country": OWN_PACK if own else pack.code}
        if database is not None:
            settings["database"] = database
        workspace = cls._of(root, settings)
        control.upgrade(workspace.engine)
        _write_settings(root / SETTINGS, settings)
        return workspace

    @classmethod
    def open(cls, root: Path) -> Self:
        """Raises NotFound where there is no workspace, WrongState for a database of another version."""
        workspace = cls._read(Path(root))
        control.require_head(workspace.engine)
        return workspace

    @classmethod
    def migrate(cls, root: Path) -> Self:
        """Brings database and files of a workspace to the version of this program, then opens it."""
        workspace = cls._read(Path(root))
        control.upgrade(workspace.engine)
        upgrade_parts(workspace.store, workspace.engine)
        return workspace

    @classmethod
    def _read(cls, root: Path) -> Self:
        path = root / SETTINGS
        if not path.exists():
            raise NotFound(f"no workspace in {root}", next_command=f"qos init {root} --country PACK")
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise QosError(f"{path}: {fault}") from fault
        unknown = sorted(set(settings) - {"country", "database"})
        if unknown or not isinstance(settings.get("country"), str):
            raise QosError(f"{path}: expected country and database, found {sorted(settings)}")
        return cls._of(root, settings)

    @classmethod
    def _of(cls, root: Path, settings: dict[str, str]) -> Self:
        embedded = f"sqlite:///{(root / 'store' / 'qos.sqlite').absolute()}"
        return cls(root=root, country=settings["country"], url=settings.get("database", embedded))

    @cached_property
    def pack(self) -> Pack:
        """The country pack, loaded when first asked for."""
        return countries.load(self.root / OWN_PACK if self.country == OWN_PACK else self.country)

    @cached_property
    def engine(self) -> sa.Engine:
        return control.engine(self.url)

    @cached_property
    def key(self) -> bytes:
        """The secret from which the quarters' pseudonyms are derived."""
        return bytes.fromhex((self.root / "keys" / "subjects").read_text(encoding="ascii"))

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def staging(self) -> Path:
        """Files being written; whatever a crash leaves here is nothing."""
        return self.store / "staging"

    @property
    def spill(self) -> Path:
        """What a query or a look at a file cannot hold in memory, in a folder of each process."""
        return self.store / "spill"

    @property
    def drafts(self) -> Path:
        return self.root / "drafts"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def site(self) -> Path:
        return self.root / "site"


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="ascii")


def _write_settings(path: Path, settings: dict[str, str]) -> None:
    """Written last: a folder without it is no workspace. It may hold the password of a database."""
    path.touch(mode=0o600 if "database" in settings else 0o644)
    quoted = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in settings.items()}
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in quoted.items()), encoding="utf-8")
