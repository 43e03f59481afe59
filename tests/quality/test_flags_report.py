"""`qos flags`: what each rule costs, with examples that identify nobody, and what was stopped."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from qos import sources
from qos.cli.app import app
from qos.domain.errors import DeliveryFault
from qos.domain.flags import FLAGS
from qos.domain.quarter import Quarter
from qos.ingest import land
from qos.pipeline.flagging import FlagsReport, flags_report

QUARTER = Quarter(2026, 3)


@pytest.fixture
def flagged(workspace: Any, deliver: Any, row: dict[str, Any]) -> FlagsReport:
    """Five tests: two ordinary, one of a simulator, one over Wi-Fi, one of nobody's network; and a stopped
    delivery, and a published figure."""
    tests = [
        {"download_mbps": 40.0},
        {"download_mbps": 60.0},
        {"download_mbps": 900.0, "device_model": "sdk_gphone64_arm64"},
        {"download_mbps": 300.0, "access": "wifi"},
        {"download_mbps": 1.0, "operator": "nobody-knows"},
    ]
    rows = [
        row | {"measurement_id": f"m-{i}", "subject": f"phone-{i}"} | test for i, test in enumerate(tests)
    ]
    deliver(workspace, rows, source="app")
    deliver(workspace, [
        {"period": "2026Q3", "service": "mobile", "operator": "viettel", "metric": "download_mbps",
         "statistic": "mean", "value": 55, "n_subjects": 900},
    ], source="book", like="canonical-aggregates")  # fmt: skip
    with pytest.raises(DeliveryFault):
        deliver(workspace, [
            {"period": "2018Q4", "service": "mobile", "operator": "viettel", "metric": "download_mbps",
             "statistic": "unknown", "value": 114},
        ], "doubtful.csv", source="book", like="canonical-aggregates")  # fmt: skip
    return flags_report(workspace, QUARTER)


def test_each_flag_has_its_cost_by_source_and_operator(flagged: FlagsReport) -> None:
    costs = {(cost["flag"], cost["operator"]): cost for cost in flagged.costs}
    simulator = costs["simulator", "viettel"]
    assert (simulator["source"], simulator["rows"], simulator["share"]) == ("app", 1, 0.25)
    assert (simulator["median_download"], simulator["median_without"]) == (60.0, 60.0)
    wifi = costs["wifi-not-mobile", "viettel"]
    assert (wifi["rows"], wifi["excluded"]) == (1, True)
    unresolved = costs["operator-unresolved", ""]
    assert (unresolved["share"], unresolved["excluded"]) == (1.0, False)
    assert (unresolved["median_download"], unresolved["median_without"]) == (1.0, None)


def test_every_rule_fired_or_is_listed_as_silent_with_what_it_catches(flagged: FlagsReport) -> None:
    fired = {cost["flag"] for cost in flagged.costs}
    silent = {rule["flag"]: rule["catches"] for rule in flagged.silent}
    assert fired | set(silent) == set(FLAGS)
    assert not fired & set(silent)
    assert silent["vpn"] == FLAGS["vpn"].catches


def test_examples_name_file_and_id_and_no_subject(flagged: FlagsReport) -> None:
    (example,) = [example for example in flagged.examples if example["flag"] == "simulator"]
    assert (example["file"], example["measurement_id"], example["download_mbps"]) == (
        "rows.csv",
        "m-2",
        900.0,
    )
    assert "phone-" not in str(flagged)
    assert "subject" not in {name for example in flagged.examples for name in example}


def test_stopped_deliveries_are_listed_with_their_reason(flagged: FlagsReport) -> None:
    (stopped,) = flagged.stopped
    assert (stopped["source"], stopped["file"]) == ("book", "doubtful.csv")
    assert "without a number of tests" in stopped["reason"]


def test_the_command_says_the_same_in_json_and_words(flagged: FlagsReport, workspace: Any) -> None:
    result = CliRunner().invoke(app, ["flags", "2026Q3", "--workspace", str(workspace.root), "--json"])
    assert result.exit_code == 0
    assert {cost["flag"] for cost in json.loads(result.stdout)["costs"]} == {c["flag"] for c in flagged.costs}
    words = CliRunner().invoke(app, ["flags", "2026Q3", "--workspace", str(workspace.root)]).stdout
    assert "wifi-not-mobile" in words
    assert "doubtful.csv" in words
    assert "rules that did not fire" in words


def test_an_empty_quarter_has_no_costs(workspace: Any) -> None:
    report = flags_report(workspace, Quarter(2026, 1))
    assert (report.costs, report.found, report.examples) == ([], [], [])
    assert len(report.silent) == len(FLAGS)


def test_a_delivery_of_an_unusual_size_is_remarked_on(workspace: Any) -> None:
    fixture = Path(__file__).parents[1] / "sources" / "fixtures" / "glasgow-5g" / "tests.xlsx"
    land(workspace, sources.find("glasgow-5g"), fixture)
    (remark,) = flags_report(workspace, Quarter(2025, 2)).volumes
    assert remark["remark"] == "7 rows, where 200 to 2,000 are usual for glasgow-5g"
