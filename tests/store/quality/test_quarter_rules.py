"""Rules on a quarter: each fires on its case, an ordinary quarter raises nothing, order does not matter."""

import dataclasses
import datetime as dt
import random
from typing import Any

import duckdb
import pandas as pd
import pytest

from qos import methodology
from qos.domain.flags import FLAGS, Grain, mask
from qos.domain.quarter import Quarter
from qos.store.quality import concentration, same_results
from qos.store.quality.quarter_rules import RULES, flag_quarter

QUARTER = Quarter(2026, 3)
EDITION = methodology.load().edition
START = dt.datetime(2026, 7, 2)
OPERATORS = ("viettel", "vinaphone", "mobifone")
Row = dict[str, Any]


def ordinary(*, n: int = 600, source: str = "app", quarter: str = "2026Q3", seed: int = 1) -> list[Row]:
    """Rows of three operators: two of each subject, twelve models, spread over the quarter."""
    chance = random.Random(seed)
    return [
        {
            "source": source, "quarter": quarter, "measurement_id": f"{source}-{quarter}-{operator}-{i}",
            "operator": operator, "subject": 1000 * place + i // 2, "device_model": f"model-{i % 12}",
            "measured_at": START + dt.timedelta(seconds=chance.randrange(80 * 86400)),
            "download_mbps": chance.lognormvariate(3.5, 0.8), "upload_mbps": chance.lognormvariate(2.5, 0.8),
        }
        for place, operator in enumerate(OPERATORS)
        for i in range(n)
    ]  # fmt: skip


def ask(connection: duckdb.DuckDBPyConnection, **kin: str) -> pd.DataFrame:
    return flag_quarter(
        connection, QUARTER, EDITION.quality, excluding_flags=EDITION.excluding_flags, kin=kin
    )


def marked(connection: duckdb.DuckDBPyConnection, flag: str) -> set[str]:
    """Ids of the measurements that carry a flag of the quarter."""
    found = connection.execute(
        f"SELECT measurement_id FROM quarter_measurement WHERE all_flags & {mask([flag])} <> 0"
    ).fetchall()
    return {name for (name,) in found}


def test_an_ordinary_quarter_raises_nothing(connection: Any, measured: Any) -> None:
    measured(ordinary() + ordinary(source="web", seed=2) + ordinary(quarter="2026Q2", seed=3))
    assert ask(connection).empty
    assert connection.execute("SELECT count(*) FROM quarter_flag").fetchall() == [(0,)]


def test_a_quarter_without_measurements_raises_nothing(connection: Any, measured: Any) -> None:
    measured([])
    assert ask(connection).empty


def test_every_quarter_rule_is_declared_with_a_case() -> None:
    assert all(FLAGS[name].grain is Grain.QUARTER and FLAGS[name].case for name in RULES)


def test_a_handset_testing_in_a_loop_is_found(connection: Any, measured: Any) -> None:
    loop = [row | {"measurement_id": f"loop-{i}", "subject": 77} for i, row in enumerate(ordinary()[:40])]
    measured(ordinary() + loop)
    (found,) = ask(connection).to_dict("records")
    assert (found["flag"], found["operator"], found["rows"]) == ("subject-share", "viettel", 42)
    assert found["share"] == pytest.approx(42 / 640)
    assert len(marked(connection, "subject-share")) == 42


def test_one_of_few_subjects_may_bring_a_large_share(connection: Any, measured: Any) -> None:
    measured([row | {"subject": row["subject"] % 10} for row in ordinary()])
    assert ask(connection).empty


def test_subjects_counted_in_passes_are_the_same(
    connection: Any, measured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(ordinary() + [row | {"measurement_id": f"loop-{i}", "subject": -77}
                           for i, row in enumerate(ordinary()[:40])])  # fmt: skip
    once = ask(connection)
    monkeypatch.setattr(concentration, "SUBJECTS_AT_ONCE", 300)
    pd.testing.assert_frame_equal(ask(connection), once)
    assert once["flag"].tolist() == ["subject-share"]


def test_a_model_that_only_one_operators_rows_have_is_found(connection: Any, measured: Any) -> None:
    rows = ordinary()
    measured([row | {"device_model": "staff"} if row["operator"] == "mobifone" and i % 2 else row
              for i, row in enumerate(rows)])  # fmt: skip
    (found,) = ask(connection).to_dict("records")
    assert (found["flag"], found["operator"], found["what"]) == ("device-share", "mobifone", "staff")
    assert (found["share"], found["compared"]) == (0.5, 0.0)


def test_a_panel_of_one_probe_model_is_no_concentration(connection: Any, measured: Any) -> None:
    measured([row | {"device_model": "whitebox"} for row in ordinary()])
    assert ask(connection).empty


def test_an_afternoon_of_one_operators_tests_is_found(connection: Any, measured: Any) -> None:
    rows = ordinary()
    staff = [row | {"measured_at": dt.datetime(2026, 8, 3, 14, i), "measurement_id": f"staff-{i}",
                    "subject": 5000 + i} for i, row in enumerate(rows[:50])]  # fmt: skip
    measured(rows + staff)
    (found,) = ask(connection).to_dict("records")
    assert (found["flag"], found["operator"], found["what"]) == ("hour-share", "viettel", "2026-08-03T14:00Z")


def test_a_wave_dated_to_one_day_is_no_concentration(connection: Any, measured: Any) -> None:
    measured([row | {"measured_at": dt.datetime(2026, 8, 1)} for row in ordinary()])
    assert ask(connection).empty


def test_shares_of_few_rows_say_nothing(connection: Any, measured: Any) -> None:
    measured([row | {"device_model": row["operator"]} for row in ordinary(n=EDITION.quality.share_rows - 1)])
    assert "device-share" not in set(ask(connection)["flag"])


def test_the_jump_of_vietnams_5g_sessions_is_a_campaign(connection: Any, measured: Any) -> None:
    def sessions(quarter: str, shares: dict[str, int]) -> list[Row]:
        return [
            {"quarter": quarter, "operator": name, "measurement_id": f"{quarter}-{name}-{i}",
             "technology": "5g-nsa", "measured_at": START + dt.timedelta(minutes=97 * i),
             "download_mbps": 400 + 0.37 * i}
            for name, count in shares.items() for i in range(count)
        ]  # fmt: skip

    measured(
        sessions("2026Q2", {"viettel": 828, "vinaphone": 100, "mobifone": 72})
        + sessions("2026Q3", {"viettel": 938, "vinaphone": 40, "mobifone": 22})
    )
    (found,) = ask(connection).to_dict("records")
    assert (found["flag"], found["operator"], found["technology"]) == ("campaign", "viettel", "5g-nsa")
    assert (found["compared"], found["share"]) == (0.828, 0.938)
    assert len(marked(connection, "campaign")) == 938


def test_a_result_of_two_sources_counts_in_the_first_by_name(connection: Any, measured: Any) -> None:
    rows = ordinary()
    copies = [
        row | {"source": "web", "measurement_id": f"copy-{i}", "subject": 9000 + i,
               "measured_at": row["measured_at"] + dt.timedelta(seconds=i % 5),
               "download_mbps": round(row["download_mbps"], 2), "upload_mbps": round(row["upload_mbps"], 2)}
        for i, row in enumerate(rows) if i % 100 == 0 and row["upload_mbps"] > 5 and row["download_mbps"] > 5
    ]  # fmt: skip
    assert len(copies) > 10
    measured(rows + copies)
    found = ask(connection)
    assert set(found["flag"]) == {"other-source"}
    assert (set(found["source"]), set(found["what"]), found["rows"].sum()) == ({"web"}, {"app"}, len(copies))
    excluded = connection.execute("SELECT source, measurement_id, flag FROM quarter_flag").fetchall()
    assert set(excluded) == {("web", row["measurement_id"], "other-source") for row in copies}


def test_equal_downloads_alone_are_one_result_only_among_kin(connection: Any, measured: Any) -> None:
    tests = [row | {"upload_mbps": None} for row in ordinary()[:50]]
    measured(tests + [row | {"source": "web"} for row in tests])
    assert ask(connection).empty
    assert ask(connection, app="sdk", web="sdk")["rows"].sum() == 50
    assert ask(connection, app="sdk", web="another").empty


def test_the_same_id_within_seconds_is_one_result_among_kin(connection: Any, measured: Any) -> None:
    test = {"measurement_id": "uuid-1", "download_mbps": 40.0, "upload_mbps": None}
    measured([test, test | {"source": "web", "download_mbps": 43.0}])
    assert ask(connection).empty
    assert ask(connection, app="sdk", web="sdk")["rows"].tolist() == [1]


@pytest.mark.parametrize(
    "other",
    [{"operator": "mobifone"}, {"service": "fixed"}, {"measured_at": dt.datetime(2026, 8, 1, 3, 0, 6)},
     {"download_mbps": 50.7}, {"upload_mbps": 12.6}],
)  # fmt: skip
def test_a_result_that_differs_in_anything_is_another(connection: Any, measured: Any, other: Row) -> None:
    measured([{}, {"source": "web"} | other])
    assert ask(connection, app="sdk", web="sdk").empty


def test_a_long_quarter_is_compared_through_some_of_its_minutes_first(
    connection: Any, measured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ordinary(n=2000)
    measured(rows + [row | {"source": "web", "measurement_id": f"copy-{i}"} for i, row in enumerate(rows)])
    once = ask(connection)
    monkeypatch.setattr(same_results, "SCREENED_ROWS", 1000)
    monkeypatch.setattr(same_results, "_AT_ONCE", 3000)
    pd.testing.assert_frame_equal(ask(connection), once)
    assert once["rows"].sum() == 6000
    measured(rows + ordinary(n=2000, source="web", seed=9))
    assert ask(connection).empty


def test_what_is_excluded_already_is_nobodys_share(connection: Any, measured: Any) -> None:
    loop = [row | {"measurement_id": f"loop-{i}", "subject": 77, "flags": ["simulator"]}
            for i, row in enumerate(ordinary()[:40])]  # fmt: skip
    measured(ordinary() + loop + [row | {"counts": False} for row in loop])
    assert ask(connection).empty


def test_nothing_found_names_a_subject(connection: Any, measured: Any) -> None:
    loop = [row | {"measurement_id": f"loop-{i}", "subject": 4711} for i, row in enumerate(ordinary()[:40])]
    measured(ordinary() + loop)
    assert "4711" not in ask(connection).to_csv()


def test_the_order_of_rows_changes_nothing(connection: Any, measured: Any) -> None:
    rows = ordinary() + [row | {"source": "web", "measurement_id": f"copy-{i}", "subject": 77}
                         for i, row in enumerate(ordinary()[:60])]  # fmt: skip
    measured(rows)
    once = ask(connection)
    measured([row | {"subject": row["subject"]} for row in random.Random(5).sample(rows, len(rows))])
    pd.testing.assert_frame_equal(ask(connection), once)
    assert len(once) > 0


def test_limits_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        dataclasses.replace(EDITION.quality, device_share=1.5)
    with pytest.raises(ValueError, match="factors above 1"):
        dataclasses.replace(EDITION.quality, campaign_odds=1)


def test_an_edition_excludes_by_declared_flags_only() -> None:
    with pytest.raises(ValueError, match=r"lacks: \['ufo'\]"):
        dataclasses.replace(EDITION, excluding_flags=("ufo",))
