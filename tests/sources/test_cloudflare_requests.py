"""A run of Cloudflare's test gives the rate its module would show."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos import sources
from qos.domain.quarter import Period
from qos.sources.cloudflare_aim import logged, percentile, rate
from qos.store.reading import read

LOG = Path(__file__).parent / "fixtures" / "cloudflare-aim" / "log.ndjson"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def test_the_landed_rate_is_made_of_the_bytes_and_times_of_its_requests(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    first = json.loads(LOG.read_text().splitlines()[0])
    reading = read(
        connection, sources.find("cloudflare-aim"), LOG, delivery=LOG.name, period=Period.parse("2026-07")
    )
    query = f"SELECT download_mbps, upload_mbps FROM {reading.accepted} WHERE line = 1"
    for landed, direction in zip(
        connection.execute(query).fetchall()[0], ("download", "upload"), strict=True
    ):
        seconds = np.array([8 * one["bytes"] / one["bps"] for one in first[direction]])
        size = np.array([one["bytes"] for one in first[direction]])
        megabits = 8e-6 * size[seconds >= 0.01] / seconds[seconds >= 0.01]
        assert landed == pytest.approx(np.quantile(megabits, 0.9), rel=1e-9)


def test_short_requests_do_not_count() -> None:
    assert rate([{"bytes": 1000, "bps": 9e7}]) is None
    assert rate([{"bytes": 1000, "bps": 9e7}, {"bytes": 10**6, "bps": 8e7}]) == 8e7


@given(st.lists(st.floats(0, 1e9), min_size=1), st.floats(0, 1))
def test_percentiles_are_linear_between_ranks(values: list[float], rank: float) -> None:
    assert percentile(values, rank) == pytest.approx(np.quantile(values, rank), rel=1e-9, abs=1e-6)


def test_a_phase_that_did_not_run_is_empty() -> None:
    (row,) = logged({"sessionId": "a", "latencyMs": [12.5], "download": []})
    assert row["latency"] == 12.5
    assert [row[name] for name in ("down_bps", "up_bps", "jitter", "loaded_latency")] == [None] * 4


def test_requests_of_another_form_reject_the_run() -> None:
    with pytest.raises(ValueError, match="a request without bytes and bps"):
        list(logged({"sessionId": "a", "download": [{"size": 3}]}))
