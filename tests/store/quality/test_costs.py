"""What a flag costs: counted and medians as sorting everything gives them."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos import methodology
from qos.domain.flags import FLAGS, mask
from qos.domain.quarter import Quarter
from qos.store.quality.costs import EXAMPLES, examples, figure_costs, measurement_costs
from qos.store.quality.quarter_rules import flag_quarter

QUARTER = Quarter(2026, 3)
EDITION = methodology.load().edition


def ask(connection: Any) -> None:
    flag_quarter(connection, QUARTER, EDITION.quality, excluding_flags=EDITION.excluding_flags, kin={})


def lower_median(values: list[float]) -> float | None:
    return sorted(values)[(len(values) - 1) // 2] if values else None


rows_of_a_quarter = st.lists(
    st.fixed_dictionaries({
        "source": st.sampled_from(["app", "web"]),
        "operator": st.sampled_from(["viettel", "mobifone", None]),
        "download_mbps": st.one_of(st.none(), st.just(0.0), st.floats(0.01, 900)),
        "flags": st.sets(st.sampled_from(["vpn", "simulator", "region-not-given"])),
    }),
    max_size=60,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_of_a_quarter)
def test_counts_and_medians_are_those_of_sorting_every_row(connection: Any, measured: Any, rows: Any) -> None:
    measured(rows)
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW quarter_measurement AS SELECT *, flag_bits AS all_flags FROM measurement"
    )
    found = measurement_costs(connection).set_index(["flag", "source", "operator"])
    cells = {(row["source"], row["operator"]) for row in rows}
    expected = {
        (flag, source, operator or "")
        for source, operator in cells
        for flag in {flag for row in rows if (row["source"], row["operator"]) == (source, operator)
                     for flag in row["flags"]}
    }  # fmt: skip
    assert set(found.index) == expected
    for (flag, source, operator), cost in found.iterrows():
        cell = [row for row in rows if (row["source"], row["operator"] or "") == (source, operator)]
        rates = [(row["download_mbps"], flag in row["flags"]) for row in cell]
        assert cost["rows"] == sum(flag in row["flags"] for row in cell)
        assert cost["share"] == pytest.approx(cost["rows"] / len(cell))
        for column, values in (
            ("median_download", [rate for rate, _ in rates if rate is not None]),
            ("median_without", [rate for rate, has in rates if rate is not None and not has]),
        ):
            wanted = lower_median(values)
            assert pd.isna(cost[column]) if wanted is None else cost[column] == wanted


def test_rules_on_the_quarter_have_a_cost_too(connection: Any, measured: Any) -> None:
    measured([{}, {"source": "web"}, {"source": "web", "measured_at": "2026-08-02", "download_mbps": 9.0}])
    ask(connection)
    (cost,) = measurement_costs(connection).to_dict("records")
    assert (cost["flag"], cost["source"], cost["rows"], cost["share"]) == ("other-source", "web", 1, 0.5)
    assert (cost["median_download"], cost["median_without"]) == (9.0, 9.0)


def test_examples_are_few_and_the_first_by_id(connection: Any, measured: Any) -> None:
    measured([{"flags": ["vpn"], "measurement_id": f"m{9 - i}", "upload_mbps": 5.0 + i} for i in range(8)])
    ask(connection)
    shown = examples(connection, "vpn")
    assert shown["measurement_id"].tolist() == ["m2", "m3", "m4"][:EXAMPLES]
    assert "subject" not in shown
    assert examples(connection, "simulator").empty


def test_a_figures_flags_are_counted_by_operator(connection: Any) -> None:
    connection.execute(
        """
        CREATE TABLE aggregate AS SELECT * FROM (VALUES
            ('crc', 'mobile', 'claro', DATE '2026-08-01', ['latency-over-1000-ms']),
            ('crc', 'mobile', 'claro', DATE '2026-10-01', CAST([] AS VARCHAR[])),
            ('crc', 'mobile', NULL, DATE '2026-09-01', ['revised']),
            ('crc', 'mobile', 'claro', DATE '2026-07-01', ['revised'])
        ) AS a(source, service, operator, period_end, flags)
        """
    )
    found = figure_costs(connection, QUARTER).to_dict("records")
    said = [(row["flag"], row["operator"], row["rows"], row["share"]) for row in found]
    assert said == [("latency-over-1000-ms", "claro", 1, 0.5), ("revised", "all", 1, 1.0)]
    assert all(row["flag"] in FLAGS for row in found)


def test_bits_of_all_flags_are_those_of_row_and_quarter(connection: Any, measured: Any) -> None:
    measured([{}, {"source": "web", "flags": ["region-not-given"]}])
    ask(connection)
    bits = connection.execute("SELECT all_flags FROM quarter_measurement ORDER BY source").fetchall()
    assert bits == [(0,), (mask(["region-not-given", "other-source"]),)]
