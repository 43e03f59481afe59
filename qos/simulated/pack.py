"""The country pack of a simulated country, as the data files of contract §3."""

import json
from pathlib import Path

import pandas as pd

from qos.simulated.country import SCHEME, Country, operator_name, region_name
from qos.simulated.truth import MARKET

CODE = "xs"
"""`XA`..`XZ` are reserved by ISO 3166 for private use: no country has one of them."""
_LANGUAGES = ("en", "vi")
_ORIGIN = "invented; qos.simulated"
_MARKETS = (MARKET, "mobile-4g", "mobile-5g")
_COLUMNS_OF_A_MAP = 2

_COUNTRY = f"""\
# An invented country: nothing here is about a real one. Written by qos.simulated.write_pack.
name = "Exampleland"
code = "{CODE}"
time_zone = "UTC"
languages = ["en", "vi"]
region_scheme = "{SCHEME}"
simulated = true
notes = "Invented operators and regions; the simulated example uses it."

[names]
vi = "Xứ Ví Dụ"

[licences]
"every file" = "invented; CC0-1.0"
"""


def write_pack(country: Country, folder: Path) -> list[Path]:
    """Writes the pack and returns its files; the same country gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "operators.csv": _operators(country),
        "networks.csv": _networks(country),
        "regions.csv": _regions(country),
        "region_names.csv": pd.DataFrame(columns=["region", "spelling", "origin"]),
        "region_lineage.csv": pd.DataFrame(columns=["old", "new", "date", "kind"]),
        "operator_lineage.csv": pd.DataFrame(columns=["old", "new", "date", "kind"]),
        "weights.csv": _weights(country),
        "margins.csv": pd.DataFrame(
            columns=["market", "region", "operator", "variable", "level", "share", "valid_from", "origin"]
        ),
        "thresholds.csv": pd.DataFrame(
            columns=[
                *("indicator", "market", "limit", "comparison", "source_document"),
                *("valid_from", "valid_to", "verified_by"),
            ]
        ),
    }
    (folder / "country.toml").write_text(_COUNTRY, encoding="utf-8")
    (folder / "regions.geojson").write_text(_map(country), encoding="utf-8")
    for name, table in tables.items():
        table.to_csv(folder / name, index=False, lineterminator="\n")
    return sorted(path for path in folder.iterdir() if path.suffix in (".toml", ".csv", ".geojson"))


def _operators(country: Country) -> pd.DataFrame:
    names = {f"name_{lang}": [operator_name(o, lang) for o in country.operators] for lang in _LANGUAGES}
    return pd.DataFrame(
        {"operator": country.operators, **names, "kind": "network", "valid_from": "", "valid_to": ""}
    )


def _networks(country: Country) -> pd.DataFrame:
    """Network numbers for private use; names are spellings already."""
    return pd.DataFrame(
        {
            "asn": [country.asns[operator] for operator in country.operators],
            "mcc_mnc": "",
            "spelling": "",
            "operator": country.operators,
            "service": MARKET,
            "valid_from": "",
            "valid_to": "",
            "origin": _ORIGIN,
        }
    )


def _regions(country: Country) -> pd.DataFrame:
    names = {f"name_{lang}": [region_name(r, lang) for r in country.regions] for lang in _LANGUAGES}
    return pd.DataFrame(
        {
            "region": country.regions,
            **names,
            "parent": "",
            "level": "district",
            "valid_from": "",
            "valid_to": "",
        }
    )


def _weights(country: Country) -> pd.DataFrame:
    """The population weighs in every market: a rank is not decided by where customers live."""
    frames = [
        pd.DataFrame(
            {
                "region": country.regions,
                "market": market,
                "operator": "",
                "weight": country.populations,
                "kind": "population",
                "status": "final",
                "origin": _ORIGIN,
            }
        )
        for market in _MARKETS
    ]
    return pd.concat(frames)


def _map(country: Country) -> str:
    """Each region a square of one degree, laid out in rows where no land is."""
    features = [
        {
            "type": "Feature",
            "properties": {"region": region},
            "geometry": {"type": "Polygon", "coordinates": [_square(r)]},
        }
        for r, region in enumerate(country.regions)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, indent=1) + "\n"


def _square(position: int) -> list[list[float]]:
    """A closed ring in the Gulf of Guinea, counter-clockwise (RFC 7946)."""
    row, column = divmod(position, _COLUMNS_OF_A_MAP)
    west, south = float(column), -float(row)
    return [
        [west, south],
        [west + 1, south],
        [west + 1, south + 1],
        [west, south + 1],
        [west, south],
    ]
