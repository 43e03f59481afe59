"""Sealed files: open with their key only, and no byte can be changed unseen."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qos.store import sealing
from qos.store.sealing import SealBroken, content_key, seal, unsealed

KEY = content_key(b"k" * 32, "labs", "hash")
_CHUNK = 1 << 20


@pytest.fixture
def sealed(tmp_path):
    plain, path = tmp_path / "plain", tmp_path / "sealed"

    def sealed(content: bytes, key: bytes = KEY):
        plain.write_bytes(content)
        seal(plain, path, key)
        return path

    return sealed


@pytest.mark.parametrize("size", [0, 1, _CHUNK - 1, _CHUNK, _CHUNK + 1, 3 * _CHUNK])
def test_what_was_sealed_comes_out(sealed, size) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    path = sealed(content[:size])
    assert b"".join(unsealed(path, KEY)) == content[:size]
    assert all(len(chunk) <= _CHUNK for chunk in unsealed(path, KEY))


def test_nothing_of_the_content_can_be_seen(sealed) -> None:
    held = sealed(b"203.0.113.77," * 100_000).read_bytes()
    assert b"203.0.113" not in held


def test_another_key_opens_nothing(sealed) -> None:
    path = sealed(b"content")
    for other in (("labs", "other hash"), ("other", "hash")):
        with pytest.raises(SealBroken, match="under another key"):
            list(unsealed(path, content_key(b"k" * 32, *other)))
    with pytest.raises(SealBroken):
        list(unsealed(path, content_key(b"j" * 32, "labs", "hash")))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_changed_bit_is_seen(sealed, where, bit) -> None:
    path = sealed(b"content" * 50)
    held = bytearray(path.read_bytes())
    held[int(where * len(held))] ^= 1 << bit
    path.write_bytes(held)
    with pytest.raises(SealBroken):
        list(unsealed(path, KEY))


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_a_file_cut_between_chunks_is_seen(sealed, chunks) -> None:
    path = sealed(bytes(3 * _CHUNK))
    header = len(sealing._HEADER)
    path.write_bytes(path.read_bytes()[: header + chunks * (_CHUNK + 16)])
    with pytest.raises(SealBroken):
        list(unsealed(path, KEY))


def test_chunks_in_another_order_are_seen(sealed) -> None:
    path = sealed(b"a" * _CHUNK + b"b" * _CHUNK + b"c")
    held, header, size = path.read_bytes(), len(sealing._HEADER), _CHUNK + 16
    one, two = held[header : header + size], held[header + size : header + 2 * size]
    path.write_bytes(held[:header] + two + one + held[header + 2 * size :])
    with pytest.raises(SealBroken):
        list(unsealed(path, KEY))


def test_the_same_content_is_sealed_into_the_same_bytes(sealed) -> None:
    assert sealed(b"content").read_bytes() == sealed(b"content").read_bytes()
