"""Names, numbers and codes of a delivery, as the country understands them on the day."""

import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from qos import sources
from qos.countries import load
from qos.ingest import land
from qos.ingest.resolve import Resolver
from qos.store import reports
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace


def landed(workspace: Workspace, view: str = "measurement") -> pd.DataFrame:
    with open_snapshot(workspace) as snapshot:
        return snapshot.connection.execute(
            f"SELECT * REPLACE (array_to_string(flags, ' ') AS flags) FROM {view} ORDER BY ALL"
        ).df()


OPERATORS = (
    ({"operator": "viettel"}, "viettel", ""),
    ({"operator_name": "Viettel Telecom"}, "viettel", ""),
    ({"operator": "VIETTEL"}, "viettel", ""),
    ({"operator_name": "VNPT"}, "vinaphone", ""),
    ({"operator_name": "VNPT", "service": "fixed", "technology": "ftth"}, "vnpt", ""),
    ({"mcc_mnc": "452-04"}, "viettel", ""),
    ({"asn": 7552}, "viettel", ""),
    ({"operator_name": "no such name", "asn": 7552}, "viettel", ""),
    ({"operator": "nobody"}, None, "operator-unresolved"),
    ({"operator_name": "Nobody"}, None, "operator-unresolved"),
    ({"mcc_mnc": "001-01"}, None, "operator-unresolved"),
    ({"asn": 64512}, None, "operator-unresolved"),
    ({"asn": 131122}, None, "network-excluded"),
    ({"operator_name": "VNNIC", "asn": 64512}, None, "network-excluded"),
    ({"ip": "116.96.0.1"}, "viettel", ""),
    ({"ip": "14.225.0.1"}, "vinaphone", ""),
    ({"ip": "14.225.0.1", "service": "fixed", "technology": "ftth"}, "vnpt", ""),
    ({"operator_name": "no such name", "ip": "116.96.0.1"}, "viettel", ""),
    ({"mcc_mnc": "452-01", "ip": "116.96.0.1"}, "mobifone", ""),
    ({"ip": "23.40.76.1"}, None, "network-excluded"),
    ({"ip": "203.0.113.9"}, None, "address-unannounced"),
    ({"ip": "no address"}, None, "address-unannounced"),
    ({"operator_name": "Nobody", "ip": "203.0.113.9"}, None, "operator-unresolved"),
    ({}, None, "operator-not-given"),
)
REGIONS = (
    ({"region": "gso34:38"}, "gso34:38", ""),
    ({"region_name": "Thanh Hoá"}, "gso34:38", ""),
    ({"region_name": "THANH HOA"}, "gso34:38", ""),
    ({"region_name": "Bắc Giang"}, "gso34:24", ""),
    ({"region": "gso63:24"}, "gso63:24", ""),
    ({"region": "24"}, None, "region-unresolved"),
    ({"region_name": "Atlantis"}, None, "region-unresolved"),
    ({"latitude": 21.03, "longitude": 105.85}, "gso34:01", ""),
    ({"latitude": 21.03, "longitude": 105.85, "location_accuracy_m": 4_999}, "gso34:01", ""),
    ({"latitude": 21.03, "longitude": 105.85, "location_accuracy_m": 5_001}, None, "position-inaccurate"),
    ({"region_name": "Huế", "latitude": 21.03, "longitude": 105.85}, "gso34:46", ""),
    ({"region_name": "Atlantis", "latitude": 21.03, "longitude": 105.85}, "gso34:01", ""),
    ({"latitude": 8.0, "longitude": 110.0}, None, "region-unresolved"),
    ({"latitude": 21.03}, None, "region-not-given"),
    ({}, None, "region-not-given"),
)


@pytest.mark.parametrize(("what", "cases"), [("operator", OPERATORS), ("region", REGIONS)])
def test_operators_and_regions_are_known_by_code_name_or_number(workspace, deliver, row, what, cases) -> None:
    rows = [
        row | {what: ""} | given | {"measurement_id": f"m-{number:02d}"}
        for number, (given, _code, _flag) in enumerate(cases)
    ]
    deliver(workspace, rows)
    seen = landed(workspace).sort_values("measurement_id")
    codes = [code if isinstance(code, str) else None for code in seen[what]]
    assert list(zip(codes, seen["flags"], strict=True)) == [(code, flag) for _, code, flag in cases]


def test_a_name_means_what_it_meant_on_the_day(workspace, deliver, row) -> None:
    rows = [
        row
        | {"measurement_id": day, "measured_at": f"{day}T05:00:00Z", "region": "", "region_name": "Bắc Ninh"}
        for day in ("2025-06-30", "2025-07-01")
    ]
    deliver(workspace, rows)
    assert landed(workspace).set_index("measurement_id")["region"].to_dict() == {
        "2025-06-30": "gso63:27",
        "2025-07-01": "gso34:24",
    }


def test_a_position_means_what_it_meant_on_the_day(workspace, deliver, row) -> None:
    rows = [
        row
        | {"measurement_id": time, "measured_at": time, "region": "", "latitude": 21.18, "longitude": 106.07}
        for time in ("2025-06-30T16:59:59Z", "2025-06-30T17:00:00Z")
    ]
    deliver(workspace, rows)
    assert landed(workspace)["region"].tolist() == ["gso63:27", "gso34:24"]


def test_a_position_far_outside_the_country_is_flagged_and_one_off_its_coast_is_not(
    workspace, deliver, row
) -> None:
    places = {"london": (51.5, -0.1), "offshore": (16.0, 109.6), "hanoi": (21.03, 105.85)}
    rows = [
        {name: value for name, value in row.items() if name != "region"}
        | {"measurement_id": name, "latitude": latitude, "longitude": longitude}
        for name, (latitude, longitude) in places.items()
    ]
    deliver(workspace, rows)
    flags = landed(workspace).set_index("measurement_id")["flags"]
    assert "position-elsewhere" in flags["london"]
    assert "position-elsewhere" not in flags["offshore"] and "region-unresolved" in flags["offshore"]
    assert flags["hanoi"] == ""


def test_the_quarter_is_the_one_of_the_country(workspace, deliver, row) -> None:
    """Hanoi is seven hours ahead of UTC: its October begins at 17:00 UTC of September 30th."""
    times = {
        "2026-09-30T16:59:59Z": "2026Q3",
        "2026-09-30T17:00:00Z": "2026Q4",
        "2026-10-01T00:30:00+07:00": "2026Q4",
    }
    deliver(workspace, [row | {"measurement_id": time, "measured_at": time} for time in times])
    seen = landed(workspace)
    assert dict(zip(seen["measurement_id"], seen["quarter"], strict=True)) == times
    assert seen["measured_at"].astype(str).str.len().eq(19).all()


def test_a_measurement_of_the_future_is_flagged(workspace, deliver, row) -> None:
    deliver(workspace, [row | {"measured_at": "2199-01-01T00:00:00Z"}])
    assert landed(workspace)["flags"].tolist() == ["measured-in-future"]


# ---- the resolver itself


def test_an_epoch_is_a_span_of_days_in_which_nothing_changes_its_meaning(tmp_path) -> None:
    folder = tmp_path / "vn"
    shutil.copytree(load("vn").folder, folder)
    (folder / "prefixes.csv").write_text(
        "prefix,asn,valid_from,valid_to,origin\n192.0.2.0/24,7552,2026-03-01,,made up\n", "utf-8"
    )
    (folder / "excluded_networks.csv").write_text(
        "asn,prefix,spelling,reason,valid_from,valid_to,origin\n64496,,,test,2026-05-01,,made up\n", "utf-8"
    )
    resolver = Resolver(load(folder))
    days = [dt.date(2025, 6, 30), dt.date(2025, 7, 1), dt.date(2026, 2, 28), dt.date(2026, 3, 1),
            dt.date(2026, 4, 29), dt.date(2026, 5, 1)]  # fmt: skip
    epochs = [resolver.epoch(day) for day in days]
    first, merged, before, announced, _, excluded = epochs
    assert first < merged == before < announced < excluded
    texts = pa.array(["192.0.2.1"] * len(days))
    found = resolver.asn_of(texts, np.array(days, "datetime64[D]")).to_pylist()
    assert found == [None, None, None, 7552, 7552, 7552]
    assert [resolver.excluded(None, 64496, day) for day in days] == [None] * 5 + ["test"]


# ---- aggregates


def test_a_figure_of_an_unknown_operator_never_becomes_one_of_all(workspace, deliver, cell) -> None:
    figures = [cell | {"operator": "nobody"}, cell | {"operator": "all", "metric": "latency_ms"}]
    report = deliver(workspace, figures, source="cells", like="canonical-aggregates")
    assert (report.accepted, report.rejects) == (1, {"operator-unresolved": 1})
    assert landed(workspace, "aggregate")["operator"].tolist() == ["all"]
    (shown,) = reports.rejects_by_reason(workspace).to_dict("records")
    assert (shown["line"], shown["column"], shown["value"]) == (2, "operator", "nobody")


def test_a_figure_of_another_country_is_landed_and_left_alone(workspace, deliver, cell) -> None:
    figures = [cell | {"region": "nuts3:UKC11"}, cell | {"region": "gso34:01"}]
    report = deliver(workspace, figures, source="cells", like="canonical-aggregates")
    assert (report.rows, report.accepted, report.unused) == (2, 1, 1)
    assert report.unused_for == {"another country or unknown region": 1}
    (shown,) = reports.unused_by_reason(workspace).to_dict("records")
    assert shown["reason"] == "another country or unknown region"


CRC_HEADER = (
    "Provider,Location,Device,Aggregate Date,Test Count,Sample Count,Platform,Technology Type,Metric Type,"
    "Device Count,Latency,Download Speed,Upload Speed,Download Speed Mbps,Upload Speed Mbps\n"
)


def test_figures_are_known_by_the_names_of_operators_and_regions(tmp_path) -> None:
    workspace = Workspace.init(tmp_path / "co", "co")
    path = tmp_path / "made up.csv"
    figures = ",,Jan 2021,20,10,N/A,cellular,mean,10,50,12000,3000,12,3\n"
    lines = [
        'Claro,"North Santander, Colombia"' + figures,
        'Claro,"Atlantis, Colombia"' + figures,
        'Nobody,"Antioquia, Colombia"' + figures,
    ]
    path.write_text(CRC_HEADER + "".join(lines), "utf-8")
    report = land(workspace, sources.find("crc-speedtest"), path)
    assert (report.rows, report.accepted) == (3, 1)
    assert report.rejects == {"operator-unresolved": 1, "region-unresolved": 1}
    assert set(landed(workspace, "aggregate")["region"]) == {"dane:54"}
    shown = reports.rejects_by_reason(workspace)[["line", "column", "value"]]
    assert shown.to_numpy().tolist() == [[4, "operator_name", "Nobody"], [3, "region_name", "Atlantis"]]


def test_a_period_nobody_can_read_is_rejected_with_its_line(workspace, deliver, cell) -> None:
    figures = [cell | {"period": "summer"}, cell]
    report = deliver(workspace, figures, source="cells", like="canonical-aggregates")
    assert (report.accepted, report.rejected) == (1, 1)
    (shown,) = reports.rejects_by_reason(workspace).to_dict("records")
    assert (shown["line"], shown["column"], shown["value"]) == (2, "period", "summer")


def test_a_figure_lies_in_the_quarter_in_which_its_period_ends(workspace, deliver, cell) -> None:
    figures = [
        cell | {"period": period, "region": ""} for period in ("2025-01-01/2025-07-01", "2025-10", "2025Q4")
    ]
    report = deliver(workspace, figures, source="cells", like="canonical-aggregates")
    assert report.quarters == ("2025Q2", "2025Q4")


def test_a_time_in_no_quarter_of_the_country_rejects_its_row(workspace, deliver, row) -> None:
    """The last evening of 2200 in UTC is a morning of 2201 in Hanoi."""
    rows = [row | {"measurement_id": "m-0", "measured_at": "2200-12-31T20:00:00Z"}, row]
    report = deliver(workspace, rows)
    assert (report.rows, report.accepted, report.rejects) == (2, 1, {"out-of-bounds": 1})
    (shown,) = reports.rejects_by_reason(workspace).to_dict("records")
    assert (shown["line"], shown["column"], shown["value"]) == (2, "measured_at", "2200-12-31 20:00:00")


def test_a_period_long_ago_is_rejected(workspace, deliver, cell) -> None:
    report = deliver(workspace, [cell | {"period": "1970-01"}], source="cells", like="canonical-aggregates")
    assert report.rejects == {"unreadable period": 1}
