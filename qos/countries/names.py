"""Spellings become keys: one key for every way of writing the same name."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_STROKED = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "ø": "o", "ł": "l"})
"""Letters that Unicode does not take apart into a base letter and a mark."""


def fold(text: str) -> str:
    """Lower-case letters and digits only: no marks, no spaces, no punctuation, đ as d.

    `Thanh Hóa`, `Thanh Hoá` and `THANH HOA` give `thanhhoa`. A pure function that gives its own result
    back; an empty key means that the text holds no letter and no digit.
    """
    folded = _fold_once(text)
    return folded if folded == text else fold(folded)


def _fold_once(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return "".join(letter for letter in bare.casefold().translate(_STROKED) if letter.isalnum())


_NUMBERED_CODE = re.compile(r"[a-z]{2}-[0-9]+")


def region_key(text: str) -> str:
    """`fold`, but a numbered code of ISO 3166-2 keeps its hyphen: the key of `VN-01` is `vn-01`.

    Makers of maps number areas their own way: `VN01` is An Giang on a map at hand and must not be taken
    for ISO's `VN-01`, Lai Châu.
    """
    code = text.strip().casefold()
    return code if _NUMBERED_CODE.fullmatch(code) else fold(text)


def longer_keys(key: str, words: Iterable[str], countries: Iterable[str]) -> Iterator[str]:
    """The keys of a name written with a word for its kind, with its country behind it, or with both.

    All arguments are folded already: `cauca` with `department` and `colombia` gives `caucadepartment`,
    `departmentcauca`, `caucacolombia` and so on, the key of `Cauca Department, Colombia` among them.
    """
    worded = [key, *(way for word in words for way in (word + key, key + word))]
    yield from worded[1:]
    for country in countries:
        yield from (way + country for way in worded)
