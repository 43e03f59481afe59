"""Commands that read: explain, export."""

from pathlib import Path
from typing import Annotated

import typer

from qos.cli.context import HERE, JsonOption, QuietOption, Talk, WorkspaceOption, open_workspace, put_json


def explain(
    release: Annotated[str, typer.Argument(help="A draft, 2026Q3, or a release, 2026Q3-v1.")],
    indicator: str,
    operator: Annotated[str, typer.Argument(help="Slug of an operator, or all.")],
    region: Annotated[str, typer.Argument(help="scheme:code, or nation.")] = "nation",
    market: Annotated[str, typer.Option("--market", help="Where the figure exists in several.")] = "",
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """From a published figure back to its cells, weights, sources and deliveries."""
    from qos.cli.explaining import put_explanation
    from qos.pipeline.explain import explain as find
    from qos.pipeline.explain import folder_of

    opened = open_workspace(workspace)
    explanation = find(folder_of(opened, release), indicator, operator, region, market)
    put_json(vars(explanation)) if as_json else put_explanation(explanation, opened.pack)


def export(
    quarter: Annotated[str, typer.Argument(help="A quarter or release.")],
    to: Annotated[Path, typer.Option("--to", help="FILE.csv, .parquet or .xlsx; of several tables a .xlsx.")],
    table: Annotated[
        str, typer.Option("--table", help="estimates, ranks, source_effects, cells …")
    ] = "estimates",
    measurements: Annotated[
        bool, typer.Option("--measurements", help="The landed measurements instead.")
    ] = False,
    workspace: WorkspaceOption = HERE,
    quiet: QuietOption = False,
) -> None:
    """Tables of a draft or release, or the landed measurements, as CSV, Parquet or XLSX."""
    from qos.pipeline.export import export_measurements, export_tables

    opened = open_workspace(workspace)
    rows = (
        export_measurements(opened, quarter, to)
        if measurements
        else export_tables(opened, quarter, table, to)
    )
    Talk(quiet).say(f"{rows} rows in {to}")
