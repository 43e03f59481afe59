"""From cells to the tables of a release. The same function makes a draft and verifies a release."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from qos.domain.indicator import Indicator
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.domain.quarter import Quarter
from qos.domain.reconciled import FitSource, Reconciled
from qos.domain.tables import ESTIMATES, LEAVE_ONE_OUT, RANKS, SENSITIVITY, SOURCE_EFFECTS
from qos.methodology import Edition, Methodology
from qos.reconcile import reconcile
from qos.score import estimates, rankings, source_effects, unfitted

Progress = Callable[[str, float], None]
"""Told a step and how much is done, 0..1."""


@dataclass(frozen=True)
class MarketInput:
    """The whole input of one market's reconciliation: what `cells`, `weights` and `model.json` hold."""

    market: str
    cells: pd.DataFrame
    weights: Mapping[str, float]
    """Share of each ranking region in the nation, summing to 1."""
    sources: tuple[FitSource, ...]


@dataclass(frozen=True)
class Computed:
    """The computed tables, and one line per fit for `model.json`."""

    tables: dict[str, pd.DataFrame]
    fits: list[dict[str, object]]


def compute(
    markets: list[MarketInput],
    methodology: Methodology,
    quarter: Quarter,
    progress: Progress = lambda _step, _share: None,
    *,
    examine: bool = True,
) -> Computed:
    """Every table that follows from the cells. Without `examine` leave-one-out and sensitivity are empty."""
    parts: dict[str, list[pd.DataFrame]] = {
        t.name: [] for t in (ESTIMATES, RANKS, SOURCE_EFFECTS, LEAVE_ONE_OUT, SENSITIVITY)
    }
    fits: list[dict[str, object]] = []
    wanted = [
        (market, indicator)
        for market in markets
        for name, indicator in methodology.indicators.items()
        if name in set(market.cells["indicator"])
    ]
    for done, (market, indicator) in enumerate(wanted):
        progress(f"{market.market} {indicator.name}", done / len(wanted))
        one = _Fitting(market, indicator, methodology.edition, quarter)
        for name, frame in one.tables(examine).items():
            parts[name].append(frame)
        fits += [_record(fit) for fit in one.fits]
    tables = {t.name: _stacked(parts[t.name], t.columns) for t in
              (ESTIMATES, RANKS, SOURCE_EFFECTS, LEAVE_ONE_OUT, SENSITIVITY)}  # fmt: skip
    return Computed(tables, fits)


def _stacked(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [frame.astype(object) for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _record(fit: Reconciled) -> dict[str, object]:
    return {
        "market": fit.market,
        "indicator": fit.indicator,
        "of": ALL if fit.operators == (ALL,) else "operators",
        "operators": list(fit.operators),
        "sources": [source.name for source in fit.sources],
        "effective_draws": fit.effective_draws if fit.effective_draws != float("inf") else None,
        "effective_sources": fit.effective_sources,
        "accepted": fit.accepted,
    }


class _Fitting:
    """One indicator in one market: the two fits, and what is read off them."""

    def __init__(self, market: MarketInput, indicator: Indicator, edition: Edition, quarter: Quarter) -> None:
        self.market, self.indicator, self.edition, self.quarter = market, indicator, edition, quarter
        self.cells = market.cells[market.cells["indicator"] == indicator.name]
        self.operators = self._fit(self.cells[self.cells["operator"] != ALL], edition)
        self.all = self._fit(self.cells[self.cells["operator"] == ALL], edition)
        self.fits = [fit for fit in (self.operators, self.all) if fit is not None]

    def _fit(self, cells: pd.DataFrame, edition: Edition) -> Reconciled | None:
        return reconcile(
            cells,
            self.market.sources,
            dict(self.market.weights),
            indicator=self.indicator,
            market=self.market.market,
            quarter=self.quarter,
            edition=edition,
        )

    def tables(self, examine: bool) -> dict[str, pd.DataFrame]:
        about = (self.indicator, self.quarter, self.edition)
        fitted = self.operators.operators if self.operators else ()
        result = {
            ESTIMATES.name: pd.concat(
                [frame.astype(object) for frame in (
                    *(estimates(fit, *about) for fit in self.fits),
                    unfitted(self.cells, fitted, self.indicator, self.quarter, self.market.market),
                )],
                ignore_index=True,
            ),
            SOURCE_EFFECTS.name: source_effects(self.fits, self.cells, *about),
        }  # fmt: skip
        if self.operators is None or not self.indicator.ranked:
            return result
        unstable = None
        if examine and self.indicator.name in self.edition.examined:
            full = rankings(self.operators, *about)
            result[LEAVE_ONE_OUT.name], unstable = self._leave_one_out(full)
            if len(self.operators.sources) > 1:
                result[SENSITIVITY.name] = self._sensitivity()
        result[RANKS.name] = rankings(self.operators, *about, unstable=unstable)
        return result

    def _ranks_of(self, fit: Reconciled | None, edition: Edition) -> pd.DataFrame:
        """Rank bounds and values of a fit, one row per region and ranked operator."""
        if fit is None:
            return pd.DataFrame(columns=[*RANKS.columns, "value"])
        ranks = rankings(fit, self.indicator, self.quarter, edition)
        figures = estimates(fit, self.indicator, self.quarter, edition)
        ranks = ranks[ranks["rank_low"].notna()]
        return ranks.merge(figures[["operator", "region", "value"]], on=["operator", "region"], how="left")

    def _leave_one_out(self, full: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, set[str]]]:
        assert self.operators is not None
        frames, unstable = [], {region: set[str]() for region in full["region"]}
        bounds = full[full["rank_low"].notna()].set_index(["region", "operator"])[["rank_low", "rank_high"]]
        names = [source.name for source in self.operators.sources]
        for name in names if len(names) > 1 else []:
            rest = self.cells[(self.cells["operator"] != ALL) & (self.cells["source"] != name)]
            left = self._ranks_of(self._fit(rest, self.edition), self.edition).assign(left_out=name)
            frames.append(left[LEAVE_ONE_OUT.columns])
            without = left.set_index(["region", "operator"])[["rank_low", "rank_high"]].reindex(bounds.index)
            for region, operator in bounds.index[(without != bounds).any(axis=1)]:
                unstable[region].add(operator)
        return _stacked(frames, LEAVE_ONE_OUT.columns), unstable

    def _sensitivity(self) -> pd.DataFrame:
        cells = self.cells[self.cells["operator"] != ALL]
        frames = []
        for assumption, edition in _variants(self.edition):
            ranks = self._ranks_of(self._fit(cells, edition), edition)
            ranks = ranks[ranks["region"] == NATION].assign(assumption=assumption)
            frames.append(ranks[SENSITIVITY.columns])
        return _stacked(frames, SENSITIVITY.columns)


def _variants(edition: Edition) -> list[tuple[str, Edition]]:
    """The edition with other declared correlations and common errors, each named."""
    base = edition.correlation
    return [
        (f"same_kind={value:g}", replace(edition, correlation=replace(base, same_kind=value)))
        for value in edition.sensitivity.same_kind
    ] + [
        (f"common_kappa={value:g}", replace(edition, correlation=replace(base, common_kappa=value)))
        for value in edition.sensitivity.common_kappa
    ]
