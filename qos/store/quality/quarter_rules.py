"""Rules on all measurements of a quarter, asked when it is reduced.

Rows that an excluding flag keeps out already are not asked: a simulator's rows are nobody's share.
"""

from collections import Counter
from collections.abc import Collection, Mapping

import duckdb
import pandas as pd

from qos.domain.flags import FLAGS, Grain, mask, names_of
from qos.domain.quarter import Quarter
from qos.methodology.edition import Quality
from qos.store.quality.concentration import (
    count_operators,
    find_campaigns,
    find_devices,
    find_hours,
    find_subjects,
)
from qos.store.quality.same_results import find_same_results

_SAME_OPERATOR = (
    "f.source = m.source AND f.service = m.service AND f.operator = m.operator"  # grain of the shares
)

RULES: dict[str, tuple[str, str]] = {
    "subject-share": ("flagged_subject", f"{_SAME_OPERATOR} AND f.subject = m.subject"),
    "device-share": ("flagged_device", f"{_SAME_OPERATOR} AND f.thing = m.device_model"),
    "hour-share": ("flagged_hour", f"{_SAME_OPERATOR} AND f.thing = date_trunc('hour', m.measured_at)"),
    "campaign": ("flagged_campaign", f"{_SAME_OPERATOR} AND f.technology = coalesce(m.technology, '')"),
    "other-source": ("flagged_result", "f.source = m.source AND f.measurement_id = m.measurement_id"),
}
"""Flag -> what it was found on, and which rows `m` of the view `measurement` that concerns."""

FINDINGS = ("flag", "source", "service", "operator", "technology", "what", "rows", "share", "compared")


def flag_quarter(
    connection: duckdb.DuckDBPyConnection,
    quarter: Quarter,
    quality: Quality,
    *,
    excluding_flags: Collection[str],
    kin: Mapping[str, str],
) -> pd.DataFrame:
    """Asks the rules of a quarter; needs the view `measurement` of a snapshot.

    kin: source -> its kin group. Leaves the table `quarter_flag` (source, measurement_id, flag) with the
    rows that an excluding flag keeps out, and the view `quarter_measurement`: the quarter's measurements
    that count, with `all_flags`, the bits of their own flags and of the rules here. Returns what was found
    (`FINDINGS`), sorted: `what` is the device or hour, or the source that keeps a common result; `share`
    of the operator's rows, `compared` the share elsewhere or before. Nothing in it names a subject.
    """
    own = mask(flag for flag in excluding_flags if FLAGS[flag].grain is Grain.ROW)
    _view_rows(connection, "quarter_row", quarter, own)
    _view_rows(connection, "before_row", quarter.previous(), own)
    rows = count_operators(connection)
    find_subjects(connection, rows, quality)
    find_devices(connection, quality)
    find_hours(connection, quality)
    find_campaigns(connection, quality)
    find_same_results(connection, rows, quality, kin)
    _view_flagged(connection, quarter)
    _keep_excluded(connection, quarter, excluding_flags)
    return _findings(connection)


def _view_rows(connection: duckdb.DuckDBPyConnection, name: str, quarter: Quarter, excluded: int) -> None:
    """What the rules are asked of: measurements that count, of a known operator, and enter."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW {name} AS
        SELECT source, service, operator, technology, subject, device_model, measured_at, measurement_id,
            download_mbps, upload_mbps
        FROM measurement
        WHERE quarter = '{quarter}' AND counts AND operator IS NOT NULL AND flag_bits & {excluded} = 0
        """
    )


def _view_flagged(connection: duckdb.DuckDBPyConnection, quarter: Quarter) -> None:
    """What was found is few rows, so the quarter streams past it."""
    bits, joins = [], []
    for flag, (table, on) in RULES.items():
        name = f"f{FLAGS[flag].bit}"
        joins.append(f"LEFT JOIN {table} AS {name} ON {on.replace('f.', f'{name}.')}")
        bits.append(f"CASE WHEN {name}.source IS NULL THEN 0 ELSE {mask([flag])} END")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW quarter_measurement AS
        SELECT m.*, m.flag_bits | {" | ".join(bits)} AS all_flags
        FROM measurement AS m {" ".join(joins)}
        WHERE m.quarter = '{quarter}' AND m.counts
        """
    )


def _keep_excluded(
    connection: duckdb.DuckDBPyConnection, quarter: Quarter, excluding_flags: Collection[str]
) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE quarter_flag (source VARCHAR, measurement_id VARCHAR, flag VARCHAR)"
    )
    for flag in sorted(set(excluding_flags) & set(RULES)):
        table, on = RULES[flag]
        connection.execute(
            f"INSERT INTO quarter_flag SELECT m.source, m.measurement_id, '{flag}' "
            f"FROM measurement AS m JOIN {table} AS f ON {on} WHERE m.quarter = '{quarter}' AND m.counts"
        )


def count_flags(connection: duckdb.DuckDBPyConnection, quarter: Quarter) -> pd.DataFrame:
    """source, flag, count of the quarter's rows and figures that carry it, sorted by source and flag.

    Needs what `flag_quarter` leaves. A row has the flags of its own, whether it counts or not, and where it
    counts those of the rules here; a figure is of the quarter in which its period ends.
    """
    counted: Counter[tuple[str, str]] = Counter()
    own = f"SELECT source, flag_bits, count(*) FROM measurement WHERE quarter = '{quarter}' GROUP BY ALL"
    for source, bits, rows in connection.execute(own).fetchall():
        counted.update({(source, flag): rows for flag in names_of(bits)})
    for flag, (table, on) in RULES.items():
        found = connection.execute(
            f"SELECT m.source, count(*) FROM measurement AS m JOIN {table} AS f ON {on} "
            f"WHERE m.quarter = '{quarter}' AND m.counts GROUP BY m.source"
        )
        counted.update({(source, flag): rows for source, rows in found.fetchall()})
    figures = connection.execute(
        "SELECT source, flags, count(*) FROM aggregate "
        "WHERE period_end > $start AND period_end <= $end GROUP BY ALL",
        {"start": quarter.start, "end": quarter.end},
    )
    for source, flags, rows in figures.fetchall():
        counted.update({(source, flag): rows for flag in flags})
    listed = [(source, flag, count) for (source, flag), count in sorted(counted.items())]
    return pd.DataFrame(listed, columns=["source", "flag", "count"])


def _findings(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    shares = "rows, share"
    found = connection.execute(
        f"""
        SELECT 'subject-share' AS flag, source, service, operator, '' AS technology, '' AS what, {shares},
            CAST(NULL AS DOUBLE) AS compared FROM flagged_subject
        UNION ALL SELECT 'device-share', source, service, operator, '', CAST(thing AS VARCHAR), {shares},
            elsewhere FROM flagged_device
        UNION ALL SELECT 'hour-share', source, service, operator, '', strftime(thing, '%Y-%m-%dT%H:00Z'),
            {shares}, elsewhere FROM flagged_hour
        UNION ALL SELECT 'campaign', source, service, operator, technology, '', {shares}, before
            FROM flagged_campaign
        UNION ALL SELECT 'other-source', m.source, m.service, m.operator, '', f.kept_by, count(*),
            count(*) / any_value(o.rows), NULL
            FROM flagged_result AS f
            JOIN quarter_row AS m ON m.source = f.source AND m.measurement_id = f.measurement_id
            JOIN operator_rows AS o
              ON o.source = m.source AND o.service = m.service AND o.operator = m.operator
            GROUP BY ALL
        ORDER BY ALL
        """
    ).df()
    return found[list(FINDINGS)]
