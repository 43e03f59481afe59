"""Commands about sources and their deliveries: list, declare, try, ingest."""

from pathlib import Path
from typing import Annotated, Any

import typer

from qos.cli.context import (
    HERE,
    DryRunOption,
    JsonOption,
    QuietOption,
    Talk,
    WorkspaceOption,
    open_workspace,
    put_json,
)

app = typer.Typer(no_args_is_help=False, help="Sources: list them, or declare one without code.")


@app.callback(invoke_without_command=True)
def list_sources(
    context: typer.Context, workspace: WorkspaceOption = HERE, as_json: JsonOption = False
) -> None:
    """Every source with its last delivery and state."""
    context.obj = workspace
    if context.invoked_subcommand:
        return
    from qos.cli.render import put_table
    from qos.pipeline.registry import known_sources
    from qos.store.reports import sources_state

    opened = open_workspace(workspace)
    state = sources_state(opened).set_index("source").to_dict("index")
    rows = [
        {"source": name, "kind": source.kind.value, "kin": source.kin_group, "reference": source.reference,
         "licence": source.licence, "title": source.title, **state.get(name, {})}
        for name, source in sorted(known_sources(opened).items())
    ]  # fmt: skip
    if as_json:
        put_json(rows)
        return
    put_table("Sources", ["source", "kind", "kin", "deliveries", "rows", "last_received_at", "state"], rows)


@app.command()
def add(
    context: typer.Context,
    name: str,
    like: Annotated[str, typer.Option("--like", help="canonical, canonical-aggregates or published.")],
    kind: Annotated[
        str,
        typer.Option("--kind", help="app, browser, tiles, probe, drive-test, operator-reported, published."),
    ],
    reference: Annotated[
        bool, typer.Option("--reference", help="Its probes meet the reference protocol.")
    ] = False,
    kin: Annotated[str, typer.Option("--kin", help="Sources that share an SDK, a panel or an owner.")] = "",
    bias_prior: Annotated[
        float | None, typer.Option("--bias-prior", help="Declared sd of its level, log units.")
    ] = None,
    licence: Annotated[
        str, typer.Option("--licence", help="Of its data; it travels into every output.")
    ] = "not stated",
    title: Annotated[str, typer.Option("--title")] = "",
    workspace: Annotated[
        Path | None, typer.Option("--workspace", "-w", help="Folder of the workspace, here or before `add`.")
    ] = None,
    dry_run: DryRunOption = False,
    quiet: QuietOption = False,
) -> None:
    """Declares a source without code."""
    from qos.domain.errors import UsageFault
    from qos.domain.source import SourceKind
    from qos.pipeline.registry import declare
    from qos.store.declared import DeclaredSource

    try:
        wanted = DeclaredSource(
            name=name, like=like, kind=SourceKind(kind), title=title or name, kin=kin, reference=reference,
            bias_prior=bias_prior, licence=licence,
        )  # fmt: skip
    except ValueError as fault:
        raise UsageFault(str(fault), next_command="qos sources add --help") from fault
    source = declare(open_workspace(workspace or context.obj), wanted, dry_run=dry_run)
    talk = Talk(quiet)
    talk.say(
        f"{source.name}: {source.kind.value}, like {like}" + (" (not declared: dry run)" if dry_run else "")
    )
    talk.say(f"next: qos ingest {source.name} FILE")


ServiceOption = Annotated[
    str | None,
    typer.Option("--service", help="mobile or fixed: for sources whose deliveries do not say it."),
]
GuessOption = Annotated[
    bool, typer.Option("--guess", help="Find the source that fits; files and folders only.")
]


def try_file(
    source: Annotated[str, typer.Argument(help="Name of the source; with --guess, the file.")],
    file: Annotated[Path | None, typer.Argument()] = None,
    period: Annotated[str | None, typer.Option("--period", help="2021-03 or 2021Q1.")] = None,
    service: ServiceOption = None,
    guess: GuessOption = False,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """What a source makes of a file, changing nothing; with --guess which source fits, or a new one."""
    from qos.cli.render import put_guesses, put_needed, put_reading
    from qos.domain.errors import DeliveryFault, UsageFault
    from qos.pipeline.trying import guess_file, needed, try_delivery

    spoken, opened = _period(period), _workspace(workspace)
    if guess:
        found = guess_file(opened, Path(source), spoken)
        put_json(found) if as_json else put_guesses(found)
        return
    if file is None:
        raise UsageFault("qos try needs a source and a file", next_command="qos try --guess FILE")
    try:
        result = try_delivery(opened, source, file, spoken, service)
    except DeliveryFault as fault:
        lacks = needed(fault)
        put_json({"stopped": fault.reason, **lacks}) if as_json else put_needed(lacks)
        raise
    put_json(result) if as_json else put_reading(result)


def _workspace(root: Path) -> Any:
    """The workspace when there is one: bundled sources are tried without."""
    return open_workspace(root) if (root / "qos.toml").exists() else None


def _period(text: str | None) -> Any:
    from qos.domain.errors import UsageFault
    from qos.domain.quarter import Period

    try:
        return Period.parse(text) if text else None
    except ValueError as fault:
        raise UsageFault(str(fault), next_command="qos ingest --help") from fault


def ingest(
    source: Annotated[str, typer.Argument(help="Name of the source; with --guess, the first file.")],
    files: Annotated[list[Path] | None, typer.Argument(help="Deliveries, in any order.")] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="2021-03, 2021Q1: for sources that do not say when.")
    ] = None,
    service: ServiceOption = None,
    accept: Annotated[
        str | None,
        typer.Option("--accept", help="The reason to land what the gate does not believe all the same."),
    ] = None,
    guess: GuessOption = False,
    workspace: WorkspaceOption = HERE,
    dry_run: DryRunOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Lands deliveries from disk: whole or not at all, the same delivery once."""
    from qos.cli.ingesting import Wishes, ingest_guessing, ingest_named
    from qos.domain.errors import QosError, UsageFault

    wishes = Wishes(
        period=_period(period), service=service, accept=accept, dry_run=dry_run, quiet=quiet, as_json=as_json
    )
    if not (guess or files):
        raise UsageFault("qos ingest needs a source and files", next_command="qos ingest --guess FILE")
    opened = open_workspace(workspace)
    try:
        if guess:
            ingest_guessing(opened, [Path(source), *(files or [])], wishes)
        else:
            ingest_named(opened, source, files or [], wishes)
    except QosError:  # some were refused; the others landed
        _sort(opened, dry_run=dry_run)
        raise
    _sort(opened, dry_run=dry_run)


def _sort(workspace: Any, *, dry_run: bool) -> None:
    """Sorts what was landed where enough of it waits, so that closing a quarter need not."""
    from qos.store.merging import merge

    if not dry_run:
        merge(workspace, due_only=True)
