"""The columns of the Parquet parts, from the column tables of the domain."""

from qos.domain.measurement import (
    AGGREGATE_COLUMNS,
    COUNTRY,
    DROPPED_AFTER_RESOLUTION,
    MEASUREMENT_COLUMNS,
    Kind,
)

_TYPE = {
    Kind.TEXT: "VARCHAR",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.INTEGER: "BIGINT",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.NUMBER: "DOUBLE",
}

COLUMN_TYPES: dict[str, str] = {
    column.name: _TYPE[column.kind]
    for column in (*MEASUREMENT_COLUMNS, *DROPPED_AFTER_RESOLUTION, *AGGREGATE_COLUMNS, COUNTRY)
} | {"publisher": "VARCHAR", "flags": "VARCHAR[]", "line": "BIGINT"}
"""DuckDB type of every column that a reading may hold."""

MEASUREMENTS: dict[str, str] = {
    "source": "VARCHAR",
    "delivery": "VARCHAR",
    "quarter": "VARCHAR",
    **{column.name: _TYPE[column.kind] for column in MEASUREMENT_COLUMNS},
    "subject": "BIGINT",
    "flags": "BIGINT",
}
"""`flags`: a set of bits (`qos.domain.flags`). A file may lack columns: they are null in all its rows."""

CONTENT = tuple(name for name in MEASUREMENTS if name not in ("delivery", "flags"))
"""What makes two rows of one id the same measurement, whatever spelling it came in."""

KEYLESS = tuple(name for name in CONTENT if name not in ("subject", "measurement_id"))
"""The same without what a workspace's own key goes into: what it says does not depend on the key."""

AGGREGATES: dict[str, str] = {
    "source": "VARCHAR",
    "delivery": "VARCHAR",
    "quarter": "VARCHAR",
    "publisher": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    **{
        column.name: _TYPE[column.kind]
        for column in AGGREGATE_COLUMNS
        if column.name not in ("source", "period")
    },
    "flags": "VARCHAR[]",
}
"""`operator` null: all operators; `region` null: the nation; `period_end` is exclusive."""

DATASETS = {"measurements": MEASUREMENTS, "aggregates": AGGREGATES}
SORTED_BY = {
    "measurements": ("source", "subject", "measured_at", "measurement_id", "delivery"),
    "aggregates": (
        *("source", "publisher", "period_start", "period_end", "technology", "operator", "region"),
        *("metric", "statistic", "value", "delivery"),
    ),
}

AGGREGATE_KEY = (
    *("source", "publisher", "period_start", "period_end", "service", "technology", "operator", "region"),
    *("metric", "statistic"),
)
AGGREGATE_CONTENT = ("value", "n_measurements", "n_subjects", "std_error", "scale")
"""What a figure says; the same figure cited elsewhere is the same figure."""


def same(names: tuple[str, ...]) -> str:
    """An SQL expression that is equal where all these columns are equal, nulls included."""
    return "concat_ws(chr(31), " + ", ".join(f"'{name}=' || CAST({name} AS VARCHAR)" for name in names) + ")"
