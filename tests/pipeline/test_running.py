"""Running a quarter: what is written about sources of which nothing entered."""

import csv
import json
import shutil

from qos.cli.pages import add_pages
from qos.domain.quarter import Quarter
from qos.domain.source import SourceKind
from qos.pipeline.registry import declare
from qos.pipeline.run import run
from qos.store.declared import DeclaredSource
from qos.store.workspace import Workspace
from tests.pipeline.conftest import few, landed


def written(rows, path):
    """These rows as a CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_flags_of_a_release_include_those_of_rules_on_the_quarter(gb, tmp_path):
    workspace = Workspace.open(shutil.copytree(gb.root, tmp_path / "gb"))
    row = {"measured_at": "2021-02-01T12:00:00Z", "service": "fixed", "operator": "bt", "technology": "ftth",
           "download_mbps": 61.7, "upload_mbps": 9.3}  # fmt: skip
    for source in ("app-a", "app-b"):
        declare(workspace, DeclaredSource(name=source, like="canonical", kind=SourceKind.APP))
        path = written([{"measurement_id": f"{source}-1"} | row], tmp_path / f"{source}.csv")
        landed(workspace, source, path)
    report = run(workspace, Quarter(2021, 1), methodology=few("download_geomean"))
    with (report.folder / "flags.csv").open() as file:
        flags = [tuple(row.values()) for row in csv.DictReader(file) if row["source"].startswith("app-")]
    assert flags == [
        ("app-a", "region-not-given", "1"),
        ("app-b", "other-source", "1"),
        ("app-b", "region-not-given", "1"),
    ]


def test_a_source_of_which_nothing_enters_is_still_named_and_has_a_page(gb, tmp_path):
    workspace = Workspace.open(shutil.copytree(gb.root, tmp_path / "gb"))
    declare(workspace, DeclaredSource(name="example-app", like="canonical", kind=SourceKind.APP))
    rows = [
        {"measurement_id": f"m{i}", "measured_at": "2021-02-01T12:00:00Z", "service": "fixed",
         "operator": "nobody-knows-it", "web_load_ms": 900 + i}
        for i in range(5)
    ]  # fmt: skip
    landed(workspace, "example-app", written(rows, tmp_path / "rows.csv"))
    report = run(workspace, Quarter(2021, 1), methodology=few("download_geomean"))
    release = json.loads((report.folder / "release.json").read_text("utf-8"))
    assert "example-app" in [source["name"] for source in release["sources"]]
    site, _ = add_pages(workspace, report.folder)
    assert site.index.is_file()
