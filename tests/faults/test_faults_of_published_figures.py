"""What a user is told of the faults of the published figures of Vietnam (i-Speed and Ookla in the press).

The two orders that contradict each other, the same report entered twice, and an unknown error that is never
zero: tests/pipeline/test_vietnam.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qos.domain.quarter import Quarter
from qos.domain.source import SourceKind
from qos.ingest import land
from qos.pipeline.explain import explain
from qos.pipeline.registry import declaration, declare
from qos.pipeline.run import run
from qos.store import reports
from qos.store.declared import DeclaredSource
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace
from tests.faults.conftest import RECEIVED, few

SOURCE = "i-speed"
HEADER = "publisher,period,service,technology,operator_name,metric,statistic,value,citation"


def figure(operator: str, value: object, **more: str) -> dict[str, Any]:
    """A 5G download of July 2025, read in the press."""
    row = {
        "publisher": "vnnic", "period": "2025-07", "service": "mobile", "technology": "5g",
        "operator_name": operator, "metric": "download_mbps", "statistic": "unknown", "value": value,
        "citation": "vneconomy 2025-09-08",
    }  # fmt: skip
    return row | more


def figures_in(workspace: Workspace) -> list[tuple[Any, ...]]:
    with open_snapshot(workspace) as snapshot:
        return snapshot.connection.execute(
            "SELECT operator, value, counts, flags FROM aggregate ORDER BY value"
        ).fetchall()


# ---- what the press writes and a table cannot hold


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"value": "≈436"}, ("not a number", "value", "≈436")),
        ({"period": "Jul-25"}, ("not a period", "period", "Jul-25")),
        ({"statistic": "trung bình"}, ("unknown value", "statistic", "trung bình")),
        ({"std_error": "0"}, ("out-of-bounds", "std_error", "0")),
        ({"citation": ""}, ("missing value", "citation", None)),
        ({"operator_name": "VNPT Group"}, ("operator-unresolved", "operator_name", "VNPT Group")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_no_figure_is_named_by_line_and_column(
    workspace, deliver, wrong: dict[str, str], told: tuple[str, str, str | None]
) -> None:
    rows = [figure("Viettel", 483), figure("MobiFone", 436) | wrong]
    deliver(workspace, rows, source=SOURCE, like="published")
    (shown,) = reports.rejects_by_reason(workspace).to_dict("records")
    assert (shown["reason"], shown["line"], shown["column"]) == (told[0], 3, told[1])
    assert (shown["value"] or None) == told[2]


# ---- reports that contradict themselves


def test_two_values_of_one_figure_in_one_report_are_a_conflict_and_the_smaller_counts(
    workspace, deliver
) -> None:
    """NetNam in September 2025: 60.25, or 62.22."""
    fixed = {"service": "fixed", "technology": "", "period": "2025-09"}
    deliver(workspace, [figure("NetNam", value, **fixed) for value in (60.25, 62.22)],
            source=SOURCE, like="published")  # fmt: skip
    assert figures_in(workspace) == [
        ("netnam", 60.25, True, ["id-conflict"]),
        ("netnam", 62.22, False, ["id-conflict"]),
    ]


def test_a_figure_told_otherwise_later_is_a_revision(workspace, deliver) -> None:
    """An article of September 2025 takes upload for download."""
    fixed = {"service": "fixed", "technology": "", "period": "2025-08"}
    for day, (name, value) in enumerate((("swapped", 200.99), ("corrected", 271.2)), 1):
        deliver(workspace, [figure("", value, **fixed)], f"{name}.csv", source=SOURCE, like="published",
                received_at=RECEIVED.replace(day=day))  # fmt: skip
    assert figures_in(workspace) == [("all", 200.99, False, ["revised"]), ("all", 271.2, True, [])]


# ---- months that jump, one operator's average as the nation's


@pytest.fixture(scope="module")
def i_speed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The draft of 2025Q3: July, and August for MobiFone, which "nearly doubled"; and the nation's own."""
    folder = tmp_path_factory.mktemp("i-speed")
    rows = [figure("Viettel", 483), figure("VNPT", 315), figure("MobiFone", 211),
            figure("MobiFone", 411, period="2025-08"), figure("", 447.03)]  # fmt: skip
    path = folder / "figures.csv"
    quoted = [",".join(str(row[name]) for name in HEADER.split(",")) for row in rows]
    path.write_text("\n".join([HEADER, *quoted, ""]), encoding="utf-8")
    workspace = Workspace.init(folder / "vn", "vn", key=bytes(32))
    declare(workspace, DeclaredSource(name=SOURCE, like="published", kind=SourceKind.PUBLISHED, kin="vnnic"))
    land(workspace, declaration(workspace, SOURCE), path, received_at=RECEIVED)
    yield run(workspace, Quarter(2025, 3), methodology=few("download_geomean")).folder
    workspace.engine.dispose()


def test_months_that_jump_are_two_inputs_of_one_figure_and_the_figure_is_withheld(i_speed: Path) -> None:
    """MobiFone 211 in July, 411 in August: no network doubles in a month, the mix of phones does."""
    told = explain(i_speed, "download_geomean", "mobifone", market="mobile-5g")
    (own,) = told.own
    assert own["n_inputs"] == 2
    assert own["value"] == pytest.approx((211 * 411) ** 0.5)
    assert own["flags"] == "error-unknown;statistic-unknown;subjects-counted-per-month"
    assert (told.figure["status"], told.figure["status_reason"]) == ("withheld", "too-uncertain")


def test_a_national_average_of_unknown_composition_is_withheld_and_never_ranked(i_speed: Path) -> None:
    """447.03 beside 483, 315 and 211: four of five samples are Viettel's, which no figure says."""
    told = explain(i_speed, "download_geomean", "all", market="mobile-5g")
    (own,) = told.own
    assert (own["value"], own["n_subjects"]) == (pytest.approx(447.03), None)
    assert own["flags"] == "error-unknown;statistic-unknown"
    assert (told.figure["status"], told.rank) == ("withheld", None)


def test_one_publisher_alone_ranks_nobody_and_says_why(i_speed: Path) -> None:
    rank = explain(i_speed, "download_geomean", "viettel", market="mobile-5g").rank
    assert rank is not None
    assert rank["rank"] is None
    assert (rank["status"], rank["status_reason"]) == ("withheld", "one-source;too-uncertain")


def test_what_the_press_calls_vnpt_is_vinaphone_among_the_mobile_operators(i_speed: Path) -> None:
    (own,) = explain(i_speed, "download_geomean", "vinaphone", market="mobile-5g").own
    assert own["value"] == pytest.approx(315)
