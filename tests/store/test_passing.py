"""What passes by on its way to the disk is remembered in the same way in any order and in any batches."""

import numpy as np
import pyarrow as pa
import pytest

from qos.store import passing
from qos.store.passing import ID_HASH, Passing

RNG = np.random.default_rng(7)
HASHES = RNG.integers(0, 2**64, 5_000, dtype=np.uint64)


def batch(places: np.ndarray) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            "measurement_id": [f"m{place}" for place in places],
            "subject": pa.array(places, pa.int64()),
            "server": ["not looked at"] * len(places),
            ID_HASH: HASHES[places],
        }
    )


def passed(order: np.ndarray, at_once: int) -> Passing:
    found = Passing()
    for start in range(0, len(order), at_once):
        found.add(
            batch(order[start : start + at_once]), {"quarter": "2026Q3", "service": "mobile", "source": "a"}
        )
    return found


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "SAMPLE_ROWS", 400)
    monkeypatch.setattr(passing, "_MOST", 1_000)


def test_few_rows_are_all_looked_at() -> None:
    sample = passed(np.arange(500), 60).sample()
    assert sample.num_rows == 500
    assert sorted(sample.column_names) == ["measurement_id", "quarter", "service", "subject"]


def test_of_many_rows_about_as_many_are_looked_at_as_wanted() -> None:
    assert 330 <= passed(np.arange(5_000), 700).sample().num_rows <= 470


@pytest.mark.parametrize("at_once", [1, 13, 700, 5_000])
def test_the_sample_is_the_same_in_any_order_and_batches(at_once: int) -> None:
    rows = np.arange(2_000 if at_once == 1 else 5_000)
    ordered = passed(rows, 999).sample()["subject"].to_pylist()
    shuffled = passed(RNG.permutation(rows), at_once).sample()["subject"].to_pylist()
    assert sorted(shuffled) == sorted(ordered)


def test_every_hash_is_kept_by_quarter() -> None:
    found = Passing()
    for quarter, rows in (("2026Q3", np.arange(10)), ("2026Q4", np.arange(10, 15)), ("2026Q3", np.arange(3))):
        found.add(batch(rows), {"quarter": quarter})
    assert sorted(found.hashes("2026Q3")) == sorted([*HASHES[:10], *HASHES[:3]])
    assert sorted(found.hashes("2026Q4")) == sorted(HASHES[10:15])
    assert not len(found.hashes("2027Q1"))


def test_a_delivery_without_rows_has_an_empty_sample() -> None:
    assert Passing().sample().num_rows == 0
