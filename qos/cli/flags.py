"""The command `qos flags`: what each quality rule costs in a quarter."""

from typing import TYPE_CHECKING, Annotated

import typer

from qos.cli.context import HERE, JsonOption, WorkspaceOption, open_workspace, put_json

if TYPE_CHECKING:
    from qos.pipeline.flagging import FlagsReport


def flags(
    quarter: Annotated[str, typer.Argument(help="2026Q3.")],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """What each quality rule costs, by source and operator, with examples; what was stopped."""
    from qos.domain.errors import UsageFault
    from qos.domain.quarter import Quarter
    from qos.pipeline.flagging import flags_report

    try:
        spoken = Quarter.parse(quarter)
    except ValueError as fault:
        raise UsageFault(str(fault), next_command="qos flags --help") from fault
    report = flags_report(open_workspace(workspace), spoken)
    put_json(vars(report)) if as_json else _put(report)


_COSTS = (
    *("flag", "source", "service", "operator", "rows", "share", "excluded"),
    *("median_download", "median_without"),
)
_FOUND = ("flag", "source", "service", "operator", "technology", "what", "rows", "share", "compared")
_EXAMPLES = ("flag", "file", "measurement_id", "operator", "download_mbps", "upload_mbps", "latency_ms")


def _put(report: "FlagsReport") -> None:
    """One table for each thing there is something to say about."""
    from qos.cli.render import put_table

    heading = f"{report.quarter}, snapshot {report.snapshot}, edition {report.edition}: what each rule costs"
    put_table(heading, _COSTS, report.costs)
    for title, columns, rows in (
        ("what the rules on the quarter found", _FOUND, report.found),
        ("examples", _EXAMPLES, report.examples),
        ("deliveries of an unusual size", ("source", "file", "remark"), report.volumes),
        ("stopped deliveries", ("source", "file", "reason"), report.stopped),
        ("rules that did not fire", ("flag", "catches"), report.silent),
    ):
        if rows:
            put_table(title, columns, rows)
