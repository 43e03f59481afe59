"""Metadata that other programs read: Frictionless Data Package v2 and a schema.org dataset."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qos.domain.tables import RELEASE_TABLES, Table
from qos.release.folder import write_json

_TYPES = {"text": "string", "number": "number", "integer": "integer", "boolean": "boolean"}


def write_metadata(release: Mapping[str, Any], folder: Path) -> None:
    """Writes `datapackage.json` and `dataset.jsonld` beside the tables."""
    write_json(data_package(release), folder / "datapackage.json")
    write_json(dataset(release), folder / "dataset.jsonld")


def data_package(release: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": _name(release),
        "title": _title(release),
        "version": f"{release['quarter']}-v{release['vintage']}",
        "licenses": _licences(release),
        "sources": [{"title": s["title"], "path": s["url"]} for s in release["sources"]],
        "resources": [_resource(table) for table in RELEASE_TABLES],
    }


def dataset(release: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": _title(release),
        "identifier": _name(release),
        "version": f"{release['quarter']}-v{release['vintage']}",
        "temporalCoverage": release["quarter"],
        "spatialCoverage": release["country"]["name"],
        "license": [licence["title"] for licence in _licences(release)],
        "isBasedOn": [s["title"] for s in release["sources"]],
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": "text/csv", "contentUrl": f"{table.name}.csv"}
            for table in RELEASE_TABLES
        ],
    }


def _name(release: Mapping[str, Any]) -> str:
    return f"qos-{release['country']['code']}-{release['quarter'].lower()}-v{release['vintage']}"


def _title(release: Mapping[str, Any]) -> str:
    return f"Broadband quality ranking, {release['country']['name']}, {release['quarter']}"


def _licences(release: Mapping[str, Any]) -> list[dict[str, str]]:
    """The licences of the data behind the release: each travels into it."""
    names = sorted({source["licence"] for source in release["sources"]})
    return [{"name": name, "title": name} for name in names]


def _resource(table: Table) -> dict[str, Any]:
    return {
        "name": table.name.replace("_", "-"),
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": table.doc,
        "schema": {
            "fields": [
                {"name": field.name, "type": _TYPES[field.type], "description": field.doc}
                for field in table.fields
            ],
            "primaryKey": list(table.key),
            "missingValues": [""],
        },
    }
