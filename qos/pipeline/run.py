"""A quarter, told once: read the snapshot, reduce, reconcile, score, write the draft, report."""

import time
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import qos
from qos import methodology as rules
from qos.domain.errors import NotFound
from qos.domain.market import Market
from qos.domain.measurement import Service
from qos.domain.quarter import Quarter
from qos.domain.source import Source
from qos.domain.tables import CELLS, FLAGS, REJECTS, RELEASE_TABLES, REVISIONS, WEIGHTS
from qos.methodology import Methodology
from qos.pipeline.compute import MarketInput, Progress, compute
from qos.pipeline.registry import known_sources
from qos.pipeline.weights import national_weights
from qos.reconcile import declared_sources
from qos.reduce import cells_of_market
from qos.release import Folder, seal, write_metadata, write_tables
from qos.store.quality.quarter_rules import count_flags, flag_quarter
from qos.store.reports import rejects_by_reason
from qos.store.views import SnapshotView, open_snapshot
from qos.store.workspace import Workspace


@dataclass
class RunReport:
    """What a run made, and what a person should know about it."""

    quarter: str
    folder: Path
    markets: list[str]
    rows: dict[str, int]
    seconds: dict[str, float] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def run(
    workspace: Workspace,
    quarter: Quarter,
    *,
    markets: Iterable[str] = (),
    methodology: Methodology | None = None,
    progress: Progress = lambda _step, _share: None,
) -> RunReport:
    """The draft of every market that has data in the quarter (or of those named), in `drafts/2026Q3`.

    The same snapshot and edition give the same bytes. Raises NotFound when no market has data.
    """
    methodology = methodology or rules.load()
    clock, seconds = time.perf_counter(), {}
    with open_snapshot(workspace) as snapshot:
        sources = known_sources(workspace)
        flag_quarter(
            snapshot.connection,
            quarter,
            methodology.edition.quality,
            excluding_flags=methodology.edition.excluding_flags,
            kin={name: source.kin_group for name, source in sources.items()},
        )
        inputs = [
            found
            for market in _wanted(methodology, markets)
            if (found := _market_input(workspace, snapshot, quarter, market, methodology, sources, progress))
        ]
        if not inputs:
            raise NotFound(f"{quarter}: no market has data", next_command="qos sources")
        seconds["reduce"], clock = time.perf_counter() - clock, time.perf_counter()
        computed = compute([market for market, _ in inputs], methodology, quarter, progress)
        seconds["reconcile and rank"], clock = time.perf_counter() - clock, time.perf_counter()
        cells = pd.concat([market.cells for market, _ in inputs], ignore_index=True)
        tables = computed.tables | {
            CELLS.name: cells,
            WEIGHTS.name: pd.concat([weights for _, weights in inputs], ignore_index=True),
            REJECTS.name: rejects_by_reason(workspace, quarter),
            FLAGS.name: count_flags(snapshot.connection, quarter),
            REVISIONS.name: pd.DataFrame(columns=REVISIONS.columns),
        }
        heard = {str(s) for name in (CELLS, REJECTS, FLAGS) for s in tables[name.name]["source"]}
        release = _release(
            workspace, snapshot, quarter, methodology, cells, [sources[s] for s in sorted(heard)]
        )
    folder = Folder(
        release=release,
        tables=tables,
        gamma=pd.DataFrame({name: [] for name in _GAMMA}),
        model=_model([market for market, _ in inputs], computed.fits, methodology),
        edition=methodology.files,
    )
    to = workspace.drafts / str(quarter)
    write_tables(folder, to, RELEASE_TABLES)
    write_metadata(release, to)
    seal(to)
    seconds["write"] = time.perf_counter() - clock
    return RunReport(
        quarter=str(quarter),
        folder=to,
        markets=[market.market for market, _ in inputs],
        rows={name: len(frame) for name, frame in tables.items()},
        seconds=seconds,
        notices=_notices(cells),
    )


_GAMMA = ("market", "indicator", "source", "operator", "operator_2", "covariance")
"""Calibration to margins is not part of this form of the method, so this table is empty: nothing was
calibrated, and no error of it is common to cells."""


def _wanted(methodology: Methodology, names: Iterable[str]) -> list[Market]:
    markets = {market.name: market for market in methodology.edition.markets}
    names = list(names)
    if unknown := [name for name in names if name not in markets]:
        raise NotFound(
            f"no market {unknown[0]!r} in edition {methodology.edition.name}: {', '.join(markets)}"
        )
    return [markets[name] for name in names] or list(markets.values())


def _market_input(
    workspace: Workspace,
    snapshot: SnapshotView,
    quarter: Quarter,
    market: Market,
    methodology: Methodology,
    sources: dict[str, Source],
    progress: Progress,
) -> tuple[MarketInput, pd.DataFrame] | None:
    progress(f"{market.name}: reducing", 0.0)
    reduced = cells_of_market(
        snapshot.connection,
        workspace.pack,
        quarter,
        market,
        methodology,
        sources,
        buckets=snapshot.buckets(quarter, Service(market.service)),
    )
    if reduced.cells.empty or not reduced.cells["entered"].any():
        return None
    weights = national_weights(workspace.pack, market.name, quarter, reduced.cells, methodology.edition)
    declared = declared_sources(
        [sources[name] for name in sorted(set(reduced.cells["source"]))],
        market=market.name,
        weighted=reduced.weighted,
        edition=methodology.edition,
    )
    shares = dict(zip(weights["region"], weights["weight"], strict=True))
    return MarketInput(market.name, reduced.cells, shares, declared), weights


def _model(
    inputs: list[MarketInput], fits: list[dict[str, object]], methodology: Methodology
) -> dict[str, Any]:
    """Everything declared: with `cells`, `weights` and `edition/` it is the whole input of the fits."""
    return {
        "edition": methodology.edition.name,
        "confidence": methodology.edition.confidence,
        "fit": asdict(methodology.edition.fit),
        "priors": {name: asdict(prior) for name, prior in methodology.edition.priors.items()},
        "correlation": asdict(methodology.edition.correlation),
        "sources": {market.market: [asdict(source) for source in market.sources] for market in inputs},
        "fits": fits,
    }


def _release(
    workspace: Workspace,
    snapshot: SnapshotView,
    quarter: Quarter,
    methodology: Methodology,
    cells: pd.DataFrame,
    sources: list[Source],
) -> dict[str, Any]:
    """`release.json`. sources: all that delivered for the quarter, also those of which nothing entered."""
    pack = workspace.pack
    behind = {delivery for text in cells["deliveries"] for delivery in str(text).split(";")}
    landed = snapshot.deliveries
    of_quarter = landed["quarters"].map(lambda quarters: str(quarter) in quarters.split(";"))
    deliveries = landed[of_quarter | landed["delivery"].isin(behind)].sort_values("delivery")
    return {
        "quarter": str(quarter),
        "vintage": 1,
        "state": "draft",
        "country": {"code": pack.code, "name": pack.name},
        "pack": {"name": pack.code, "digest": pack.digest},
        "markets": list(dict.fromkeys(cells["market"])),
        "edition": {"name": methodology.edition.name, "digest": methodology.digest},
        "snapshot": {"digest": snapshot.digest},
        "code_version": qos.__version__,
        "seed": methodology.edition.fit.seed,
        "as_of": snapshot.as_of,
        "publish_at": None,
        "simulated": pack.country.simulated,
        "sources": [_source(source, deliveries) for source in sources],
        "deliveries": [_delivery(row) for row in deliveries.to_dict("records")],
    }


def _source(source: Source, deliveries: pd.DataFrame) -> dict[str, Any]:
    own = deliveries[deliveries["source"] == source.name]
    return {
        "name": source.name,
        "title": source.title,
        "kind": source.kind.value,
        "kin": source.kin_group,
        "reference": source.reference,
        "licence": source.licence,
        "notice": source.notice,
        "url": source.url,
        "rows": int(own["accepted"].sum()),
    }


def _delivery(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    texts = ("source", "sha256", "file_name", "period", "received_at", "licence", "layout")
    counts = ("bytes", "rows", "accepted", "duplicate", "rejected", "unused")
    return {"id": row["delivery"]} | {n: str(row[n]) for n in texts} | {n: int(row[n]) for n in counts}


def _notices(cells: pd.DataFrame) -> list[str]:
    """What did not enter the fits, in one line per source and reason."""
    left = cells[~cells["entered"].astype(bool)]
    counted = Counter(zip(left["market"], left["source"], left["reason"], strict=True))
    return [
        f"{market}: {count} cells of {source} do not enter: {reason}"
        for (market, source, reason), count in sorted(counted.items())
    ]
