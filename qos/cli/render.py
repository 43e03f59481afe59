"""Tables for the terminal: rank interval, value, interval, subjects, sources."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from qos.countries import Pack
    from qos.ingest import LandingReport

_LOG_WIDTH = 120
WITHHELD = "withheld"


def console() -> Console:
    """Standard output; as wide as the terminal, or as a log line."""
    width = None if sys.stdout.isatty() else max(_LOG_WIDTH, shutil.get_terminal_size().columns)
    return Console(width=width, highlight=False, soft_wrap=False)


def text_of(value: object) -> str:
    """A value as a person reads it; the unknown is an empty cell."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return decimals(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def decimals(value: float) -> str:
    """One decimal under 100, none above, three below 1: as on the pages."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 1 else f"{value:.3g}"


def put_table(title: str, columns: Sequence[str], rows: Sequence[Mapping[Any, Any]]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        numeric = any(isinstance(row.get(column), int | float) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(text_of(row.get(column)) for column in columns))
    console().print(table)


def put_landing(report: "LandingReport") -> None:
    """What became of one delivery, reasons included."""
    out = console()
    if report.state != "landed" and report.rows == 0:
        out.print(f"{report.source} {report.file_name}: {report.message}", markup=False)
        return
    out.print(
        f"{report.source} {report.file_name}: {report.rows:,} rows: {report.accepted:,} accepted, "
        f"{report.duplicate:,} duplicate, {report.rejected:,} rejected, {report.unused:,} not used",
        markup=False,
    )
    for what, counts in (
        ("rejected", report.rejects),
        ("not used", report.unused_for),
        ("flag", report.flags),
    ):
        for reason, count in sorted(counts.items()):
            first = report.first_rejects.get(reason) if what == "rejected" else None
            where = f", first in {report.places} {_place(first)}" if first else ""
            out.print(f"    {what}: {count:,} {reason}{where}", markup=False, soft_wrap=True)


def _place(first: Mapping[str, Any]) -> str:
    """`3, latency_ms: -1`, as far as it is known and may be shown."""
    value = "" if first["value"] is None else f": {first['value']}"
    return f"{first['line']}, {first['column']}{value}" if first["column"] else str(first["line"])


def put_reading(result: Mapping[str, Any]) -> None:
    """`qos try`: the format, the columns, units, rows before and after, rejects."""
    out, file, rows = console(), result["file"], result["rows"]
    form = " ".join(part for part in (file["form"], file["compression"], file["encoding"]) if part)
    out.print(f"{result['source']} {result['delivery']}: layout {result['layout']}, {form}", markup=False)
    out.print(
        f"{rows['delivered']:,} rows: {rows['accepted']:,} accepted, {rows['rejected']:,} rejected, "
        f"{rows['unused']:,} not used",
        markup=False,
    )
    kept = [row["column"] for row in result["columns"] if row["fate"] == "kept"]
    out.print(f"taken:   {', '.join(kept)}", markup=False)
    ignored: dict[str, list[str]] = {}
    for row in result["columns"]:
        if row["fate"] == "ignored":
            ignored.setdefault(row["reason"], []).append(row["column"])
    for reason, columns in ignored.items():
        out.print(f"ignored: {', '.join(columns)}{f' ({reason})' if reason else ''}", markup=False)
    for metric, count in result["empty_values"].items():
        out.print(f"empty:   {metric} in {count:,} rows", markup=False)
    for flag, count in result["flags"].items():
        out.print(f"flag:    {flag} on {count:,} rows", markup=False)
    if result["units"]:
        put_table("values as read", ["metric", "unit", "count", "p10", "p50", "p90", "hint"], result["units"])
    place = result["counts"]
    for title, names, found in (
        ("rejected", ["reason", "rows", place, "column", "value"], result["rejected"]),
        ("not used", ["reason", "rows", place], result["unused"]),
    ):
        if found:
            put_table(title, names, [row | {place: row["line"]} for row in found])
    for title, shown in (("as delivered", result["before"]), ("as taken", result["after"])):
        for row in shown[:2]:
            values = [f"{name}={text_of(value)}" for name, value in row.items() if text_of(value) != ""]
            out.print(f"{title}: {', '.join(values)}", markup=False)


def put_needed(lacks: Mapping[str, Any]) -> None:
    """`qos try` of a delivery that was stopped for its columns: what would have to be said about it."""
    if not lacks:
        return
    out = console()
    for row in lacks["unexplained"]:
        near = f", which resembles {row['nearest']}" if row["nearest"] else ""
        out.print(f"unexplained: {row['column']}{near}", markup=False)
    for name in lacks["missing"]:
        out.print(f"missing:     {name}", markup=False)
    layout = f"the layout {lacks['layout']}" if lacks["layout"] else "the source's layout"
    out.print(
        f"needed: {layout} has to keep, reject on or ignore each unexplained column, and may lack a missing"
        " one only if it is optional; a renamed column is kept under its new name",
        markup=False,
    )


def put_guesses(found: Mapping[str, Any]) -> None:
    """`qos try --guess`: the sources that fit, else the nearest ones and a declaration for a new source."""
    fitting = [row for row in found["sources"] if row["accepted"] is not None]
    columns = ["source", "layout", "accepted", "rejected", "unused", "why"]
    if fitting:
        put_table("Sources that fit", columns, fitting)
        return
    put_table("No source fits", ["source", "why"], found["sources"])
    if proposal := found["proposal"]:
        out = console()
        out.print(f"\n{proposal['how']}\n", markup=False, soft_wrap=True)
        out.print(proposal["declaration"], markup=False, soft_wrap=True)
        for ours, theirs in proposal["canonical"].items():
            out.print(f"canonical: {theirs} -> {ours}", markup=False)


def put_draft(folder: Path, pack: "Pack") -> None:
    """The headline ranking of every market of a folder, and what was rejected."""
    from qos import methodology
    from qos.domain.tables import CELLS, ESTIMATES, RANKS, REJECTS
    from qos.release import read_release, read_table

    release = read_release(folder)
    chosen = methodology.load(release["edition"]["name"], folder / "edition")
    headline = chosen.indicators[chosen.edition.headline]
    ranks, estimates = read_table(folder, RANKS), read_table(folder, ESTIMATES)
    for market in release["markets"]:
        here = {"market": market, "indicator": headline.name, "region": "nation"}
        rows = ranking_rows(_of(ranks, here), _of(estimates, here), pack)
        title = (
            f"{release['country']['name']}, {market}, {release['quarter']}: {headline.title}, {headline.unit}"
        )
        put_table(title, ["rank", "operator", "value", "interval", "subjects", "sources", "status"], rows)
        if any(row["rank"] and row["value"] == WITHHELD for row in rows):
            _put_own_figures(_of(read_table(folder, CELLS), here), pack)
    rejects = read_table(folder, REJECTS)
    if len(rejects):
        put_table("rejected", ["source", "reason", "count"], rejects.to_dict("records"))


def _put_own_figures(cells: "pd.DataFrame", pack: "Pack") -> None:
    """What each source says alone, where the reconciled value is too uncertain to be shown."""
    rows = []
    for operator, part in cells.groupby("operator"):
        names = pack.operators[str(operator)].names if operator in pack.operators else {}
        own = {row["source"]: None if row["value"] != row["value"] else decimals(row["value"])
               for row in part.to_dict("records")}  # fmt: skip
        rows.append({"operator": names.get("en", operator), **own})
    put_table("what each source says alone", ["operator", *sorted(set(cells["source"]))], rows)


def _of(frame: "pd.DataFrame", values: Mapping[str, str]) -> "pd.DataFrame":
    for column, value in values.items():
        frame = frame[frame[column] == value]
    return frame


def ranking_rows(ranks: "pd.DataFrame", estimates: "pd.DataFrame", pack: "Pack") -> list[dict[str, Any]]:
    """Rows of one ranking, ranked operators first, `all` last."""
    import pandas as pd

    columns = ["operator", "rank", "rank_low", "rank_high", "status", "status_reason"]
    joined = estimates.merge(ranks[columns], on="operator", how="left", suffixes=("", "_rank"))
    joined = joined.assign(is_all=joined["operator"] == "all").sort_values(["is_all", "rank", "operator"])
    rows = []
    for row in joined.to_dict("records"):
        ranked, shown = not pd.isna(row["rank_low"]), not pd.isna(row["value"])
        suffix = "_rank" if ranked else ""
        status, reason = row[f"status{suffix}"], row[f"status_reason{suffix}"]
        names = pack.operators[row["operator"]].names if row["operator"] in pack.operators else {}
        interval = f"{decimals(row['ci_low'])}–{decimals(row['ci_high'])}" if shown else ""
        rows.append(
            {
                "rank": _bounds(int(row["rank_low"]), int(row["rank_high"])) if ranked else "",
                "operator": names.get("en", row["operator"]),
                "value": decimals(row["value"]) if shown else WITHHELD,
                "interval": interval or row["status_reason"],
                "subjects": None if pd.isna(row["n_subjects"]) else int(row["n_subjects"]),
                "sources": row["sources"],
                "status": f"{status} ({reason})" if isinstance(reason, str) and reason else status,
            }
        )
    return rows


def _bounds(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"
