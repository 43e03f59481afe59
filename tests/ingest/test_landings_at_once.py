"""Two landings at once into one store do not harm each other."""

import subprocess
import sys
import textwrap

from qos.store.check import check_store
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

PROGRAM = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from qos import sources
    from qos.ingest import land
    from qos.store.workspace import Workspace

    workspace = Workspace.open(Path(sys.argv[1]))
    for path in sys.argv[2:]:
        print(land(workspace, sources.find("canonical"), Path(path)).state)
    """
)


def test_two_processes_land_the_same_and_other_files_at_once(workspace, tmp_path) -> None:
    paths = []
    for number in range(4):
        path = tmp_path / f"{number}.csv"
        path.write_text(
            f"measurement_id,measured_at,service\nshared,2026-08-01T00:00:00Z,mobile\nm-{number},2026-08-01T00:00:00Z,mobile\n",
            "utf-8",
        )
        paths.append(str(path))
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(workspace.root), *order], stdout=subprocess.PIPE, text=True
        )
        for order in (paths, paths[::-1])
    ]
    said = [line for process in running for line in process.communicate(timeout=120)[0].split()]
    assert [process.returncode for process in running] == [0, 0]
    assert sorted(said) == ["again"] * 4 + ["landed"] * 4
    opened = Workspace.open(workspace.root)
    assert check_store(opened) == []
    with open_snapshot(opened) as snapshot:
        assert snapshot.number == 4
        assert snapshot.connection.execute("SELECT count(*) FROM measurement").fetchall() == [(5,)]
