"""What the user is told when a folder cannot become a site."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from qos.domain.errors import NotFound, QosError


def rewrite(release: Any, name: str, old: str, new: str) -> None:
    path = release.folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("name", ["release.json", "estimates.csv", "cells.parquet", "revisions.csv"])
def test_a_missing_file_is_named(five: Any, name: str) -> None:
    (five.folder / name).unlink()
    with pytest.raises(NotFound, match=name.replace(".", r"\.")):
        five.build()


def test_a_missing_column_is_named(five: Any) -> None:
    rewrite(five, "ranks.csv", "rank_high", "worst_rank")
    with pytest.raises(QosError, match=r"release/ranks\.csv: missing columns \['rank_high'\]"):
        five.build()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1,1,2,", "1,one,2,", r"ranks\.csv line \d+, rank_low: could not convert"),
        ("1,1,2,", "1,1.5,2,", r"ranks\.csv line \d+, rank_low: not a whole number: 1\.5"),
        ("false", "no", r"ranks\.csv line \d+, is_leader: neither true nor false: 'no'"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_by_line_and_column(
    five: Any, old: str, new: str, message: str
) -> None:
    rewrite(five, "ranks.csv", old, new)
    with pytest.raises(QosError, match=message):
        five.build()


def test_a_manifest_that_says_too_little_is_refused(five: Any) -> None:
    manifest = json.loads((five.folder / "release.json").read_text(encoding="utf-8"))
    del manifest["seed"]
    (five.folder / "release.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(QosError, match=r"release\.json: nothing said about 'seed'"):
        five.build()


def test_a_reason_without_words_stops_the_build(release: Callable[..., Any]) -> None:
    secret = release({"a": 60.0, "b": 50.0, "c": 40.0}, disclosed=("c",))
    rewrite(secret, "estimates.csv", "withheld,disclosure", "withheld,moon-phase")
    with pytest.raises(QosError, match=r"no words for 'reason\.moon-phase'"):
        secret.build()


def test_an_operator_that_the_pack_does_not_know_is_named(five: Any) -> None:
    five.pack = dataclasses.replace(five.pack, operators={})
    with pytest.raises(NotFound, match=r"operator '[a-z-]+' is not in the country pack Testland"):
        five.build()


def test_an_indicator_nobody_declares_is_named(five: Any) -> None:
    five.indicators = {}
    with pytest.raises(NotFound, match=r"indicator '[a-z_]+' is not declared"):
        five.build()
