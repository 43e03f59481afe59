"""What holds for every bundled pack."""

import datetime as dt
import importlib.util
import itertools
import json
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import pytest

from qos.countries import Pack, available, load, region_key
from qos.countries.rows import overlap

DAYS = [dt.date(2019, 2, 1), dt.date(2024, 1, 1), dt.date(2025, 7, 1), dt.date(2026, 10, 1)]
PACKS = available()


def test_three_packs_are_bundled() -> None:
    assert PACKS == ["co", "gb", "vn"]


@pytest.fixture(params=PACKS)
def pack(request: pytest.FixtureRequest) -> Pack:
    return load(request.param)


def test_a_pack_names_itself_and_its_licences(pack: Pack) -> None:
    assert pack.code == pack.folder.name
    assert set(pack.names) >= set(pack.languages)
    for file, licence in pack.licence_notes.items():
        assert (pack.folder / file).is_file()
        assert licence
    readme = (pack.folder / "README.md").read_text(encoding="utf-8")
    tables = [
        path for path in pack.folder.glob("*.csv") if len(path.read_text(encoding="utf-8").splitlines()) > 1
    ]
    assert [
        path.name for path in tables if f"`{path.name}`" not in readme and "lineage" not in path.name
    ] == []


def test_a_pack_loads_the_same_twice(pack: Pack) -> None:
    again = load(pack.folder)
    assert again.digest == pack.digest
    assert again.region_spellings() == pack.region_spellings()


def test_no_two_rows_of_a_bulk_table_mean_two_things_on_one_day(pack: Pack) -> None:
    spans: dict[object, list[tuple[dt.date | None, dt.date | None]]] = defaultdict(list)
    for name, start, end, _ in pack.region_spellings():
        spans[name].append((start, end))
    for name, service, start, end, _ in pack.operator_spellings():
        spans[name, service].append((start, end))
    for asn, service, start, end, _ in pack.operator_asns():
        spans[asn, service].append((start, end))
    for code, start, end, _ in pack.operator_mcc_mncs():
        spans["network code", code].append((start, end))
    for own in spans.values():
        assert not any(overlap(one, other) for one, other in itertools.combinations(own, 2))


def test_bulk_tables_and_single_questions_agree(pack: Pack) -> None:
    for key, start, end, region in pack.region_spellings():
        assert key == region_key(key) != ""
        day = start or (end - dt.timedelta(days=1) if end else DAYS[0])
        assert pack.find_region(key, day) == region
    for key, service, start, end, operator in pack.operator_spellings():
        day = start or (end - dt.timedelta(days=1) if end else DAYS[0])
        assert pack.find_operator(key, service, day) == operator


@pytest.mark.parametrize("day", DAYS)
def test_a_found_region_is_valid_on_the_day(pack: Pack, day: dt.date) -> None:
    for name in (name for region in pack.regions.values() for name in region.names.values()):
        code = pack.find_region(name, day)
        assert code is None or pack.region_on(code, day) is not None


@pytest.mark.parametrize("day", DAYS)
def test_every_operator_is_found_by_its_slug_or_is_over(pack: Pack, day: dt.date) -> None:
    for code, operator in pack.operators.items():
        if operator.valid_on(day):
            found = {pack.find_operator(code, service, day) for service in ("mobile", "fixed")}
            assert code in found


@pytest.mark.parametrize("code", ["gb", "vn"])
def test_every_ranking_region_is_drawn_once(code: str) -> None:
    pack = load(code)
    assert pack.boundaries is not None
    assert pack.boundaries.stat().st_size < 150_000
    features = json.loads(pack.boundaries.read_text(encoding="utf-8"))["features"]
    drawn = [feature["properties"]["region"] for feature in features]
    assert drawn == [region.code for region in pack.ranking_regions(DAYS[-1])]


def test_every_former_province_is_drawn_once() -> None:
    pack = load("vn")
    assert pack.former_boundaries is not None
    assert pack.former_boundaries.stat().st_size < 200_000
    features = json.loads(pack.former_boundaries.read_text(encoding="utf-8"))["features"]
    drawn = [feature["properties"]["region"] for feature in features]
    assert drawn == [region.code for region in pack.ranking_regions(dt.date(2025, 6, 30))]


@pytest.mark.parametrize("code", ["gb", "vn"])
def test_rings_are_closed_and_turn_the_right_way(code: str, make_boundaries: ModuleType) -> None:
    boundaries = load(code).boundaries
    assert boundaries is not None
    for feature in json.loads(boundaries.read_text(encoding="utf-8"))["features"]:
        for part in feature["geometry"]["coordinates"]:
            for i, ring in enumerate(part):
                assert len(ring) >= 4
                assert ring[0] == ring[-1]
                assert (make_boundaries.area(ring) > 0) == (i == 0)


@pytest.fixture(scope="module")
def make_boundaries() -> ModuleType:
    """The script that drew regions.geojson."""
    path = Path(__file__).with_name("make_boundaries.py")
    spec = importlib.util.spec_from_file_location("make_boundaries", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_simplified_maps_keep_the_areas(shared_data: Path, make_boundaries: ModuleType) -> None:
    geo = shared_data / "geo"
    vn = load("vn")
    for path, full in (
        (load("gb").boundaries, make_boundaries.united_kingdom(geo)),
        (vn.boundaries, make_boundaries.vietnam(geo, vn)),
        (vn.former_boundaries, make_boundaries.vietnam(geo, vn, make_boundaries.BEFORE)),
    ):
        assert path is not None
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        for feature in features:
            parts = full[feature["properties"]["region"]]
            drawn = sum(
                make_boundaries.area(ring) for part in feature["geometry"]["coordinates"] for ring in part
            )
            whole = sum(abs(make_boundaries.area(part[0])) for part in parts) - sum(
                abs(make_boundaries.area(hole)) for part in parts for hole in part[1:]
            )
            assert drawn == pytest.approx(whole, rel=0.06)  # Quảng Ninh: islets


def test_two_neighbours_share_one_simplified_border(make_boundaries: ModuleType) -> None:
    border = [(1.0, y / 10 + (0.001 if y % 2 else 0.0)) for y in range(11)]
    west = [(0.0, 0.0), *border, (0.0, 1.0), (0.0, 0.0)]
    east = [(2.0, 1.0), *border[::-1], (2.0, 0.0), (2.0, 1.0)]
    drawn = make_boundaries.simplified({"a:1": [[west]], "a:2": [[east]]}, 0.01)
    meeting = set(drawn["a:1"][0][0]) & set(drawn["a:2"][0][0])
    assert meeting == {(1.0, 0.0), (1.0, 1.0)}
    assert len(drawn["a:1"][0][0]) == len(drawn["a:2"][0][0]) == 5
