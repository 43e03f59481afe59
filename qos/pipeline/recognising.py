"""Which of our columns a foreign column probably is, and in which unit: by its name and its values."""

import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from qos.domain.measurement import BOUNDS, METRICS, Service

_RATE = "speed|rate|throughput|bandwidth|bw|thr?put"
_ANY_SPELLING: Mapping[str, str] = {
    "measurement_id": r"(measurement|test|result|record|open_test|sample)_?(uu)?id|uuid|guid|id",
    "measured_at": r"(measured|started|finished|created|recorded|tested)(_?(at|on|time))?|test_time|"
    r"time_?stamp(_utc)?|(start|end|test|utc|local|event)_?time|time(_utc)?|date_?time|date|when|start",
    "service": r"service|network_kind|line_kind|connection_kind",
    "operator_name": r"operator(_name)?|isp(_name)?|carrier(_name)?|provider(_name)?|service_provider|mno|"
    r"network_name|as_?name|sim_operator",
    "region_name": r"region(_name)?|province(_name)?|city|state|department|county|district|location|area|lsa",
    "asn": r"asn?|as_?number|probe_asn",
    "mcc_mnc": r"(network_)?mcc_?mnc|plmn",
    "ip": r"(client_|public_|external_|src_)?ip(_?addr(ess)?)?|address",
    "latitude": r"lat(itude)?|geo_?lat(itude)?|y",
    "longitude": r"(lon|lng|long)(itude)?|geo_?lon(g|gitude)?|x",
    "location_accuracy_m": r"(loc(ation)?_|gps_|geo_)?accuracy(_m|_meters)?",
    "subject": r"(device|client|probe|unit|user|agent|install(ation)?|subscriber|panelist|handset)_?(uu)?id|"
    r"visitor|subject|probe",
    "technology": r"(cat_|network_|radio_|access_)?tech(nology)?|rat|network_type",
    "device_model": r"(device_?)?model|handset",
    "client_version": r"(client_|app_|software_)?version",
    "server": r"server(_name|_host|_id)?|target|host",
    "download_mbps": rf"(avg_|mean_|median_)?(d|dl|down(load|link|stream)?)[_/]?({_RATE})?",
    "upload_mbps": rf"(avg_|mean_|median_)?(u|ul|up(load|link|stream)?)[_/]?({_RATE})?",
    "latency_ms": r"(avg_|mean_|median_|min_|idle_)?(lat(ency)?|ping|rtt|min_?rtt|delay|round_?trip)"
    r"(_time|_avg|_min)?",
    "jitter_ms": r"(ping_|avg_)?jitter",
    "loss_ratio": r"(packet_?)?loss(_rate|_ratio)?|packets?_lost|plr",
    "dns_ms": r"dns(_time|_lookup|_rtt)?|lookup(_time)?|resolve(_time)?",
    "signal_dbm": r"(lte_|nr_)?(rsrp|rssi)|signal(_strength|_level)?",
}  # fmt: skip
"""Spellings of people and programs, the words of a name joined by `_`, without the unit at its end."""

_UNITS: Mapping[str, tuple[str, float]] = {
    # a unit at the end of a name: what it is of, and what divides its numbers to give our unit
    "mbps": ("rate", 1), "mbit_s": ("rate", 1), "mbits": ("rate", 1), "mbit": ("rate", 1),
    "kbps": ("rate", 1e3), "kbit_s": ("rate", 1e3), "kbit": ("rate", 1e3), "kbits": ("rate", 1e3),
    "bps": ("rate", 1e6), "bit_s": ("rate", 1e6), "bits_per_second": ("rate", 1e6), "bits": ("rate", 1e6),
    "bytes_sec": ("rate", 125e3), "bytes_s": ("rate", 125e3), "bytes_per_second": ("rate", 125e3),
    "gbps": ("rate", 1e-3),
    "ms": ("time", 1), "msec": ("time", 1), "millis": ("time", 1), "milliseconds": ("time", 1),
    "us": ("time", 1e3), "usec": ("time", 1e3), "micros": ("time", 1e3), "microseconds": ("time", 1e3),
    "ns": ("time", 1e6), "nanos": ("time", 1e6), "nsec": ("time", 1e6),
    "s": ("time", 1e-3), "sec": ("time", 1e-3), "seconds": ("time", 1e-3),
    "percent": ("ratio", 100), "pct": ("ratio", 100), "perc": ("ratio", 100),
    "dbm": ("level", 1), "ratio": ("ratio", 1),
}  # fmt: skip
_KIND_OF_UNIT = {"Mbit/s": "rate", "ms": "time", "ratio": "ratio", "dBm": "level"}
TECHNOLOGIES: Mapping[str, str] = {
    **dict.fromkeys(("2g", "gsm", "gprs", "edge"), "2g"),
    **dict.fromkeys(("3g", "umts", "hspa", "hspa+", "wcdma", "hsdpa"), "3g"),
    **dict.fromkeys(("4g", "lte", "lte+", "4g+"), "4g"),
    **dict.fromkeys(("5g-nsa", "nr nsa", "5g nsa"), "5g-nsa"),
    **dict.fromkeys(("5g-sa", "nr sa", "5g sa", "nr"), "5g-sa"),
    **dict.fromkeys(("ftth", "fttp", "fibre", "fiber"), "ftth"),
    **dict.fromkeys(("cable", "docsis"), "cable"),
    **dict.fromkeys(("dsl", "adsl", "vdsl"), "dsl"),
    **dict.fromkeys(("fttc",), "fttc"),
    **dict.fromkeys(("satellite", "leo"), "satellite"),
}
"""Words for technologies that mean one of ours and nothing else; `5g` alone does not say which."""


@dataclass(frozen=True)
class Recognised:
    """A column of theirs as one of ours: divide its numbers by `divisor`; `time`: iso, naive, unix,
    unix_ms; `words`: theirs -> ours (None: says nothing). doubt: why the unit is a guess."""

    column: str
    divisor: float = 1.0
    time: str = ""
    words: Mapping[str, str | None] | None = None
    doubt: str = ""


_Check = Callable[[str, Sequence[str]], Recognised | None]


def recognise(values: Mapping[str, Sequence[str]]) -> dict[str, Recognised]:
    """Ours -> theirs, each column used once; where several are alike, the one named most plainly."""
    found: dict[str, Recognised] = {}
    taken: set[str] = set()
    for ours in _ANY_SPELLING:
        fitting = []
        for name, texts in values.items():
            if name not in taken and (match := _match(ours, name, texts)):
                fitting.append((name.count("."), len(name), name, match))
        if fitting:
            *_, name, match = min(fitting, key=lambda row: row[:3])
            found[ours] = match
            taken.add(name)
    return found


def _match(ours: str, name: str, texts: Sequence[str]) -> Recognised | None:
    """The column as this one of ours, if both its name and its values allow it."""
    words = _words(name)
    if ours in METRICS:
        return _metric(ours, name, words, texts)
    if not texts or not any(re.fullmatch(_ANY_SPELLING[ours], one) for one in _endings(words)):
        return None
    return _CHECKS.get(ours, _any_text)(name, texts)


def _words(name: str) -> str:
    """`Data Speed(Mbps)` and `result.downloadKbps` as `data_speed_mbps` and `result/download_kbps`."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace(".", "/"))
    return re.sub(r"[^a-z0-9/%]+", "_", plain.lower()).strip("_").replace("%", "_percent").replace("__", "_")


def _endings(words: str) -> list[str]:
    """`result/download/rate` as `rate`, `download_rate` and `result_download_rate`."""
    parts = words.split("/")
    return ["_".join(parts[start:]) for start in reversed(range(len(parts)))]


def _metric(ours: str, name: str, words: str, texts: Sequence[str]) -> Recognised | None:
    numbers = [number for text in texts if (number := _number(text)) is not None]
    if not numbers or len(numbers) < 0.9 * len(texts):
        return None
    unit = METRICS[ours].unit
    for spelling in _endings(words):
        for ending in ("", *_UNITS):
            stem = spelling.removesuffix(f"_{ending}") if ending else spelling
            if (ending and stem == spelling) or not re.fullmatch(_ANY_SPELLING[ours], stem):
                continue
            if ending and _UNITS[ending][0] != _KIND_OF_UNIT[unit]:
                continue
            return _in_unit(ours, name, numbers, _UNITS[ending][1] if ending else None, stem)
    return None


def _in_unit(
    ours: str, name: str, numbers: list[float], divisor: float | None, stem: str
) -> Recognised | None:
    """By the unit in its name, else by the size of its values; none in which values are possible: None."""
    if divisor is not None:
        return Recognised(name, divisor)
    guessed, why = _guessed(METRICS[ours].unit, numbers, stem)
    low, high = BOUNDS[ours]
    if not low <= statistics.median(numbers) / guessed <= high:
        return None
    return Recognised(name, guessed, doubt=why)


def _guessed(unit: str, numbers: list[float], stem: str) -> tuple[float, str]:
    median, most = statistics.median(numbers), max(numbers)
    if unit == "Mbit/s" and stem.endswith("bandwidth") and median > 10_000:
        return 125e3, f"a bandwidth with median {median:,.0f} was taken for bytes/s"
    if unit == "Mbit/s" and median > 2_000_000:
        return 1e6, f"a median of {median:,.0f} was taken for bit/s"
    if unit == "Mbit/s" and median > 2_000:
        return 1e3, f"a median of {median:,.0f} was taken for kbit/s"
    if unit == "ms" and median > 5_000:
        return 1e3, f"a median of {median:,.0f} was taken for microseconds"
    if unit == "ms" and 0 < median < 0.5:
        return 1e-3, f"a median of {median:.3g} was taken for seconds"
    if unit == "ratio" and most > 1:
        return 100.0, f"values up to {most:.3g} were taken for percent"
    return 1.0, f"its name has no unit, {unit} was taken"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _any_text(name: str, _texts: Sequence[str]) -> Recognised:
    return Recognised(name)


def _identifier(name: str, texts: Sequence[str]) -> Recognised | None:
    return Recognised(name) if len(set(texts)) == len(texts) else None


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?")
_ZONE = re.compile(r".*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)")


def _time(name: str, texts: Sequence[str]) -> Recognised | None:
    if all(_ZONE.fullmatch(text) and _ISO.match(text) for text in texts):
        return Recognised(name, time="iso")
    if all(_ISO.fullmatch(text) for text in texts):
        return Recognised(name, time="naive", doubt="its times have no zone, UTC was taken")
    numbers = [_number(text) for text in texts]
    seconds = [number for number in numbers if number is not None]
    if len(seconds) < len(texts):
        return None
    for kind, factor in (("unix", 1.0), ("unix_ms", 1e3)):
        if all(946684800 <= number / factor <= 4102444800 for number in seconds):
            return Recognised(name, time=kind)
    return None


def _ranged(low: float, high: float) -> _Check:
    def check(name: str, texts: Sequence[str]) -> Recognised | None:
        numbers = [_number(text) for text in texts]
        good = all(number is not None and low <= number <= high for number in numbers)
        return Recognised(name) if good else None

    return check


def _service(name: str, texts: Sequence[str]) -> Recognised | None:
    return _translated(name, texts, {**{word: word for word in Service}, "cellular": "mobile"})


def _technology(name: str, texts: Sequence[str]) -> Recognised | None:
    return _translated(name, texts, TECHNOLOGIES)


def _translated(name: str, texts: Sequence[str], known: Mapping[str, str]) -> Recognised | None:
    """Words that are unknown say nothing, unless none is known."""
    words = {text.lower(): known.get(text.lower()) for text in sorted(set(texts))}
    if not any(words.values()) or len(words) > 40:
        return None
    return Recognised(name, words=words)


def _pattern(form: str) -> _Check:
    def check(name: str, texts: Sequence[str]) -> Recognised | None:
        return Recognised(name) if all(re.fullmatch(form, text) for text in texts) else None

    return check


_CHECKS: Mapping[str, _Check] = {
    "measurement_id": _identifier,
    "measured_at": _time,
    "service": _service,
    "technology": _technology,
    "asn": _ranged(0, 2**32 - 1),
    "latitude": _ranged(-90, 90),
    "longitude": _ranged(-180, 180),
    "location_accuracy_m": _ranged(0, 1e7),
    "mcc_mnc": _pattern(r"\d{3}-?\d{2,3}"),
    "ip": _pattern(r"[0-9a-fA-F:.]{3,45}"),
    "operator_name": _pattern(r".*[^\W\d].*"),
    "region_name": _pattern(r".*[^\W\d].*"),
}
