"""Rows to land."""

from typing import Any

import pytest


@pytest.fixture
def row() -> dict[str, Any]:
    """One finished test of a Viettel subscriber in Hanoi, in the third quarter of 2026."""
    return {
        "measurement_id": "m-1",
        "measured_at": "2026-08-01T03:00:00Z",
        "service": "mobile",
        "subject": "phone-0001",
        "operator": "viettel",
        "region": "gso34:01",
        "technology": "4g",
        "download_mbps": 50.5,
        "latency_ms": 20,
    }


@pytest.fixture
def cell() -> dict[str, Any]:
    """One published figure."""
    return {
        "period": "2026Q3",
        "service": "mobile",
        "operator": "viettel",
        "region": "nation",
        "metric": "download_mbps",
        "statistic": "mean",
        "value": 100.5,
        "n_subjects": 200,
    }
