"""Files sealed under a key: read by nobody without it, and not changed, cut or reordered unseen.

Chunks of a mebibyte under AES-256-GCM, numbered in the nonce, the last one marked there: the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015). Every content has a key of its own, so
that a number is never used twice under one key, and the same file is sealed into the same bytes.
"""

from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUFFIX = ".sealed"

_HEADER = b"qos sealed file 1\n"
"""With the version of the format; every chunk is bound to it."""

_CHUNK = 1 << 20
_TAG = 16


class SealBroken(Exception):
    """The file was changed or cut short, or it was sealed under another key."""


def content_key(master: bytes, source: str, sha256: str) -> bytes:
    """The key of one content of a source; HKDF-SHA256 (RFC 5869) of the workspace's key."""
    info = f"qos delivery\0{source}\0{sha256}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master)


def seal(plain: Path, sealed: Path, key: bytes) -> None:
    """Writes `plain`, encrypted, into `sealed`. key: `content_key` of these very bytes."""
    cipher = AESGCM(key)
    with plain.open("rb") as read, sealed.open("wb") as write:
        write.write(_HEADER)
        for number, chunk, last in _chunks(read, _CHUNK):
            write.write(cipher.encrypt(_nonce(number, last=last), chunk, _HEADER))


def unsealed(sealed: Path, key: bytes) -> Iterator[bytes]:
    """The plain bytes in chunks, each checked before it is given. Raises SealBroken."""
    cipher = AESGCM(key)
    with sealed.open("rb") as read:
        if read.read(len(_HEADER)) != _HEADER:
            raise SealBroken("not a sealed file of this version")
        for number, chunk, last in _chunks(read, _CHUNK + _TAG):
            try:
                yield cipher.decrypt(_nonce(number, last=last), chunk, _HEADER)
            except InvalidTag as fault:
                raise SealBroken("changed, cut short, or sealed under another key") from fault


def _chunks(read: BufferedReader, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Number, bytes and whether it is the last; an empty file is one empty chunk."""
    number, chunk = 0, read.read(size)
    while following := read.read(size):
        yield number, chunk, False
        number, chunk = number + 1, following
    yield number, chunk, True


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
