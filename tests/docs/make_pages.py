"""The parts of the documentation that repeat the code, made from the code.

A page holds such a part between `<!-- made: NAME -->` and `<!-- end -->`. Run from the root of the
repository: `python tests/docs/make_pages.py` writes them all anew; the tests compare.
"""

import inspect
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from typer.testing import CliRunner

from qos import methodology, sources
from qos.cli.app import app
from qos.domain.declaration import Declaration
from qos.domain.flags import FLAGS, Grain
from qos.domain.measurement import (
    AGGREGATE_COLUMNS,
    BOUNDS,
    DROPPED_AFTER_RESOLUTION,
    MEASUREMENT_COLUMNS,
    METRICS,
    Column,
)
from qos.domain.source import Shape, Source
from qos.domain.tables import CELLS, ESTIMATES, RANKS, RELEASE_TABLES, Table
from qos.domain.values import Constant
from qos.ingest.unit_sentinel import MEANINGS
from qos.store.quality.limits import LIMITS, RELEASES

ROOT = Path(__file__).parents[2]
PART = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
COMMANDS = (
    "demo", "init", "migrate", "sources", "sources add", "try", "ingest", "flags", "reprocess", "diff",
    "run", "check", "explain", "verify", "site", "export",
)  # fmt: skip
"""In the order in which a quarter meets them."""


def rows(header: str, lines: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; `|` inside a cell is escaped, None is empty."""
    names = header.split(", ")
    table = [names, ["---"] * len(names), *lines]
    cells = (["" if cell is None else str(cell).replace("|", "\\|") for cell in line] for line in table)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def code(name: object) -> str:
    return f"`{name}`"


def number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


# ---- commands


def commands() -> str:
    return "\n".join(f"## qos {name}\n\n```text\n{_help(name.split())}\n```\n" for name in COMMANDS)


def _help(words: list[str]) -> str:
    """What `--help` prints at 80 columns."""
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name="qos", env={"COLUMNS": "80"})
    lines = [line.rstrip() for line in shown.output.strip().splitlines()]
    return "\n".join(line for line in lines if not line.strip().startswith("--help "))


# ---- columns of deliveries


def measurement_columns() -> str:
    return _columns(MEASUREMENT_COLUMNS)


def resolved_columns() -> str:
    return _columns(DROPPED_AFTER_RESOLUTION)


def aggregate_columns() -> str:
    return _columns(AGGREGATE_COLUMNS)


def _columns(columns: Iterable[Column]) -> str:
    return rows(
        "column, type, required, allowed, meaning",
        ([code(c.name), c.kind.value, "yes" if c.required else "", _allowed(c), c.doc] for c in columns),
    )


def _allowed(column: Column) -> str:
    if column.name == "metric":
        return "a metric below"
    if column.one_of:
        return " ".join(code(word) for word in dict.fromkeys(column.one_of))
    if column.name not in BOUNDS:
        return ""
    low, high = BOUNDS[column.name]
    if low == math.ulp(0.0):
        return "above 0"
    return f"at least {number(low)}" if high == math.inf else f"{number(low)} to {number(high)}"


def metrics() -> str:
    return rows(
        "metric, unit, better, meaning",
        (
            [code(m.name), m.unit, "higher" if m.higher_is_better else "lower", m.title]
            for m in METRICS.values()
        ),
    )


# ---- sources


def _declarations() -> list[Declaration]:
    return [sources.find(name) for name in sources.names()]


def source_list() -> str:
    names = "source, kind, kin, one row is, period, service, kept sealed, licence"
    return rows(names, map(_source_row, _declarations()))


def _source_row(declared: Declaration) -> list[object]:
    s = declared.source
    shape = "a measurement" if s.shape is Shape.MEASUREMENTS else "a figure"
    when = "`--period`" if s.needs_period else "in the rows"
    sealed = "yes" if s.personal else ""
    return [
        f"[{code(s.name)}](#{s.name})",
        s.kind,
        s.kin,
        shape,
        when,
        _service_of(declared),
        sealed,
        s.licence,
    ]


def _service_of(declared: Declaration) -> str:
    """Where it says mobile or fixed."""
    said = {layout.values["service"] for layout in declared.layouts if "service" in layout.values}
    if declared.asks_service:
        forms = "" if len(said) == 1 else "in the rows of some forms; "
        return f"{forms}`--service`, else fixed is assumed"
    if len(said) == 1 and isinstance(always := next(iter(said)), Constant):
        return str(always.value)
    return "in the rows"


def how_sources_measure() -> str:
    """Of sources that say anything about it."""
    found = (
        (s.streams, s.view, s.server_selection, s.overhead_factor if s.overhead_factor != 1 else None, s.name)
        for s in (declared.source for declared in _declarations())
    )
    names = "source, connections, rates counted by, server, rates multiplied by"
    return rows(names, ([code(name), *said] for *said, name in found if any(said)))


def source_texts() -> str:
    """What every file of `qos/sources` says of itself."""
    return "\n".join(_source_text(declared.source) for declared in _declarations())


def _source_text(source: Source) -> str:
    module = sys.modules[f"qos.sources.{source.name.replace('-', '_')}"]
    where = f" <{source.url}>" if source.url and "{" not in source.url else ""
    text = escaped(inspect.getdoc(module) or "")
    return f"### {source.name}\n\n**{source.title}.**{where}\n\n{text}\n"


def escaped(text: str) -> str:
    """Prose as Markdown: what stands between backticks as it is, `<` and `*` elsewhere as letters."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if piece.startswith("`") else re.sub(r"([<*])", r"\\\1", piece) for piece in pieces)


# ---- quality rules


def flags() -> str:
    excluding = methodology.load("2026.1").edition.excluding_flags
    names = "flag, decided on, catches, for example, excluded by 2026.1"
    return rows(
        names,
        (
            [code(name), _GRAINS[flag.grain], flag.catches, flag.case, "yes" if name in excluding else ""]
            for name, flag in sorted(FLAGS.items())
        ),
    )


_GRAINS = {Grain.ROW: "a row", Grain.QUARTER: "a quarter", Grain.AGGREGATE: "a figure"}

_QUALITY = {
    "share_rows": "rows of an operator in a source below which its shares say nothing",
    "share_subjects": "subjects of the same below which one of them may well bring a large share",
    "subject_share": "share of an operator's rows above which one subject is flagged",
    "device_share": "the same of a device model",
    "hour_share": "the same of an hour",
    "elsewhere": "times the share among the source's other operators that a model or hour must have besides",
    "same_result_seconds": "seconds that two sources' times of one result may lie apart",
    "same_result_tolerance": "share by which their rates may differ",
    "campaign_odds": "factor by which the odds of an operator's share rise in a campaign",
    "campaign_share": "least rise of the share itself",
    "campaign_z": "standard deviations of chance beyond which the rise must lie",
}


def quality_limits() -> str:
    return _numbers(asdict(methodology.load("2026.1").edition.quality), _QUALITY)


def technology_limits() -> str:
    names = "technology, download at most, upload at most, latency at least, because of"
    found = (
        (name, *map(number, (x.download_mbps, x.upload_mbps, x.latency_ms)), x.why)
        for name, x in LIMITS.items()
    )
    return rows(names, found)


def first_days() -> str:
    return rows(
        "column, begins with, not before, why",
        ([code(column), code(text), day, why] for (column, text), (day, why) in RELEASES.items()),
    )


def unit_factors() -> str:
    return rows(
        "of metrics in, a level that is, looks like",
        (
            [unit, f"{number(factor)} times" if factor > 1 else f"1/{number(round(1 / factor))}", meaning]
            for unit, factors in MEANINGS.items()
            for factor, meaning in factors.items()
        ),
    )


# ---- files of a release


def release_tables() -> str:
    return "\n".join(map(_table, (*RELEASE_TABLES, CELLS)))


def files_of(table: Table) -> list[str]:
    """Cells exist as Parquet only, what is published also as Parquet, the rest as CSV only."""
    if table is CELLS:
        return ["cells.parquet"]
    return [f"{table.name}.csv", *([f"{table.name}.parquet"] if table in (ESTIMATES, RANKS) else [])]


def _table(table: Table) -> str:
    files = " and ".join(code(name) for name in files_of(table))
    key = " × ".join(code(name) for name in table.key)
    fields = rows("column, type, meaning", ([code(f.name), f.type, f.doc] for f in table.fields))
    return f"## {table.name}\n\n{files}: {table.doc}. One row per {key}.\n\n{fields}"


# ---- numbers of the edition


_PUBLICATION = {
    "subjects": "subjects of a region for a figure without a mark, and of an operator to be ranked",
    "subjects_indicative": "subjects of a region below which there is no value",
    "n_effective": "effective subjects for a figure without a mark",
    "half_width": "half-width of the interval, on the scale, for a figure without a mark",
    "half_width_indicative": "half-width above which there is no value",
    "gamma": "share of a figure that is its own data, for a figure without a mark",
    "gamma_indicative": "share below which there is no value and no place in a ranking",
    "kin_groups": "groups of kin behind a figure without a mark, unless a reference is among them",
    "national_subjects": "subjects of a national figure below which there is no value",
    "source_subjects": "subjects of a source below which it is thin: alone it carries no unmarked figure",
    "coverage": "share of the national weight whose regions have a cell, for a national figure and rank",
    "cell_subjects_min": "subjects of a cell below which its value is emptied and does not enter",
    "probably_first": "share of the draws for the words “probably first” in an official ranking",
}

_AGGREGATES = {
    "published_std_error": "standard error of a published figure that states neither count nor error",
    "statistic_unknown_sd": "further standard deviation where the statistic is not stated",
    "area_std_error_floor": "least standard error of a regional average without counts",
    "sigma2_default": "variance of the logs of throughput within a cell where mean or median is not stated",
    "sigma2_default_delay": "the same of times",
    "default_std_error": "standard error of another aggregate that states neither count nor error",
    "older_quarters": "quarters by which a published figure may be older",
}

_CORRELATION = {
    "same_kind": "correlation of the operator discrepancies of two sources of one kind",
    "same_kin": "the same of two sources of one kin",
    "common_kappa": "standard deviation, per operator, of an error that all sources but references share",
    "common_omega": "standard deviation of a level that they share",
}


def publication_limits() -> str:
    return _numbers(asdict(methodology.load("2026.1").edition.publication), _PUBLICATION)


def aggregate_assumptions() -> str:
    return _numbers(asdict(methodology.load("2026.1").edition.aggregates), _AGGREGATES)


def correlations() -> str:
    return _numbers(asdict(methodology.load("2026.1").edition.correlation), _CORRELATION)


def _numbers(values: dict[str, float], meanings: dict[str, str]) -> str:
    """Every number of one table of the edition. Raises KeyError for one that nobody has explained."""
    return rows(
        "name, value, meaning", ([code(name), number(v), meanings[name]] for name, v in values.items())
    )


def source_levels() -> str:
    bias = methodology.load("2026.1").edition.bias
    return rows("kind, standard deviation of the level", ([kind, number(sd)] for kind, sd in bias.items()))


def priors() -> str:
    found = methodology.load("2026.1").edition.priors.items()
    return rows(
        "name, centre, sd of the log", ([code(n), number(p.centre), number(p.sd_log)] for n, p in found)
    )


def indicators() -> str:
    found = methodology.load("2026.1").indicators.values()
    return rows(
        "indicator, title, metric, services, ranked",
        (
            [code(i.name), i.title, code(i.metric), " ".join(i.services), "yes" if i.ranked else "no"]
            for i in found
        ),
    )


PARTS: dict[str, Callable[[], str]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        commands, measurement_columns, resolved_columns, aggregate_columns, metrics, release_tables,
        publication_limits, aggregate_assumptions, correlations, source_levels, priors, indicators,
        source_list, how_sources_measure, source_texts,
        flags, quality_limits, technology_limits, first_days, unit_factors,
    )
}  # fmt: skip


def made(text: str) -> str:
    """The page with every part of it made anew. Raises KeyError for a part that nobody makes."""
    return PART.sub(lambda part: f"{part[1]}\n{PARTS[part[2]]()}\n{part[3]}", text)


if __name__ == "__main__":
    for page in sorted(ROOT.glob("docs/**/*.md")):
        before = page.read_text(encoding="utf-8")
        if (after := made(before)) != before:
            page.write_text(after, encoding="utf-8")
            print(page.relative_to(ROOT))
