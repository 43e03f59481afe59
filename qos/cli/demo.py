"""`qos demo`: tells the story of the bundled data in the terminal, and builds the pages."""

import time
from pathlib import Path

from qos.cli.context import Talk
from qos.cli.pages import add_pages, front_page
from qos.cli.render import console, put_draft, put_landing, put_table
from qos.domain.quarter import Quarter
from qos.pipeline import demo as story
from qos.store.workspace import Workspace


def run_demo(to: Path, *, quiet: bool) -> None:
    """Every chapter of the manifest; ends by naming the page to open."""
    talk, begun, sites = Talk(quiet), time.perf_counter(), []
    for chapter in story.chapters():
        talk.say(f"\n== {chapter.titles['en']}")
        clock = time.perf_counter()
        workspace = story.prepare(chapter, to / chapter.name)
        story.ingest(chapter, workspace, (lambda _: None) if quiet else put_landing)
        talk.say(f"landed in {time.perf_counter() - clock:.1f} s")
        for quarter in chapter.quarters:
            report = story.run_quarter(chapter, workspace, quarter, talk.step)
            site, report.seconds["pages"] = add_pages(workspace, report.folder)
            sites.append(site)
            talk.end()
            if not quiet:
                put_draft(report.folder, workspace.pack)
            if chapter.simulated and not quiet:
                _put_distances(workspace, quarter, report.folder)
            talk.say(", ".join(f"{step} {seconds:.1f} s" for step, seconds in report.seconds.items()))
    index = front_page(sites, to / "site")
    talk.say(f"\n{time.perf_counter() - begun:.0f} s in all.")
    talk.say(f"Ask why: qos explain 2021Q1 download_mean all --workspace {to / 'gb'}")
    talk.say(f"Check:   qos verify {to / 'gb' / 'drafts' / '2021Q1'}")
    console().print(f"Open {index}", markup=False)


def _put_distances(workspace: Workspace, quarter: Quarter, folder: Path) -> None:
    rows = [
        {"indicator": row.indicator, "figures": row.figures, "rms distance": round(row.rms, 4),
         "intervals that hold the truth": f"{row.covered} of {row.figures}"}
        for row in story.distances(workspace, quarter, folder)
    ]  # fmt: skip
    put_table(f"Distance from the known truth, {quarter} (log or logit units)",
              ["indicator", "figures", "rms distance", "intervals that hold the truth"], rows)  # fmt: skip
