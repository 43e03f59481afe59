"""One result that two sources deliver: an app that measures with another's SDK, an archive and its export.

Two rows are one result when their operator and service agree, they are at most seconds apart, and both
rates agree within what rounding does. Kin sources (one SDK, panel or owner) need to agree in the download
alone, or carry the same id. The source whose name comes first in the alphabet keeps it.
"""

from collections.abc import Mapping

import duckdb
import pandas as pd

from qos.methodology.edition import Quality

SCREENED_ROWS = 2_000_000
"""A longer quarter is looked at through one minute in `_SCREEN` first; sources of which that shows no
common result are not compared in full."""
_SCREEN = 64
_AT_ONCE = 4_000_000
"""Rows compared in one pass of a long quarter."""


def find_same_results(
    connection: duckdb.DuckDBPyConnection, rows: int, quality: Quality, kin: Mapping[str, str]
) -> None:
    """Makes `flagged_result` (source, measurement_id, kept_by) from `quarter_row`."""
    groups = pd.DataFrame(sorted(kin.items()), columns=["source", "kin"], dtype=str)
    connection.register("kin_frame", groups)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE kin_group AS "
        "SELECT CAST(source AS VARCHAR) AS source, CAST(kin AS VARCHAR) AS kin FROM kin_frame"
    )
    connection.unregister("kin_frame")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE flagged_result "
        "(source VARCHAR, measurement_id VARCHAR, kept_by VARCHAR)"
    )
    sources = [name for (name,) in connection.execute("SELECT DISTINCT source FROM operator_rows").fetchall()]
    if len(sources) < 2:
        return
    minute = "CAST(floor(epoch(measured_at) / 60) AS BIGINT)"
    if rows <= SCREENED_ROWS:
        _add(connection, "true", quality)
        return
    _add(connection, f"{minute} % {_SCREEN} = 0", quality)
    suspects = connection.execute(
        "SELECT source FROM flagged_result UNION SELECT kept_by FROM flagged_result ORDER BY 1"
    ).fetchall()
    connection.execute("DELETE FROM flagged_result")
    if not suspects:
        return
    connection.execute("CREATE OR REPLACE TEMP TABLE suspect (source VARCHAR)")
    connection.executemany("INSERT INTO suspect VALUES (?)", suspects)
    passes = -(-rows // _AT_ONCE)
    hours = f"CAST(floor(epoch(measured_at) / 3600) AS BIGINT) % {passes}"
    for number in range(passes):
        _add(connection, f"quarter_row.source IN (FROM suspect) AND {hours} = {number}", quality)
    connection.execute("DROP TABLE suspect")


def _add(connection: duckdb.DuckDBPyConnection, which: str, quality: Quality) -> None:
    """Adds the common results among some of the rows.

    Rows meet in cells of time and of the logarithm of the download; one of the two looks into the
    neighbouring cells as well. Results that a pass parts (at the turn of an hour) are not found.
    """
    seconds, tolerance = quality.same_result_seconds, quality.same_result_tolerance
    connection.execute(
        f"""
        INSERT INTO flagged_result
        WITH one AS (
            SELECT quarter_row.source, kin_group.kin, service, operator, measurement_id, measured_at,
                download_mbps, upload_mbps,
                CAST(floor(epoch(measured_at) / {seconds}) AS BIGINT) AS moment,
                CAST(floor(ln(download_mbps) / {tolerance}) AS BIGINT) AS rate
            FROM quarter_row LEFT JOIN kin_group ON quarter_row.source = kin_group.source
            WHERE download_mbps > 0 AND {which}
        ),
        spread AS (
            SELECT one.* REPLACE (one.moment + m.step AS moment, one.rate + r.step AS rate)
            FROM one, range(-1, 2) AS m(step), range(-1, 2) AS r(step)
        )
        SELECT other.source, other.measurement_id, min(kept.source)
        FROM spread AS kept
        JOIN one AS other
          ON kept.service = other.service AND kept.operator = other.operator
         AND kept.moment = other.moment AND kept.rate = other.rate AND kept.source < other.source
        WHERE abs(epoch(kept.measured_at) - epoch(other.measured_at)) <= {seconds}
          AND abs(kept.download_mbps - other.download_mbps) <= {tolerance} * other.download_mbps
          AND CASE WHEN kept.upload_mbps IS NULL OR other.upload_mbps IS NULL
                   THEN coalesce(kept.kin = other.kin, false)
                   ELSE abs(kept.upload_mbps - other.upload_mbps) <= {tolerance} * other.upload_mbps END
        GROUP BY other.source, other.measurement_id
        """
    )
    connection.execute(
        f"""
        INSERT INTO flagged_result
        WITH named AS (
            SELECT quarter_row.source, kin, measurement_id, measured_at
            FROM quarter_row JOIN kin_group ON quarter_row.source = kin_group.source
            WHERE kin IN (SELECT kin FROM kin_group GROUP BY kin HAVING count(*) > 1) AND {which}
        )
        SELECT other.source, other.measurement_id, min(kept.source)
        FROM named AS kept
        JOIN named AS other USING (kin, measurement_id)
        WHERE kept.source < other.source
          AND abs(epoch(kept.measured_at) - epoch(other.measured_at)) <= {seconds}
          AND NOT EXISTS (
              FROM flagged_result
              WHERE flagged_result.source = other.source
                AND flagged_result.measurement_id = other.measurement_id
          )
        GROUP BY other.source, other.measurement_id
        """
    )
