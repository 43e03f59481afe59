"""One hash of everything a store says, for comparing stores."""

import hashlib

from qos.store.bulk import columns_of
from qos.store.views import SnapshotView, open_snapshot
from qos.store.workspace import Workspace

_PSEUDONYM = r"'~[0-9a-f]{16}'"


def content_digest(workspace: Workspace, number: int | None = None) -> str:
    """sha256 over the sorted logical rows of both views of a snapshot.

    The same for the same deliveries in any order, however often they are landed, whatever files they
    lie in and whatever the secret of the workspace: a subject is called by its smallest content.
    """
    digest = hashlib.sha256()
    with open_snapshot(workspace, number) as snapshot:
        for rows in (_measurements(snapshot), _rows(snapshot, "aggregate", "aggregate")):
            reader = snapshot.connection.sql(rows).to_arrow_reader(100_000)
            for batch in reader:
                digest.update("".join(batch.column(0).to_pylist()).encode())
            digest.update(b"\n")
    return digest.hexdigest()


def _measurements(snapshot: SnapshotView) -> str:
    named = f"""
    (
        SELECT * EXCLUDE (subject, label)
                 REPLACE (regexp_replace(measurement_id, {_PSEUDONYM}, '~', 'g') AS measurement_id),
               CASE WHEN subject IS NOT NULL
                    THEN min(label) OVER (PARTITION BY source, quarter, subject) END AS subject
        FROM (
            SELECT *, md5(concat_ws(chr(31), measured_at, download_mbps, latency_ms, upload_mbps,
                                    regexp_replace(measurement_id, {_PSEUDONYM}, '~', 'g'))) AS label
            FROM measurement
        )
    )
    """
    return _rows(snapshot, "measurement", named)


def _rows(snapshot: SnapshotView, view: str, relation: str) -> str:
    columns = sorted(columns_of(snapshot.connection, view))
    said = ", ".join(f"'{name}=' || CAST({name} AS VARCHAR)" for name in columns)
    return f"SELECT md5(concat_ws(chr(31), {said})) AS row_hash FROM {relation} ORDER BY row_hash"
