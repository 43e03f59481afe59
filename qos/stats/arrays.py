"""The array types that every function of `stats` speaks, and stacks of matrices with those types."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]


def cholesky(matrix: Array) -> Array:
    """Lower Cholesky factors of a stack of matrices (..., n, n)."""
    return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)


def solve(matrix: Array, right: Array) -> Array:
    """Solutions of a stack of linear systems: (..., n, n) and (..., n, k)."""
    return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
