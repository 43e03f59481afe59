"""The gate: what is stopped, what it says, and that ordinary deliveries pass."""

import random
from pathlib import Path
from typing import Any

import pytest

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.domain.source import Shape, Source, SourceKind
from qos.ingest import land
from qos.ingest.gate import volume_remark
from qos.store import views

OPERATORS = ("mobifone", "viettel", "vinaphone")
Row = dict[str, Any]


def day(number: int, *, rows: int = 150, down: float = 1.0, up: float = 1.0, **given: Any) -> list[Row]:
    """A delivery of three operators; down, up: factors by which its rates are wrong."""
    chance = random.Random(number)
    return [
        {
            "measurement_id": f"{number}-{operator}-{i}", "service": "mobile", "operator": operator,
            "measured_at": f"2026-0{7 + number % 3}-{1 + i % 28:02d}T03:{i % 60:02d}:00Z",
            "region": "gso34:01", "subject": f"phone-{i // 2}",
            "download_mbps": down * chance.lognormvariate(3.6 + place / 5, 0.6),
            "upload_mbps": up * chance.lognormvariate(2.4 + place / 5, 0.6),
            "latency_ms": chance.lognormvariate(3.2, 0.3),
            **given,
        }
        for place, operator in enumerate(OPERATORS)
        for i in range(rows)
    ]  # fmt: skip


def stopped(deliver: Any, workspace: Any, rows: list[Row], **options: Any) -> str:
    with pytest.raises(DeliveryFault) as caught:
        deliver(workspace, rows, **options)
    return caught.value.reason


def test_a_source_like_itself_passes_day_after_day(deliver: Any, workspace: Any) -> None:
    states = [deliver(workspace, day(n), source="app").state for n in (1, 2, 3)]
    assert states == ["landed"] * 3


def test_bytes_read_as_bits_are_stopped_and_explained(deliver: Any, workspace: Any) -> None:
    deliver(workspace, day(1), source="app")
    reason = stopped(deliver, workspace, day(2, down=1 / 8, up=1 / 8), source="app")
    assert "download_mbps is 0.12 times its level of 2026Q3 in 3 of 3 operators" in reason
    assert "upload_mbps is" in reason
    assert "byte/s read as bit/s?" in reason


def test_a_first_delivery_is_compared_with_other_sources_of_the_same_cells(
    deliver: Any, workspace: Any
) -> None:
    deliver(workspace, day(1), source="app")
    reason = stopped(deliver, workspace, day(2, down=1000), source="web")
    assert "download_mbps is " in reason
    assert "times what app say in 3 of 3 operators and technologies: kbit/s read as Mbit/s?" in reason
    assert "upload_mbps" not in reason


def test_a_source_that_measures_twice_as_much_as_another_passes(deliver: Any, workspace: Any) -> None:
    deliver(workspace, day(1), source="app")
    assert deliver(workspace, day(2, down=2.2, up=2.2), source="web").state == "landed"


def test_directions_exchanged_against_the_past_are_stopped(deliver: Any, workspace: Any) -> None:
    deliver(workspace, day(1), source="app")
    rows = [row | {"download_mbps": row["upload_mbps"], "upload_mbps": row["download_mbps"]}
            for row in day(2)]  # fmt: skip
    reason = stopped(deliver, workspace, rows, source="app")
    assert "in 3 of 3 operators and technologies: up and down swapped?" in reason


def test_mobile_networks_with_more_up_than_down_are_stopped_without_a_past(
    deliver: Any, workspace: Any
) -> None:
    reason = stopped(deliver, workspace, day(1, up=8), source="app")
    assert reason.startswith("not believed: upload_mbps is above download_mbps in 3 of 3")


def test_fibre_with_as_much_up_as_down_passes(deliver: Any, workspace: Any) -> None:
    rows = day(1, up=5, service="fixed", technology="ftth")
    assert deliver(workspace, rows, source="app").state == "landed"


def test_rates_beyond_their_technology_are_stopped_without_a_past(deliver: Any, workspace: Any) -> None:
    reason = stopped(deliver, workspace, day(1, down=300, technology="4g"), source="app")
    assert "download_mbps is beyond what its technology can give in " in reason


def test_values_that_repeat_among_subjects_are_stopped(deliver: Any, workspace: Any) -> None:
    rows = day(1)
    copied = [
        row | {"measurement_id": f"copy-{i}", "subject": f"other-{i}"} for i, row in enumerate(rows[:60])
    ]
    reason = stopped(deliver, workspace, rows + copied, source="app")
    assert "download_mbps repeats itself: 60 values to the last digit came from several subjects" in reason
    assert reason.endswith("generated or copied?")


def test_one_subject_that_repeats_its_rate_is_a_line_at_its_limit(deliver: Any, workspace: Any) -> None:
    rows = day(1, rows=20)
    again = [
        row | {"measurement_id": f"{row['measurement_id']}-{i}", "measured_at": f"2026-09-0{1 + i}T09:00:00Z"}
        for row in rows for i in range(9)
    ]  # fmt: skip
    assert deliver(workspace, rows + again, source="app").state == "landed"


def test_a_stopped_delivery_is_kept_and_adds_nothing(deliver: Any, workspace: Any) -> None:
    stopped(deliver, workspace, day(1, up=8), source="app")
    with views.open_snapshot(workspace) as snapshot:
        assert snapshot.number == 0
        assert snapshot.connection.execute("SELECT count(*) FROM measurement").fetchall() == [(0,)]


def test_what_a_person_accepts_is_landed(deliver: Any, workspace: Any) -> None:
    rows = day(1, up=8)
    stopped(deliver, workspace, rows, source="app")
    report = deliver(workspace, rows, source="app", accept="a trial network of the lab")
    assert (report.state, report.accepted) == ("landed", 450)


def test_a_few_rows_say_nothing_about_a_delivery(deliver: Any, workspace: Any) -> None:
    deliver(workspace, day(1), source="app")
    assert deliver(workspace, day(2, rows=9, down=1 / 8, up=3), source="app").state == "landed"


def test_a_published_table_in_another_unit_is_stopped(deliver: Any, workspace: Any) -> None:
    def table(period: str, factor: float) -> list[Row]:
        return [
            {"period": period, "service": "fixed", "operator": operator, "region": region, "n_subjects": 400,
             "metric": "download_mbps", "statistic": "median", "value": factor * (60 + 5 * place)}
            for operator in OPERATORS for place, region in enumerate(("gso34:01", "gso34:79", "gso34:48"))
        ]  # fmt: skip

    options = {"source": "regulator", "like": "canonical-aggregates"}
    deliver(workspace, table("2026Q2", 1), **options)
    reason = stopped(deliver, workspace, table("2026Q3", 1000), **options)
    assert "download_mbps median is 1,000.00 times its level of 2026Q2 in 3 of 3" in reason


def test_an_average_of_4g_that_nobody_counted_is_stopped_above_what_4g_gives(
    deliver: Any, workspace: Any
) -> None:
    figure = {"period": "2018Q4", "service": "mobile", "operator": "viettel", "metric": "download_mbps",
              "statistic": "unknown", "value": 114}  # fmt: skip
    options = {"source": "book", "like": "canonical-aggregates"}
    assert "without a number of tests above what 4g gives" in stopped(deliver, workspace, [figure], **options)
    for other in ({"n_measurements": 50_000}, {"value": 45}, {"period": "2026Q3"}, {"service": "fixed"}):
        assert deliver(workspace, [figure | other], **options).state == "landed"


@pytest.mark.parametrize(
    ("name", "folder", "why"),
    [
        ("glasgow-5g", "uk-glasgow-5g", "download_mbps repeats itself: 14 values to the last digit"),
        ("trai-annual", "in-myspeed-annual", "13 figures, of JIO in 2018-01-01/2019-01-01 up to 172 Mbit/s"),
    ],
)
def test_suspect_data_do_not_pass_and_the_message_says_why(
    shared_data: Path, workspace: Any, name: str, folder: str, why: str
) -> None:
    (file,) = (shared_data / "suspect" / folder).iterdir()
    with pytest.raises(DeliveryFault, match="not believed") as caught:
        land(workspace, sources.find(name), file)
    assert why in caught.value.reason
    assert "--accept" in (caught.value.next_command or "")


def test_a_volume_far_from_the_usual_is_remarked_on_not_stopped() -> None:
    source = Source(name="app", title="App", kind=SourceKind.APP, shape=Shape.MEASUREMENTS, licence="CC0-1.0",
                    expected_rows=(1_000, 5_000))  # fmt: skip
    assert volume_remark(source, 1_000) == volume_remark(source, 5_000) == ""
    assert volume_remark(source, 999) == "999 rows, where 1,000 to 5,000 are usual for app"
    assert volume_remark(sources.find("canonical").source, 3) == ""
