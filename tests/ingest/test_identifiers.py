"""Identifiers are collected from the raw deliveries of every personal source, and looked for in the store."""

import csv
import gzip
import io
import ipaddress
import json
import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qos import sources
from qos.domain.errors import DeliveryFault
from qos.domain.quarter import Period
from qos.ingest import land
from qos.store.reading import read
from qos.store.views import open_snapshot
from qos.store.workspace import Workspace

FIXTURES = Path(__file__).parents[1] / "sources" / "fixtures"
NOT_DELIVERIES = ("README.md", "periods.toml", "expected.json")
PERSONAL = [name for name in sources.names() if sources.find(name).source.personal]

IDENTIFY_NOBODY = ("cloudflare-aim",)
"""A result names its session only, which is the measurement; logs of servers would add the address."""

_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:]|\.\w)", re.I
)
_MAC = re.compile(r"(?<![\w:])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:])", re.I)
_NAMED = re.compile(
    r"(?:^|[._])(?:b?ssid|imei|imsi|msisdn|serial|device_?id|hostname|lat|latitude|lon|long|longitude|coordinates)$",
    re.I,
)
"""Columns that name a device or a place, whatever a source's declaration says about them."""
_KEPT_ON_PURPOSE = ("server", "client_version", "device_model", "method")
_SHORT = 6
"""Characters: anything shorter is found everywhere."""


def deliveries(name: str) -> Iterator[tuple[Path, Period | None]]:
    folder = FIXTURES / name
    listed = folder / "periods.toml"
    periods = tomllib.loads(listed.read_text("utf-8")) if listed.exists() else {}
    for path in sorted(folder.iterdir()):
        if path.name not in NOT_DELIVERIES:
            given = periods.get(path.name)
            yield path, Period.parse(given) if given else None


def texts(path: Path) -> Iterator[str]:
    """Everything a file says, however it is packed."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        yield json.dumps(
            duckdb.sql(f"SELECT * FROM '{path}'").to_arrow_table().to_pylist(),
            default=str,
            ensure_ascii=False,
        )
        return
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if path.name.endswith((".tgz", ".tar.gz")):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = [archive.extractfile(member) for member in archive if member.isfile()]
            yield from (read_member(member.read()) for member in members if member)
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (read_member(archive.read(member)) for member in archive.namelist())
    else:
        yield read_member(content)


def read_member(content: bytes) -> str:
    return (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8", "replace")


def leaves(text: str) -> Iterator[tuple[str, str]]:
    """Column or dotted name, and value."""
    documents: list[object] = []
    for chunk in (text, *text.splitlines()):
        try:
            documents = [*documents, json.loads(chunk)]
        except ValueError:
            continue
        if chunk is text:
            break
    if any(isinstance(document, dict | list) for document in documents):
        yield from (leaf for document in documents for leaf in of_json("", document))
        return
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    for row in csv.DictReader(io.StringIO(text), delimiter=delimiter):
        yield from ((str(name), value) for name, value in row.items() if isinstance(value, str))


def of_json(name: str, node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from of_json(f"{name}.{key}" if name else str(key), value)
    elif isinstance(node, list):
        for value in node:
            yield from of_json(name, value)
    elif node is not None:
        yield name, str(node)


def is_address(text: str) -> bool:
    """Of somebody: not of nobody, and no time of day or version."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_unspecified or address.is_loopback or address.is_multicast)


def identifiers(name: str, path: Path, period: Period | None) -> set[str]:
    """Addresses, MACs, devices, places, and whatever the declaration takes for a subject."""
    found: set[str] = set()
    for text in texts(path):
        found |= {match for match in _ADDRESS.findall(text) if is_address(match)} | set(_MAC.findall(text))
        found |= {value for column, value in leaves(text) if _NAMED.search(column)}
    return {value for value in found | taken(name, path, period) if len(value) >= _SHORT}


def taken(name: str, path: Path, period: Period | None) -> set[str]:
    """What the declaration itself reads as subject, address or place."""
    with duckdb.connect() as connection:
        try:
            reading = read(connection, sources.find(name), path, delivery=path.name, period=period)
        except DeliveryFault:
            return set()
        columns = [column[0] for column in connection.execute(f"DESCRIBE {reading.accepted}").fetchall()]
        asked = [name for name in ("subject", "ip", "latitude", "longitude") if name in columns]
        values = (
            connection.execute(f"SELECT DISTINCT CAST({name} AS VARCHAR) FROM {reading.accepted}").fetchall()
            for name in asked
        )
        return {value for column in values for (value,) in column if value}


def stored_texts(workspace: Workspace) -> Iterator[tuple[Path, str]]:
    """Every file of a store: the values of Parquet, the bytes of all else."""
    for path in workspace.store.rglob("*"):
        if path.suffix == ".parquet":
            yield path, str(duckdb.sql(f"SELECT * FROM '{path}'").fetchall())
        elif path.is_file():
            yield path, path.read_bytes().decode("latin-1")


def kept_on_purpose(workspace: Workspace) -> set[str]:
    """Servers, versions and models: they may look like an address, and are nobody's."""
    with open_snapshot(workspace) as snapshot:
        asked = " UNION ".join(f"SELECT {name} FROM measurement" for name in _KEPT_ON_PURPOSE)
        return {value for (value,) in snapshot.connection.execute(asked).fetchall() if value}


@pytest.mark.parametrize("name", PERSONAL)
def test_a_store_holds_no_identifier_of_a_personal_source(workspace: Workspace, name: str) -> None:
    secrets: set[str] = set()
    for path, period in deliveries(name):
        secrets |= identifiers(name, path, period)
        try:
            land(workspace, sources.find(name), path, period=period)
        except DeliveryFault:
            continue  # kept with its reason: searched like all others
    assert secrets or name in IDENTIFY_NOBODY, f"the fixtures of {name} identify nobody: is it personal?"
    secrets -= kept_on_purpose(workspace)
    for path, held in stored_texts(workspace):
        assert not sorted(secret for secret in secrets if secret in held), path


def test_the_search_finds_what_stands_in_a_file(tmp_path: Path) -> None:
    said = {"client": {"ip": "203.0.113.77", "mac": "02:42:ac:11:00:02"}, "lat": 21.028511, "at": "10:30:15"}
    path = tmp_path / "one.json"
    path.write_text(json.dumps(said), "utf-8")
    assert identifiers("canonical", path, None) == {"203.0.113.77", "02:42:ac:11:00:02", "21.028511"}
    table = tmp_path / "table.csv"
    table.write_text("version;v6;ssid\n1.2;2001:db8::7:1;Home of A\n", "utf-8")
    assert identifiers("canonical", table, None) == {"2001:db8::7:1", "Home of A"}
