"""A declaration says everything about its columns, or is refused when it is built."""

import pytest

from qos import sources
from qos.domain.declaration import Csv, Declaration, not_used
from qos.domain.expressions import constant, divide, equals
from qos.domain.source import Shape, Source, SourceKind

ROWS = Source(name="tiny", title="Tiny", kind=SourceKind.APP, shape=Shape.MEASUREMENTS, licence="CC0-1.0")
CELLS = Source(name="tiny", title="Tiny", kind=SourceKind.APP, shape=Shape.AGGREGATES, licence="CC0-1.0")
KEEP = {"measurement_id": "id", "measured_at": "at", "service": constant("fixed")}


def test_a_column_is_not_both_used_and_ignored() -> None:
    with pytest.raises(ValueError, match=r"ignores columns it uses: \['vpn'\]"):
        Csv(keep=KEEP, reject={"vpn": equals("vpn", "yes")}, ignore=["vpn"])


def test_what_is_kept_has_a_column_of_ours() -> None:
    with pytest.raises(ValueError, match=r"no column for: \['speed'\]"):
        Declaration(ROWS, (Csv(keep={**KEEP, "speed": "kbps"}),))


def test_what_the_contract_requires_is_given() -> None:
    with pytest.raises(ValueError, match=r"says nothing about \['measured_at'\]"):
        Declaration(ROWS, (Csv(keep={"measurement_id": "id", "service": constant("fixed")}),))


def test_only_metrics_that_are_known_make_cells_and_only_of_aggregates() -> None:
    with pytest.raises(ValueError, match=r"metrics nobody knows: \['speed_mbps'\]"):
        Csv(metrics={"speed_mbps": divide("kbps", 1e3)})
    with pytest.raises(ValueError, match="only aggregates have several metrics a row"):
        Declaration(ROWS, (Csv(keep=KEEP, metrics={"download_mbps": "down"}),))


def test_a_source_has_a_layout() -> None:
    with pytest.raises(ValueError, match="tiny: no layout"):
        Declaration(ROWS, ())


def test_every_column_is_explained_by_what_it_is_for() -> None:
    layout = Csv(
        keep={**KEEP, "download_mbps": divide("kbps", 1e3)},
        flags={"vpn": equals("vpn", "yes")},
        ignore={"page furniture": ("lang", "referrer")},
    )
    assert set(layout.explained) == {"id", "at", "kbps", "vpn", "lang", "referrer"}
    assert layout.ignored == {"lang": "page furniture", "referrer": "page furniture"}
    assert not_used(name="x", reason="another cut", header=("a", "b")).ignored == {
        "a": "another cut",
        "b": "another cut",
    }


@pytest.mark.parametrize("name", sources.names())
def test_no_two_layouts_of_a_source_have_the_same_header(name: str) -> None:
    """Unless the name of the file, or of documents their kind, tells them apart."""
    layouts = sources.find(name).layouts
    told_by = [(getattr(layout, "named", ""), getattr(layout, "takes", None)) for layout in layouts]
    headers = [(frozenset(layout.explained), *told) for layout, told in zip(layouts, told_by, strict=True)]
    assert len(set(headers)) == len(headers)


def test_a_wide_table_needs_no_metric_and_no_value_column() -> None:
    keep = {"period": "month", "service": constant("fixed"), "statistic": constant("mean")}
    assert Declaration(CELLS, (Csv(keep=keep, metrics={"download_mbps": "down"}),)).layouts[
        0
    ].kept_columns == (
        "month",
        "down",
    )
