"""The documents of a delivery of nested JSON, one after the other, each with its place.

A text is one document, lines of documents (NDJSON), an array of them, or several one after the other;
an archive holds any number of such texts, read in the order of their names.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from qos.store.reading.content import Content, open_text
from qos.store.reading.unpacking import Archive, ContentFault

MOST_OF_A_DOCUMENT = 256 << 20
"""Bytes of JSON that are held in memory at once: one document, or one array of them."""
_LINES_ASKED = 1000

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
"""Looks only as deep as it must: whether a text is one object."""

NOT_AN_OBJECT = "not a JSON object"
TWICE = "a key stands twice"


@dataclass(frozen=True)
class Found:
    """One document, or why there is none where one should be. place: line of a text of lines, else the
    number of the document, from 1; detail: what is known of the fault, never what the document holds."""

    place: int
    document: Mapping[str, Any] | None
    fault: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Opened:
    """All of a delivery. by_line: `place` is a physical line of the file."""

    form: str
    by_line: bool
    found: Iterator[Found]


class _Object(dict[str, Any]):
    """An object in which a key stood twice; the later value counts, as nobody will use it."""


class _Decoder:
    """JSON as text to Python, exact in its integers; it remembers objects with a key twice."""

    def __init__(self) -> None:
        self.twice = False
        self._json = json.JSONDecoder(object_pairs_hook=self._object)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        self.twice = True
        return _Object(pairs)

    def value(self, text: str) -> Any:
        """The one value of a text. Raises ValueError and RecursionError."""
        return self._json.decode(text)

    def values(self, text: str) -> Iterator[Any]:
        """The values that stand one after the other in a text. Raises ValueError and RecursionError."""
        place = len(text) - len(text.lstrip())
        while place < len(text):
            value, place = self._json.raw_decode(text, place)
            yield value
            while place < len(text) and text[place] in " \t\r\n":
                place += 1

    def found(self, place: int, value: Any) -> Found:
        if not isinstance(value, Mapping):
            return Found(place, None, NOT_AN_OBJECT)
        if self.twice and _has_twice(value):
            return Found(place, None, TWICE)
        return Found(place, value)


def _has_twice(value: Any) -> bool:
    if isinstance(value, _Object):
        return True
    inner: Iterable[Any] = value.values() if isinstance(value, dict) else value
    return isinstance(value, dict | list) and any(_has_twice(part) for part in inner)


def open_documents(content: Content, folder: Path) -> Opened:
    """The documents of a text or an archive; `folder` takes temporary copies. Raises ContentFault."""
    if content.form in ("tar", "zip"):
        return Opened(content.form, False, _numbered(_of_archive(content, folder)))
    if content.form != "json" and _is_of_lines(content.path):
        return Opened("ndjson", True, _of_lines(content.path))
    return Opened("json", False, _numbered(_of_whole(content.path)))


def _numbered(found: Iterable[Found]) -> Iterator[Found]:
    for number, one in enumerate(found, 1):
        yield Found(number, one.document, one.fault, one.detail)


def _of_archive(content: Content, folder: Path) -> Iterator[Found]:
    """A member that is no JSON is a reject, not a reason to stop the others."""
    for member in Archive(content.path, content.form, content.size).members(folder):
        if member.fault:
            yield Found(0, None, "a member that is cut short or damaged")
            continue
        try:
            yield from _of_member(member.path, folder)
        except ContentFault as fault:
            yield Found(0, None, "a member that is not JSON, or cut short", str(fault))


def _of_member(path: Path, folder: Path) -> Iterator[Found]:
    with path.open("rb") as file:
        start = file.read(1 << 16)
    if not start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith((b"{", b"[")):
        yield Found(0, None, "a member that is not JSON, or cut short")
        return
    text = open_text(path, start, "none", folder)
    of_lines = text.form != "json" and _is_of_lines(text.path)
    yield from _of_lines(text.path) if of_lines else _of_whole(text.path)


def _is_of_lines(path: Path) -> bool:
    """The first line is a document of its own, or at least half of the first lines are."""
    with path.open("rb") as file:
        filled = (line for line in _lines(file) if line.strip())
        first = next(filled, b"")
        if _is_object(first):
            return True
        others = [_is_object(line) for line in islice(filled, _LINES_ASKED)]
    return first.startswith(b"{") and len(others) > 0 and 2 * sum(others) >= len(others) + 1


def _lines(file: Any) -> Iterator[bytes]:
    while line := file.readline(MOST_OF_A_DOCUMENT + 1):
        if len(line) > MOST_OF_A_DOCUMENT:
            raise ContentFault(f"a line of more than {MOST_OF_A_DOCUMENT >> 20} MiB")
        yield line


def _is_object(line: bytes) -> bool:
    try:
        _OBJECT.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    except RecursionError:
        return line.startswith(b"{")
    return True


def _of_lines(path: Path) -> Iterator[Found]:
    """Blank lines hold nothing, every other one a document or a fault."""
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                yield _of_line(number, line)


def _of_line(number: int, line: bytes) -> Found:
    decoder = _Decoder()
    try:
        return decoder.found(number, decoder.value(line.decode("utf-8-sig")))
    except RecursionError:
        return Found(number, None, NOT_AN_OBJECT, "nested too deeply")
    except json.JSONDecodeError as fault:
        return Found(number, None, NOT_AN_OBJECT, f"{fault.msg}, character {fault.colno}")
    except ValueError as fault:
        return Found(number, None, NOT_AN_OBJECT, str(fault)[:80])


def _of_whole(path: Path) -> Iterator[Found]:
    """The documents of a text that only makes sense whole."""
    if path.stat().st_size > MOST_OF_A_DOCUMENT:
        most = f"{MOST_OF_A_DOCUMENT >> 20} MiB"
        raise ContentFault(f"one JSON value of more than {most}: deliver it as lines (NDJSON) or in parts")
    decoder, text = _Decoder(), path.read_text(encoding="utf-8-sig")
    try:
        for value in decoder.values(text):
            for one in value if isinstance(value, list) else [value]:
                yield decoder.found(0, one)
    except json.JSONDecodeError as fault:
        raise ContentFault(
            f"not JSON, or cut short: line {fault.lineno}, character {fault.colno}: {fault.msg}"
        ) from fault
    except RecursionError as fault:
        raise ContentFault("JSON that is nested too deeply") from fault
    except ValueError as fault:
        raise ContentFault(f"not JSON: {str(fault)[:80]}") from fault
