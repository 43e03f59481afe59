"""What several folders of tests share: a workspace, deliveries into it, raw data, PostgreSQL."""

import csv
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings

from qos import sources
from qos.ingest import LandingReport, land
from qos.store.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]

# The same examples on every run of the checks that gate a change; new ones wherever else tests are run.
settings.register_profile("gate", derandomize=True)
if "CI" in os.environ:
    settings.load_profile("gate")
KEY = bytes(range(32))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Raw data beside the repository; some of it may not be redistributed."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the raw data (../shared/data) are not beside this repository")
    return folder


@pytest.fixture(scope="session")
def empty_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace of Vietnam, to be copied: a copy is quicker than the migrations."""
    made = Workspace.init(tmp_path_factory.mktemp("empty") / "workspace", "vn", key=KEY)
    made.engine.dispose()
    return made.root


@pytest.fixture
def workspace(empty_workspace: Path, tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace of Vietnam with a secret that everybody knows."""
    opened = Workspace.open(shutil.copytree(empty_workspace, tmp_path / "workspace"))
    yield opened
    opened.engine.dispose()


Deliver = Callable[..., LandingReport]


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Writes rows (dicts) as a CSV file of this name and lands it as a source like another one."""

    def deliver(
        workspace: Workspace,
        rows: list[dict[str, Any]],
        name: str = "rows.csv",
        *,
        source: str = "example-labs",
        like: str = "canonical",
        **options: Any,
    ) -> LandingReport:
        path = tmp_path / "deliveries" / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
        kind = "published" if like == "published" else "app"
        return land(workspace, sources.like(source, like=like, kind=kind), path, **options)

    return deliver


@pytest.fixture
def row() -> dict[str, Any]:
    """One finished test of a Viettel subscriber in Hanoi, in the third quarter of 2026."""
    return {
        "measurement_id": "m-1",
        "measured_at": "2026-08-01T03:00:00Z",
        "service": "mobile",
        "subject": "phone-0001",
        "operator": "viettel",
        "region": "gso34:01",
        "technology": "4g",
        "download_mbps": 50.5,
        "latency_ms": 20,
    }


@pytest.fixture
def cell() -> dict[str, Any]:
    """One published figure."""
    return {
        "period": "2026Q3",
        "service": "mobile",
        "operator": "viettel",
        "region": "nation",
        "metric": "download_mbps",
        "statistic": "mean",
        "value": 100.5,
        "n_subjects": 200,
    }


# ---- PostgreSQL


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Address of a server: the one of QOS_TEST_POSTGRESQL, or a private one that lives for this run."""
    if given := os.environ.get("QOS_TEST_POSTGRESQL"):
        yield given
        return
    programs = _programs()
    if programs is None:
        pytest.skip(
            "no PostgreSQL: QOS_TEST_POSTGRESQL is not set, and initdb and postgres are not installed"
        )
    with tempfile.TemporaryDirectory(prefix="qos-postgresql-") as folder:
        yield from _serve(*programs, Path(folder))


def _programs() -> tuple[Path, Path] | None:
    """initdb and postgres, where the system keeps them."""
    folders = [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    for folder in (*folders, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder / "initdb", folder / "postgres"
    return None


def _serve(initdb: Path, postgres: Path, folder: Path) -> Iterator[str]:
    """PostgreSQL refuses to run as root, so root hands it to nobody."""
    user: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        user |= {"user": "nobody", "extra_groups": []}
    data, port = folder / "data", _free_port()
    subprocess.run(
        [initdb, "-D", data, "-U", "qos", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
        check=True,
        capture_output=True,
        **user,
    )
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([postgres, "-D", data, *options], stdout=log, stderr=log, **user)
    try:
        url = f"postgresql+psycopg://qos@127.0.0.1:{port}/postgres"
        _await(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    engine = sa.create_engine(url)
    for _ in range(300):
        assert server.poll() is None, "the PostgreSQL server ended while starting"
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            time.sleep(0.1)
        else:
            engine.dispose()
            return
    raise AssertionError("the PostgreSQL server did not answer within 30 seconds")


@pytest.fixture
def postgresql_url(postgresql_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an empty database of one's own."""
    name = f"qos_test_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**9}"
    server = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()
