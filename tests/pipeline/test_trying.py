"""What a source makes of a file, and which source fits one; nothing is changed."""

import pytest

from qos.domain.errors import DeliveryFault, NotFound
from qos.domain.quarter import Period
from qos.domain.source import SourceKind
from qos.pipeline.registry import declare
from qos.pipeline.trying import guesses, try_delivery
from qos.store.declared import DeclaredSource
from tests.pipeline.conftest import EXAMPLES, I_SPEED

AREAS = EXAMPLES / "gb" / "nuts_3_2021_1.csv"
PANEL = EXAMPLES / "gb" / "broadband_performance_2021.csv.gz"


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "measurement_id,measured_at,service,operator,download_mbps\n"
        "m1,2026-08-01T03:00:00Z,mobile,viettel,50\n"
        "m2,2026-08-01T03:00:00Z,mobile,viettel,-1\n",
        "utf-8",
    )
    return path


def test_a_try_tells_format_columns_rows_and_rejects_with_an_example(rows):
    told = try_delivery(None, "canonical", rows, None)
    assert told["rows"] == {"delivered": 2, "accepted": 1, "rejected": 1, "unused": 0}
    assert told["file"]["form"] == "csv"
    assert {row["column"] for row in told["columns"] if row["fate"] == "kept"} == {
        "measurement_id", "measured_at", "service", "operator", "download_mbps",
    }  # fmt: skip
    (rejected,) = told["rejected"]
    assert (rejected["line"], rejected["column"], rejected["value"]) == (3, "download_mbps", "-1")
    assert told["before"][0]["measurement_id"] == told["after"][0]["measurement_id"] == "m1"


def test_a_column_nobody_explained_is_told_as_landing_would(rows):
    rows.write_text(rows.read_text("utf-8").replace("operator,", "battery_level,"), "utf-8")
    with pytest.raises(
        DeliveryFault, match=r"columns nobody has explained yet: \['battery_level'\]"
    ) as fault:
        try_delivery(None, "canonical", rows, None)
    assert fault.value.source == "canonical"
    assert fault.value.delivery == "rows.csv"


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    for asked in (
        lambda file: try_delivery(None, "canonical", file, None),
        lambda file: guesses(None, file, None),
    ):
        with pytest.raises(NotFound, match="no such file"):
            asked(tmp_path / "absent.csv")


def test_an_unknown_source_is_answered_with_the_nearest_and_the_command_that_declares_one(rows):
    with pytest.raises(NotFound, match=r"did you mean canonical\?") as fault:
        try_delivery(None, "cannonical", rows, None)
    assert fault.value.next_command == "qos sources add cannonical --like canonical --kind app"


def test_trying_changes_nothing(workspace, rows):
    before = set(workspace.root.rglob("*"))
    try_delivery(workspace, "canonical", rows, None)
    guesses(workspace, rows, None)
    assert set(workspace.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("file", "source", "why"),
    [(AREAS, "ookla-nuts", ""), (PANEL, "ofcom-panel", "needs --period")],
    ids=["areas", "panel"],
)
def test_the_source_that_fits_comes_first_with_what_it_still_needs(file, source, why):
    first, *others = guesses(None, file, None)
    assert (first["source"], first["why"]) == (source, why)
    assert first["accepted"] > 0
    assert all(other["accepted"] is None and other["why"] for other in others), "the others say why not"


def test_a_period_that_is_given_is_not_asked_for_again():
    first = guesses(None, PANEL, Period.parse("2021-03"))[0]
    assert (first["source"], first["why"]) == ("ofcom-panel", "")


def test_sources_declared_in_the_workspace_are_guessed_too(workspace, rows):
    declare(workspace, DeclaredSource(name="example-app", like="canonical", kind=SourceKind.APP))
    fitting = {row["source"] for row in guesses(workspace, rows, None) if row["accepted"]}
    assert fitting == {"canonical", "example-app"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe" * 99, b"PK\x03\x04 no workbook", b"PAR1", b"{", b"\xef\xbb\xbf", b"a;b\n\n"],
)
@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx", "ndjson", "csv.gz", "dat"])
def test_no_source_fits_a_broken_file_and_every_one_says_why(tmp_path, content, suffix):
    path = tmp_path / f"broken.{suffix}"
    path.write_bytes(content)
    found = guesses(None, path, None)
    assert {row["accepted"] for row in found} <= {None, 0}
    assert all(row["why"] for row in found if row["accepted"] is None)


def test_a_report_of_published_figures_fits_published(workspace):
    assert guesses(workspace, I_SPEED[2], None)[0]["source"] == "published"
