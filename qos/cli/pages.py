"""Pages of a folder: the door brings the site and the release together, then seals what is there."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qos.site.build import SiteReport
    from qos.store.workspace import Workspace


def add_pages(workspace: "Workspace", folder: Path) -> tuple["SiteReport", float]:
    """Writes the pages into a draft or release folder and seals it again; also the seconds it took."""
    from qos.release import seal

    clock = time.perf_counter()
    report = build_site(workspace, folder, folder)
    seal(folder)
    return report, time.perf_counter() - clock


def front_page(sites: list["SiteReport"], out: Path) -> Path:
    """A page above several sites, linked relative to `out`."""
    from qos import site

    return site.index(sites, out)


def build_site(workspace: "Workspace", folder: Path, out: Path) -> "SiteReport":
    """The static site of a folder, with the indicators of the edition that the folder holds."""
    from qos import methodology, site
    from qos.release import read_release

    edition = read_release(folder)["edition"]["name"]
    indicators = methodology.load(edition, folder / "edition").indicators
    return site.build(folder, out, pack=workspace.pack, indicators=indicators)
