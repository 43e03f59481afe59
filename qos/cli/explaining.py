"""`qos explain` as a person reads it: the figure, then the way back from it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qos.cli.render import console, decimals, put_table

if TYPE_CHECKING:
    from qos.countries import Pack
    from qos.pipeline.explain import Explanation


def put_explanation(explanation: "Explanation", pack: "Pack") -> None:
    out, figure, rank = console(), explanation.figure, explanation.rank
    out.print(f"{figure['indicator']} of {figure['operator']} in {figure['region']}, {figure['market']}, "
              f"{figure['quarter']}", style="bold", markup=False)  # fmt: skip
    out.print(_value(figure, explanation.subjects_needed), markup=False)
    if rank is not None:
        out.print(_rank(rank), markup=False)
    for row in explanation.own:
        out.print(_own(row, explanation), markup=False)
    weights = {row["region"]: row["weight"] for row in explanation.weights}
    rows = [_cell(cell, weights.get(cell["region"]), pack) for cell in explanation.cells]
    columns = ["source", "region", "value", "unweighted", "subjects", "inputs", "weight", "sampling error"]
    columns += ["enters", "flags"]
    put_table("cells", columns, rows)
    if explanation.weights:
        first = explanation.weights[0]
        out.print(f"weights: {first['kind']}, {first['status']}: {first['origin']}", markup=False)
    put_table("sources against the reconciled figures",
              ["source", "effect", "effect_low", "effect_high", "heterogeneity", "weight_share", "verdict"],
              explanation.effects)  # fmt: skip
    put_table("flags", ["source", "flag", "count"], explanation.flags)
    put_table("rejected", ["source", "reason", "count"], explanation.rejects)
    columns = ["source", "file_name", "period", "accepted", "rejected", "unused", "duplicate", "sha256"]
    put_table(
        "deliveries", columns, [{**row, "sha256": row["sha256"][:12]} for row in explanation.deliveries]
    )
    for source in explanation.sources:
        notice = f" {source['notice']}" if source["notice"] else ""
        out.print(f"{source['name']}: licence {source['licence']}.{notice}", markup=False)


def exact(value: float | None) -> str:
    """A source's own figure with the decimal that its own publication has."""
    return "" if value is None else f"{value:,.1f}" if abs(value) >= 1 else f"{value:.3g}"


def _cell(cell: Mapping[str, Any], weight: float | None, pack: "Pack") -> dict[str, Any]:
    return {
        "source": cell["source"],
        "region": _region(cell["region"], pack),
        "value": exact(cell["value"]),
        "unweighted": exact(cell["value_unweighted"]),
        "subjects": None if cell["n_subjects"] is None else round(cell["n_subjects"]),
        "inputs": cell["n_inputs"],
        "weight": weight,
        "sampling error": None if cell["std_error"] is None else round(cell["std_error"], 4),
        "enters": "yes" if cell["entered"] else cell["reason"],
        "flags": (cell["flags"] or "").replace(";", ", "),
    }


def _value(figure: Mapping[str, Any], needed: int) -> str:
    reason = f" ({figure['status_reason']})" if figure["status_reason"] else ""
    if figure["value"] is None:
        subjects = figure["n_subjects"]
        few = f"; {int(subjects)} of {needed} needed" if subjects is not None and subjects < needed else ""
        return f"withheld{reason}{few}"
    return (
        f"{decimals(figure['value'])}, {figure['confidence']:.0%} interval {decimals(figure['ci_low'])}–"
        f"{decimals(figure['ci_high'])}, {figure['status']}{reason}"
    )


def _rank(rank: Mapping[str, Any]) -> str:
    if rank["rank_low"] is None:
        return f"not ranked: {rank['status_reason']}"
    order = "" if rank["rank"] is None else f", place by value {rank['rank']}"
    tied = rank["not_separated_from"]
    apart = f", not separated from {tied.replace(';', ', ')}" if tied else ""
    reason = f" ({rank['status_reason']})" if rank["status_reason"] else ""
    return f"rank {rank['rank_low']} to {rank['rank_high']}{order}{apart}; {rank['status']}{reason}"


def _own(row: Mapping[str, Any], explanation: "Explanation") -> str:
    """A source's own figure: what a reader of that source would quote."""
    regions = sum(cell["source"] == row["source"] for cell in explanation.cells)
    parts = [f"{row['source']} alone ({row['statistic']}): "]
    parts.append("not shown" if row["value"] is None else exact(row["value"]))
    if row["value_unweighted"] is not None:
        parts.append(f" weighted, {exact(row['value_unweighted'])} unweighted")
    if row["n_subjects"] is not None:
        parts.append(f"; n = {row['n_subjects']:,.0f}")
    if row["n_inputs"] is not None and row["statistic"] != "rows":
        parts.append(f" in {int(row['n_inputs']):,} delivered cells, {regions} region(s)")
    return "".join(parts)


def _region(code: str, pack: "Pack") -> str:
    found = pack.regions.get(code)
    return f"{code} {found.names.get('en', '')}".strip() if found else code
