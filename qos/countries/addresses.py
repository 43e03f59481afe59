"""Texts of addresses become numbers: IPv4 in bulk, IPv6 by its upper 64 bits.

Nothing smaller than a /64 is announced to anybody but a single line, so 64 bits tell a network. A text
that is no address is no number: a wrong one is never guessed.
"""

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

CHUNK = 1 << 15
"""Addresses taken at a time: their bytes and numbers stay in the cache of the processor."""
_DOT, _ZERO = ord("."), ord("0")
_LONGEST = 64
"""Bytes; the longest address with zone and length is shorter. Longer texts are not looked at."""


class Numbers(NamedTuple):
    """Addresses of one chunk as numbers, null where there is none.

    four, six: where the address is of that version; key4 (32 bits) and key6 (upper 64 bits) hold there.
    """

    four: npt.NDArray[np.bool_]
    key4: npt.NDArray[np.uint32]
    six: npt.NDArray[np.bool_]
    key6: npt.NDArray[np.uint64]


def chunks(addresses: pa.StringArray | pa.ChunkedArray) -> Iterator[tuple[slice, pa.LargeStringArray]]:
    """Stretches of a column of texts; texts too long for an address are null."""
    for start in range(0, len(addresses), CHUNK):
        part = addresses.slice(start, CHUNK).cast(pa.large_string())
        whole = part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part
        long = pc.greater(pc.binary_length(whole), _LONGEST)
        yield (
            slice(start, start + len(whole)),
            pc.if_else(long, None, whole) if pc.any(long).as_py() else whole,
        )


def numbers(addresses: pa.LargeStringArray) -> Numbers:
    """The numbers of texts such as `203.0.113.9`, `2001:db8::1`, `203.0.113.0/24` (its first address).

    An IPv4 address mapped into IPv6 (`::ffff:203.0.113.9`) is one of IPv4. Leading zeros, ports, host names
    and everything else that `ipaddress` refuses give no number.
    """
    four, key4 = _dotted(addresses)
    six = np.zeros(len(addresses), dtype=bool)
    key6 = np.zeros(len(addresses), dtype=np.uint64)
    others = np.flatnonzero(~four & ~addresses.is_null().to_numpy(zero_copy_only=False))
    if len(others):
        distinct = addresses.take(pa.array(others)).dictionary_encode()
        read = [number_of(text) for text in distinct.dictionary.to_pylist()]
        known = np.array([0 if one is None else one[0] for one in read], dtype=np.uint8)
        keys = np.array([0 if one is None else one[1] for one in read], dtype=np.uint64)
        which = distinct.indices.to_numpy(zero_copy_only=False)
        is_four = known[which] == 4
        four[others[is_four]] = True
        key4[others[is_four]] = keys[which][is_four].astype(np.uint32)
        six[others] = known[which] == 6
        key6[others] = keys[which]
    return Numbers(four, key4, six, key6)


def number_of(text: str) -> tuple[int, int] | None:
    """(4, 32 bits) or (6, upper 64 bits) of one text; None when it is no address."""
    bare = text.strip()
    try:
        if "/" in bare:
            address = ipaddress.ip_interface(bare).ip
        else:
            address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return (6, int(address) >> 64) if mapped is None else (4, int(mapped))
    return 4, int(address)


def _dotted(addresses: pa.LargeStringArray) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint32]]:
    """Where a text is four numbers 0..255 with dots between, in plain ASCII, and their 32 bits."""
    data, starts, ends = _bytes(addresses)
    is_dot = data == _DOT
    digit = data - np.uint8(_ZERO)  # wraps: everything that is no digit becomes 10 or more
    dots = _counted(is_dot, starts, ends)
    rows = np.flatnonzero(dots == 3)
    first = (np.cumsum(dots) - dots)[rows]
    where = np.flatnonzero(is_dot)
    inner = [where[first + place] for place in range(3)]
    key = np.zeros(len(rows), dtype=np.uint32)
    sound = np.ones(len(rows), dtype=bool)
    for begin, end in zip([starts[rows], *(dot + 1 for dot in inner)], [*inner, ends[rows]], strict=True):
        octet, fine = _octet(digit, begin, end)
        key = (key << np.uint32(8)) | octet
        sound &= fine
    four = np.zeros(len(addresses), dtype=bool)
    keys = np.zeros(len(addresses), dtype=np.uint32)
    four[rows] = sound
    keys[rows] = key
    return four, keys


def _octet(
    digit: npt.NDArray[np.uint8], begin: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.bool_]]:
    """Value of the text from begin to end, and whether it is 0..255 in digits without a leading zero."""
    length = end - begin
    value = digit[end - 1].astype(np.uint16)
    sound = (value <= 9) & (length > 0)
    for place, factor in ((2, np.uint16(10)), (3, np.uint16(100))):
        here = digit[end - place] * (length >= place)  # of a shorter number: what stands before it, times 0
        sound &= (here <= 9) & ((here > 0) | (length != place))
        value += here * factor
    return value, sound & (length <= 3) & (value <= 255)


def _counted(
    flags: npt.NDArray[np.bool_], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """How many hold from each start to its end (fewer than 256); the stretches follow one another."""
    counts = np.zeros(len(starts), dtype=np.int64)
    full = np.flatnonzero(ends > starts)
    if len(full):
        counts[full] = np.add.reduceat(flags.view(np.uint8), starts[full], dtype=np.uint8)
    return counts


def _bytes(
    addresses: pa.LargeStringArray,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The bytes of the texts, and where each begins and ends. A null is an empty text."""
    filled = pc.fill_null(addresses, "") if addresses.null_count else addresses
    _, offsets, data = filled.buffers()
    edges = np.frombuffer(offsets, dtype=np.int64)[filled.offset : filled.offset + len(filled) + 1]
    whole = np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, dtype=np.uint8)
    part = whole[edges[0] : edges[-1]]
    places = edges - edges[0]
    return part, places[:-1], places[1:]
