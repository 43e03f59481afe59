"""The commands. Heavy modules are imported inside them, so that `qos --help` answers at once."""

from pathlib import Path
from typing import Annotated

import typer

from qos.cli import history, reading, releasing, sources
from qos.cli.context import HERE, QuietOption, WorkspaceOption
from qos.cli.flags import flags

app = typer.Typer(
    name="qos",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Reconciles broadband measurements of many sources into quarterly rankings that can be checked.",
    epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 stopped by checks, 5 not permitted, "
    "6 wrong state.",
)


@app.command()
def demo(
    to: Annotated[Path, typer.Option("--to", help="Folder of the demo; it is written afresh.")] = Path(
        "demo"
    ),
    quiet: QuietOption = False,
) -> None:
    """The main job on bundled real data, offline; ends by naming the page to open."""
    from qos.cli.demo import run_demo

    run_demo(to, quiet=quiet)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where the workspace shall be.")],
    country: Annotated[
        str, typer.Option("--country", help="A bundled pack (gb, co, vn), or the folder of your own.")
    ],
    database: Annotated[
        str | None, typer.Option("--database", help="SQLAlchemy URL; the default needs no server.")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Makes a workspace for one country; a pack with faults is refused, each named by file and line."""
    from qos.cli.context import Talk
    from qos.countries import available
    from qos.store.workspace import Workspace

    given = Path(country)
    workspace = Workspace.init(folder, country if country in available() else given, database)
    Talk(quiet).say(f"{workspace.pack.name}: workspace in {folder}")
    Talk(quiet).say(f"next: qos sources --workspace {folder}")


@app.command()
def migrate(workspace: WorkspaceOption = HERE, quiet: QuietOption = False) -> None:
    """Brings the database of a workspace to the version of this program."""
    from qos.cli.context import Talk
    from qos.store.workspace import Workspace

    Workspace.migrate(workspace)
    Talk(quiet).say(f"{workspace}: the database is up to date")


app.add_typer(sources.app, name="sources")
app.command(name="try")(sources.try_file)
app.command()(sources.ingest)
app.command()(flags)
app.command()(history.reprocess)
app.command()(history.diff)
app.command()(releasing.run)
app.command()(releasing.check)
app.command()(releasing.verify)
app.command()(releasing.site)
app.command()(reading.explain)
app.command()(reading.export)
