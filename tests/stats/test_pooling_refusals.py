"""Data and declarations that cannot be fitted are refused, with the reason."""

import numpy as np
import pytest

from qos.stats.components import Variances, declare
from qos.stats.pooling import fit, given

ONE_CELL = (0, 0, 0)
SECOND_OPERATOR = (slice(None), 1)


@pytest.mark.parametrize(
    ("where", "y_value", "v_value", "message"),
    [
        (ONE_CELL, 4.0, 0.0, "positive"),
        (ONE_CELL, 4.0, -1.0, "positive"),
        (ONE_CELL, 4.0, np.nan, "without a variance"),
        (ONE_CELL, np.nan, 0.1, "without a value"),
        (ONE_CELL, np.inf, 0.1, "finite"),
        (ONE_CELL, 4.0, np.inf, "finite"),
        (SECOND_OPERATOR, np.nan, np.nan, r"positions \[1\]"),
    ],
)
def test_data_that_cannot_be_fitted_are_refused(where, y_value, v_value, message, market):
    case = market((2, 3, 4))
    case.y[where], case.v[where] = y_value, v_value
    with pytest.raises(ValueError, match=message):
        fit(case.y, case.v, case.declared)


def test_arrays_of_another_shape_than_declared_are_refused(market):
    case = market((2, 3, 4))
    with pytest.raises(ValueError, match="one shape"):
        fit(case.y[:, :2], case.v[:, :2], case.declared)
    with pytest.raises(ValueError, match="one shape"):
        fit(case.y, case.v[..., :2], case.declared)


def test_declarations_that_make_no_sense_are_refused(market):
    case = market((2, 3, 4))
    common = {"n_operators": 3, "q": np.ones(2), "kappa_c": 0.0, "omega_c": 0.0}
    with pytest.raises(ValueError, match="omega"):
        declare(np.array([0.3, np.nan]), np.full(2, 0.07), **common)
    with pytest.raises(ValueError, match="positive"):
        declare(np.full(2, 0.3), np.array([0.07, 0.0]), **common)
    with pytest.raises(ValueError, match="diagonal"):
        declare(np.full(2, 0.3), np.full(2, 0.07), kind_correlation=np.full((2, 2), 0.3), **common)
    impossible = declare(
        np.full(2, 0.3), np.full(2, 0.07), kind_correlation=np.array([[1.0, 1.5], [1.5, 1.0]]), **common
    )
    with pytest.raises(ValueError, match="kind_correlation"):
        fit(case.y, case.v, impossible)
    with pytest.raises(ValueError, match="every standard deviation"):
        unknown = Variances(np.full(2, np.nan), *(np.array(0.1),) * 4)
        given(case.y, case.v, case.declared, unknown, np.ones(4))
