"""One fault of each kind: the loader names the file and the line, and nothing else."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from qos.countries import load
from qos.domain.errors import NotFound, PackFault

Faults = Callable[[str, str, str], tuple[str, ...]]
MARGINS = "market,region,operator,variable,level,share,valid_from,origin\n"
THRESHOLDS = "indicator,market,limit,comparison,source_document,valid_from,valid_to,verified_by\n"

PREFIXES = "prefix,asn,valid_from,valid_to,origin\n"
EXCLUDED = "asn,prefix,spelling,reason,valid_from,valid_to,origin\n"


def drawn(kind: str, coordinates: str) -> str:
    """A GeoJSON file that draws isle:1."""
    geometry = f'{{"type": "{kind}", "coordinates": {coordinates}}}'
    return f'{{"features": [{{"properties": {{"region": "isle:1"}}, "geometry": {geometry}}}]}}'


ONE_FAULT = [
    ("regions.csv", "parent,", "", "regions.csv:1: column is missing: parent"),
    ("regions.csv", ",level,", ",level,colour,", "regions.csv:1: column is unknown: 'colour'"),
    ("weights.csv", "origin", "origin,origin", "weights.csv:1: column appears twice: origin"),
    ("weights.csv", "30000,population", "30000", "weights.csv:2: 6 cells, but the header has 7"),
    ("regions.csv", "isle:1,North", "isle:1,", "regions.csv:2: name_en is empty"),
    ("regions.csv", "2025-07-01", "1 July 2025", "regions.csv:2: valid_from: not a date: '1 July 2025'"),
    ("regions.csv", "2025-07-01", "2025-02-30", "regions.csv:2: valid_from: not a date: '2025-02-30'"),
    ("regions.csv", "2025-07-01", "2025-W27-2", "regions.csv:2: valid_from: not a date: '2025-W27-2'"),
    ("regions.csv", "2025-07-01,", "2025-07-01,2025-07-01", "regions.csv:2: valid_to 2025-07-01 is not"),
    ("regions.csv", "", "the isle,Far,,isle,,\n", "regions.csv:7: region: not a region code: 'the isle'"),
    ("regions.csv", "", "nation,All,,isle,,\n", "regions.csv:7: region: 'nation' is the whole country"),
    ("regions.csv", "North,,isle", "North,isle:9,isle", "regions.csv:2: unknown parent: 'isle:9'"),
    ("regions.csv", "North,,isle", "North,isle:1,isle", "regions.csv:2: isle:1 is its own ancestor"),
    ("regions.csv", "North,,isle", "North,,Isle", "regions.csv:2: level: not a slug: 'Isle'"),
    ("regions.csv", "", "isle:2,South,,city,2025-07-01,\n", "regions.csv:7: duplicate of line 3: isle:2"),
    ("regions.csv", "", "isle:2,South,,city,2026-01-01,\n", "regions.csv:7: validity overlaps that of"),
    ("regions.csv", "South,,isle,2025-07-01,", "South,,isle,2025-07-01,2026-01-01\n"
     "isle:2,South,,city,2026-02-01,", "regions.csv:4: isle:2 is not valid from 2026-01-01 to 2026-02-01"),
    ("operators.csv", "", "Kelp,Kelp,mno,,\n", "operators.csv:5: operator: not a slug: 'Kelp'"),
    ("operators.csv", "", "all,All,mno,,\n", "operators.csv:5: operator: 'all' means every operator"),
    ("operators.csv", "", "tide,Other,mno,,\n", "operators.csv:5: duplicate of line 4: tide"),
    ("networks.csv", "64497,,,tide", "64497,,,tyde", "networks.csv:3: unknown operator: 'tyde'"),
    ("networks.csv", "64497,,", "AS64497,,", "networks.csv:3: asn: not the number of an"),
    ("networks.csv", "64497,,", "4294967296,,", "networks.csv:3: asn: not the number of an"),
    ("networks.csv", "999-01", "99-901", "networks.csv:4: mcc_mnc: not a network code: '99-901'"),
    ("networks.csv", "64497,,", "64497,999-02,", "networks.csv:3: exactly one of asn, mcc_mnc and spelling"),
    ("networks.csv", "Coral Telecom Ltd", "…", "networks.csv:5: spelling: no letter and no digit in '…'"),
    ("networks.csv", "tide,any", "tide,radio", "networks.csv:3: service: 'radio' is none of"),
    ("networks.csv", "numbering plan", "", "networks.csv:4: origin is empty"),
    ("networks.csv", "", ",,coral telecom ltd,tide,any,,,register\n",
     "networks.csv:6: duplicate of line 5: coraltelecomltd"),
    ("networks.csv", "", "64497,,,coral,fixed,2026-01-01,,register\n",
     "networks.csv:6: validity overlaps that of line 3: AS64497"),
    ("prefixes.csv", "", PREFIXES + "10.0.0.1/8,1,,,x\n", "prefixes.csv:2: prefix: 10.0.0.1/8 has host bits"),
    ("prefixes.csv", "", PREFIXES + "10.0.0.0/40,1,,,x\n", "prefixes.csv:2: prefix: '10.0.0.0/40' does not"),
    ("prefixes.csv", "", PREFIXES + "2001:db8::/65,1,,,x\n",
     "prefixes.csv:2: prefix: 2001:db8::/65 is longer than /64"),
    ("prefixes.csv", "", PREFIXES + ",1,,,x\n", "prefixes.csv:2: prefix is empty"),
    ("prefixes.csv", "", PREFIXES + "10.0.0.0/8,,,,x\n", "prefixes.csv:2: asn is empty"),
    ("prefixes.csv", "", PREFIXES + "10.0.0.0/8,AS1,,,x\n", "prefixes.csv:2: asn: not the number of an"),
    ("prefixes.csv", "", PREFIXES + "10.0.0.0/8,1,,,\n", "prefixes.csv:2: origin is empty"),
    ("prefixes.csv", "", PREFIXES + "10.0.0.0/8,1,,,x\n10.0.0.0/8,2,,,x\n",
     "prefixes.csv:3: duplicate of line 2: 10.0.0.0/8"),
    ("prefixes.csv", "", PREFIXES + "10.0.0.0/8,1,,,x\n10.0.0.0/8,2,2026-01-01,,x\n",
     "prefixes.csv:3: validity overlaps that of line 2: 10.0.0.0/8"),
    ("prefixes.csv.gz", "", "not gzip", "prefixes.csv.gz:1: not a whole gzip file"),
    ("excluded_networks.csv", "", EXCLUDED + "1,,,spam,,,x\n",
     "excluded_networks.csv:2: reason: 'spam' is none of hosting, government, test"),
    ("excluded_networks.csv", "", EXCLUDED + ",,,test,,,x\n",
     "excluded_networks.csv:2: exactly one of asn, prefix and spelling is needed, not none"),
    ("excluded_networks.csv", "", EXCLUDED + ",10.0.0.0/8,Lab,test,,,x\n",
     "excluded_networks.csv:2: exactly one of asn, prefix and spelling is needed, not prefix and spelling"),
    ("excluded_networks.csv", "", EXCLUDED + "1,,,test,,,x\n1,,,hosting,,,x\n",
     "excluded_networks.csv:3: duplicate of line 2: AS1"),
    ("excluded_networks.csv", "", EXCLUDED + "64497,,,test,,,x\n",
     "excluded_networks.csv:2: AS64497 is tide on line 3 of networks.csv"),
    ("excluded_networks.csv", "", EXCLUDED + ",,CORAL TELECOM LTD.,test,2026-01-01,,x\n",
     "excluded_networks.csv:2: coraltelecomltd is coral on line 5 of networks.csv"),
    ("region_names.csv", "", "region,spelling,origin\nisle:1,2,atlas\n",
     "region_names.csv:2: spelling: '2' is the bare code of isle:2: write scheme:code"),
    ("region_names.csv", "", "region,spelling,origin\nisle:7,Nord,atlas\n",
     "region_names.csv:2: unknown region: 'isle:7'"),
    ("region_names.csv", "", "region,spelling,origin\nisle:1,Nord,atlas\nisle:1,NORD,map\n",
     "region_names.csv:3: duplicate of line 2: isle:1, nord"),
    ("region_lineage.csv", "shore:3", "shore:9", "region_lineage.csv:4: unknown region: 'shore:9'"),
    ("region_lineage.csv", "merged", "eaten", "region_lineage.csv:3: kind: 'eaten' is none of kept"),
    ("region_lineage.csv", "isle:1,2025-07-01", "isle:1,", "region_lineage.csv:2: date is empty"),
    ("region_lineage.csv", "isle:1,2025-07-01", "isle:1,2025-08-01",
     "region_lineage.csv:2: shore:1 must have valid_to 2025-08-01, it has 2025-07-01"),
    ("region_lineage.csv", "", "shore:3,isle:1,2025-07-01,merged\n",
     "region_lineage.csv:5: shore:3 already became isle:2 on line 4"),
    ("operator_lineage.csv", "coral", "choral", "operator_lineage.csv:2: unknown operator: 'choral'"),
    ("operator_lineage.csv", "coral,2025", "pearl,2025", "operator_lineage.csv:2: pearl becomes itself"),
    ("weights.csv", "", "isle:8,mobile,,1,panel,final,x\n", "weights.csv:4: unknown region: 'isle:8'"),
    ("weights.csv", "", "isle:1,mobile,kelp,1,panel,final,x\n", "weights.csv:4: unknown operator: 'kelp'"),
    ("weights.csv", "30000", "many", "weights.csv:2: weight: not a number: 'many'"),
    ("weights.csv", "30000", "nan", "weights.csv:2: weight: not a number: 'nan'"),
    ("weights.csv", "30000", "-1", "weights.csv:2: weight is negative: -1.0"),
    ("weights.csv", "population", "guess", "weights.csv:2: kind: 'guess' is none of population"),
    ("weights.csv", "isle:2,mobile,,90000,population,final,Census of Atlantis 2024\n", "",
     "weights.csv:2: market mobile has no weight for isle:2"),
    ("margins.csv", "", MARGINS + "mobile,nation,,technology,5g,1.2,2025-01-01,survey\n",
     "margins.csv:2: share is outside 0..1: 1.2"),
    ("margins.csv", "", MARGINS + "mobile,isle:1,,technology,5g,0.4,2025-01-01,survey\n",
     "margins.csv:2: shares sum to 0.4, not 1"),
    ("thresholds.csv", "", THRESHOLDS + "loss_mean,mobile,,<=,law,,,the court\n",
     "thresholds.csv:2: limit is empty, but verified_by is not"),
    ("thresholds.csv", "", THRESHOLDS + "loss_mean,mobile,1,=,law,,,\n", "thresholds.csv:2: comparison: '='"),
    ("country.toml", "name = ", "name = = ", "country.toml:1: not TOML: Invalid value (at line 1, column 8)"),
    ("country.toml", "Atlantic/Azores", "Atlantic/Atlantis", "country.toml:3: time_zone: 'Atlantic"),
    ("country.toml", 'languages = ["en"]', 'languages = "en"', "country.toml:4: languages: 'en' is not a"),
    ("country.toml", "region_words", "region_wordz", "country.toml:6: key is unknown: region_wordz"),
    ("country.toml", 'code = "at"\n', "", "country.toml:1: key is missing: code"),
    ("country.toml", "shore = ", "coast = ", "country.toml:1: no region of regions.csv is of scheme 'coast'"),
    ("weigths.csv", "", "region\n", "weigths.csv:1: no file of a pack has this name"),
    ("country.toml", "[former", 'codes = ["at"]\n[former',
     "country.toml:8: codes: ['at'] is not a list of codes of ISO 3166"),
    ("regions.geojson", "", drawn("Point", "[0, 0]"),
     "regions.geojson:1: isle:1: geometry must be a Polygon or MultiPolygon, not Point"),
    ("regions.geojson", "", drawn("Polygon", "[[[0,0],[1,0],[1,1]]]"),
     "regions.geojson:1: isle:1: a ring must have at least four positions"),
    ("regions.geojson", "", drawn("Polygon", "[[[0,0],[1e6,0],[1,1],[0,0]]]"),
     "regions.geojson:1: isle:1: a position lies outside"),
    ("regions.geojson", "", drawn("Polygon", "5"),
     "regions.geojson:1: isle:1: coordinates are not lists of rings"),
    ("former_regions.geojson", "", "{\n{", "former_regions.geojson:2: not JSON"),
    ("regions.geojson", "", "{\n{", "regions.geojson:2: not JSON"),
    ("regions.geojson", "", '{"features": 3}', "regions.geojson:1: not a FeatureCollection"),
    ("regions.geojson", "", '{"features": [\n{"properties": {"region": "isle:5"}}]}',
     "regions.geojson:2: unknown region: 'isle:5'"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), ONE_FAULT, ids=[told for *_, told in ONE_FAULT])
def test_one_fault_is_told_once_by_file_and_line(
    faults_after: Faults, file: str, old: str, new: str, told: str
) -> None:
    faults = faults_after(file, old, new)
    assert len(faults) == 1, faults
    assert faults[0].startswith(told)


def test_every_fault_of_a_pack_is_told_at_once(atlantis: Path) -> None:
    for file, old, new in (
        ("country.toml", "Atlantic/Azores", "Nowhere"),
        ("networks.csv", "tide,any", "tide,radio"),
        ("weights.csv", "30000", "many"),
    ):
        path = atlantis / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(PackFault) as caught:
        load(atlantis)
    assert [fault.split(" ")[0] for fault in caught.value.faults] == [
        "country.toml:3:",
        "networks.csv:3:",
        "weights.csv:2:",
    ]


def test_a_file_that_is_not_utf_8_is_told_with_the_line_of_the_byte(atlantis: Path) -> None:
    path = atlantis / "weights.csv"
    path.write_bytes(path.read_bytes().replace(b"isle:2", "íle".encode("cp1252")))
    with pytest.raises(PackFault, match=r"weights\.csv:3: not UTF-8: byte 0xed"):
        load(atlantis)


def test_a_table_that_is_there_both_packed_and_not_is_told(atlantis: Path) -> None:
    (atlantis / "prefixes.csv").write_text(PREFIXES, encoding="utf-8")
    (atlantis / "prefixes.csv.gz").write_bytes(gzip.compress(PREFIXES.encode()))
    with pytest.raises(PackFault, match=r"prefixes\.csv\.gz:1: prefixes\.csv is there too"):
        load(atlantis)


def test_a_packed_table_is_read_and_its_faults_are_told_by_line(atlantis: Path) -> None:
    path = atlantis / "prefixes.csv.gz"
    path.write_bytes(gzip.compress(f"{PREFIXES}192.0.2.0/24,64496,,,x\n".encode()))
    assert [(str(row.network), row.asn) for row in load(atlantis).prefixes] == [("192.0.2.0/24", 64496)]
    path.write_bytes(gzip.compress(f"{PREFIXES}192.0.2.0/24,64496,,,x\n192.0.2.0,many,,,x\n".encode()))
    with pytest.raises(PackFault, match=r"prefixes\.csv\.gz:3: asn: not the number of an autonomous"):
        load(atlantis)
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(PackFault, match=r"prefixes\.csv\.gz:1: not a whole gzip file"):
        load(atlantis)


def test_a_missing_file_is_told(atlantis: Path) -> None:
    (atlantis / "networks.csv").unlink()
    with pytest.raises(PackFault, match=r"networks\.csv:1: file is missing"):
        load(atlantis)


def test_a_cell_over_two_lines_does_not_shift_the_lines_that_are_named(atlantis: Path) -> None:
    path = atlantis / "weights.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("2024\n", '"2024\n(second edition)"\n', 1).replace("90000", "many"), encoding="utf-8"
    )
    path.write_text(
        path.read_text(encoding="utf-8").replace('Census of Atlantis "2024', '"Census of Atlantis 2024')
    )
    with pytest.raises(PackFault) as caught:
        load(atlantis)
    assert caught.value.faults == ("weights.csv:4: weight: not a number: 'many'",)


def test_no_pack_of_that_name_says_which_there_are() -> None:
    with pytest.raises(NotFound, match=r"no country pack 'zz': neither bundled \(co, gb, vn\) nor a folder"):
        load("zz")
