"""How a source differs from the reconciled figures, and what is said about it."""

import numpy as np
import pandas as pd
import pytest

from qos.score import source_effects
from tests.score.conftest import Figure, source

NATION = "nation"


def _cells(*names, operator="a", n_subjects=100.0):
    return pd.DataFrame(
        {"source": list(names), "operator": operator, "entered": True, "n_subjects": n_subjects}
    )


@pytest.fixture
def effects(fit, speed, quarter, edition):
    """Effects by source of fits given as (operator, sources, levels of the sources)."""

    def effects(*fits, cells=None):
        made = []
        for operator, sources, levels in fits:
            spread = np.linspace(-0.1, 0.1, 2001)[:, None]
            made.append(fit({operator: {NATION: Figure()}}, sources=sources, bias=np.array(levels) + spread))
        names = sorted({s.name for _, sources, _ in fits for s in sources})
        cells = _cells(*names) if cells is None else cells
        return source_effects(made, cells, speed, quarter, edition).set_index("source")

    return effects


@pytest.mark.parametrize(
    ("level", "verdict"),
    [(0.0, "agrees"), (0.05, "agrees"), (-0.05, "agrees"), (0.3, "differs"), (-0.3, "differs")],
)
def test_a_source_differs_when_its_interval_leaves_out_no_difference(effects, level, verdict):
    row = effects(("a", (source("app"), source("browser")), [level, 0.0])).loc["app"]
    assert row["verdict"] == verdict
    assert row["effect"] == pytest.approx(np.exp(level))
    assert row["effect_low"] < row["effect"] < row["effect_high"]


def test_a_reference_is_what_others_are_compared_with(effects):
    rows = effects(("a", (source("app"), source("probes", reference=True)), [0.3, 0.3]))
    assert rows["verdict"].to_dict() == {"app": "differs", "probes": "reference"}


def test_a_source_without_another_is_alone(effects):
    assert effects(("a", (source("app"),), [0.3])).loc["app", "verdict"] == "alone"


def test_a_source_is_shown_from_the_fit_in_which_it_stands_beside_most_others(effects):
    app, areas = source("app"), source("areas", "tiles")
    both = _cells("app", "areas", operator="all", n_subjects=90.0)
    cells = pd.concat([_cells("app", n_subjects=60.0), both])
    rows = effects(("a", (app,), [0.0]), ("all", (app, areas), [0.3, 0.0]), cells=cells)
    assert rows.loc["app", "verdict"] == "differs"
    assert rows.loc["app", ["n_subjects", "n_cells"]].tolist() == [90, 1], "counted as in that fit, once"


def test_subjects_that_a_source_does_not_state_are_unknown_and_not_zero(effects):
    rows = effects(("a", (source("app"),), [0.0]), cells=_cells("app", n_subjects=np.nan))
    assert pd.isna(rows.loc["app", "n_subjects"])
