"""Seconds of fit + 2000 joint draws + rank sets, beside a yardstick of the same machine and the same run.

    python benchmarks/fit.py [--large]

The yardstick is one dense Cholesky factor of the covariance of all cells of the 6 x 5 x 34 market.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from qos.stats.arrays import Array
from qos.stats.components import Declared, declare
from qos.stats.pooling import draws, fit, national
from qos.stats.ranks import rank_sets

SHAPES = {(6, 5, 34): 3.0, (3, 3, 4): 0.3, (1, 9, 12): 0.6}
"""Sources x operators x regions, and the seconds allowed on one core."""
LARGE = {(6, 6, 63): 9.0, (4, 5, 1000): 60.0}


def market(shape: tuple[int, int, int]) -> tuple[Array, Array, Declared]:
    """A market with a tenth of its cells missing."""
    rng = np.random.default_rng(1)
    n_s, n_o, n_r = shape
    y = 4 + rng.normal(size=(1, n_o, n_r)) * 0.2 + rng.normal(size=(n_s, n_o, 1)) * 0.07
    y, v = y + rng.normal(size=shape) * 0.15, rng.uniform(0.001, 0.05, shape)
    missing = rng.random(shape) < 0.1
    missing[0] = False
    y[missing] = v[missing] = np.nan
    declared = declare(
        np.full(n_s, 0.3), np.full(n_s, 0.07), n_operators=n_o, q=np.ones(n_s), kappa_c=0.02, omega_c=0.02
    )
    return y, v, declared


def quarter(shape: tuple[int, int, int]) -> float:
    """Runs the whole once; the effective size of its importance weights."""
    y, v, declared = market(shape)
    sample = draws(fit(y, v, declared), 2000, np.random.default_rng(1))
    rank_sets(national(sample.theta, np.ones(shape[2])))
    return sample.effective_size


def best_of(n: int, work: Callable[[], object]) -> float:
    """Shortest of n runs, in seconds: what the machine can do when nobody disturbs it."""
    seconds = []
    for _ in range(n):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def yardstick() -> float:
    factor = np.random.default_rng(1).normal(size=(1020, 1020))
    covariance = factor @ factor.T + np.eye(1020)
    return best_of(5, lambda: np.linalg.cholesky(covariance))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also 6 x 6 x 63 and 4 x 5 x 1000")
    shapes = SHAPES | (LARGE if parser.parse_args().large else {})
    unit = yardstick()
    print(f"yardstick: dense Cholesky 1020 x 1020 in {unit:.4f} s")
    print("sources x operators x regions   seconds   allowed   yardsticks   effective size")
    for shape, allowed in shapes.items():
        effective = quarter(shape)
        seconds = best_of(3 if shape in SHAPES else 1, lambda shape=shape: quarter(shape))
        name = " x ".join(map(str, shape))
        print(f"{name:29} {seconds:9.2f} {allowed:9.1f} {seconds / unit:12.0f} {effective:16.0f}")


if __name__ == "__main__":
    main()
