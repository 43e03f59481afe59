"""A text that is held in memory: its bytes, its lines, and a file of it where one is needed."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from qos.store.reading.content import Content

Bytes = npt.NDArray[np.uint8]

AT_ONCE = 1 << 18
"""Bytes looked at together: few enough for the processor's cache."""

_MOST = 256 << 20
"""Bytes: more than any piece of a divided text."""

_LINES_AT_ONCE = 1 << 17
"""Few enough that 32 bits count the bytes of as many lines as may be read plainly."""


def may_be_held(content: Content, least: int) -> bool:
    """Whether a text is large enough to be worth it, at least so many bytes, and not too large."""
    return max(least, 1) <= content.text_size <= _MOST


def bytes_of(content: Content) -> Bytes:
    """The bytes of a text, read if they are not held yet."""
    if content.held is None:
        return np.fromfile(content.path, np.uint8)
    return np.frombuffer(content.held, np.uint8)


def write_held(content: Content, *, first: int | None = None) -> None:
    """Makes the file that `content.path` names, where the text is only held.

    first: so many lines are enough, unless they are long.
    """
    if content.held is None:
        return
    held = content.held
    if first is not None:
        ends = ends_of_lines(bytes_of(content)[:AT_ONCE])
        held = held[: ends[first - 1]] if len(ends) > first else held
    content.path.write_bytes(held)


def blocks(data: Bytes, overlap: int = 0) -> Iterator[Bytes]:
    """The bytes in blocks, each with some of the next."""
    for start in range(0, len(data), AT_ONCE):
        yield data[start : start + AT_ONCE + overlap]


def holds(data: Bytes, letter: str) -> bool:
    """Whether a letter of ASCII stands somewhere."""
    return any(bool((block == ord(letter)).any()) for block in blocks(data))


def count_lines(text: memoryview) -> int:
    """Lines, one that is cut short among them."""
    data = np.frombuffer(text, np.uint8)
    ends = sum(np.count_nonzero(block == ord("\n")) for block in blocks(data))
    return int(ends) + bool(len(data) and data[-1] != ord("\n"))


def ends_of_lines(data: Bytes) -> npt.NDArray[np.int64]:
    """Where each line ends, its line feed included; one that is cut short ends with the bytes."""
    found = [
        np.flatnonzero(block == ord("\n")) + (place * AT_ONCE + 1) for place, block in enumerate(blocks(data))
    ]
    ends: npt.NDArray[np.int64] = np.concatenate([np.zeros(0, np.int64), *found])
    return ends if not len(data) or data[-1] == ord("\n") else np.append(ends, len(data))


def lines_of(data: Bytes, ends: npt.NDArray[np.int64]) -> pa.Table:
    """The lines as `line_text`, with their line feeds, over the same memory. No line may be near 2 GiB."""
    chunks = []
    for first in range(0, len(ends), _LINES_AT_ONCE):
        own = ends[first : first + _LINES_AT_ONCE]
        start = int(ends[first - 1]) if first else 0
        offsets = np.concatenate(([0], own - start)).astype(np.int32)
        text = pa.py_buffer(data[start : int(own[-1])])
        chunks.append(pa.StringArray.from_buffers(len(own), pa.py_buffer(offsets), text))
    return pa.table({"line_text": pa.chunked_array(chunks, pa.string())})
