"""`qos explain` as a person reads it, on the United Kingdom."""

import pytest


@pytest.fixture
def explain(qos, drafted, monkeypatch):
    monkeypatch.setenv("QOS_WORKSPACE", str(drafted))
    monkeypatch.setenv("COLUMNS", "200")

    def explain(*arguments):
        result = qos("explain", "2021Q1", *arguments)
        assert (result.code, result.err) == (0, "")
        return result.out

    return explain


def test_the_weighted_and_the_unweighted_mean_of_the_panel_stand_side_by_side(explain):
    text = explain("download_mean", "all")
    assert text.startswith("download_mean of all in nation, fixed, 2021Q1\n")
    (line,) = [line for line in text.splitlines() if line.startswith("ofcom-panel alone")]
    assert "79.1 weighted" in line
    assert "161.4 unweighted" in line
    assert "n = 2,356" in line


@pytest.mark.parametrize(
    ("region", "mean"), [("nuts1:UKH", "76.1"), ("nuts1:UKI", "105.8"), ("nuts1:UKL", "51.1")]
)
def test_every_regions_panel_mean_is_shown_in_its_row(explain, region, mean):
    rows = [line for line in explain("download_mean", "all").splitlines() if region in line]
    assert any("ofcom-panel" in row and f" {mean} " in row for row in rows)
    assert any("ookla-nuts" in row for row in rows)


def test_probes_without_a_national_weight_are_counted(explain):
    text = explain("download_mean", "all")
    assert any("no-weight" in line and "961" in line for line in text.splitlines())


def test_an_empty_figure_says_what_it_needs(explain):
    assert "withheld (" in (text := explain("download_geomean", "vodafone"))
    assert "8 of 30 needed" in text
    assert "not ranked: " in text


def test_a_ranked_operator_has_its_bounds_and_who_it_is_not_separated_from(explain):
    text = explain("download_geomean", "virgin-media")
    (line,) = [line for line in text.splitlines() if line.startswith("rank ")]
    assert line.startswith("rank 1 to 1, place by value 1")
    assert "one-reference-panel" in line


def test_licences_and_notices_are_printed(explain):
    text = explain("download_mean", "all")
    assert "ofcom-panel: licence OGL" in text
    assert "ookla-nuts: licence CC-BY-NC-SA-4.0" in text


def test_the_weights_say_where_they_come_from(explain):
    assert "\nweights: panel, " in explain("download_mean", "all")
