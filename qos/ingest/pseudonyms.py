"""Subjects under another name: equal within a source and a quarter, unlinkable beyond.

The key of a quarter is derived from the workspace's secret, so that a quarter's key can be given
away or destroyed without the others; that of a source in the quarter is derived from it.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 16
"""Bytes of an AES block."""

_AT_ONCE = 1 << 20
"""Bytes of messages that are worked on together: few enough for the processor's cache."""

Bytes = npt.NDArray[np.uint8]


def quarter_key(master: bytes, quarter: str) -> bytes:
    """32 bytes; HMAC-SHA256 of the quarter under the workspace's key."""
    return hmac.digest(master, f"subject {quarter}".encode(), hashlib.sha256)


def pseudonyms(master: bytes, source: str) -> Callable[[str, pa.StringArray], pa.Int64Array]:
    """A function of a quarter and its subjects to signed 64-bit numbers: AES-256-CMAC (RFC 4493), cut short.

    A whole column is computed at once, as fast as it can be read. Two of a hundred million subjects of
    one quarter share a number with a chance of about 3 in 10 000.
    """

    @cache
    def cmac_of(quarter: str) -> _Cmac:
        return _Cmac(hmac.digest(quarter_key(master, quarter), source.encode(), hashlib.sha256))

    def pseudonym(quarter: str, subjects: pa.StringArray) -> pa.Int64Array:
        return pa.array(cmac_of(quarter).of_all(subjects).astype(np.int64), pa.int64())

    return pseudonym


class _Cmac:
    """AES-CMAC of many short messages under one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher: Any = Cipher(algorithms.AES(key), modes.ECB())  # one block at a time: CMAC chains them
        zero = self._encrypt(np.zeros((1, _BLOCK), np.uint8)).tobytes()
        once = _doubled(zero)
        self._whole, self._padded = (np.frombuffer(key, np.uint8) for key in (once, _doubled(once)))

    def of_all(self, messages: pa.StringArray) -> npt.NDArray[np.int64]:
        """First eight bytes of each message's authentication code, big-endian; a null is an empty message."""
        data, starts, lengths = _bytes_of(messages)
        codes = np.empty(len(lengths), ">i8")
        for length in np.unique(lengths):
            equal = np.flatnonzero(lengths == length)
            at_once = _AT_ONCE // (length + 1) + 1
            for start in range(0, len(equal), at_once):
                chosen = equal[start : start + at_once]
                codes[chosen] = self._of_equal(data[starts[chosen, None] + np.arange(length)])
        return codes

    def _of_equal(self, messages: Bytes) -> npt.NDArray[np.int64]:
        """Codes of messages of the same length, one a row."""
        count, length = messages.shape
        blocks = max(1, -(-length // _BLOCK))
        padded = np.zeros((count, blocks * _BLOCK), np.uint8)
        padded[:, :length] = messages
        if length < blocks * _BLOCK:
            padded[:, length] = 0x80
            padded[:, -_BLOCK:] ^= self._padded
        else:
            padded[:, -_BLOCK:] ^= self._whole
        state = np.zeros((count, _BLOCK), np.uint8)
        for block in range(blocks):
            state = self._encrypt(state ^ padded[:, block * _BLOCK : (block + 1) * _BLOCK])
        return np.ascontiguousarray(state[:, :8]).view(">i8").ravel()

    def _encrypt(self, blocks: Bytes) -> Bytes:
        encrypted: bytes = self._cipher.encryptor().update(blocks.tobytes())
        return np.frombuffer(encrypted, np.uint8).reshape(-1, _BLOCK)


def _doubled(block: bytes) -> bytes:
    """A block times x in GF(2^128), as RFC 4493 derives its subkeys."""
    number = int.from_bytes(block, "big") << 1
    return (number & (1 << 128) - 1 ^ (0x87 if number >> 128 else 0)).to_bytes(_BLOCK, "big")


def _bytes_of(messages: pa.StringArray) -> tuple[Bytes, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All bytes of the texts, and where each begins and how long it is."""
    texts = messages.fill_null("").cast(pa.large_string())
    _validity, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    held = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return held, ends[:-1], np.diff(ends)
