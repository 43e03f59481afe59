"""Sorts names as a Vietnamese reader expects: letters first, then tone marks (TCVN 5712 order)."""

import unicodedata

_LETTERS = " 0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PLACE = {letter: place for place, letter in enumerate(_LETTERS)}
_TONES = {mark: place for place, mark in enumerate("\u0300\u0309\u0303\u0301\u0323", start=1)}
"""none, huyền, hỏi, ngã, sắc, nặng."""

Key = tuple[tuple[int, ...], tuple[int, ...], str]


def name_key(name: str) -> Key:
    """Sort key: places of the base letters, then of the tones, then the name itself."""
    letters: list[int] = []
    tones: list[int] = []
    for character in unicodedata.normalize("NFC", name).lower():
        letter, tone = _letter_and_tone(character)
        if letter in _PLACE:
            letters.append(_PLACE[letter])
            tones.append(tone)
    return tuple(letters), tuple(tones), name


def _letter_and_tone(character: str) -> tuple[str, int]:
    parts = unicodedata.normalize("NFD", character)
    tone = next((_TONES[mark] for mark in parts if mark in _TONES), 0)
    letter = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONES))
    return (letter if letter in _PLACE else parts[:1]), tone
