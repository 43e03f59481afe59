"""What the quality rules did in a quarter: what each costs, what was found, what was stopped."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from qos import methodology as rules
from qos.domain.flags import FLAGS
from qos.domain.quarter import Quarter
from qos.domain.source import Source
from qos.ingest.gate import volume_remark
from qos.methodology import Methodology
from qos.pipeline.registry import known_sources
from qos.store import deliveries
from qos.store.quality.costs import examples, figure_costs, measurement_costs
from qos.store.quality.quarter_rules import flag_quarter
from qos.store.tables import DELIVERY
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace


@dataclass(frozen=True)
class FlagsReport:
    """`qos flags`, as rows of plain values.

    costs: flag, source, service, operator, rows, share of the operator's rows in the source, excluded (by
    the edition), median_download (Mbit/s) and median_without the flagged rows. found: what the rules on the
    quarter noticed. examples: file, measurement_id and values of a few flagged rows. volumes: deliveries of
    an unusual size. stopped: deliveries that the gate or the reader stopped and nobody landed since.
    silent: rules that fired nowhere, with what they catch.
    """

    quarter: str
    snapshot: int
    edition: str
    costs: list[dict[str, Any]]
    found: list[dict[str, Any]]
    examples: list[dict[str, Any]]
    volumes: list[dict[str, Any]]
    stopped: list[dict[str, Any]]
    silent: list[dict[str, Any]]


def flags_report(
    workspace: Workspace, quarter: Quarter, *, methodology: Methodology | None = None
) -> FlagsReport:
    """Reads the newest snapshot; changes nothing."""
    edition = (methodology or rules.load()).edition
    sources = known_sources(workspace)
    with open_snapshot(workspace) as snapshot:
        connection = snapshot.connection
        found = flag_quarter(
            connection,
            quarter,
            edition.quality,
            excluding_flags=edition.excluding_flags,
            kin={name: source.kin_group for name, source in sources.items()},
        )
        measured, stated = measurement_costs(connection), figure_costs(connection, quarter)
        shown = [(flag, examples(connection, flag)) for flag in sorted(set(measured["flag"]))]
        landed = snapshot.deliveries
        number = snapshot.number
    costs = pd.concat([frame for frame in (measured, stated) if len(frame)] or [measured], ignore_index=True)
    costs = costs.assign(excluded=costs["flag"].isin(edition.excluding_flags))
    of_quarter = landed[landed["quarters"].map(lambda names: str(quarter) in names.split(";")).astype(bool)]
    return FlagsReport(
        quarter=str(quarter),
        snapshot=number,
        edition=edition.name,
        costs=_rows(costs),
        found=_rows(found),
        examples=_examples(shown, landed),
        volumes=_volumes(of_quarter, sources),
        stopped=_stopped(workspace),
        silent=[
            {"flag": name, "catches": flag.catches, "case": flag.case}
            for name, flag in FLAGS.items()
            if name not in set(costs["flag"])
        ],
    )


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Every null is None."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def _examples(shown: Iterable[tuple[str, pd.DataFrame]], landed: pd.DataFrame) -> list[dict[str, Any]]:
    files = dict(zip(landed["delivery"], landed["file_name"], strict=True))
    return [
        {"flag": flag, "file": files[row.pop("delivery")], **row}
        for flag, frame in shown
        for row in _rows(frame)
    ]


def _volumes(landed: pd.DataFrame, sources: dict[str, Source]) -> list[dict[str, Any]]:
    return [
        {"source": row["source"], "file": row["file_name"], "remark": remark}
        for row in _rows(landed)
        if row["source"] in sources and (remark := volume_remark(sources[row["source"]], row["rows"]))
    ]


def _stopped(workspace: Workspace) -> list[dict[str, Any]]:
    """Of no quarter: what is stopped says nothing that is believed, not even when it was measured."""
    with workspace.engine.connect() as database:
        found = database.execute(
            sa.select(DELIVERY.c.source, DELIVERY.c.file_name.label("file"), DELIVERY.c.reason)
            .where(DELIVERY.c.state == deliveries.STOPPED)
            .order_by(DELIVERY.c.source, DELIVERY.c.file_name, DELIVERY.c.id)
        )
        return [dict(row._mapping) for row in found]
