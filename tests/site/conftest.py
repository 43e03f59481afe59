"""Small made-up releases: the tables of `qos.domain.tables` for markets whose page is worth looking at."""

import csv
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qos.domain import tables
from qos.domain.indicator import Direction, Indicator, Scale, Statistic
from qos.domain.operator import Operator
from qos.domain.places import Region
from qos.site import SiteReport, build

QUARTER = "2026Q3"
_ARROW = {"text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "boolean": pa.bool_()}
INDICATORS = {
    name: Indicator(
        name, title, metric, Statistic.GEOMEAN, direction, unit, scale, ("mobile",), ranked=ranked
    )
    for name, title, metric, direction, unit, scale, ranked in (
        ("download_geomean", "Download speed", "download_mbps", Direction.HIGHER, "Mbit/s", Scale.LOG, True),
        ("latency_geomean", "Latency", "latency_ms", Direction.LOWER, "ms", Scale.LOG, True),
        ("success_share", "Completed", "completed", Direction.HIGHER, "ratio", Scale.LOGIT, True),
        ("download_mean", "Mean download", "download_mbps", Direction.HIGHER, "Mbit/s", Scale.LOG, False),
        ("own_index", "An index of our own", "download_mbps", Direction.HIGHER, "Mbit/s", Scale.LOG, True),
    )
}


@dataclass(frozen=True)
class Pack:
    """The part of a country pack that pages need."""

    operators: dict[str, Operator]
    regions: dict[str, Region]
    boundaries: Path | None
    name: str = "Testland"
    time_zone: str = "Asia/Ho_Chi_Minh"


@dataclass
class Market:
    """What is so about one market; `values` maps an operator to its value, None for not measured.

    half: half-width of the intervals, log. thin: subjects of operators that have too few. A pair is
    separated when its values are more than `apart` (log) from one another.
    """

    values: dict[str, float | None]
    names: dict[str, str] = field(default_factory=dict)
    name: str = "mobile"
    indicators: tuple[str, ...] = ("download_geomean",)
    regions: tuple[str, ...] = ("tt:01", "tt:02", "tt:03", "tt:04")
    region_names: dict[str, str] = field(default_factory=dict)
    half: float = 0.02
    apart: float = 0.05
    thin: dict[str, int] = field(default_factory=dict)
    disclosed: tuple[str, ...] = ()
    status: str = "published"
    reasons: tuple[str, ...] = ()
    order_shown: bool = True
    values_withheld: bool = False
    own: dict[str, dict[str, float]] = field(default_factory=dict)
    sources: tuple[str, ...] = ("field-app", "home-probes")
    everyone: float | None = 50.0
    simulated: bool = False
    vintage: int | None = 1
    licences: dict[str, str] = field(default_factory=dict)
    revised: bool = False
    subjects: int | None = 1234
    boundaries: bool = True
    national_cells: bool = True
    open_pairs: tuple[tuple[str, str], ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    p_first: dict[str, float] = field(default_factory=dict)


class Release:
    """Writes one market as a release folder and builds its site."""

    def __init__(self, root: Path, market: Market) -> None:
        self.root, self.market = root, market
        self.folder = root / "release"
        self.out = root / "site"
        self.pack = _pack(root, market)
        self.indicators = INDICATORS
        _write(self.folder, market)

    def build(self, out: Path | None = None, **options: Any) -> SiteReport:
        return build(self.folder, out or self.out, pack=self.pack, indicators=self.indicators, **options)

    def page(self, address: str, language: str = "en") -> str:
        """Text of a page below `/<language>/2026q3/`, built when it is first asked for."""
        if not self.out.exists():
            self.build()
        return (self.out / language / "2026q3" / address / "index.html").read_text(encoding="utf-8")

    def ranking(self, language: str = "en", indicator: str = "download_geomean") -> str:
        """Text of a ranking page."""
        return self.page(f"{self.market.name}/{indicator}", language)


@pytest.fixture(scope="session")
def release_in() -> Callable[..., Release]:
    """`release_in(folder, values={...}, ...)`: a release that lives longer than one test."""

    def make(root: Path, values: dict[str, float | None], **said: Any) -> Release:
        return Release(root, Market(values, **said))

    return make


@pytest.fixture
def release(tmp_path: Path, release_in: Callable[..., Release]) -> Callable[..., Release]:
    """`release(values={...}, ...)`: fields of `Market`."""

    def make(values: dict[str, float | None], **said: Any) -> Release:
        return release_in(tmp_path / f"r{len(list(tmp_path.iterdir()))}", values, **said)

    return make


FIVE = {"sao-khue": 74.6, "bach-dang": 72.9, "hong-ha": 58.3, "cuu-long": 41.7, "truong-son": 38.2}
FIVE_NAMES = {
    "sao-khue": "Sao Khuê Mobile",
    "bach-dang": "Bạch Đằng Telecom",
    "hong-ha": "Hồng Hà Mobile",
    "cuu-long": "Cửu Long",
    "truong-son": "Trường Sơn Mobile",
}


@pytest.fixture
def five(release: Callable[..., Release]) -> Release:
    """Five invented operators, three indicators, four regions, two sources."""
    return release(
        FIVE,
        names=FIVE_NAMES,
        apart=0.1,
        indicators=("download_geomean", "latency_geomean", "success_share", "download_mean", "own_index"),
    )


@pytest.fixture
def contradictory(release: Callable[..., Release]) -> Release:
    """Two published reports that order three operators in opposite ways; nobody states an error."""
    own = {
        "viettel": {"ookla-published": 421.61, "i-speed-published": 483.0},
        "vinaphone": {"ookla-published": 594.16, "i-speed-published": 315.0},
        "mobifone": {"ookla-published": 306.5, "i-speed-published": 211.0},
    }
    return release(
        {"viettel": 451.3, "vinaphone": 432.6, "mobifone": 254.3},
        names={"viettel": "Viettel", "vinaphone": "VinaPhone", "mobifone": "MobiFone"},
        name="mobile-5g",
        own=own,
        sources=("i-speed-published", "ookla-published"),
        half=0.45,
        apart=0.3,
        status="indicative",
        reasons=("one-kind", "too-few"),
        values_withheld=True,
        regions=(),
        everyone=None,
        subjects=None,
    )


def _pack(root: Path, market: Market) -> Pack:
    operators = {
        slug: Operator(slug, {"en": market.names.get(slug, slug.title())}, "network")
        for slug in market.values
    }
    regions = {
        code: Region(
            code,
            {"en": market.region_names.get(code, f"Region {code[-2:]}"), "vi": f"Tỉnh {code[-2:]}"},
            "province",
        )
        for code in market.regions
    }
    return Pack(
        operators, regions, _boundaries(root, market.regions) if market.boundaries and regions else None
    )


def _boundaries(root: Path, regions: Iterable[str]) -> Path:
    """A row of squares, one degree wide, and one further region of which nothing is known."""
    root.mkdir(parents=True, exist_ok=True)
    squares = []
    for x, code in enumerate([*regions, "tt:99"]):
        ring = [[x, 10], [x + 1, 10], [x + 1, 10.5], [x + 1, 11], [x, 11], [x, 10]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        squares.append({"type": "Feature", "properties": {"region": code}, "geometry": geometry})
    path = root / "regions.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": squares}), encoding="utf-8")
    return path


def _write(folder: Path, market: Market) -> None:
    folder.mkdir(parents=True)
    rows = _rows(market)
    for table in (*tables.RELEASE_TABLES, tables.CELLS):
        _write_table(folder, table, rows.get(table.name, []))
    (folder / "release.json").write_text(json.dumps(_manifest(market)), encoding="utf-8")


def _write_table(folder: Path, table: tables.Table, rows: list[dict[str, Any]]) -> None:
    full = [{name: row.get(name) for name in table.columns} for row in rows]
    full.sort(key=lambda row: [str(row[name]) for name in table.key])
    if table is tables.CELLS:
        schema = pa.schema([(column.name, _ARROW[column.type]) for column in table.fields])
        pq.write_table(pa.Table.from_pylist(full, schema=schema), folder / "cells.parquet")
        return
    with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table.columns, lineterminator="\n")
        writer.writeheader()
        for row in full:
            writer.writerow({k: str(v).lower() if isinstance(v, bool) else v for k, v in row.items()})


def _manifest(market: Market) -> dict[str, Any]:
    return {
        "quarter": QUARTER,
        "vintage": market.vintage,
        "country": {"code": "tt", "name": "Testland"},
        "pack": {"name": "tt", "digest": "ab" * 32},
        "markets": [market.name],
        "edition": "2026.1",
        "snapshot": {"digest": "cd" * 32, "as_of": "2026-11-15T02:30:00Z"},
        "code_version": "0.1.0",
        "seed": 7,
        "as_of": "2026-11-15T02:30:00Z",
        "publish_at": "2026-11-16T02:30:00Z",
        "simulated": market.simulated,
        "sources": [
            {
                "name": source,
                "title": source.replace("-", " ").capitalize(),
                "kind": "published" if source.endswith("published") else "app",
                "kin": source,
                "licence": market.licences.get(source, "CC-BY-4.0"),
                "notice": f"Contains data of {source}.",
                "url": "https://data.example.org/",
                "rows": 1000,
                "reference": False,
            }
            for source in market.sources
        ],
        "files": {},
    }


def _rows(market: Market) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("estimates", "ranks", "cells")}
    for indicator in market.indicators:
        for place, region in enumerate(("nation", *market.regions)):
            _add_region(market, indicator, region, 0.95**place, rows)
    key = {"quarter": QUARTER, "market": market.name}
    weights = dict.fromkeys(market.regions, 1.0) | market.weights
    origin = {"kind": "population", "status": "final", "origin": "a test"}
    rows["weights"] = [
        key | {"region": region, "weight": weight / sum(weights.values())} | origin
        for region, weight in weights.items()
    ]
    rows["source_effects"] = [
        {
            **key,
            "indicator": i,
            "source": s,
            "effect": 1.05,
            "effect_low": 0.98,
            "effect_high": 1.12,
            "heterogeneity": 0.07,
        }
        | {"weight_share": 0.5, "n_subjects": 600, "n_cells": 20, "verdict": "agrees"}
        for i in market.indicators
        for s in market.sources
    ]
    rows["leave_one_out"] = [
        {**row, "left_out": source}
        for row in rows["ranks"]
        if row["region"] == "nation"
        for source in market.sources
    ]
    rows["rejects"] = (
        [{"source": market.sources[0], "reason": "duplicate", "count": 17}] if market.sources else []
    )
    rows["flags"] = (
        [{"source": market.sources[0], "flag": "same-minute", "count": 3}] if market.sources else []
    )
    if market.revised:
        first = next(iter(market.values))
        rows["revisions"] = [
            {**key, "indicator": market.indicators[0], "operator": first, "region": "nation"}
            | {"old": 70.1, "new": 74.6, "reason": "late delivery", "vintage": 2}
        ]
    return rows


def _add_region(
    market: Market, indicator: str, region: str, factor: float, rows: dict[str, list[dict[str, Any]]]
) -> None:
    key = {"quarter": QUARTER, "market": market.name, "indicator": indicator, "region": region}
    unit = 0.01 if INDICATORS[indicator].unit == "ratio" else 1.0
    values = {slug: v * factor * unit for slug, v in market.values.items() if v is not None}
    ranked = [s for s in values if s not in market.thin and s not in market.disclosed]
    rows["ranks"] += [
        _rank(market, key, slug, values, ranked) for slug in ranked if INDICATORS[indicator].ranked
    ]
    everyone = {} if market.everyone is None else {"all": market.everyone * factor * unit}
    for slug in (*market.values, *everyone):
        value = (values | everyone).get(slug)
        rows["estimates"].append(key | _estimate(market, slug, value))
        national = market.national_cells if region == "nation" else not market.own
        if value is not None and national:
            rows["cells"] += [
                key | {"operator": slug} | _cell(source, market.own.get(slug, {}).get(source, value * tilt))
                for source, tilt in zip(market.sources, (1.04, 0.97, 1.1), strict=False)
            ]


def _estimate(market: Market, slug: str, value: float | None) -> dict[str, Any]:
    n = market.thin.get(slug, market.subjects)
    row: dict[str, Any] = {
        "operator": slug,
        "confidence": 0.95,
        "scale": "log",
        "sources": ";".join(market.sources),
    }
    row |= {
        "n_subjects": n,
        "n_measurements": None if n is None else n * 10,
        "largest_source_share": 0.6,
        "model_share": 0.1,
    }
    if value is None:
        return row | {
            "sources": None,
            "n_subjects": None,
            "status": "withheld",
            "status_reason": "not-measured",
        }
    if slug in market.disclosed:
        return row | {"status": "withheld", "status_reason": "disclosure"}
    if market.values_withheld:
        return row | {"status": "withheld", "status_reason": "too-uncertain"}
    shown = {
        "value": value,
        "ci_low": value * math.exp(-market.half),
        "ci_high": value * math.exp(market.half),
    }
    if slug in market.thin:
        status = {"status": "indicative" if n and n >= 10 else "withheld", "status_reason": "too-few"}
        return row | status | (shown if status["status"] == "indicative" else {})
    return row | shown | {"status": market.status, "status_reason": ";".join(market.reasons)}


def _rank(
    market: Market, key: dict[str, Any], slug: str, values: dict[str, float], ranked: list[str]
) -> dict[str, Any]:
    sign = 1 if INDICATORS[key["indicator"]].higher_is_better else -1
    score = {other: sign * math.log(values[other]) for other in ranked}
    rivals = [o for o in ranked if not {(o, slug), (slug, o)} & set(market.open_pairs)]
    above = [o for o in rivals if score[o] - score[slug] > market.apart]
    below = [o for o in rivals if score[slug] - score[o] > market.apart]
    row = key | {"operator": slug, "status": market.status, "status_reason": ";".join(market.reasons)}
    if not market.order_shown:
        return row | {"status": "withheld"}
    near = sorted(set(ranked) - {slug, *above, *below})
    low, high = 1 + len(above), len(ranked) - len(below)
    return row | {
        "score": values[slug],
        "rank": 1 + sum(score[o] > score[slug] for o in ranked),
        "rank_low": low,
        "rank_high": high,
        "p_first": market.p_first.get(slug, 0.5),
        "is_leader": (low, high) == (1, 1) and market.status == "published",
        "not_separated_from": ";".join(near),
        "depends_on_one_source": False,
        "effective_sources": 2.0,
    }


def _cell(source: str, value: float) -> dict[str, Any]:
    counts = {"n_subjects": 600, "n_measurements": 6000, "n_inputs": 1}
    figure = {"y": math.log(value), "v": 0.01, "scale": "log", "value": value, "statistic": "rows"}
    return {"source": source, "entered": True, **figure, **counts}
