"""The deliveries of the tests, spoiled: the same number always spoils the same file in the same way.

Mutation 4711 is `mutated(4711)`, on every machine, as long as the fixtures are what they are. Nothing here
reads or lands anything: `soak_fuzz.py` and the tests do.
"""

import gzip
import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mutations_of_archives
import mutations_of_parquet
import mutations_of_text
import pyarrow as pa

FIXTURES = Path(__file__).resolve().parents[1] / "tests" / "sources" / "fixtures"
_NO_DELIVERIES = ("README.md", "periods.toml", "expected.json")
_JSON = (".json", ".jsonl", ".ndjson", ".geojson")
_PERIOD = "2024-10"
_SUFFIXES = (".csv", ".json", ".ndjson", ".parquet", ".xlsx", ".gz", ".tgz", ".zip", ".txt", "", ".csv.gz")

Mutation = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True)
class Fixture:
    """One delivery as it is: its bytes unpacked if they were gzip, and what has to be said about it."""

    source: str
    path: Path
    period: str | None
    data: bytes

    @property
    def kind(self) -> str:
        """Which mutations fit it: `table`, `json`, `parquet` or `packed` (a workbook or an archive)."""
        if self.data.startswith(b"PAR1"):
            return "parquet"
        if self.data.startswith(b"PK") or self.data[257:262] == b"ustar":
            return "packed"
        return "json" if self.data.lstrip()[:1] in (b"{", b"[") else "table"


@dataclass(frozen=True)
class Mutated:
    """A spoiled delivery. source: as which it is read; how: what was done to it, in order."""

    number: int
    source: str
    period: str | None
    name: str
    data: bytes
    how: tuple[str, ...]

    def __str__(self) -> str:
        return f"mutation {self.number} ({self.name} as {self.source}: {', '.join(self.how)})"


@cache
def fixtures() -> tuple[Fixture, ...]:
    """Every delivery beside the tests of the sources, by name."""
    found = []
    for folder in sorted(FIXTURES.iterdir()):
        said = folder / "periods.toml"
        periods = tomllib.loads(said.read_text("utf-8")) if said.exists() else {}
        for path in sorted(folder.iterdir()):
            if path.name not in _NO_DELIVERIES:
                found.append(Fixture(folder.name, path, periods.get(path.name), _plain(path.read_bytes())))
    return tuple(found)


def mutated(number: int) -> Mutated:
    """One to three things happen to the content, then perhaps something to its packing and its name."""
    rng = random.Random(f"mutation {number}")  # a text seeds by its content, not by its hash
    fixture = rng.choice(fixtures())
    data, how = fixture.data, []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name, mutation = rng.choice(BY_KIND[fixture.kind])
        data = mutation(rng, data)
        how.append(name)
    if rng.random() < 0.04:
        other = rng.choice(fixtures())
        data = rng.choice((b"", b"\n")).join((data, other.data))
        how.append(f"followed by {other.path.name}")
    if rng.random() < 0.12:
        name, packing = rng.choice(PACKINGS)
        data = packing(rng, data)
        how.append(name)
    name, source, period = fixture.path.name.removesuffix(".gz"), fixture.source, fixture.period
    if rng.random() < 0.06:
        name = f"{Path(name).stem}{rng.choice(_SUFFIXES)}"
        how.append("renamed")
    if rng.random() < 0.03:
        other = rng.choice(fixtures())
        source, period = other.source, _PERIOD if other.period else None
        how.append("read as another source")
    return Mutated(number, source, period, name, data, tuple(how))


def _plain(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def _place(rng: random.Random, data: bytes) -> int:
    return rng.randrange(len(data) + 1)


def _flip(rng: random.Random, data: bytes) -> bytes:
    spoiled = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 20)) if spoiled else 0):
        spoiled[rng.randrange(len(spoiled))] ^= 1 << rng.randrange(8)
    return bytes(spoiled)


def _cut_short(rng: random.Random, data: bytes) -> bytes:
    return data[: _place(rng, data)]


def _cut_near_the_end(rng: random.Random, data: bytes) -> bytes:
    return data[: -rng.randint(1, 12)]


def _without_its_start(rng: random.Random, data: bytes) -> bytes:
    return data[_place(rng, data) :]


def _without_a_stretch(rng: random.Random, data: bytes) -> bytes:
    start, end = sorted((_place(rng, data), _place(rng, data)))
    return data[:start] + data[end:]


def _with_a_stretch_twice(rng: random.Random, data: bytes) -> bytes:
    start, end = sorted((_place(rng, data), _place(rng, data)))
    return data[:end] + data[start:end] + data[end:]


def _with_odd_bytes(rng: random.Random, data: bytes) -> bytes:
    place = _place(rng, data)
    odd = rng.choice(
        (b"\0", b"\0" * 40, b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x80", b"\r", b"\x1a", b"\x0b",
         b"\xc3", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xf0\x9f\x93\xb6", b"\x1b[31m", rng.randbytes(30))
    )  # fmt: skip
    return data[:place] + odd + data[place:]


def _empty(rng: random.Random, data: bytes) -> bytes:  # noqa: ARG001 - a mutation like any other
    return rng.choice((b"", b"", b"\n", b" \r\n", b"\xef\xbb\xbf", b"\0", b"{}", b"[]", b"null", b'""'))


def _gzip(rng: random.Random, data: bytes) -> bytes:
    packed = gzip.compress(data, rng.choice((1, 9)), mtime=0)
    return rng.choice(
        (packed, packed, packed[: len(packed) // 2], packed[:-4], packed + packed, packed + b"rubbish")
    )


def _gzip_twice(rng: random.Random, data: bytes) -> bytes:
    return _gzip(rng, _gzip(rng, data))


def _zstd(rng: random.Random, data: bytes) -> bytes:
    packed: bytes = pa.compress(data, "zstd", asbytes=True)
    return rng.choice((packed, packed, packed[:-3], packed[: len(packed) // 2]))


_OF_BYTES: Sequence[tuple[str, Mutation]] = (
    ("bytes flipped", _flip),
    ("cut short", _cut_short),
    ("cut near its end", _cut_near_the_end),
    ("without its start", _without_its_start),
    ("without a stretch", _without_a_stretch),
    ("with a stretch twice", _with_a_stretch_twice),
    ("with odd bytes", _with_odd_bytes),
    ("empty", _empty),
)
BY_KIND: Mapping[str, Sequence[tuple[str, Mutation]]] = {
    "table": (*_OF_BYTES, *mutations_of_text.OF_TEXT, *mutations_of_text.OF_TABLES),
    "json": (*_OF_BYTES, *mutations_of_text.OF_TEXT, *mutations_of_text.OF_JSON),
    "parquet": (*_OF_BYTES, *mutations_of_parquet.OF_PARQUET, *mutations_of_parquet.OF_PARQUET),
    "packed": (*_OF_BYTES, *mutations_of_archives.OF_ARCHIVES, *mutations_of_archives.OF_ARCHIVES),
}
PACKINGS: Sequence[tuple[str, Mutation]] = (
    ("in gzip", _gzip),
    ("in gzip twice", _gzip_twice),
    ("in zstd", _zstd),
    *mutations_of_archives.INTO_ARCHIVES,
)
