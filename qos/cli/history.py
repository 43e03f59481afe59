"""Commands about what a store held and holds: land again, compare snapshots."""

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

_SHOWN = 30
"""Rows of one table in a terminal; `--json` gives all of them."""

_TABLES = {
    "deliveries": ("Deliveries", ("source", "file_name", "change", "accepted_before", "accepted_after",
                                  "rejected_before", "rejected_after")),
    "rows": ("Rows", ("source", "quarter", "service", "operator", "region", "added", "removed", "changed")),
    "flags": ("Flags", ("source", "flag", "gained", "lost")),
    "moved": ("Moved", ("source", "column", "old", "new", "rows")),
    "levels": ("Medians", ("source", "quarter", "service", "operator", "metric", "before", "after", "ratio",
                           "n_before", "n_after")),
}  # fmt: skip
_SIZE = {"rows": ("added", "removed", "changed"), "moved": ("rows",), "flags": ("gained", "lost")}


def diff(
    before: Annotated[int, typer.Argument(help="Number of a snapshot; 0 is the empty store.")],
    after: Annotated[int, typer.Argument(help="Number of another snapshot.")],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """What changed between two snapshots: deliveries, rows, flags, operators and regions, medians."""
    from qos.pipeline.differences import differences

    found = differences(open_workspace(workspace), before, after)
    put_json(found) if as_json else _put_differences(found)


def _put_differences(found: dict[str, Any]) -> None:
    from qos.cli.render import console, put_table

    same = True
    for name, (title, columns) in _TABLES.items():
        rows = found[name]
        if not rows:
            continue
        same = False
        largest = sorted(rows, key=lambda row: -_size(name, row))[:_SHOWN]
        more = f", the {_SHOWN} largest of {len(rows):,}" if len(rows) > _SHOWN else ""
        put_table(f"{title}{more}", columns, largest)
    if same:
        console().print(f"snapshots {found['before']} and {found['after']} hold the same", markup=False)


def _size(name: str, row: dict[str, Any]) -> float:
    """How much a row of a table changed; deliveries stay in their order."""
    if name == "levels":
        ratio = row.get("ratio")
        return abs(ratio - 1) if ratio is not None else 0.0
    return float(sum(row[column] for column in _SIZE.get(name, ())))


def reprocess(
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Only deliveries of this source; may be repeated.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only deliveries received on this day or later: 2026-10-01.")
    ] = None,
    workspace: WorkspaceOption = HERE,
    dry_run: DryRunOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Lands the kept deliveries again with today's program and country pack, as one new snapshot."""
    from qos.cli.render import put_table
    from qos.ingest.reprocessing import reprocess as land_again
    from qos.pipeline.registry import declaration

    opened, talk = open_workspace(workspace), Talk(quiet)
    report = land_again(
        opened,
        lambda name: declaration(opened, name),
        sources=source or (),
        since=_day(since),
        dry_run=dry_run,
        progress=talk.step,
    )
    talk.end()
    if as_json:
        put_json({"snapshot": report.snapshot, "deliveries": [vars(row) for row in report.deliveries]})
        return
    put_table(
        "Landed again" + (" (dry run: nothing was changed)" if dry_run else ""),
        ["source", "file_name", "state", *_CHANGES, "flags", "reason"],
        [_changes(row) for row in report.deliveries],
    )
    if report.snapshot is not None and not dry_run:
        talk.say(f"next: qos diff {report.snapshot - 1} {report.snapshot}")


_CHANGES = ("accepted", "rejected", "resolved")


def _changes(row: Any) -> dict[str, Any]:
    """One delivery; a count that is another now is shown as `before → after`."""
    flags = "; ".join(f"{name} {before:,} → {after:,}" for name, (before, after) in row.flags.items())
    return {
        "source": row.source,
        "file_name": row.file_name,
        "state": row.state,
        **{name: _change(row.before[name], row.after[name]) for name in _CHANGES},
        "flags": flags,
        "reason": row.reason,
    }


def _change(before: int, after: int) -> str:
    return f"{after:,}" if before == after else f"{before:,} → {after:,}"


def _day(text: str | None) -> Any:
    import datetime as dt

    from qos.domain.errors import UsageFault

    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as fault:
        raise UsageFault(f"not a day: {text!r} (expected 2026-10-01)",
                         next_command="qos reprocess --help") from fault  # fmt: skip
