"""Subjects under another name: equal within a source and a quarter, unlinkable beyond.

The key of a quarter is derived from the workspace's secret, so that a quarter's key can be given
away or destroyed without the others.
"""

import hashlib
import hmac
from collections.abc import Callable
from functools import cache


def quarter_key(master: bytes, quarter: str) -> bytes:
    """32 bytes; HMAC-SHA256 of the quarter under the workspace's key."""
    return hmac.digest(master, f"subject {quarter}".encode(), hashlib.sha256)


def pseudonyms(master: bytes, source: str) -> Callable[[str, str], int]:
    """A function of (quarter, subject) to a signed 64-bit number: keyed BLAKE2b (RFC 7693).

    Two of a hundred million subjects of one quarter share a number with a chance of about 3 in 10 000.
    """
    key_of = cache(lambda quarter: quarter_key(master, quarter))

    def pseudonym(quarter: str, subject: str) -> int:
        text = f"{source}\0{subject}".encode()
        hashed = hashlib.blake2b(text, digest_size=8, key=key_of(quarter)).digest()
        return int.from_bytes(hashed, "big", signed=True)

    return pseudonym
