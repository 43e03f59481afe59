"""Commands about a quarter and its folder: run, check, verify, site."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from qos.cli.context import HERE, JsonOption, QuietOption, Talk, WorkspaceOption, open_workspace, put_json

_QUARTER = Annotated[str, typer.Argument(help="A quarter, 2026Q3, or a release, 2026Q3-v1.")]


def run(
    quarter: Annotated[str, typer.Argument(help="A quarter, 2026Q3.")],
    market: Annotated[list[str] | None, typer.Option("--market", help="Only these markets.")] = None,
    methodology: Annotated[
        Path | None, typer.Option("--methodology", help="A folder of editions and indicators of your own.")
    ] = None,
    edition: Annotated[
        str | None, typer.Option("--edition", help="Of the methodology; the newest unless given.")
    ] = None,
    workspace: WorkspaceOption = HERE,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Reduces, reconciles, scores and ranks a quarter: a draft with its pages."""
    from qos import methodology as rules
    from qos.cli.pages import add_pages
    from qos.cli.render import put_draft
    from qos.pipeline.run import run as run_quarter

    opened, talk = open_workspace(workspace), Talk(quiet)
    chosen = rules.load(edition, methodology) if methodology else rules.load(edition)
    report = run_quarter(
        opened, parse_quarter(quarter), markets=market or (), methodology=chosen, progress=talk.step
    )
    _, report.seconds["pages"] = add_pages(opened, report.folder)
    talk.end()
    if as_json:
        put_json(vars(report))
        return
    put_draft(report.folder, opened.pack)
    talk.say(", ".join(f"{step} {seconds:.1f} s" for step, seconds in report.seconds.items()))
    for notice in report.notices[:20]:
        talk.say(f"note: {notice}")
    talk.say(f"next: qos check {quarter}, then open {report.folder / 'index.html'}")


def parse_quarter(text: str) -> Any:
    from qos.domain.errors import UsageFault
    from qos.domain.quarter import Quarter

    try:
        return Quarter.parse(text)
    except ValueError as fault:
        raise UsageFault(str(fault), next_command="qos run --help") from fault


def check(
    quarter: Annotated[str | None, typer.Argument(help="A quarter or release.")] = None,
    store: Annotated[bool, typer.Option("--store", help="Check that the store is consistent.")] = False,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """The gate of a draft, or of the store. Exit 4 names every fault."""
    from qos.domain.errors import StoppedByChecks, UsageFault
    from qos.pipeline.check import check as check_folder
    from qos.pipeline.explain import folder_of
    from qos.store.check import check_store

    opened = open_workspace(workspace)
    if quarter is None and not store:
        raise UsageFault("check needs a quarter or --store", next_command="qos check 2026Q3")
    faults = check_store(opened) if store else check_folder(folder_of(opened, quarter or ""))
    if as_json:
        put_json(faults)
    elif faults:
        sys.stdout.write("\n".join(faults) + "\n")
    if faults:
        raise StoppedByChecks(
            f"{len(faults)} fault(s)", next_command=f"qos run {quarter}" if quarter else "qos check --store"
        )
    Talk(quiet or as_json).say("no fault")


def verify(
    folder: Annotated[Path, typer.Argument(help="A release or draft folder; nothing else is needed.")],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Offline: every hash, and the ranking computed again from the folder's own cells."""
    from qos.domain.errors import StoppedByChecks
    from qos.pipeline.verify import verify as verify_folder

    talk = Talk(quiet or as_json)
    result = verify_folder(folder, talk.step)
    talk.end()
    if as_json:
        put_json(vars(result))
    elif result.faults:
        sys.stdout.write("\n".join(result.faults) + "\n")
    if result.faults:
        raise StoppedByChecks(
            f"{folder}: {len(result.faults)} fault(s)",
            next_command=f"fetch or make the folder again, then: qos verify {folder}",
        )
    talk.say(
        f"{folder}: {result.files} files as sealed; {result.figures} figures and {result.ranks} ranks "
        f"computed again from the cells and equal; {'signed' if result.signed else 'not signed'}"
    )


def site(
    quarter: _QUARTER,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder of the pages; the workspace's site unless given.")
    ] = None,
    workspace: WorkspaceOption = HERE,
    quiet: QuietOption = False,
) -> None:
    """The static site of a draft or release, English and Vietnamese."""
    from qos.cli.pages import build_site
    from qos.pipeline.explain import folder_of

    opened = open_workspace(workspace)
    report = build_site(opened, folder_of(opened, quarter), to or opened.site / quarter)
    Talk(quiet).say(f"{report.pages} pages; open {report.index}")
