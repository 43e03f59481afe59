"""One fit from cells to draws: what it must never depend on, and what it must show."""

import random
from dataclasses import replace

import numpy as np
import pytest

from qos.domain.quarter import Quarter
from qos.reconcile.arrays import cube
from qos.reconcile.model import seed
from tests.reconcile.conftest import REGIONS, cell, declared, frame, grid

APP, BROWSER = declared("app"), declared("browser", "browser", omega=0.5)


def test_the_same_cells_give_the_same_bits_whatever_their_order(fit):
    cells = grid("app", "browser", levels={"browser": -0.2})
    one = fit(cells, APP, BROWSER)
    other = fit(random.Random(3).sample(cells, len(cells)), BROWSER, APP)
    assert one.draws.tobytes() == other.draws.tobytes()
    assert one.bias.tobytes() == other.bias.tobytes()
    assert one.gamma.tobytes() == other.gamma.tobytes()
    assert one.sources == other.sources


@pytest.mark.parametrize(
    "never", [[], [cell("tiles", "a", "r:1", entered=False)]], ids=["absent", "not entered"]
)
def test_a_source_that_is_never_seen_changes_nothing(fit, never):
    cells = grid("app", "browser")
    one = fit(cells, APP, BROWSER)
    other = fit([*cells, *never], APP, BROWSER, declared("tiles", "tiles"))
    assert one.draws.tobytes() == other.draws.tobytes()
    assert [source.name for source in other.sources] == ["app", "browser"]


def test_nothing_that_enters_is_no_fit(fit):
    assert fit([cell("app", "a", "r:1", entered=False)], APP) is None


def test_one_source_is_returned_with_the_error_of_its_declared_level(fit):
    made = fit(grid("app"), APP)
    assert made.summary.median == pytest.approx(
        fit(grid("app"), replace(APP, omega=0.01)).summary.median, abs=0.1
    )
    assert (made.summary.std_error > 0.25).all(), "its level is known to 0.3, however much was measured"


def test_differences_of_operators_are_known_better_than_their_levels(fit):
    draws = fit(grid("app"), APP).draws[:, :, -1]
    assert np.std(draws[:, 1] - draws[:, 0]) < 0.7 * np.std(draws[:, 0])


def test_the_nation_is_the_weighted_sum_of_the_regions_on_every_draw(fit):
    made = fit(grid("app", "browser"), APP, BROWSER)
    assert made.places == (*REGIONS, "nation")
    assert made.draws[:, :, -1] == pytest.approx(made.draws[:, :, :3] @ np.array([0.5, 0.3, 0.2]))


def test_figures_of_the_nation_alone_are_fitted_without_regions(fit):
    cells = [cell(s, o, "nation", y) for s in ("app", "browser") for o, y in (("a", 1.0), ("b", 2.0))]
    made = fit(cells, APP, BROWSER)
    assert made.places == ("nation",)
    assert made.draws.shape == (200, 2, 1)
    assert made.gamma == pytest.approx(np.ones((2, 1)))


def test_a_better_known_source_pulls_the_level_to_itself(fit):
    cells = grid("app", "panel", levels={"app": 0.4})
    made = fit(cells, APP, declared("panel", "probe", reference=True, omega=0.02))
    truth = np.array([0.2 * o + 0.08 for o in range(3)])[:, None]
    nation = made.summary.median[:, -1:]
    assert (np.abs(nation - truth - 0.07) < 0.1).all(), "the panel's level, not the mean of both"
    assert np.median(made.bias[:, 0]) > 0.25, "the app is said to differ"


def test_a_figure_without_any_cell_is_all_model_and_rests_on_nobody(fit):
    cells = [c for c in grid("app", "browser") if (c["operator"], c["region"]) != ("c", "r:3")]
    made = fit(cells, APP, BROWSER)
    at = (2, 2)
    assert made.gamma[at] == pytest.approx(0)
    assert made.support.sources[2][2] == ()
    assert np.isnan(made.support.n_subjects[at])
    assert made.summary.std_error[at] > made.summary.std_error[0, 2]


def test_summaries_are_read_off_the_draws(fit, edition):
    made = fit(grid("app", "browser"), APP, BROWSER)
    low, middle, high = np.quantile(made.draws, [0.025, 0.5, 0.975], axis=0)
    assert made.summary.low == pytest.approx(low)
    assert made.summary.median == pytest.approx(middle)
    assert made.summary.high == pytest.approx(high)
    assert made.weight_share.sum() == pytest.approx(1)
    assert made.accepted == (made.effective_draws >= edition.fit.min_effective)


def test_declared_independence_is_worth_more_sources_than_kin(fit):
    cells = grid("app", "browser")
    apart = fit(cells, APP, BROWSER).effective_sources
    kin = fit(cells, replace(APP, kin="k"), replace(BROWSER, kin="k")).effective_sources
    assert kin < 1.2 < apart <= 2


def test_every_fit_has_a_seed_of_its_own_and_no_clock_has_a_part_in_it(edition):
    operators = cube(frame(grid("app")), list(REGIONS))
    every = cube(frame([cell("app", "all", "r:1")]), list(REGIONS))
    about = [("download_geomean", "mobile", Quarter(2026, 1), operators)]
    about += [
        ("upload_geomean", "mobile", Quarter(2026, 1), operators),
        ("download_geomean", "fixed", Quarter(2026, 1), operators),
    ]
    about += [
        ("download_geomean", "mobile", Quarter(2026, 2), operators),
        ("download_geomean", "mobile", Quarter(2026, 1), every),
    ]
    seeds = [seed(edition, *what) for what in about]
    assert len(set(seeds)) == len(seeds)
    assert seeds == [seed(edition, *what) for what in about]
    assert seed(replace(edition, fit=replace(edition.fit, seed=1)), *about[0]) != seeds[0]
