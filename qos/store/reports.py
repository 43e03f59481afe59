"""What a store holds and what was noticed, as small tables for people."""

import pandas as pd
import sqlalchemy as sa

from qos.domain.quarter import Period, Quarter
from qos.store.deliveries import LANDED
from qos.store.tables import DELIVERY, LANDING, REJECT, REJECT_COUNT, UNUSED_COUNT
from qos.store.workspace import Workspace

_DELIVERY = ("source", "file_name", "period", "service", "received_at", "licence", "state", "reason")
_COUNTED = ("rows", "accepted", "duplicate", "rejected", "unused")
_TOLD = ("layout", *_COUNTED, "quarters", "accepted_because")
_AS_RECEIVED = ("bytes", "sha256", "encrypted")

_NEWEST = LANDING.c.to_snapshot.is_(None)
"""What was noticed when a delivery was landed last."""


def delivery_report(workspace: Workspace, quarter: Quarter | None = None) -> pd.DataFrame:
    """Deliveries in the order received, those of one quarter only when it is given.

    Columns: delivery, source, file_name, period, service, received_at, licence, state (landed, stopped),
    reason (why stopped), layout, rows = accepted + duplicate + rejected + unused, quarters, snapshot (of
    its newest landing), accepted_because (where a person let it pass), bytes, sha256, encrypted.
    """
    counts = (sa.func.coalesce(LANDING.c[name], 0 if name in _COUNTED else "").label(name) for name in _TOLD)
    frame = _query(
        workspace,
        sa.select(
            DELIVERY.c.id.label("delivery"),
            *(DELIVERY.c[name] for name in _DELIVERY),
            *counts,
            LANDING.c.snapshot,
            *(DELIVERY.c[name] for name in _AS_RECEIVED),
        )
        .join(LANDING, sa.and_(LANDING.c.delivery == DELIVERY.c.id, _NEWEST), isouter=True)
        .order_by(DELIVERY.c.received_at, DELIVERY.c.source, DELIVERY.c.id),
    )
    frame = frame.astype({"snapshot": "Int64"})
    if quarter is None:
        return frame
    periods = zip(frame["quarters"], frame["period"], strict=True)
    of_quarter = [
        row for row, (quarters, period) in enumerate(periods) if _concerns(quarters, period, quarter)
    ]
    return frame.iloc[of_quarter].reset_index(drop=True)


def _concerns(quarters: str, period: str, quarter: Quarter) -> bool:
    """A delivery that brought nothing concerns the quarter it was declared for, if any."""
    if quarters or not period:
        return str(quarter) in quarters.split(";")
    return Period.parse(period).quarter == quarter


def rejects_by_reason(workspace: Workspace, quarter: Quarter | None = None) -> pd.DataFrame:
    """source, reason, count, and one example: file_name, line, column, value. Sorted by source and reason."""
    counted = _by_reason(workspace, REJECT_COUNT, quarter)
    examples = _query(
        workspace,
        sa.select(REJECT, DELIVERY.c.source, DELIVERY.c.file_name)
        .join(DELIVERY, DELIVERY.c.id == REJECT.c.delivery)
        .join(LANDING, _of_newest(REJECT))
        .order_by(DELIVERY.c.source, REJECT.c.reason, REJECT.c.delivery, REJECT.c.line, REJECT.c.column),
    )
    shown = examples[examples["delivery"].isin(_deliveries(workspace, quarter))]
    first = shown.drop_duplicates(["source", "reason"])[
        ["source", "reason", "file_name", "line", "column", "value"]
    ]
    return counted.merge(first, on=["source", "reason"], how="left").astype({"line": "Int64"})


def unused_by_reason(workspace: Workspace, quarter: Quarter | None = None) -> pd.DataFrame:
    """source, reason, count of rows that were landed and left alone. Sorted by source and reason."""
    return _by_reason(workspace, UNUSED_COUNT, quarter)


def sources_state(workspace: Workspace) -> pd.DataFrame:
    """One row per source that delivered: source, deliveries, stopped, rows (accepted), rejected, unused,
    last_received_at, last_file, state and reason of the last delivery. Sorted by source."""
    frame = delivery_report(workspace)
    landed = frame["state"] == LANDED
    grouped = frame.assign(landed=landed, stopped=~landed).groupby("source", sort=True)
    return grouped.agg(
        deliveries=("landed", "sum"),
        stopped=("stopped", "sum"),
        rows=("accepted", "sum"),
        rejected=("rejected", "sum"),
        unused=("unused", "sum"),
        last_received_at=("received_at", "last"),
        last_file=("file_name", "last"),
        state=("state", "last"),
        reason=("reason", "last"),
    ).reset_index()


def _by_reason(workspace: Workspace, table: sa.Table, quarter: Quarter | None) -> pd.DataFrame:
    frame = _query(
        workspace,
        sa.select(DELIVERY.c.id.label("delivery"), DELIVERY.c.source, table.c.reason, table.c.count)
        .join(DELIVERY, DELIVERY.c.id == table.c.delivery)
        .join(LANDING, _of_newest(table)),
    )
    of_quarter = frame[frame["delivery"].isin(_deliveries(workspace, quarter))]
    return of_quarter.groupby(["source", "reason"], sort=True)["count"].sum().reset_index()


def _of_newest(noticed: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(
        LANDING.c.delivery == noticed.c.delivery, LANDING.c.snapshot == noticed.c.snapshot, _NEWEST
    )


def _deliveries(workspace: Workspace, quarter: Quarter | None) -> list[str]:
    return delivery_report(workspace, quarter)["delivery"].tolist()


def _query(workspace: Workspace, select: sa.Select[tuple[object, ...]]) -> pd.DataFrame:
    with workspace.engine.connect() as database:
        result = database.execute(select)
        return pd.DataFrame(result.all(), columns=list(result.keys()))
