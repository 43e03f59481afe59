"""Cells as arrays: what enters, what only counts, what has no place."""

import random

import numpy as np
import pytest

from qos.reconcile import cube
from qos.reconcile.arrays import support
from tests.reconcile.conftest import REGIONS, cell, frame, grid


def _made(cells):
    return cube(frame(cells), list(REGIONS))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_cells_does_not_matter(seed):
    cells = [*grid("app", "browser"), cell("app", "d", "r:1"), cell("tiles", "a", "r:2", entered=False)]
    one, other = _made(cells), _made(random.Random(seed).sample(cells, len(cells)))
    assert (one.sources, one.operators, one.regions) == (other.sources, other.operators, other.regions)
    for name in ("y", "v", "n_measurements", "n_subjects", "n_effective"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)


def test_axes_are_sorted_and_cells_stand_in_their_place():
    made = _made(
        [cell("browser", "b", "r:2", 2.0), cell("app", "a", "r:1", 1.0), cell("app", "b", "r:1", 3.0)]
    )
    assert (made.sources, made.operators) == (("app", "browser"), ("a", "b"))
    assert made.y.shape == (2, 2, 3)
    assert (made.y[0, 0, 0], made.y[1, 1, 1], made.y[0, 1, 0]) == (1, 2, 3)
    assert np.isnan(made.y).sum() == 9, "where there is no cell nothing is known"


def test_a_region_of_the_nation_without_a_cell_is_still_a_place():
    made = _made([cell("app", "a", "r:1")])
    assert made.places == ("r:1", "r:2", "r:3", "nation")


def test_the_counts_of_a_cell_too_small_to_enter_are_kept():
    small = {"entered": False, "n_subjects": 2.0, "n_measurements": 9.0, "n_effective": None}
    made = _made([cell("app", "a", "r:1"), cell("app", "a", "r:2", **small)])
    assert np.isnan(made.y[0, 0, 1])
    assert (made.n_subjects[0, 0, 1], made.n_measurements[0, 0, 1]) == (2, 9)
    behind = support(made, np.full(made.y.shape, 0.01), np.array([0.5, 0.3, 0.2]))
    assert behind.n_subjects[0].tolist()[:2] == [100, 2]
    assert behind.n_subjects[0, -1] == 102, "the nation counts every subject of the sources in the fit"
    assert behind.sources[0] == [("app",), (), (), ("app",)]


def test_a_source_or_operator_none_of_whose_cells_enters_has_no_place():
    cells = [
        cell("app", "a", "r:1"),
        cell("tiles", "a", "r:1", entered=False),
        cell("app", "b", "r:1", entered=False),
    ]
    made = _made(cells)
    assert (made.sources, made.operators) == (("app",), ("a",))
    assert made.n_subjects[0, 0, 0] == 100


def test_where_sources_speak_of_the_nation_alone_it_is_the_one_place():
    made = _made([cell("app", "a", "nation"), cell("browser", "b", "nation")])
    assert made.regions == made.places == ("nation",)


def test_a_national_cell_that_does_not_enter_beside_regions_is_left_out():
    made = _made([cell("app", "a", "r:1"), cell("app", "a", "nation", n_subjects=999.0, entered=False)])
    behind = support(made, np.full(made.y.shape, 0.01), np.array([0.5, 0.3, 0.2]))
    assert behind.n_subjects[0, -1] == 100, "not counted twice"


def test_a_cell_in_a_region_that_the_nation_does_not_have_is_refused():
    with pytest.raises(ValueError, match="region that the nation does not have"):
        _made([cell("app", "a", "r:1"), cell("app", "a", "r:9")])


def test_a_national_cell_cannot_enter_beside_regional_ones():
    with pytest.raises(ValueError, match="region that the nation does not have"):
        _made([cell("app", "a", "r:1"), cell("browser", "a", "nation")])


def test_counts_that_no_source_states_are_unknown_and_not_zero():
    unstated = {"n_subjects": None, "n_effective": None}
    made = _made([cell("app", "a", "r:1", **unstated), cell("browser", "b", "r:1")])
    behind = support(made, np.full(made.y.shape, 0.01), np.array([0.5, 0.3, 0.2]))
    assert np.isnan(behind.n_subjects[0, 0])
    assert np.isnan(behind.n_subjects[0, -1])
    assert behind.n_measurements[0, -1] == 400
    assert behind.n_subjects[1, -1] == 100


def test_coverage_is_the_share_of_the_national_weight_that_has_a_cell():
    made = _made(
        [
            cell("app", "a", "r:1"),
            cell("browser", "a", "r:1"),
            cell("app", "a", "r:3"),
            cell("app", "b", "r:2"),
        ]
    )
    behind = support(made, np.full(made.y.shape, 0.01), np.array([0.5, 0.3, 0.2]))
    assert behind.coverage == pytest.approx([0.7, 0.3])


def test_the_share_of_the_largest_source_follows_the_precision():
    made = _made([cell("app", "a", "r:1"), cell("browser", "a", "r:1"), cell("app", "b", "r:1")])
    variance = np.array([0.01, 0.03])[:, None, None] * np.ones(made.y.shape)
    behind = support(made, variance, np.array([0.5, 0.3, 0.2]))
    assert behind.largest_share[0, 0] == pytest.approx(0.75)
    assert behind.largest_share[1, 0] == 1
    assert np.isnan(behind.largest_share[0, 1]), "nobody measured there"
