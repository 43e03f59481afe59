"""One fit: declared terms from the edition, the source model, and what is read off its draws."""

import hashlib

import numpy as np
import pandas as pd

from qos.domain.indicator import Indicator
from qos.domain.operator import ALL
from qos.domain.places import NATION
from qos.domain.quarter import Quarter
from qos.domain.reconciled import FitSource, Reconciled, Summary
from qos.methodology import Edition
from qos.reconcile.arrays import Cube, Floats, cube, support, with_nation
from qos.reconcile.sources import fit_sources, kappa_prior, kind_correlation
from qos.stats import small_areas
from qos.stats.components import Declared, LogNormal, Priors, Variances, declare
from qos.stats.leverage import own_share
from qos.stats.pooling import draws, fit, national


def reconcile(
    cells: pd.DataFrame,
    sources: tuple[FitSource, ...],
    weights: dict[str, float],
    *,
    indicator: Indicator,
    market: str,
    quarter: Quarter,
    edition: Edition,
) -> Reconciled | None:
    """The fit of the entered cells; None when there is none.

    cells: of one indicator and market, either of operators or of `all`. weights: share of each ranking
    region in the nation, summing to 1.
    """
    if not cells["entered"].astype(bool).any():
        return None
    data = cube(cells, sorted(weights))
    sources = fit_sources(sources, cells, edition)
    rng = np.random.default_rng(seed(edition, indicator.name, market, quarter, data))
    declared = _declared(sources, len(data.operators), edition)
    posterior = draws(
        fit(data.y, data.v, declared, _priors(edition)),
        edition.fit.draws,
        rng,
        n_points=edition.fit.points,
    )
    share = _weights(data, weights)
    contrast, effective = _weighted_sources(data, sources, posterior.variances, share, edition)
    theta = with_nation(posterior.theta, national(posterior.theta, share), data)
    gamma = own_share(data.v, declared, _typical(posterior.variances))
    return Reconciled(
        indicator=indicator.name,
        market=market,
        operators=data.operators,
        places=data.places,
        sources=sources,
        draws=theta,
        summary=_summary(theta, edition.confidence),
        gamma=with_nation(gamma, np.ones(len(gamma)), data),
        bias=posterior.b + posterior.g.mean(axis=2),
        kappa=posterior.variances.kappa,
        weight_share=contrast,
        effective_sources=effective,
        effective_draws=float(posterior.effective_size),
        accepted=bool(posterior.effective_size >= edition.fit.min_effective),
        support=support(data, _cell_variance(data, sources, posterior.variances), share),
    )


def _typical(variances: Variances) -> Variances:
    """One point in the middle of the draws: their medians."""
    return Variances(*(np.median(part, axis=0)[None] for part in variances))


def _summary(draws: Floats, confidence: float) -> Summary:
    tail = (1 - confidence) / 2
    low, median, high = np.quantile(draws, [tail, 0.5, 1 - tail], axis=0)
    return Summary(median=median, low=low, high=high, std_error=np.std(draws, axis=0, ddof=1))


def seed(edition: Edition, indicator: str, market: str, quarter: Quarter, data: Cube) -> int:
    """One seed per fit, from the edition's and what the fit is about; never from a clock."""
    who = ALL if data.operators == (ALL,) else "operators"
    text = f"{edition.fit.seed}|{indicator}|{market}|{quarter}|{who}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _declared(sources: tuple[FitSource, ...], n_operators: int, edition: Edition) -> Declared:
    priors = [kappa_prior(source, edition) for source in sources]
    correlation = edition.correlation
    return declare(
        np.array([source.omega for source in sources]),
        np.array([prior.centre for prior in priors]),
        n_operators=n_operators,
        kappa_sd=np.array([prior.sd_log for prior in priors]),
        kind_correlation=kind_correlation(sources, correlation.same_kind, correlation.same_kin),
        q=np.array([0.0 if source.reference else 1.0 for source in sources]),
        kappa_c=correlation.common_kappa,
        omega_c=correlation.common_omega,
    )


def _priors(edition: Edition) -> Priors:
    declared = (edition.priors[name] for name in Priors._fields)
    return Priors(*(LogNormal(prior.centre, prior.sd_log) for prior in declared))


def _weights(data: Cube, weights: dict[str, float]) -> Floats:
    if data.regions == (NATION,):
        return np.ones(1)
    return np.array([weights[region] for region in data.regions])


def _weighted_sources(
    data: Cube, sources: tuple[FitSource, ...], at: Variances, weights: Floats, edition: Edition
) -> tuple[Floats, float]:
    """Share of each source in national contrasts, (S,), and the effective number of sources (method 6)."""
    k2 = np.mean(at.kappa**2, axis=0) + small_areas.national_sampling_variance(data.v, weights)
    correlation = kind_correlation(sources, edition.correlation.same_kind, edition.correlation.same_kin)
    return small_areas.precision_shares(k2), small_areas.effective_sources(k2, correlation)


def _cell_variance(data: Cube, sources: tuple[FitSource, ...], at: Variances) -> Floats:
    """Variance with which each cell speaks about its figure, (S, O, R): its source's errors and its own."""
    own = np.mean(at.kappa**2 + at.tau**2, axis=0) + np.mean(at.lam**2)
    level = np.array([source.omega**2 for source in sources])
    return np.asarray(data.v + (own + level)[:, None, None])
