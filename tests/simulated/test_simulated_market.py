"""The simulated market: seeded, with the truth it claims, and spoilt as counted."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qos.domain.measurement import DROPPED_AFTER_RESOLUTION, MEASUREMENT_COLUMNS, METRICS, TECHNOLOGIES
from qos.simulated import Simulated, cells, market, write
from qos.simulated.design import QUANTITIES, SOURCES

SEED = 11


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return market(SEED)


def _rows(simulated: Simulated, source: str, quarter: str) -> pd.DataFrame:
    tables = [d.table for d in simulated.deliveries if (d.source, str(d.quarter)) == (source, quarter)]
    return pa.concat_tables(tables).to_pandas()


def test_the_same_seed_writes_the_same_bytes(simulated, tmp_path):
    first = write(simulated, tmp_path / "first")
    second = write(market(SEED), tmp_path / "second")
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_another_seed_is_another_market(simulated):
    assert not market(SEED + 1).truth["theta"].equals(simulated.truth["theta"])


def test_one_source_more_or_less_changes_nothing_for_the_others(simulated):
    alone = market(SEED, sources=SOURCES[:1])
    assert alone.truth.equals(simulated.truth)
    assert [d.table for d in alone.deliveries] == [
        d.table for d in simulated.deliveries if d.source == SOURCES[0].name
    ]


def test_one_quarter_more_does_not_change_the_quarters_before():
    longer, shorter = market(SEED), market(SEED, quarters=["2026Q1"])
    first = longer.truth[longer.truth["quarter"] == "2026Q1"]
    assert first.equals(shorter.truth)


def test_every_column_is_one_that_rows_from_outside_may_have(simulated):
    known = {column.name for column in (*MEASUREMENT_COLUMNS, *DROPPED_AFTER_RESOLUTION)}
    required = {column.name for column in MEASUREMENT_COLUMNS if column.required}
    for delivery in simulated.deliveries:
        assert required <= set(delivery.table.column_names) <= known


def test_the_three_sources_name_operators_in_three_ways(simulated):
    ways = {
        d.source: {"operator", "operator_name", "asn"} & set(d.table.column_names)
        for d in simulated.deliveries
    }
    assert ways == {"sim-app": {"operator_name"}, "sim-browser": {"asn"}, "sim-probe": {"operator"}}


def test_a_quarter_holds_about_twenty_thousand_rows_within_its_days(simulated):
    for quarter in simulated.quarters:
        tables = [d.table for d in simulated.deliveries if d.quarter == quarter]
        assert 15_000 < sum(table.num_rows for table in tables) < 25_000
        times = pd.concat([table["measured_at"].to_pandas() for table in tables])
        assert times.min().date() >= quarter.start
        assert times.max().date() < quarter.end


def test_the_faults_are_those_that_are_counted(simulated):
    for delivery in simulated.deliveries:
        rows = delivery.table.to_pandas()
        exact = rows.duplicated()
        assert exact.sum() == delivery.spoilt["duplicates"]
        assert rows[~exact].duplicated("measurement_id").sum() == delivery.spoilt["conflicts"]
        assert (rows["download_mbps"] < 0).sum() == delivery.spoilt["impossible"]
        assert (rows["completed"] == 0).sum() == delivery.spoilt["failed"]


def test_a_failed_test_measured_nothing_else(simulated):
    rows = _rows(simulated, "sim-browser", "2026Q1")
    failed = rows[rows["completed"] == 0]
    assert len(failed) > 0
    assert (
        failed[["download_mbps", "upload_mbps", "latency_ms", "jitter_ms", "loss_ratio"]]
        .isna()
        .all(axis=None)
    )
    assert rows[rows["completed"] == 1]["download_mbps"].notna().all()


def test_values_are_possible_but_for_those_spoilt_on_purpose(simulated):
    for delivery in simulated.deliveries:
        rows = delivery.table.to_pandas()
        assert set(rows["technology"]) <= set(TECHNOLOGIES["mobile"])
        for quantity in QUANTITIES:
            metric = METRICS[quantity.metric]
            impossible = ~rows[metric.name].dropna().between(metric.low, metric.high)
            expected = delivery.spoilt["impossible"] if metric.name == "download_mbps" else 0
            assert impossible.sum() == expected


def test_whoever_is_badly_served_tests_the_app_more_often(simulated):
    rows = _rows(simulated, "sim-app", "2026Q1").dropna(subset="download_mbps")
    rows = rows.assign(log=np.log(rows["download_mbps"]))
    centred = rows["log"] - rows.groupby(["operator_name", "region_name"])["log"].transform("mean")
    subjects = centred.groupby(rows["subject"]).agg(["mean", "size"])
    assert np.corrcoef(subjects["mean"], subjects["size"])[0, 1] < -0.1


def test_the_probe_panel_finds_the_truth_within_its_small_errors(simulated):
    rows = _rows(simulated, "sim-probe", "2026Q1").dropna(subset="download_mbps")
    rows = rows.assign(log=np.log(rows["download_mbps"]))
    subject = rows.groupby(["operator", "region", "subject"])["log"].mean()
    measured = subject.groupby(["operator", "region"]).mean()
    truth = simulated.truth.query(
        "quarter == '2026Q1' and indicator == 'download_geomean' and region != 'nation'"
    )
    truth = truth.set_index(["operator", "region"])["theta"]
    distance = (measured - truth.reindex(measured.index)).to_numpy()
    design = SOURCES[2]
    sampling = (QUANTITIES[0].between ** 2 + QUANTITIES[0].within ** 2 / design.tests) / 10
    allowed = np.sqrt(
        design.level_sd**2 + design.operator_sd**2 + design.region_sd**2 + design.cell_sd**2 + sampling
    )
    assert abs(distance.mean()) < allowed
    assert distance.std() < 2 * allowed


def test_the_sources_differ_in_level_as_they_were_drawn(simulated):
    truth = simulated.truth.query("indicator == 'download_median' and region == 'nation'")["theta"].mean()
    levels = {
        source: np.log(_rows(simulated, source, "2026Q1")["download_mbps"].clip(lower=0.01)).mean() - truth
        for source in ("sim-app", "sim-probe")
    }
    assert abs(levels["sim-app"]) < 1.2
    assert abs(levels["sim-probe"]) < 0.2


def test_the_national_truth_is_the_weighted_mean_of_the_regions_on_the_scale(simulated):
    truth = simulated.truth.query("quarter == '2026Q2' and indicator == 'latency_geomean'")
    weights = dict(zip(simulated.country.regions, simulated.country.weights, strict=True))
    for _, rows in truth.groupby("operator"):
        regions = rows[rows["region"] != "nation"]
        nation = rows[rows["region"] == "nation"]["theta"].item()
        assert nation == pytest.approx((regions["theta"] * regions["region"].map(weights)).sum())


def test_the_first_place_is_the_fastest_and_the_one_with_the_least_delay(simulated):
    nation = simulated.truth.query("quarter == '2026Q1' and region == 'nation'")
    fast = nation[nation["indicator"] == "download_geomean"]
    slow = nation[nation["indicator"] == "latency_geomean"]
    assert fast.loc[fast["place"] == 1, "value"].item() == fast["value"].max()
    assert slow.loc[slow["place"] == 1, "value"].item() == slow["value"].min()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), operators=st.integers(1, 8), regions=st.integers(1, 40))
def test_cells_have_a_value_and_a_variance_everywhere(seed, operators, regions):
    drawn = cells(seed, operators=operators, regions=regions)
    assert drawn.y.shape == drawn.v.shape == (len(SOURCES), operators, regions)
    assert np.isfinite(drawn.y).all()
    assert (drawn.v > 0).all()
    assert drawn.weights.sum() == pytest.approx(1)


def test_cells_are_the_same_market_as_its_rows(simulated):
    truth = simulated.truth.query(
        "quarter == '2026Q1' and indicator == 'download_geomean' and region != 'nation'"
    )
    country = simulated.country
    theta = truth.pivot(index="operator", columns="region", values="theta")
    assert np.array_equal(theta.loc[list(country.operators), list(country.regions)], cells(SEED).theta)


def test_errors_of_cells_have_the_variance_they_state():
    pulls = []
    for seed in range(300):
        drawn = cells(seed, sources=SOURCES[2:])
        design = SOURCES[2]
        variance = (
            design.level_sd**2 + design.operator_sd**2 + design.region_sd**2 + design.cell_sd**2 + drawn.v[0]
        )
        pulls.append(((drawn.y[0] - drawn.theta) / np.sqrt(variance)).ravel())
    assert np.std(np.concatenate(pulls)) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize(("operators", "regions"), [(0, 4), (9, 4), (3, 0), (3, 100)])
def test_a_country_that_has_no_names_left_is_refused(operators, regions):
    with pytest.raises(ValueError, match="a simulated country has 1 to"):
        market(1, operators=operators, regions=regions)


def test_deliveries_read_back_from_disk_are_the_deliveries(simulated, tmp_path):
    paths = write(simulated, tmp_path)
    for delivery, path in zip(simulated.deliveries, paths[:-1], strict=True):
        assert path.name == delivery.file_name
        assert pq.read_table(path).equals(delivery.table)
