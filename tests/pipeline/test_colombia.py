"""Colombia's mobile networks on the regulator's real tables: one source in two editions, never two."""

import datetime as dt
import re

import pytest

from qos import countries, sources
from qos.cli.explaining import put_explanation
from qos.domain.quarter import Quarter
from qos.domain.tables import CELLS, ESTIMATES, RANKS, SOURCE_EFFECTS
from qos.ingest import land
from qos.pipeline.check import check
from qos.pipeline.explain import explain
from qos.pipeline.run import run
from qos.pipeline.verify import verify
from qos.release import read_table
from qos.store.workspace import Workspace
from tests.pipeline.conftest import few

RECEIVED = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
MEDIANS = "2022/Mediana/Internet_movil/Departamentos"
FILES = (
    "Bases_Movil/Departamentos/IndDesempeñoMov_Dep_MovAvanETB(2021).csv",
    "Bases_Movil/Departamentos/IndDesempeñoMov_Dep_TigWomCla(2021).csv",
    f"{MEDIANS}/TigoClaroWom-hist_comp(2018-2022-Med).ROWS-UNTIL-2021-12.csv",
    f"{MEDIANS}/MovETB-hist_comp(2018-2022-Med).ROWS-UNTIL-2021-12.csv",
)
DOWNLOADS = ("download_geomean", "download_median", "download_mean")
INPUT = {
    "claro": (98, 33, 57_758), "tigo": (92, 32, 35_892), "movistar": (96, 33, 34_054),
    "wom": (91, 31, 10_406), "etb": (68, 25, 1_288), "avantel": (61, 26, 381),
}  # fmt: skip
"""Monthly cells, departments and n of 2021Q4 in the mean edition, counted by hand from the tables."""


@pytest.fixture(scope="module")
def colombia(shared_data, tmp_path_factory) -> Workspace:
    """The four tables of operators by department, 2021Q3 and 2021Q4 run."""
    workspace = Workspace.init(tmp_path_factory.mktemp("co") / "co", "co", key=bytes(32))
    for name in FILES:
        path = shared_data / "co-crc-speedtest" / name
        land(workspace, sources.find("crc-speedtest"), path, received_at=RECEIVED)
    run(workspace, Quarter(2021, 3), methodology=few(DOWNLOADS[0]))
    run(workspace, Quarter(2021, 4), methodology=few(*DOWNLOADS))
    return workspace


@pytest.fixture(scope="module")
def draft(colombia):
    return colombia.drafts / "2021Q4"


def _own(draft, indicator, operator):
    (own,) = explain(draft, indicator, operator).own
    return own


@pytest.mark.parametrize(("operator", "expected"), INPUT.items(), ids=INPUT)
def test_explain_gives_the_cells_departments_and_subjects_of_the_mean_edition(draft, operator, expected):
    found = explain(draft, "download_mean", operator)
    (own,) = found.own
    regions = {cell["region"] for cell in found.cells}
    assert (own["n_inputs"], len(regions), own["n_subjects"]) == expected
    assert sum(cell["n_subjects"] for cell in found.cells) == expected[2]
    assert sum(cell["n_inputs"] for cell in found.cells) == expected[0]


def test_avantel_is_an_operator_of_its_own_beside_wom(draft):
    figures = read_table(draft, ESTIMATES)
    assert set(figures["operator"]) == {*INPUT, "all"}
    subjects = [_own(draft, "download_mean", operator)["n_subjects"] for operator in ("avantel", "wom")]
    assert subjects == [381, 10_406]


def test_no_operator_in_a_department_is_ranked_on_fewer_than_thirty(colombia):
    for quarter in ("2021Q3", "2021Q4"):
        draft = colombia.drafts / quarter
        figures = read_table(draft, ESTIMATES)
        few_there = figures[(figures["n_subjects"] < 30) & (figures["operator"] != "all")]
        assert len(few_there) > 30, "many departments have few tests"
        joined = few_there[["indicator", "operator", "region"]].merge(
            read_table(draft, RANKS), on=["indicator", "operator", "region"], how="left"
        )
        assert joined["rank"].isna().all()
        assert joined["rank_low"].isna().all()
        assert set(joined["status"].dropna()) <= {"withheld"}
        assert check(draft) == []


def test_every_ranking_is_indicative_because_there_is_one_source(colombia):
    for quarter in ("2021Q3", "2021Q4"):
        ranks = read_table(colombia.drafts / quarter, RANKS)
        shown = ranks[ranks["status"] != "withheld"]
        assert set(shown["region"]) > {"nation"}
        assert set(shown["status"]) == {"indicative"}
        assert all("one-source" in reason.split(";") for reason in shown["status_reason"])
        assert not ranks["is_leader"].eq(True).any()
        assert "published" not in set(read_table(colombia.drafts / quarter, ESTIMATES)["status"])


def test_the_mean_and_the_median_of_one_sample_are_one_source(draft):
    effects = read_table(draft, SOURCE_EFFECTS)
    assert effects.groupby("indicator")["source"].agg(list).to_dict() == {
        name: ["crc-speedtest"] for name in DOWNLOADS
    }
    assert set(effects["verdict"]) == {"alone"}
    cells = read_table(draft, CELLS)
    assert not cells.duplicated(["indicator", "operator", "region"]).any(), "one cell, not one per edition"


def test_both_editions_count_the_same_subjects_where_both_speak(draft):
    mean, median = (_own(draft, name, "wom") for name in ("download_mean", "download_median"))
    assert mean["n_subjects"] == median["n_subjects"]
    assert (mean["statistic"], median["statistic"]) == ("mean", "median")


def test_the_mean_and_the_median_order_the_operators_differently(draft):
    figures = {
        name: {operator: _own(draft, name, operator)["value"] for operator in INPUT if operator != "avantel"}
        for name in ("download_mean", "download_median")
    }
    by_mean, by_median = (sorted(values, key=values.get, reverse=True) for values in figures.values())
    assert by_mean != by_median
    assert by_mean[0] == by_median[0] == "tigo"
    assert (by_mean.index("claro"), by_median.index("claro")) == (1, 2), "WOM passes Claro by the median"


def test_avantel_has_no_median_and_says_what_was_done_instead(draft):
    assert "geomean-from-mean" in _own(draft, "download_geomean", "avantel")["flags"]
    assert "geomean-from-median" in _own(draft, "download_geomean", "claro")["flags"]
    medians = read_table(draft, CELLS).query("indicator == 'download_median' and operator == 'avantel'")
    assert medians.empty


def test_the_weights_of_the_nation_are_provisional_and_say_so(draft):
    weights = explain(draft, "download_mean", "claro").weights
    assert sum(weight["weight"] for weight in weights) == pytest.approx(1)
    assert {(weight["kind"], weight["status"]) for weight in weights} == {("measured", "provisional")}


def test_the_draft_is_verified_from_its_own_cells(draft):
    assert verify(draft).faults == ()


def test_the_terminal_says_how_many_of_thirty_are_there_and_that_the_order_is_indicative(draft, capsys):
    figures = read_table(draft, ESTIMATES)
    thin = figures[
        (figures["operator"] == "etb")
        & (figures["indicator"] == "download_geomean")
        & (figures["n_subjects"] < 10)
    ].iloc[0]
    put_explanation(explain(draft, "download_geomean", "etb", thin["region"]), countries.load("co"))
    text = capsys.readouterr().out
    assert f"{thin['n_subjects']:.0f} of 30 needed" in text
    assert "not ranked: " in text
    put_explanation(explain(draft, "download_mean", "claro"), countries.load("co"))
    text = capsys.readouterr().out
    alone = r"^crc-speedtest alone \(mean\): [\d.]+; n = 57,758 in 98 delivered cells, 33 region\(s\)$"
    assert re.search(alone, text, re.MULTILINE)
    assert "licence none stated" in text
    put_explanation(explain(draft, "download_geomean", "claro"), countries.load("co"))
    assert "indicative (one-source)" in capsys.readouterr().out
