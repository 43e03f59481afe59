"""A workspace on disk."""

import shutil
import stat
from pathlib import Path

import pytest

from qos import countries
from qos.domain.errors import NotFound, PackFault, QosError, WrongState
from qos.store import database
from qos.store.workspace import Workspace


@pytest.fixture
def own_pack(tmp_path: Path) -> Path:
    """A pack of one's own: Vietnam's under another code."""
    folder = tmp_path / "pack"
    shutil.copytree(countries.load("vn").folder, folder)
    file = folder / "country.toml"
    file.write_text(file.read_text("utf-8").replace('code = "vn"', 'code = "xv"'), "utf-8")
    return folder


def test_a_workspace_opens_as_it_was_made(workspace: Workspace) -> None:
    opened = Workspace.open(workspace.root)
    assert (opened.country, opened.url, opened.key) == (workspace.country, workspace.url, workspace.key)
    assert opened.pack.code == "vn"


def test_a_workspace_may_be_moved(workspace: Workspace, tmp_path: Path) -> None:
    moved = workspace.root.rename(tmp_path / "elsewhere")
    assert Workspace.open(moved).pack.code == "vn"


def test_a_workspace_is_made_once(workspace: Workspace) -> None:
    with pytest.raises(WrongState, match="is a workspace already"):
        Workspace.init(workspace.root, "vn")


def test_where_no_workspace_is_the_next_command_makes_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no workspace in") as told:
        Workspace.open(tmp_path)
    assert told.value.next_command == f"qos init {tmp_path} --country PACK"


def test_a_pack_of_ones_own_is_copied(own_pack: Path, tmp_path: Path) -> None:
    made = Workspace.init(tmp_path / "workspace", own_pack)
    shutil.rmtree(own_pack)
    opened = Workspace.open(made.root)
    assert opened.country == "pack"
    assert opened.pack.code == "xv"


def test_a_pack_with_a_fault_leaves_no_workspace(own_pack: Path, tmp_path: Path) -> None:
    (own_pack / "regions.csv").write_text("region,name_en\n", "utf-8")
    with pytest.raises(PackFault):
        Workspace.init(tmp_path / "workspace", own_pack)
    assert not (tmp_path / "workspace").exists()


def test_an_unknown_country_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Workspace.init(tmp_path / "workspace", "atlantis")


def test_secrets_are_for_their_owner_only(workspace: Workspace) -> None:
    def mode(path: str) -> int:
        return stat.S_IMODE((workspace.root / path).stat().st_mode)

    assert mode("keys") == mode("store/deliveries") == 0o700
    assert mode("keys/subjects") == 0o600


def test_two_workspaces_have_different_secrets(tmp_path: Path) -> None:
    keys = {Workspace.init(tmp_path / name, "vn").key for name in ("a", "b")}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {32}


def test_a_secret_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Workspace.init(tmp_path / "workspace", "vn", key=b"short")


def test_a_database_of_another_version_is_named(workspace: Workspace) -> None:
    database.downgrade(workspace.engine, "0001")
    with pytest.raises(WrongState, match="revision 0001, this program needs 0003") as told:
        Workspace.open(workspace.root)
    assert told.value.next_command == "qos migrate"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("country = ", "qos.toml"),
        ('country = "vn"\ncolour = "red"\n', "expected country and database"),
        ("", "expected country and database"),
    ],
)
def test_settings_nobody_understands_are_named(workspace: Workspace, text: str, told: str) -> None:
    (workspace.root / "qos.toml").write_text(text, "utf-8")
    with pytest.raises(QosError, match=told):
        Workspace.open(workspace.root)


def test_another_database_than_sqlite_or_postgresql_is_refused() -> None:
    with pytest.raises(QosError, match="no such database: mysql"):
        database.engine("mysql+pymysql://qos@localhost/qos")


@pytest.mark.postgresql
def test_a_workspace_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    made = Workspace.init(tmp_path / "workspace", "vn", postgresql_url)
    opened = Workspace.open(made.root)
    assert opened.url == postgresql_url
    assert not (made.root / "store" / "qos.sqlite").exists()
    assert stat.S_IMODE((made.root / "qos.toml").stat().st_mode) == 0o600
    opened.engine.dispose()
    made.engine.dispose()


def test_an_older_database_can_be_brought_up(workspace: Workspace) -> None:
    database.downgrade(workspace.engine, "0001")
    Workspace.migrate(workspace.root)
    assert Workspace.open(workspace.root).pack.code == "vn"
