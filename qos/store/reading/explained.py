"""What a source made of a delivery, in plain values: for `qos try` and whoever wants to look."""

from typing import Any

import duckdb

from qos.store.reading import SHOWN_ROWS, Reading
from qos.store.reading.units import quantiles


def explain_reading(connection: duckdb.DuckDBPyConnection, reading: Reading) -> dict[str, Any]:
    """A reading as a dictionary that JSON can hold; the connection still has its tables.

    counts: what the `line` of a row is.  columns: every column of the file with its fate, `kept` or
    `ignored`, and the reason.  units: quantiles of every metric as it was read, with a hint where they look
    like another unit (rejected rows count too: a wrong unit makes values impossible).
    before, after: the first rows as delivered and as ours.  rejected, unused: per reason (and column)
    the count and the first line with its value.  flags: count by name.
    """
    return {
        "source": reading.source,
        "delivery": reading.delivery,
        "layout": reading.layout,
        "shape": str(reading.shape),
        "file": {
            "form": reading.form,
            "compression": reading.compression,
            "encoding": reading.encoding,
            "delimiter": reading.delimiter,
        },
        "rows": {
            "delivered": reading.rows,
            "accepted": reading.accepted_rows,
            "rejected": reading.rejected_rows,
            "unused": reading.unused_rows,
        },
        "counts": reading.counts,
        "columns": _columns(reading),
        "before": [dict(row) for row in reading.first_rows],
        "after": _first_accepted(connection, reading),
        "rejected": _rejected(connection, reading),
        "unused": _unused(connection, reading),
        "flags": _flags(connection, reading),
        "units": quantiles(connection),
        "empty_values": {metric: count for metric, count in reading.empty_values.items() if count},
    }


def _columns(reading: Reading) -> list[dict[str, str]]:
    kept = [{"column": name, "fate": "kept", "reason": ""} for name in reading.kept_columns]
    ignored = [
        {"column": name, "fate": "ignored", "reason": reason}
        for name, reason in reading.ignored_columns.items()
    ]
    return kept + ignored


def _dicts(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _first_accepted(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[dict[str, Any]]:
    """Times as ISO text in UTC."""
    types = connection.execute(f"DESCRIBE {reading.accepted}").fetchall()
    order = "line, metric" if any(name == "metric" for name, *_ in types) else "line"
    columns = ", ".join(
        f'strftime("{name}", \'%Y-%m-%dT%H:%M:%SZ\') AS "{name}"' if type_ == "TIMESTAMP" else f'"{name}"'
        for name, type_, *_ in types
    )
    return _dicts(connection, f"SELECT {columns} FROM {reading.accepted} ORDER BY {order} LIMIT {SHOWN_ROWS}")


def _rejected(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[dict[str, Any]]:
    query = (
        'SELECT reason, "column", sum(row_count)::BIGINT AS rows, min(line) AS line,'
        f" arg_min(coalesce(value, ''), line) AS value FROM {reading.rejected}"
        ' GROUP BY reason, "column" ORDER BY rows DESC, reason, "column"'
    )
    return _dicts(connection, query)


def _unused(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[dict[str, Any]]:
    query = (
        f"SELECT reason, count(*) AS rows, min(line) AS line FROM {reading.unused}"
        " GROUP BY reason ORDER BY rows DESC, reason"
    )
    return _dicts(connection, query)


def _flags(connection: duckdb.DuckDBPyConnection, reading: Reading) -> dict[str, int]:
    types = connection.execute(f"DESCRIBE {reading.accepted}").fetchall()
    if not any(name == "flags" for name, *_ in types):
        return {}
    query = (
        f"SELECT flag, count(DISTINCT line) FROM (SELECT line, unnest(flags) AS flag FROM {reading.accepted})"
        " GROUP BY flag ORDER BY flag"
    )
    return dict(connection.execute(query).fetchall())
