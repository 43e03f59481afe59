"""What landing a delivery noticed, counted."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from qos.domain.flags import names_of
from qos.store.bulk import counts
from qos.store.deliveries import Noticed
from qos.store.reading import Reading
from qos.store.repeats import LANDING, Repeats

_EXAMPLES = 1000
"""Of each reason: enough to see a pattern, few enough for a million bad lines."""

_ADDRESS = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b"  # IPv4
    r"|\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"  # MAC
    r"|\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b|[0-9a-f:]*::[0-9a-f:]*",  # IPv6; a time of day has two colons
    re.IGNORECASE,
)


@dataclass
class LeftOut:
    """What readings of one delivery left out, added up. hidden: columns whose values identify."""

    hidden: frozenset[str]
    layout: str = ""
    rows: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    unused_for: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, object]] = field(default_factory=list)
    places: str = "line"

    def add(self, connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
        """One reading, of the whole delivery or of the next piece; examples stay few of each reason."""
        self.layout, self.rows = reading.layout, self.rows + reading.rows
        self.places = reading.counts
        shown = dict(self.rejects)
        self.rejects.update(
            counts(connection, f"SELECT reason, sum(row_count) FROM {reading.rejected} GROUP BY reason")
        )
        self.unused_for.update(
            counts(connection, f"SELECT reason, count(DISTINCT line) FROM {reading.unused} GROUP BY reason")
        )
        if reading.rejected_rows or self.rejects:
            for example in _examples(connection, reading, self.hidden):
                reason = str(example["reason"])
                shown[reason] = shown.get(reason, 0) + 1
                if shown[reason] <= _EXAMPLES:
                    self.examples.append(example)

    def noticed(
        self, accepted: int, repeats: Repeats, flags: Mapping[str, int], quarters: Iterable[str]
    ) -> Noticed:
        return Noticed(
            layout=self.layout,
            rows=self.rows,
            accepted=accepted,
            duplicate=repeats.duplicate,
            rejected=self.rejects.total(),
            unused=self.unused_for.total(),
            repeated=repeats.repeated,
            rejects=dict(sorted(self.rejects.items())),
            unused_for=dict(sorted(self.unused_for.items())),
            flags=dict(sorted(flags.items())),
            quarters=tuple(quarters),
            examples=tuple(self.examples),
            places=self.places,
        )


def notice_measurements(
    connection: duckdb.DuckDBPyConnection, left_out: LeftOut, repeats: Repeats, quarters: Iterable[str]
) -> Noticed:
    """Counts of `landing`; flags are those of rows that bring something new."""
    by_bits = Counter(
        dict(connection.execute(f"SELECT flags, count(*) FROM {LANDING} GROUP BY flags").fetchall())
    )
    landed = by_bits.total()
    by_bits.subtract(repeats.by_flags)
    flags: Counter[str] = Counter()
    for bits, count in by_bits.items():
        if count:
            flags.update(dict.fromkeys(names_of(bits), count))
    return left_out.noticed(landed - repeats.duplicate, repeats, flags, quarters)


def notice_aggregates(connection: duckdb.DuckDBPyConnection, left_out: LeftOut, repeats: Repeats) -> Noticed:
    """Counts of `landing` and `new_line`, by line."""
    flags = counts(
        connection,
        f"""
        SELECT flag, count(DISTINCT line)
        FROM (SELECT line, unnest(flags) AS flag FROM {LANDING} SEMI JOIN new_line USING (line))
        GROUP BY flag
        """,
    )
    quarters = connection.execute(f"SELECT DISTINCT quarter FROM {LANDING} ORDER BY 1").fetchall()
    (new,) = connection.execute("SELECT count(*) FROM new_line").fetchall()[0]
    return left_out.noticed(new, repeats, flags, [quarter for (quarter,) in quarters])


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
