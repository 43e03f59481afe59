"""Coverage of the source model on markets drawn from the model and its own priors, with Monte-Carlo errors.

    python benchmarks/model_coverage.py [--markets 200]

It checks the computation, not the world: markets that the model does not describe need the simulator.
"""

import argparse
from typing import NamedTuple

import numpy as np

from qos.stats.arrays import Array
from qos.stats.components import Declared, Priors, declare, layout
from qos.stats.intervals import interval, monte_carlo_error
from qos.stats.pooling import draws, fit, national
from qos.stats.ranks import rank_sets

SHAPES = ((1, 3, 4), (2, 3, 4), (3, 3, 4), (6, 5, 12))


class Outcome(NamedTuple):
    """Of one market: shares of differences and cells covered, whether the rank sets hold every true place,
    whether a single leader was named, and wrongly."""

    differences: float
    cells: float
    sets: float
    named: float
    wrong: float


def market(shape: tuple[int, int, int], rng: np.random.Generator) -> tuple[Array, Array, Array, Declared]:
    """True theta (O, R), and y, v (S, O, R) with what is declared about the sources."""
    n_s, n_o, n_r = shape
    declared = declare(
        np.full(n_s, 0.3), np.full(n_s, 0.07), n_operators=n_o, q=np.zeros(n_s), kappa_c=0.0, omega_c=0.0
    )
    plan = layout(shape, declared, Priors())
    sd = np.exp(plan.log_centre + plan.sd * rng.normal(size=plan.size))
    kappa, lam, tau, sig_u, sig_rho = np.split(sd, [n_s, n_s + 1, 2 * n_s + 1, 2 * n_s + 2])
    theta = rng.normal(size=(n_o, 1)) * 0.15 + sig_rho * rng.normal(size=n_r)
    theta = theta + sig_u * rng.normal(size=(n_o, n_r))
    v = rng.uniform(0.002, 0.02, shape)
    bias = 0.3 * rng.normal(size=(n_s, 1, 1)) + kappa[:, None, None] * rng.normal(size=(n_s, n_o, 1))
    local = lam * rng.normal(size=(n_s, 1, n_r)) + tau[:, None, None] * rng.normal(size=shape)
    return theta, theta + bias + local + np.sqrt(v) * rng.normal(size=shape), v, declared


def outcome(shape: tuple[int, int, int], rng: np.random.Generator) -> Outcome:
    theta, y, v, declared = market(shape, rng)
    sample = draws(fit(y, v, declared), 1000, rng)
    nation, truth = national(sample.theta, np.ones(shape[2])), theta.mean(axis=1)
    j, k = np.triu_indices(shape[1], 1)
    ranks, places = rank_sets(nation), 1 + (truth[:, None] < truth).sum(axis=1)
    leaders = np.flatnonzero(ranks.low == 1)
    named = len(leaders) == 1
    return Outcome(
        _covered(nation[:, j] - nation[:, k], truth[j] - truth[k]),
        _covered(sample.theta, theta),
        float(((ranks.low <= places) & (places <= ranks.high)).all()),
        float(named),
        float(named and places[leaders[0]] != 1),
    )


def _covered(sample: Array, truth: Array) -> float:
    low, high = interval(sample)
    return float(((low <= truth) & (truth <= high)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markets", type=int, default=200)
    markets = parser.parse_args().markets
    print("percent, Monte-Carlo error in brackets; 95 % intervals and rank sets")
    print("sources x operators x regions", *(name.rjust(13) for name in Outcome._fields))
    for shape in SHAPES:
        rng = np.random.default_rng(5)
        table = np.array([outcome(shape, rng) for _ in range(markets)])
        cells = zip(100 * table.mean(axis=0), 100 * monte_carlo_error(table), strict=True)
        text = (f"{mean:.1f} ({error:.1f})".rjust(13) for mean, error in cells)
        print(" x ".join(map(str, shape)).ljust(29), *text, flush=True)


if __name__ == "__main__":
    main()
