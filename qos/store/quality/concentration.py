"""Shares that one subject, device model, hour or operator has of a source, and shares that changed.

All read the view `quarter_row` (see `quarter_rules`). What is grouped is counted first and joined back
later, so that nothing as long as the quarter is ever held.
"""

import duckdb

from qos.methodology.edition import Quality

SUBJECTS_AT_ONCE = 8_000_000
"""Rows whose subjects are counted in one pass: about a million subjects, some hundred megabytes."""

_HOUR = "date_trunc('hour', measured_at)"


def count_operators(connection: duckdb.DuckDBPyConnection) -> int:
    """Makes `operator_rows` (source, service, operator, rows); returns all rows."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE operator_rows AS "
        "SELECT source, service, operator, count(*) AS rows FROM quarter_row GROUP BY ALL"
    )
    (rows,) = connection.execute("SELECT coalesce(sum(rows), 0) FROM operator_rows").fetchall()[0]
    return int(rows)


def find_subjects(connection: duckdb.DuckDBPyConnection, rows: int, quality: Quality) -> None:
    """Makes `flagged_subject` (source, service, operator, subject, rows, share).

    Only operators with enough subjects are asked. Passes are spans of the subjects' numbers, which are
    spread evenly and by which parts are sorted: each reads little more than its own rows.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE candidate_subject "
        "(source VARCHAR, service VARCHAR, operator VARCHAR, subject BIGINT, rows BIGINT, share DOUBLE)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE operator_subjects "
        "(source VARCHAR, service VARCHAR, operator VARCHAR, subjects BIGINT)"
    )
    passes = max(1, -(-rows // SUBJECTS_AT_ONCE))
    edges = [-(2**63) + 2**64 * number // passes for number in range(passes + 1)]
    for number in range(passes):
        mine = "" if passes == 1 else f"AND subject BETWEEN {edges[number]} AND {edges[number + 1] - 1}"
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE subject_rows AS "
            "SELECT source, service, operator, subject, count(*) AS rows FROM quarter_row "
            f"WHERE subject IS NOT NULL {mine} GROUP BY ALL"
        )
        connection.execute(
            "INSERT INTO operator_subjects "
            "SELECT source, service, operator, count(*) FROM subject_rows GROUP BY ALL"
        )
        connection.execute(
            """
            INSERT INTO candidate_subject
            SELECT source, service, operator, subject, subject_rows.rows,
                subject_rows.rows / operator_rows.rows
            FROM subject_rows JOIN operator_rows USING (source, service, operator)
            WHERE subject_rows.rows > $share * operator_rows.rows
            """,
            {"share": quality.subject_share},
        )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE flagged_subject AS
        FROM candidate_subject
        SEMI JOIN (
            SELECT source, service, operator FROM operator_subjects
            GROUP BY ALL HAVING sum(subjects) >= $subjects
        ) USING (source, service, operator)
        """,
        {"subjects": quality.share_subjects},
    )
    for table in ("candidate_subject", "operator_subjects", "subject_rows"):
        connection.execute(f"DROP TABLE {table}")


def find_devices(connection: duckdb.DuckDBPyConnection, quality: Quality) -> None:
    """Makes `flagged_device` (source, service, operator, thing, rows, share, elsewhere)."""
    _find(connection, "flagged_device", "device_model", quality.device_share, quality)


def find_hours(connection: duckdb.DuckDBPyConnection, quality: Quality) -> None:
    """Makes `flagged_hour`, the same of hours."""
    _find(connection, "flagged_hour", _HOUR, quality.hour_share, quality)


def _find(
    connection: duckdb.DuckDBPyConnection, table: str, thing: str, share: float, quality: Quality
) -> None:
    """Things with more than their share of an operator, and not of the source's other operators.

    A source of one operator has no others to compare with: nothing is said of it.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        WITH counted AS (
            SELECT source, service, operator, {thing} AS thing, count(*) AS rows
            FROM quarter_row WHERE {thing} IS NOT NULL GROUP BY ALL
        ),
        beside AS (
            SELECT counted.*, operator_rows.rows AS all_rows,
                sum(counted.rows) OVER (PARTITION BY counted.source, counted.service, thing)
                    - counted.rows AS other_rows,
                everywhere.rows - operator_rows.rows AS all_other_rows
            FROM counted
            JOIN operator_rows USING (source, service, operator)
            JOIN (SELECT source, service, sum(rows) AS rows FROM operator_rows GROUP BY ALL) AS everywhere
              USING (source, service)
        )
        SELECT source, service, operator, thing, rows, rows / all_rows AS share,
            other_rows / all_other_rows AS elsewhere
        FROM beside
        WHERE all_rows >= $rows AND all_other_rows > 0 AND rows > $share * all_rows
          AND rows / all_rows > $elsewhere * (other_rows / all_other_rows)
        """,
        {"rows": quality.share_rows, "share": share, "elsewhere": quality.elsewhere},
    )


def find_campaigns(connection: duckdb.DuckDBPyConnection, quality: Quality) -> None:
    """Makes `flagged_campaign` (source, service, technology, operator, rows, share, before).

    An operator's share of a source's rows of one technology against the quarter before (`before_row`):
    the odds multiplied, the share risen, and by more than a two-sample z-test of proportions leaves to
    chance. Only rises: where one rises the others fall.
    """
    counted = (
        "SELECT *, sum(n) OVER (PARTITION BY source, service, technology) AS total FROM ("
        "SELECT source, service, coalesce(technology, '') AS technology, operator, count(*) AS n "
        "FROM {rows} GROUP BY ALL)"
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE flagged_campaign AS
        WITH now AS ({counted.format(rows="quarter_row")}),
        earlier AS ({counted.format(rows="before_row")}),
        compared AS (
            SELECT now.source, now.service, now.technology, now.operator, now.n AS rows,
                now.n / now.total AS share, earlier.n / earlier.total AS before,
                (now.n + earlier.n) / (now.total + earlier.total) AS pooled, now.total, earlier.total AS was
            FROM now JOIN earlier USING (source, service, technology, operator)
            WHERE now.total >= $rows AND earlier.total >= $rows
        )
        SELECT source, service, technology, operator, rows, share, before
        FROM compared
        WHERE share - before > $rise
          AND share * (1 - before) > $odds * before * (1 - share)
          AND share - before > $z * sqrt(pooled * (1 - pooled) * (1 / total + 1 / was))
        """,
        {
            "rows": quality.share_rows,
            "rise": quality.campaign_share,
            "odds": quality.campaign_odds,
            "z": quality.campaign_z,
        },
    )
