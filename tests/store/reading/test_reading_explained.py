"""What `qos try` can say of a delivery."""

import json
from pathlib import Path

import duckdb

from qos.domain.declaration import Csv, Declaration
from qos.domain.expressions import divide, empty, equals, period_start
from qos.domain.quarter import Period
from qos.domain.source import Shape, Source, SourceKind
from qos.store.reading import read
from qos.store.reading.explained import explain_reading

SOURCE = Source(
    name="tiny",
    title="Tiny",
    kind=SourceKind.APP,
    shape=Shape.MEASUREMENTS,
    licence="CC0-1.0",
    needs_period=True,
)
TABLE = Csv(
    name="first",
    keep={
        "measurement_id": "id",
        "measured_at": period_start(),
        "service": "kind",
        "download_mbps": divide("kbps", 1e3),
    },
    reject={"vpn": equals("vpn", "yes")},
    unused={"old": equals("age", "old")},
    flags={"no-weight": empty("age")},
    ignore={"about the page": ["lang"]},
)
TEXT = (
    "id,kind,kbps,vpn,age,lang\n"
    "1,fixed,1500,no,,vi\n2,fixed,x,no,new,vi\n3,fixed,y,no,new,vi\n4,fixed,1,yes,,vi\n5,fixed,1,,old,vi\n"
)


def test_a_reading_is_explained_in_values_that_json_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text(TEXT)
    with duckdb.connect() as connection:
        declaration = Declaration(SOURCE, (TABLE,))
        reading = read(connection, declaration, path, delivery="day.csv", period=Period.parse("2021-03"))
        explained = json.loads(json.dumps(explain_reading(connection, reading)))
    assert explained["rows"] == {"delivered": 5, "accepted": 1, "rejected": 3, "unused": 1}
    assert explained["columns"] == [
        *({"column": name, "fate": "kept", "reason": ""} for name in ("id", "kind", "kbps", "vpn", "age")),
        {"column": "lang", "fate": "ignored", "reason": "about the page"},
    ]
    assert [row["id"] for row in explained["before"]] == ["1", "2", "3", "4", "5"]
    assert explained["after"] == [
        {
            "measurement_id": "1",
            "measured_at": "2021-03-01T00:00:00Z",
            "service": "fixed",
            "download_mbps": 1.5,
            "flags": ["no-weight"],
            "line": 2,
        }
    ]
    assert explained["rejected"] == [
        {"reason": "not a number", "column": "kbps", "rows": 2, "line": 3, "value": "x"},
        {"reason": "vpn", "column": "vpn", "rows": 1, "line": 5, "value": "yes"},
    ]
    assert explained["unused"] == [{"reason": "old", "rows": 1, "line": 6}]
    assert explained["flags"] == {"no-weight": 1}
