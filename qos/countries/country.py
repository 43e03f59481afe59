"""country.toml: what holds for the country as a whole."""

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qos.countries.files import Faults, read_toml

FILE = "country.toml"


@dataclass(frozen=True)
class Country:
    """name: in English; names: by language; code: of the pack, `vn`; languages: the first one leads.

    region_scheme: the scheme whose regions are ranked today. former_schemes: schemes ranked before it,
    each with the first day on which it no longer held. region_words: words that people write around a
    region's name (`Province`, `tỉnh`). licence_notes: file of the pack to its origin and licence.
    codes: of ISO 3166 by which sources name the country (`VN`, `VNM`); unless given, the pack's own code.
    simulated: the country is invented, and every output built from its data says so.
    """

    name: str
    code: str
    time_zone: str
    languages: tuple[str, ...]
    region_scheme: str
    former_schemes: dict[str, dt.date] = field(default_factory=dict, hash=False)
    names: dict[str, str] = field(default_factory=dict, hash=False)
    region_words: tuple[str, ...] = ()
    notes: str = ""
    licence_notes: dict[str, str] = field(default_factory=dict, hash=False)
    codes: tuple[str, ...] = ()
    simulated: bool = False

    def scheme_on(self, day: dt.date) -> str:
        """The scheme of the regions that are ranked on a day."""
        ended = sorted((end, scheme) for scheme, end in self.former_schemes.items() if day < end)
        return ended[0][1] if ended else self.region_scheme


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isalnum() and value == value.lower()


def _is_codes(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_iso_code, value))


def _is_iso_code(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[A-Z]{2,3}", value) is not None


def _is_zone(value: object) -> bool:
    return isinstance(value, str) and value in zoneinfo.available_timezones()


def _is_languages(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_code, value))


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_names(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_schemes(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_code(scheme) and isinstance(end, dt.date) and not isinstance(end, dt.datetime)
        for scheme, end in value.items()
    )


_REQUIRED: dict[str, tuple[Callable[[object], bool], str]] = {
    "name": (_is_text, "a text"),
    "code": (_is_code, 'a short lower-case code such as "vn"'),
    "time_zone": (_is_zone, 'a time zone such as "Asia/Ho_Chi_Minh"'),
    "languages": (_is_languages, 'a list of language codes such as ["vi", "en"]'),
    "region_scheme": (_is_code, 'the part of the region codes before the colon, such as "gso34"'),
}
_OPTIONAL: dict[str, tuple[Callable[[object], bool], str]] = {
    "notes": (_is_text, "a text"),
    "codes": (_is_codes, 'a list of codes of ISO 3166 such as ["VN", "VNM"]'),
    "names": (_is_names, "a table of language = name"),
    "region_words": (_is_words, "a list of texts"),
    "former_schemes": (_is_schemes, "a table of scheme = first day on which it no longer held"),
    "licences": (_is_names, "a table of file = origin and licence"),
    "simulated": (_is_flag, "true or false"),
}


def read_country(folder: Path, faults: Faults) -> Country | None:
    """The country, or None when a key is missing, unknown or not of its kind (noted with its line)."""
    path = folder / FILE
    if not path.is_file():
        faults.add(FILE, 1, "file is missing")
        return None
    read = read_toml(path, faults)
    if read is None:
        return None
    values, lines = read
    before = len(faults.found)
    for key in sorted(_REQUIRED.keys() - values.keys()):
        faults.add(FILE, 1, f"key is missing: {key}")
    for key, value in values.items():
        _check(key, value, lines.get(key, 1), faults)
    return None if len(faults.found) > before else _country(values)


def _check(key: str, value: object, line: int, faults: Faults) -> None:
    known = _REQUIRED.get(key) or _OPTIONAL.get(key)
    if known is None:
        faults.add(FILE, line, f"key is unknown: {key}")
    elif not known[0](value):
        faults.add(FILE, line, f"{key}: {value!r} is not {known[1]}")


def _country(values: dict[str, Any]) -> Country:
    languages = tuple(values["languages"])
    return Country(
        name=values["name"],
        code=values["code"],
        time_zone=values["time_zone"],
        languages=languages,
        region_scheme=values["region_scheme"],
        former_schemes=dict(values.get("former_schemes", {})),
        names=dict.fromkeys(languages, values["name"]) | values.get("names", {}),
        region_words=tuple(values.get("region_words", ())),
        notes=values.get("notes", ""),
        licence_notes=dict(values.get("licences", {})),
        codes=tuple(values.get("codes", (values["code"].upper(),))),
        simulated=values.get("simulated", False),
    )
