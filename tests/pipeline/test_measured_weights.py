"""Weights of regions in national figures where the pack has none."""

import pandas as pd
import pytest

from qos import countries, methodology
from qos.domain.quarter import Quarter
from qos.pipeline.weights import national_weights

QUARTER = Quarter(2021, 4)


def _weights(*cells, market="mobile", pack="co"):
    columns = ["indicator", "operator", "region", "n_subjects", "entered"]
    frame = pd.DataFrame(cells, columns=columns)
    found = national_weights(countries.load(pack), market, QUARTER, frame, methodology.load("2026.1").edition)
    return found.set_index("region")


HEADLINE = "download_geomean"


def test_a_region_weighs_the_subjects_measured_there_and_says_so():
    found = _weights(
        (HEADLINE, "claro", "dane:05", 60.0, True), (HEADLINE, "tigo", "dane:05", 15.0, True),
        (HEADLINE, "claro", "dane:11", 25.0, True), (HEADLINE, "all", "dane:11", 999.0, True),
        ("upload_geomean", "claro", "dane:11", 999.0, True), (HEADLINE, "claro", "nation", 999.0, False),
    )  # fmt: skip
    assert found["weight"].to_dict() == {"dane:05": 0.75, "dane:11": 0.25}
    assert set(found["kind"]) == {"measured"}
    assert set(found["status"]) == {"provisional"}


def test_a_region_with_a_cell_and_no_subjects_is_a_region_that_weighs_nothing():
    found = _weights(
        (HEADLINE, "claro", "dane:05", 60.0, True),
        (HEADLINE, "claro", "dane:11", None, True),
        ("latency_geomean", "claro", "dane:08", 40.0, True),
        (HEADLINE, "claro", "nation", None, False),
    )
    assert found["weight"].to_dict() == {"dane:05": 1.0, "dane:08": 0.0, "dane:11": 0.0}


def test_where_nobody_states_subjects_every_region_weighs_alike():
    found = _weights((HEADLINE, "claro", "dane:05", None, True))
    regions = [region.code for region in countries.load("co").ranking_regions(QUARTER.start)]
    assert sorted(found.index) == regions
    assert found["weight"].sum() == pytest.approx(1)
    assert found["weight"].nunique() == 1


def test_a_pack_with_weights_is_taken_at_its_word():
    found = _weights((HEADLINE, "bt", "nuts1:UKI", 60.0, True), market="fixed", pack="gb")
    assert len(found) == 12
    assert found["weight"].sum() == pytest.approx(1)
    assert set(found["kind"]) == {"panel"}
