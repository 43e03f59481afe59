"""Files of which nobody said what they are: for each the source that fits, or why it is no delivery."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qos.domain.measurement import Service
from qos.domain.quarter import Period
from qos.pipeline.registry import declaration
from qos.pipeline.trying import Fit, fits, look_into
from qos.store.reading.looking import Look
from qos.store.reading.unpacking import ContentFault
from qos.store.workspace import Workspace

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAMED_MONTH = "|".join((*_MONTHS, *(name[:3] for name in _MONTHS)))
_YEAR = r"(20\d\d)"
_COLUMNS_SHOWN = 8


@dataclass(frozen=True)
class Choice:
    """What is to be done with a file. source: that takes it, else `refused` says why none does. period and
    service: read from its path where the source needs them, which `said` tells."""

    file: Path
    source: str = ""
    period: Period | None = None
    service: str | None = None
    said: str = ""
    refused: str = ""


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files themselves and those in folders, sorted, each once; hidden ones are left out."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = (one for one in path.rglob("*") if not _is_hidden(one.relative_to(path)))
        for file in sorted(inside) if path.is_dir() else [path]:
            if not file.is_dir():
                found[file] = None
    return list(found)


def choose(workspace: Workspace | None, file: Path, period: Period | None, service: str | None) -> Choice:
    """The one source that fits a file best. Raises NotFound for no file.

    period, service: as given for all files; where not, as its path says. Two sources that fit equally are
    refused, as nothing in the file says whose it is.
    """
    best, *others = fits(workspace, file, period)
    if not best.fits:
        return Choice(file, refused=_why_none(workspace, file, [best, *others]))
    if equal := [fit.source for fit in others if fit.rank == best.rank]:
        names = ", ".join(sorted([best.source, *equal]))
        return Choice(file, refused=f"fits {names} equally: say which, qos ingest SOURCE {file}")
    return _completed(Choice(file, best.source), workspace, period, service)


def _completed(
    choice: Choice, workspace: Workspace | None, period: Period | None, service: str | None
) -> Choice:
    """With the period and the service that the source asks for."""
    declared, said = declaration(workspace, choice.source), []
    when = what = None
    if declared.source.needs_period:
        when = period or period_of(choice.file)
        if when is None:
            reason = (
                f"fits {choice.source}, but neither it nor its name says when it was measured: "
                f"qos ingest {choice.source} {choice.file} --period 2021-03"
            )
            return Choice(choice.file, refused=reason)
        if period is None:
            said.append(f"period {when} from its path")
    if declared.asks_service:
        what = service or service_of(choice.file)
        if what and service is None:
            said.append(f"{what} from its path")
    return Choice(choice.file, choice.source, when, what, ", ".join(said))


def period_of(path: Path) -> Period | None:
    """The only quarter or month that the name of the file, else of a folder above it, speaks of."""
    for part in reversed(path.parts):
        if found := _periods(part.lower()):
            return found.pop() if len(found) == 1 else None
    return None


def service_of(path: Path) -> str | None:
    """`mobile` or `fixed`, where the name of the file, else of a folder above it, says one of them."""
    for part in reversed(path.parts):
        words = set(re.findall(r"[a-z]+", part.lower())) & set(Service)
        if words:
            return str(words.pop()) if len(words) == 1 else None
    return None


def _periods(name: str) -> set[Period]:
    """What one name says. Ookla's tiles begin with the first day of their quarter."""
    found = set()
    for start, end in re.findall(r"(20\d{6})t\d{6}z[-_](20\d{6})t\d{6}z", name):
        found.add(f"{_day(start)}/{_day(end)}")
    if not found:
        found |= {f"{year}Q{n}" for year, n in re.findall(rf"{_YEAR}[-_ ]?q([1-4])(?!\d)", name)}
    if quarters := re.findall(rf"{_YEAR}-(01|04|07|10)-01_performance", name):
        found |= {f"{year}Q{(int(month) + 2) // 3}" for year, month in quarters}
    if not found:
        found |= _months(name)
    return {period for text in found if (period := _parsed(text)) is not None}


def _months(name: str) -> set[str]:
    numbered = re.findall(rf"(?<!\d){_YEAR}[-_.]?(0[1-9]|1[0-2])(?!\d)", name)
    named = re.findall(rf"(?<![a-z])({_NAMED_MONTH})[-_ .]?(?:20)?(\d\d)(?!\d)", name)
    by_number = [name[:3] for name in _MONTHS]
    return {f"{year}-{month}" for year, month in numbered} | {
        f"20{year}-{by_number.index(word[:3]) + 1:02d}" for word, year in named
    }


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _parsed(text: str) -> Period | None:
    try:
        return Period.parse(text)
    except ValueError:
        return None


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


_NO_TABLE = "a text or a list, not a table of measurements"


def _why_none(workspace: Workspace | None, file: Path, found: list[Fit]) -> str:
    """One reason for a person, though every source has its own."""
    if file.suffix.lower() in (".md", ".txt"):
        return _NO_TABLE
    try:
        seen = look_into(workspace, file)
    except ContentFault as fault:
        return str(fault)
    if seen.map:
        return f"a map ({seen.map}), not a delivery"
    nearest = max(found, key=lambda fit: fit.known)
    if nearest.known > len(seen.values) / 2 and nearest.known > 1:
        return f"nearly {nearest.source}, but {nearest.why}"
    return _NO_TABLE if seen.form == "csv" and len(seen.values) < 2 else _unknown(seen)


def _unknown(seen: Look) -> str:
    names = list(seen.values)
    more = f" and {len(names) - _COLUMNS_SHOWN} more" if len(names) > _COLUMNS_SHOWN else ""
    return f"no source knows its columns: {', '.join(names[:_COLUMNS_SHOWN])}{more}"
