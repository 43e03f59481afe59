"""What landing a delivery noticed, counted."""

import re

import duckdb

from qos.store.arriving import LANDING
from qos.store.bulk import counts
from qos.store.deliveries import Noticed
from qos.store.reading import Reading
from qos.store.repeats import Repeats

_EXAMPLES = 1000
"""Of each reason: enough to see a pattern, few enough for a million bad lines."""

_ADDRESS = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b"  # IPv4
    r"|\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"  # MAC
    r"|\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b|[0-9a-f:]*::[0-9a-f:]*",  # IPv6; a time of day has two colons
    re.IGNORECASE,
)


def notice(
    connection: duckdb.DuckDBPyConnection, reading: Reading, repeats: Repeats, *, hidden: frozenset[str]
) -> Noticed:
    """Counts of `landing`, `new_line` and the reading's rejects; hidden: columns whose values identify."""
    rejects = counts(connection, f"SELECT reason, sum(row_count) FROM {reading.rejected} GROUP BY reason")
    unused_for = counts(
        connection, f"SELECT reason, count(DISTINCT line) FROM {reading.unused} GROUP BY reason"
    )
    flags = counts(
        connection,
        f"""
        SELECT flag, count(DISTINCT line)
        FROM (SELECT line, unnest(flags) AS flag FROM {LANDING} SEMI JOIN new_line USING (line))
        GROUP BY flag
        """,
    )
    quarters = connection.execute(f"SELECT DISTINCT quarter FROM {LANDING} ORDER BY 1").fetchall()
    landed, new = connection.execute(
        f"SELECT (SELECT count(DISTINCT line) FROM {LANDING}), (SELECT count(*) FROM new_line)"
    ).fetchall()[0]
    return Noticed(
        layout=reading.layout,
        rows=reading.rows,
        accepted=new,
        duplicate=landed - new,
        rejected=sum(rejects.values()),
        unused=sum(unused_for.values()),
        repeated=repeats.repeated,
        rejects=rejects,
        unused_for=unused_for,
        flags=flags,
        quarters=tuple(quarter for (quarter,) in quarters),
        examples=tuple(_examples(connection, reading, hidden)),
    )


def _examples(
    connection: duckdb.DuckDBPyConnection, reading: Reading, hidden: frozenset[str]
) -> list[dict[str, object]]:
    """Rejects as they are kept: without what identifies; a value outside any column may be a whole row."""
    found = connection.execute(
        f"""
        SELECT reason, line, "column", value FROM {reading.rejected}
        QUALIFY row_number() OVER (PARTITION BY reason ORDER BY line, "column") <= {_EXAMPLES}
        ORDER BY ALL
        """
    ).fetchall()
    return [
        {"reason": reason, "line": line, "column": column, "value": _harmless(column, value, hidden)}
        for reason, line, column, value in found
    ]


def _harmless(column: str | None, value: str | None, hidden: frozenset[str]) -> str | None:
    if value is None or not column or column in hidden:
        return None
    return _ADDRESS.sub("(address)", value)
