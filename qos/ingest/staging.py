"""One delivery on its way in: read, resolved, flagged, counted, and written to files that count for nothing.

A large delivery comes in pieces, so that memory does not grow with it.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import duckdb
import sqlalchemy as sa

from qos.countries import Pack
from qos.domain.declaration import Declaration
from qos.domain.quarter import Period
from qos.domain.source import Shape
from qos.ingest.gate import examine
from qos.ingest.pseudonyms import pseudonyms
from qos.ingest.resolve import INACCURATE_ABOVE_M, Resolver
from qos.store import parts, repeats
from qos.store.arriving import ARRANGED, arrange_measurements
from qos.store.arriving_cells import UNCOUNTED, arrange_aggregates, combine_cells
from qos.store.bulk import connect
from qos.store.deliveries import Noticed
from qos.store.keeping import Kept
from qos.store.meaning import Meanings
from qos.store.noticing import LeftOut, notice_aggregates, notice_measurements
from qos.store.parts import Place, Staged
from qos.store.passing import Passing
from qos.store.quality.row_rules import RowRule, rules_of_country
from qos.store.reading import Reading
from qos.store.reading.pieces import read_pieces
from qos.store.repeats import LANDING
from qos.store.schema import AGGREGATES
from qos.store.unsorted import stage_unsorted
from qos.store.workspace import Workspace

_SAMPLE = "sample_of_landing"
"""Rows of measurements that the gate looks at."""

Progress = Callable[[str, float], None]
"""Told a step (`copy`, `read`, `resolve`, `write`) and how much of it is done, 0..1."""

MEMORY = "600MB"
"""What a landing may hold of a delivery before it spills; the process itself needs about 200 MB more."""


@dataclass(frozen=True)
class Arrival:
    """A delivery as it is handed over. name: as given; suffix: how the name ends; accept: the reason by
    which a person lets it pass where the gate stops. within: the transaction of a snapshot being made, whose
    lists say what was landed before; null: what is committed says so."""

    declaration: Declaration
    kept: Kept
    name: str
    suffix: str
    period: Period | None
    service: str | None
    received_at: dt.datetime
    accept: str | None = None
    within: sa.Connection | None = None

    @property
    def measures(self) -> bool:
        return self.declaration.source.shape is Shape.MEASUREMENTS


@contextmanager
def staged(
    workspace: Workspace, arrival: Arrival, tell: Progress
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Noticed, list[Staged]]]:
    """What a delivery brings, written to staging files that are gone on leaving unless they were settled.

    Raises DeliveryFault when the delivery cannot be read, or is not believed.
    """
    written: list[Staged] = []
    with connect(workspace.store, memory=MEMORY) as connection:
        try:
            way = _stage_measurements if arrival.measures else _stage_aggregates
            noticed = way(connection, workspace, arrival, tell, written)
            yield connection, noticed, written
        finally:
            for one in written:
                one.path.unlink(missing_ok=True)


def _stage_measurements(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    arrival: Arrival,
    tell: Progress,
    written: list[Staged],
) -> Noticed:
    source, kept, store = arrival.declaration.source.name, arrival.kept, workspace.store
    meanings = meanings_of(workspace, source)
    left_out, passing = LeftOut(hidden=_identifying(arrival.declaration)), Passing()
    for reading, done in _readings(connection, workspace, arrival, tell):
        arranged = arrange_measurements(
            connection, reading, meanings, source=source, delivery=kept.id, received_at=arrival.received_at
        )
        tell("resolve", done)
        for quarter, service in arranged.places:
            if one := stage_unsorted(
                connection,
                store,
                Place("measurements", quarter, service),
                ARRANGED,
                arranged.columns,
                same={"source": source, "delivery": kept.id},
                passing=passing,
                only=len(arranged.places) == 1,
                rename=partial(meanings.pseudonym, quarter) if arranged.named else None,
            ):
                written.append(one)
        left_out.add(connection, reading)
        tell("write", done)
    parts.view_of_files(connection, LANDING, "measurements", [one.path for one in written])
    quarters = sorted({one.place.quarter for one in written})
    with _before(workspace, arrival) as database:
        hashes = {quarter: passing.hashes(quarter) for quarter in quarters}
        repeated = repeats.find_measurements(connection, database, store, source, kept.id, hashes)
    noticed = notice_measurements(connection, left_out, repeated, quarters)
    connection.register(_SAMPLE, passing.sample())
    return _examined(connection, workspace, arrival, noticed, _SAMPLE, LANDING)


def _stage_aggregates(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    arrival: Arrival,
    tell: Progress,
    written: list[Staged],
) -> Noticed:
    source, kept = arrival.declaration.source.name, arrival.kept
    meanings, left_out = meanings_of(workspace, source), LeftOut(hidden=_identifying(arrival.declaration))
    combine = _arrange_pieces(connection, workspace, arrival, meanings, left_out, tell)
    with _before(workspace, arrival) as database:
        repeated = repeats.find_aggregates(
            connection, database, workspace.store, source, kept.id, combined=combine
        )
    noticed = notice_aggregates(connection, left_out, repeated)
    noticed = _examined(connection, workspace, arrival, noticed, LANDING, UNCOUNTED)
    places = connection.execute(f"SELECT DISTINCT quarter, service FROM {LANDING} ORDER BY ALL").fetchall()
    for quarter, service in places:
        place = Place("aggregates", quarter, service)
        if one := parts.stage(connection, workspace.store, place, LANDING, AGGREGATES, ordered=True):
            written.append(one)
    tell("write", 1.0)
    return noticed


def _arrange_pieces(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    arrival: Arrival,
    meanings: Meanings,
    left_out: LeftOut,
    tell: Progress,
) -> bool:
    """Makes `landing` of all pieces of a delivery of figures; tells whether lines are parts of its cells."""
    combine = False
    for place, (reading, done) in enumerate(_readings(connection, workspace, arrival, tell)):
        combine = any(one.combine for one in arrival.declaration.layouts if one.name == reading.layout)
        arrange_aggregates(
            connection,
            reading,
            meanings,
            source=arrival.declaration.source.name,
            delivery=arrival.kept.id,
            combine=combine,
            first=place == 0,
        )
        left_out.add(connection, reading)
        tell("resolve", done)
    if combine:
        combine_cells(connection)
    return combine


@contextmanager
def _before(workspace: Workspace, arrival: Arrival) -> Iterator[sa.Connection]:
    """The control database as it was before this delivery."""
    if arrival.within is not None:
        yield arrival.within
        return
    with workspace.engine.connect() as database:
        yield database


def _readings(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, arrival: Arrival, tell: Progress
) -> Iterator[tuple[Reading, float]]:
    """The pieces of a delivery, and how much of it is read with each."""
    tell("read", 0.0)
    for reading, done in read_pieces(
        connection,
        arrival.declaration,
        arrival.kept.readable,
        delivery=arrival.name,
        period=arrival.period,
        service=arrival.service,
        suffix=arrival.suffix,
        scratch=workspace.staging,
    ):
        tell("read", done)
        yield reading, done


def _examined(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    arrival: Arrival,
    noticed: Noticed,
    landing: str,
    accepted: str,
) -> Noticed:
    """With the levels that the gate found. Raises DeliveryFault where it doubts and nobody accepted that."""
    source = arrival.declaration.source
    with _before(workspace, arrival) as database:
        found = examine(
            connection, database, source=source, delivery=arrival.kept.id, landing=landing, accepted=accepted
        )
    if found.doubts and arrival.accept is None:
        raise found.fault(source.name, arrival.name)
    return replace(noticed, levels=found.levels)


def meanings_of(workspace: Workspace, source: str) -> Meanings:
    """What the workspace's country pack and keys make of the rows of a source."""
    resolver = Resolver(workspace.pack)
    return Meanings(
        time_zone=workspace.pack.time_zone,
        epoch=resolver.epoch,
        operator=resolver.operator,
        region=resolver.region,
        knows_region=resolver.knows_region,
        is_country=resolver.is_country,
        pseudonym=pseudonyms(workspace.key, source),
        asn_of=resolver.asn_of,
        excluded_of=resolver.excluded_of,
        excluded=resolver.excluded,
        region_at=resolver.region_at,
        inaccurate_above_m=INACCURATE_ABOVE_M,
        rules=lambda given: _rules(workspace.pack, given),
    )


def _rules(pack: Pack, given: Collection[str]) -> tuple[RowRule, ...]:
    """The outlines are looked at only where a delivery tells positions."""
    box = pack.box if {"latitude", "longitude"} <= set(given) else None
    return rules_of_country(mobile_country_codes=_mobile_country_codes(pack), box=box)


def _mobile_country_codes(pack: Pack) -> set[str]:
    return {code.partition("-")[0] for code, *_ in pack.operator_mcc_mncs()}


def _identifying(declaration: Declaration) -> frozenset[str]:
    """Columns of a delivery whose values are stored nowhere but in the delivery itself."""
    ours = ("measurement_id", "subject", "ip", "latitude", "longitude", "location_accuracy_m")
    theirs = {
        column
        for layout in declaration.layouts
        for target, value in layout.values.items()
        if target in ours
        for column in value.columns()
    }
    return frozenset(ours) | theirs
