"""What can happen to an archive or a workbook: odd members, damaged ones, bombs."""

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from functools import cache

Mutation = Callable[[random.Random, bytes], bytes]

_NAMES = (
    *("/etc/passwd", "../../outside.csv", "C:\\windows\\rows.csv", "", ".", "a/" * 200 + "rows.csv"),
    *(
        "rows\n.csv",
        "dữ liệu.csv",
        "._rows.csv",
        "__MACOSX/rows.csv",
        "rows.csv",
        "rows.json",
        "*.csv",
        "x" * 255,
    ),
)
_OVER_THE_LIMIT = 66 << 20
"""Bytes of nothing: more than a small file may unpack to, whatever it is."""


# ---- a plain file put into an archive


def _in_tar(rng: random.Random, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=rng.choice(("w", "w:gz"))) as archive:
        for _ in range(rng.choice((1, 1, 2, 4))):
            member = tarfile.TarInfo(rng.choice(_NAMES))
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _in_zip(rng: random.Random, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for number in range(rng.choice((1, 1, 2, 4))):
            name = rng.choice([name for name in _NAMES if name]) if number == 0 else f"{number}.csv"
            archive.writestr(name, data)
    return out.getvalue()


def _in_tar_with_links(rng: random.Random, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in rng.sample(
            (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE), 3
        ):
            member = tarfile.TarInfo(rng.choice(_NAMES))
            member.type, member.linkname = kind, rng.choice(("/etc/passwd", "../..", "rows.csv", ""))
            archive.addfile(member)
        member = tarfile.TarInfo("rows.csv")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _in_an_archive_in_an_archive(rng: random.Random, data: bytes) -> bytes:
    return _in_zip(rng, _in_tar(rng, data))


def _in_a_zip_said_to_be_encrypted(rng: random.Random, data: bytes) -> bytes:
    packed = bytearray(_in_zip(rng, data))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = packed.find(magic)
        packed[place + flags] |= 1
    return bytes(packed)


def _a_bomb(rng: random.Random, data: bytes) -> bytes:
    """The delivery's beginning, and then nothing for longer than anything real."""
    if rng.random() < 0.8:  # each costs a fifth of a second
        return gzip.compress(data, 1, mtime=0)
    return rng.choice((_gzip_bomb, _zip_bomb, _tar_bomb))()


@cache
def _gzip_bomb() -> bytes:
    return gzip.compress(bytes(_OVER_THE_LIMIT), 9, mtime=0)


@cache
def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.csv", bytes(_OVER_THE_LIMIT // 2))
    return out.getvalue()


@cache
def _tar_bomb() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("rows.csv")
        member.size = _OVER_THE_LIMIT
        archive.addfile(member, io.BytesIO(bytes(_OVER_THE_LIMIT)))
    return out.getvalue()


# ---- a file that is an archive or a workbook already


def _members(data: bytes) -> list[tuple[str, bytes]]:
    """Names and contents of a tar or zip; none where it cannot be opened any more."""
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return [(name, archive.read(name)) for name in archive.namelist()]
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            return [(one.name, tar.extractfile(one).read()) for one in tar if one.isreg()]  # type: ignore[union-attr]
    except Exception:  # what an earlier mutation left is no archive any more, in any of a dozen ways
        return []


def _archived(members: list[tuple[str, bytes]], as_zip: bool) -> bytes:
    out = io.BytesIO()
    if as_zip:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _changed(change: Callable[[random.Random, list[tuple[str, bytes]], int], None]) -> Mutation:
    def mutation(rng: random.Random, data: bytes) -> bytes:
        members = _members(data)
        if not members:
            return data
        change(rng, members, rng.randrange(len(members)))
        return _archived(members, data.startswith(b"PK"))

    return mutation


def _member_dropped(_rng: random.Random, members: list[tuple[str, bytes]], at: int) -> None:
    del members[at]


def _member_doubled(_rng: random.Random, members: list[tuple[str, bytes]], at: int) -> None:
    members.append((f"{members[at][0]}.copy.json", members[at][1]))


def _member_renamed(rng: random.Random, members: list[tuple[str, bytes]], at: int) -> None:
    members[at] = (rng.choice(_NAMES) or "nameless", members[at][1])


def _member_cut_short(rng: random.Random, members: list[tuple[str, bytes]], at: int) -> None:
    name, content = members[at]
    members[at] = (name, content[: rng.randrange(len(content) + 1)])


def _member_flipped(rng: random.Random, members: list[tuple[str, bytes]], at: int) -> None:
    name, content = members[at]
    spoiled = bytearray(content)
    for _ in range(rng.choice((1, 10)) if spoiled else 0):
        spoiled[rng.randrange(len(spoiled))] ^= 1 << rng.randrange(8)
    members[at] = (name, bytes(spoiled))


def _digits_changed(rng: random.Random, members: list[tuple[str, bytes]], at: int) -> None:
    name, content = members[at]
    digit, odd = (
        b"%d" % rng.randrange(10),
        rng.choice((b"e308", b"-", b"", b"99999999999999999999", b"NaN", b"x")),
    )
    members[at] = (name, content.replace(digit, odd, rng.choice((1, 1, 50))))


def _rubbish_added(rng: random.Random, members: list[tuple[str, bytes]], _at: int) -> None:
    members.insert(0, (rng.choice(("notes.txt", "a.png", "0.json", "z.csv")), rng.randbytes(200)))


INTO_ARCHIVES: Sequence[tuple[str, Mutation]] = (
    ("in a tar", _in_tar),
    ("in a zip", _in_zip),
    ("in a tar with links", _in_tar_with_links),
    ("in an archive in an archive", _in_an_archive_in_an_archive),
    ("in a zip said to be encrypted", _in_a_zip_said_to_be_encrypted),
    ("a bomb, or merely packed", _a_bomb),
)
OF_ARCHIVES: Sequence[tuple[str, Mutation]] = (
    ("a member dropped", _changed(_member_dropped)),
    ("a member doubled", _changed(_member_doubled)),
    ("a member renamed", _changed(_member_renamed)),
    ("a member cut short", _changed(_member_cut_short)),
    ("a member flipped", _changed(_member_flipped)),
    ("digits of a member changed", _changed(_digits_changed)),
    ("rubbish added", _changed(_rubbish_added)),
)
