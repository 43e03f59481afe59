"""Whatever the order of rows, files and deliveries, and however they are cut: the snapshot says the same.

What it says is every column of both views but `delivery`. Each row of each delivery ends as exactly one of
accepted, duplicate, rejected and unused. Two things are the time's, not the order's, and are kept out of
the drawn cases: figures that differ for one key are revisions, decided by when they were received; and a
cell of several parts (tiles) is what one delivery says of it, see the last test.
"""

import csv
import gzip
import io
import json
import random
import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from qos import sources
from qos.domain.declaration import Csv, Declaration
from qos.domain.expressions import constant
from qos.domain.source import Shape, Source, SourceKind
from qos.ingest import LandingReport, land
from qos.store.check import check_store
from qos.store.digests import content_digest
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
FEW = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Row = dict[str, Any]
Write = Callable[[Sequence[Row]], bytes]
OOKLA = json.loads(
    (Path(__file__).parents[1] / "sources" / "fixtures" / "ookla-cli" / "array.json").read_text("utf-8")
)[0]


# ---- how rows become files


def as_csv(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_lines(rows: Sequence[Row]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def as_array(rows: Sequence[Row]) -> bytes:
    return json.dumps(rows).encode()


def as_archive(rows: Sequence[Row]) -> bytes:
    """One document per member; an archive of one would be that document."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for number, row in enumerate(rows):
            content = json.dumps(row).encode()
            member = tarfile.TarInfo(f"{number:03d}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def packed(write: Write) -> Write:
    return lambda rows: gzip.compress(write(rows), mtime=0)


# ---- rows


@st.composite
def canonical_rows(draw: st.DrawFn) -> list[Row]:
    """Some repeat an id with the same or another content, some are impossible, some cannot be resolved."""
    drawn = st.fixed_dictionaries(
        {
            "measurement_id": st.sampled_from([f"m-{n}" for n in range(5)]),
            "measured_at": st.sampled_from(["2026-08-01T03:00:00Z", "2026-06-30T17:30:00Z", "yesterday"]),
            "service": st.just("mobile"),
            "subject": st.sampled_from(["a", "b", ""]),
            "operator": st.sampled_from(["viettel", "nobody", ""]),
            "region_name": st.sampled_from(["Hà Nội", "Huế", "Atlantis"]),
            "download_mbps": st.sampled_from(["10", "20.5", "1e9", ""]),
            "latency_ms": st.sampled_from(["20", "-1", ""]),
        }
    )
    return draw(st.lists(drawn, min_size=2, max_size=12))


@st.composite
def runs(draw: st.DrawFn) -> list[Row]:
    """Speed tests as the program writes them: a few ids, some with another latency, some log lines."""
    drawn = st.tuples(st.integers(0, 4), st.sampled_from([12.5, 30.0, -1.0]), st.integers(0, 5))
    rows = []
    for number, latency, kind in draw(st.lists(drawn, min_size=2, max_size=8)):
        run = OOKLA | {
            "ping": OOKLA["ping"] | {"latency": latency},
            "result": {"id": f"00000000-0000-4000-8000-{number:012d}"},
        }
        error = {"type": "log", "timestamp": OOKLA["timestamp"], "message": str(number), "level": "error"}
        rows.append(run if kind else error)
    return rows


@st.composite
def figures(draw: st.DrawFn) -> list[Row]:
    """Published cells; one key always has one value, however often it stands."""
    drawn = st.fixed_dictionaries(
        {
            "period": st.sampled_from(["2026Q3", "2026-08", "someday"]),
            "service": st.just("mobile"),
            "operator": st.sampled_from(["viettel", "vinaphone", ""]),
            "region": st.sampled_from(["nation", "gso34:01", "gso34:99"]),
            "metric": st.sampled_from(["download_mbps", "latency_ms"]),
            "statistic": st.sampled_from(["mean", "median", "typical"]),
            "n_subjects": st.just("200"),
        }
    )
    rows = draw(st.lists(drawn, min_size=2, max_size=12))
    return [row | {"value": str(sum(map(ord, "".join(row.values()))) % 90 + 1)} for row in rows]


# ---- landing them


@dataclass(frozen=True)
class Said:
    """What a store says after some deliveries, and what became of their rows."""

    measurements: list[tuple[Any, ...]]
    aggregates: list[tuple[Any, ...]]
    digest: str
    reports: list[LandingReport]

    @property
    def rejects(self) -> int:
        return sum(report.rejected + report.unused for report in self.reports)

    @property
    def brought(self) -> int:
        return sum(report.accepted for report in self.reports)


@pytest.fixture
def landed(empty_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Said]:
    def landed(declaration: Declaration, cuts: Sequence[Sequence[Row]], writes: Sequence[Write]) -> Said:
        folder = tmp_path_factory.mktemp("order")
        workspace = Workspace.open(shutil.copytree(empty_workspace, folder / "workspace"))
        reports = []
        for number, rows in enumerate(cuts):
            path = folder / f"{number}"
            path.write_bytes(writes[number % len(writes)](rows))
            report = land(workspace, declaration, path, received_at=RECEIVED)
            reports.append(report)
            if report.state == "landed":
                fates = (report.accepted, report.duplicate, report.rejected, report.unused)
                assert report.rows == sum(fates) == len(rows)
        assert check_store(workspace) == []
        with open_snapshot(workspace) as snapshot:
            measurements, aggregates = (
                snapshot.connection.execute(
                    f"SELECT * EXCLUDE (delivery) FROM {view} ORDER BY ALL"
                ).fetchall()
                for view in ("measurement", "aggregate")
            )
        said = Said(measurements, aggregates, content_digest(workspace), reports)
        workspace.engine.dispose()
        return said

    return landed


def cut(rows: Sequence[Row], seed: int, into: int) -> list[list[Row]]:
    """The rows in another order, in so many deliveries at most."""
    shuffled = random.Random(seed).sample(list(rows), len(rows))
    return [part for start in range(into) if (part := shuffled[start::into])]


seeds = st.integers(0, 2**32 - 1)
pieces = st.integers(1, 3)


def _same(one: Said, other: Said) -> None:
    assert repr(one.measurements) == repr(other.measurements)  # NaN is not equal to itself
    assert repr(one.aggregates) == repr(other.aggregates)


# ---- the properties


@FEW
@given(rows=canonical_rows(), seed=seeds, into=pieces)
def test_canonical_rows_say_the_same_in_any_order_cut_and_form(
    landed: Callable[..., Said], rows: list[Row], seed: int, into: int
) -> None:
    canonical = sources.find("canonical")
    whole = landed(canonical, [rows], [as_csv])
    parts = landed(canonical, cut(rows, seed, into), [packed(as_lines), as_csv])
    _same(whole, parts)
    assert whole.rejects == parts.rejects
    assert whole.brought == parts.brought == len(whole.measurements)


@FEW
@given(rows=runs(), seed=seeds, into=pieces)
def test_nested_documents_say_the_same_in_any_order_cut_and_form(
    landed: Callable[..., Said], rows: list[Row], seed: int, into: int
) -> None:
    ookla = sources.find("ookla-cli")
    whole = landed(ookla, [rows], [as_lines])
    parts = landed(ookla, cut(rows, seed, into), [as_array, as_archive, packed(as_lines)])
    _same(whole, parts)
    assert (whole.rejects, whole.brought) == (parts.rejects, parts.brought)


@FEW
@given(rows=figures(), seed=seeds, into=pieces)
def test_figures_say_the_same_in_any_order_cut_and_form(
    landed: Callable[..., Said], rows: list[Row], seed: int, into: int
) -> None:
    cells = sources.find("canonical-aggregates")
    whole = landed(cells, [rows], [as_csv])
    parts = landed(cells, cut(rows, seed, into), [as_lines, packed(as_csv)])
    _same(whole, parts)
    assert (whole.rejects, whole.brought) == (parts.rejects, parts.brought)


@FEW
@given(rows=canonical_rows(), seed=seeds)
def test_deliveries_in_any_order_give_the_same_digest(
    landed: Callable[..., Said], rows: list[Row], seed: int
) -> None:
    """The same files: even which delivery brought what is the same, but for rows that two of them hold."""
    canonical = sources.find("canonical")
    files = cut(rows, seed, 3)
    forwards = landed(canonical, files, [as_csv])
    backwards = landed(canonical, files[::-1], [as_csv])
    _same(forwards, backwards)
    again = landed(canonical, [*files, *files], [as_csv])
    assert again.digest == forwards.digest
    assert [report.state for report in again.reports[len(files) :]] == ["again"] * len(files)


# ---- parts of a cell

TILES = Declaration(
    Source("tiles", "Tiles", SourceKind.TILES, Shape.AGGREGATES, "none stated"),
    (
        Csv(
            keep={
                "period": constant("2026Q3"),
                "service": constant("fixed"),
                "region_name": "place",
                "metric": constant("download_mbps"),
                "statistic": constant("mean"),
                "value": "mbps",
                "n_measurements": "tests",
            },
            combine=True,
        ),
    ),
)


@FEW
@given(
    tiles=st.lists(
        st.fixed_dictionaries(
            {
                "place": st.sampled_from(["Hà Nội", "Hanoi", "Huế", "Atlantis"]),
                "mbps": st.floats(0.1, 900, allow_nan=False),
                "tests": st.integers(0, 50),
            }
        ),
        min_size=1,
        max_size=12,
    ),
    seed=seeds,
)
def test_parts_of_a_cell_say_the_same_in_any_order_within_a_delivery(
    landed: Callable[..., Said], tiles: list[Row], seed: int
) -> None:
    one = landed(TILES, [tiles], [as_csv])
    other = landed(TILES, cut(tiles, seed, 1), [as_csv])
    _same(one, other)


def test_parts_of_a_cell_in_two_deliveries_are_two_figures_of_which_one_counts(
    landed: Callable[..., Said],
) -> None:
    """A cell is what one delivery says of it: cut in two it is not put together again, in either order."""
    first, second = ([{"place": "Hà Nội", "mbps": mbps, "tests": 2}] for mbps in (10, 40))
    whole = landed(TILES, [[*first, *second]], [as_csv])
    apart = landed(TILES, [first, second], [as_csv])
    assert len(whole.aggregates) == 1
    assert len(apart.aggregates) == 2
    _same(apart, landed(TILES, [second, first], [as_csv]))
