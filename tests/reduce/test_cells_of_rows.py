"""Measurements become cells: one voice per subject, weights, clustered variances, what is left out."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos import methodology
from qos.domain.market import Market
from qos.store.selecting import Bucket


def _cell(cells, indicator, operator="bt", region="nuts1:UKI", source="app"):
    found = cells[
        (cells["indicator"] == indicator) & (cells["operator"] == operator) & (cells["region"] == region)
        & (cells["source"] == source)
    ]  # fmt: skip
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    ("indicator", "example"),
    methodology.examples(),
    ids=lambda value: getattr(value, "name", getattr(value, "case", "")),
)
def test_every_worked_example_of_every_indicator_holds(reduce, indicator, example):
    service = indicator.services[0]
    # each subject three times over: a cell of fewer than three subjects would not be shown
    rows = [
        {"subject": 1000 * copy + i, indicator.metric: x, "service": service}
        for copy in range(3) for i, x in enumerate(example.subjects)
    ]  # fmt: skip
    cells = reduce(rows, market=Market(name=service, service=service), declared=indicator)
    found = cells[
        (cells["indicator"] == indicator.name) & (cells["operator"] == "all") & (cells["region"] == "nation")
    ]
    tolerance = 0.011 if indicator.probability is not None else 1e-9
    assert found["value"].item() == pytest.approx(example.value, rel=tolerance)


def test_a_heavy_tester_has_one_voice(reduce):
    light = [{"subject": s, "download_mbps": 100.0} for s in range(3)]
    heavy = [
        {"subject": 9, "download_mbps": 1.0, "measured_at": f"2026-02-{day:02d} 12:00:00"}
        for day in range(1, 28)
    ]
    cell = _cell(reduce(light + heavy), "download_geomean")
    assert cell["value"] == pytest.approx(100 ** (3 / 4))
    assert (cell["n_subjects"], cell["n_measurements"]) == (4, 30)


def test_a_retry_within_a_minute_is_no_new_evidence(reduce):
    rows = [{"subject": s, "download_mbps": 10.0} for s in range(3)]
    retry = {"subject": 0, "download_mbps": 1000.0, "measured_at": "2026-02-01 12:00:59"}
    later = {"subject": 0, "download_mbps": 1000.0, "measured_at": "2026-02-01 12:01:00"}
    assert _cell(reduce([*rows, retry]), "download_geomean")["value"] == pytest.approx(10.0)
    cell = _cell(reduce([*rows, later]), "download_geomean")
    # subject 0 says 100 (the geometric mean of 10 and 1000), the two others 10
    assert cell["value"] == pytest.approx((100 * 10 * 10) ** (1 / 3))
    assert cell["n_measurements"] == 4


def test_of_two_at_the_same_moment_that_of_the_smaller_id_counts(reduce):
    rows = [{"subject": s, "download_mbps": 10.0} for s in range(3)]
    at_once = [
        {"subject": 9, "measurement_id": name, "download_mbps": value}
        for name, value in (("b", 1000.0), ("a", 10.0), ("c", 0.001))
    ]
    cell = _cell(reduce([*rows, *at_once]), "download_geomean")
    assert (cell["value"], cell["n_measurements"]) == (pytest.approx(10.0), 4)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 5), st.floats(0, 1e6) | st.none(), st.floats(0.001, 2000) | st.none()),
        min_size=1,
    )
)
def test_equal_weights_give_the_cells_of_no_weights(reduce, rows):
    plain = [
        {
            "subject": subject,
            "download_mbps": download,
            "latency_ms": latency,
            "measured_at": f"2026-02-01 {i % 24:02d}:{i // 24:02d}:00",
        }
        for i, (subject, download, latency) in enumerate(rows)
    ]
    told = ["flags", "value_unweighted"]  # said where there are weights
    without = reduce(plain).drop(columns=told)
    weighted = reduce([row | {"weight": 1.0} for row in plain]).drop(columns=told)
    pd.testing.assert_frame_equal(without, weighted)


def test_two_tools_at_one_time_on_one_line_are_no_retries(reduce):
    rows = [
        {
            "subject": subject,
            "measured_at": f"2026-02-01 12:00:0{place}",
            "method": tool,
            "download_mbps": 10.0,
        }
        for subject in range(3)
        for place, tool in enumerate(("one stream", "many streams"))
    ]
    assert _cell(reduce(rows), "download_geomean")["n_measurements"] == 6


def test_rows_in_subject_buckets_give_the_same_cells_as_all_at_once(reduce, connection):
    rng = np.random.default_rng(5)
    rows = [
        {
            "subject": int(rng.integers(0, 40)) if i % 7 else None,
            "operator": ("bt", "sky", None)[i % 3],
            "region": ("nuts1:UKI", "nuts1:UKH")[i % 2],
            "measured_at": f"2026-02-{1 + i % 3:02d} 12:{i % 60:02d}:{i * 7 % 60:02d}",
            "download_mbps": float(np.exp(rng.normal(3, 1))),
            "latency_ms": float(np.exp(rng.normal(3, 1))) if i % 5 else None,
        }
        for i in range(600)
    ]
    whole = reduce(rows)
    for number in range(4):
        connection.execute(
            f"CREATE VIEW bucket_{number} AS FROM measurement"
            f" WHERE coalesce(subject, hash(measurement_id) >> 1) & 3 = {number}"
        )
    parts = reduce(rows, buckets=[Bucket(f"bucket_{number}") for number in range(4)])
    pd.testing.assert_frame_equal(whole, parts)


def test_survey_weights_count_and_a_subject_without_one_does_not_enter(reduce):
    rows = [
        {"subject": 1, "download_mbps": 10.0, "weight": 3.0},
        {"subject": 2, "download_mbps": 50.0, "weight": 1.0},
        {"subject": 3, "download_mbps": 50.0, "weight": 1.0},
        {"subject": 4, "download_mbps": 900.0, "weight": None},
        {"subject": 5, "download_mbps": 900.0, "weight": 0.0},
    ]
    cell = _cell(reduce(rows), "download_mean")
    assert cell["value"] == pytest.approx((3 * 10 + 50 + 50) / 5)
    assert cell["value_unweighted"] == pytest.approx((10 + 50 + 50 + 900 + 900) / 5)
    assert cell["n_subjects"] == 3
    assert cell["n_effective"] == pytest.approx(25 / 11)
    assert cell["flags"] == "weighted"


def test_a_row_that_stays_out_tells_too_that_its_source_has_weights(reduce):
    told = {"subject": 1, "download_mbps": 10.0, "weight": 3.0, "flags": ["measured-in-future"]}
    others = [{"subject": i, "download_mbps": 50.0} for i in range(2, 6)]
    assert _cell(reduce(others), "download_mean")["n_subjects"] == 4
    assert reduce([told, *others]).empty
    assert (
        _cell(reduce([told, *(row | {"weight": 1.0} for row in others)]), "download_mean")["n_subjects"] == 4
    )


def test_a_region_that_is_nowhere_in_the_pack_is_none_and_leaves_the_others_alone(reduce):
    here = [{"subject": i, "download_mbps": 10.0 + i} for i in range(8)]
    rows = [{"subject": i, "download_mbps": 30.0 + i} for i in range(20, 26)]
    nowhere, unknown = (
        reduce([*here, *(row | {"region": region} for row in rows)]) for region in ("no:where", None)
    )
    pd.testing.assert_frame_equal(nowhere, unknown)
    cell = _cell(nowhere, "download_geomean")
    assert (cell["n_subjects"], cell["value"]) == (8, _cell(reduce(here), "download_geomean")["value"])
    assert _cell(nowhere, "download_geomean", operator="all", region="nation")["n_subjects"] == 14


def test_the_variance_of_equal_subjects_is_that_of_their_mean(reduce):
    values = np.array([10.0, 20.0, 40.0, 80.0])
    cell = _cell(
        reduce([{"subject": i, "download_mbps": x} for i, x in enumerate(values)]), "download_geomean"
    )
    assert cell["v"] == pytest.approx(np.var(np.log(values), ddof=1) / 4)


def test_what_is_not_resolved_counts_only_where_it_is_not_needed(reduce):
    rows = [{"subject": i, "download_mbps": 10.0} for i in range(3)]
    rows += [{"subject": i, "download_mbps": 10.0, "operator": None} for i in range(10, 15)]
    rows += [{"subject": i, "download_mbps": 10.0, "region": None} for i in range(20, 27)]
    cells = reduce(rows)
    assert _cell(cells, "download_geomean")["n_subjects"] == 3
    assert _cell(cells, "download_geomean", operator="all")["n_subjects"] == 8
    assert _cell(cells, "download_geomean", operator="all", region="nation")["n_subjects"] == 15
    assert not _cell(cells, "download_geomean", operator="all", region="nation")["entered"]
    assert set(cells["operator"]) == {"bt", "all"}


def test_a_cell_of_two_subjects_is_emptied_and_its_counts_stay(reduce):
    cell = _cell(reduce([{"subject": i, "download_mbps": 10.0 + i} for i in range(2)]), "download_geomean")
    assert not cell["entered"]
    assert "disclosure" in cell["reason"]
    assert np.isnan(cell["y"]) and np.isnan(cell["value"]) and cell["n_subjects"] == 2


def test_a_measurement_from_the_future_does_not_enter(reduce):
    rows = [{"subject": i, "download_mbps": 10.0} for i in range(3)]
    future = {"subject": 7, "download_mbps": 900.0, "flags": ["measured-in-future"]}
    assert _cell(reduce([*rows, future]), "download_geomean")["n_subjects"] == 3


def test_a_share_of_nobody_and_of_everybody_keeps_an_error(reduce):
    cells = reduce([{"subject": i, "download_mbps": 10.0} for i in range(40)])
    cell = _cell(cells, "share_reaching_100_mbps")
    assert cell["value"] == 0.0
    assert cell["y"] == pytest.approx(np.log((0.5 / 41) / (1 - 0.5 / 41)))
    assert cell["v"] > 0


def test_rows_of_another_quarter_or_service_or_that_do_not_count_are_left_out(reduce):
    rows = [{"subject": i, "download_mbps": 10.0} for i in range(3)]
    others = [{"quarter": "2025Q4"}, {"service": "mobile"}, {"counts": False}]
    cells = reduce([*rows, *({"subject": 9, "download_mbps": 900.0} | other for other in others)])
    assert _cell(cells, "download_geomean")["n_measurements"] == 3


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_cell_depends_on_the_order_of_rows(reduce, data):
    value = st.floats(0.1, 2000, allow_nan=False)
    rows = data.draw(st.lists(st.fixed_dictionaries({
        "subject": st.integers(0, 6), "download_mbps": value, "loss_ratio": st.floats(0, 1),
        "operator": st.sampled_from(["bt", "sky", None]), "weight": st.one_of(st.none(), st.floats(0, 5)),
        "measured_at": st.datetimes(
            min_value=dt.datetime(2026, 1, 1), max_value=dt.datetime(2026, 3, 30)
        ).map(str),
    }), min_size=3, max_size=40))  # fmt: skip
    rows = [row | {"measurement_id": f"id{i}"} for i, row in enumerate(rows)]
    other = data.draw(st.permutations(rows))
    some = ("download_geomean", "download_median", "loss_mean")
    first, second = reduce(rows, indicators=some), reduce(other, indicators=some)
    key = ["indicator", "operator", "region", "source"]
    assert first.sort_values(key, ignore_index=True).equals(second.sort_values(key, ignore_index=True))
