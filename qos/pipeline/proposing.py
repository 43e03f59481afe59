"""A ready declaration for a file that no source knows, to be read, corrected and saved."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qos.pipeline.recognising import Recognised, recognise
from qos.store.reading.layout import FORMS
from qos.store.reading.looking import Look

NOT_RECOGNISED = "not recognised: keep what is needed"


@dataclass(frozen=True)
class Proposal:
    """how: what to do with it. declaration: text of a file of `qos/sources`. canonical: ours -> theirs, for
    a delivery that is to be renamed instead. doubts: of each of ours what was guessed about its unit."""

    how: str
    declaration: str
    canonical: Mapping[str, str]
    doubts: Mapping[str, str]


def propose(seen: Look, name: str) -> Proposal | None:
    """A source of measurements of this name; None where no metric and no name of anything is recognised."""
    found = recognise(seen.values)
    if not any(ours.endswith(("_mbps", "_ms", "_ratio", "_dbm")) for ours in found):
        return None
    doubts = {ours: one.doubt for ours, one in found.items() if one.doubt}
    module = name.replace("-", "_")
    how = (
        f"save this as qos/sources/{module}.py once its units, licence and kind are right, with a short "
        f"delivery in tests/sources/fixtures/{name}/; or rename the columns as below and deliver them with: "
        f"qos sources add {name} --like canonical --kind app"
    )
    return Proposal(
        how, _text(seen, name, found, doubts), {ours: x.column for ours, x in found.items()}, doubts
    )


def slug(text: str) -> str:
    """A name for a source from the name of a file."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    words = [word for word in plain.split("-") if not word.isdigit()]
    return "-".join(words)[:40].strip("-") or "new-source"


_FORM = {"workbook": "Xlsx", "csv": "Rows", "parquet": "Rows", "ndjson": "Rows"}


def _text(seen: Look, name: str, found: Mapping[str, Recognised], doubts: Mapping[str, str]) -> str:
    keep = _keep(found)
    form = "Documents" if seen.nested else _FORM[seen.form]
    flags = {"service-assumed": "service_not_said()"} if "service" not in found else {}
    used = {one.column for one in found.values()}
    left = [column for column in seen.values if column not in used]
    needs_period = "measured_at" not in found
    calls = sorted(
        {call for text in (*keep.values(), *flags.values()) for call in re.findall(r"\b([a-z_]+)\(", text)}
    )
    lines = [
        f'"""{_sentence(seen, name)}',
        "",
        "Proposed from the names and values of one delivery; one row is taken for one measurement.",
        *(f"{_plain(ours)}: {why}." for ours, why in doubts.items()),
        '"""',
        "",
        f"from qos.domain.declaration import Declaration, {form}",
        *([f"from qos.domain.expressions import {', '.join(calls)}"] if calls else []),
        "from qos.domain.source import Shape, Source, SourceKind",
        "",
        "SOURCE = Source(",
        f"    name={_quoted(name)},",
        f"    title={_quoted(name.replace('-', ' ').capitalize())},",
        "    kind=SourceKind.APP,",
        "    shape=Shape.MEASUREMENTS,",
        '    licence="not stated",',
        *(["    needs_period=True,"] if needs_period else []),
        *(["    personal=True,"] if {"ip", "latitude", "subject"} & set(found) else []),
        ")",
        "",
        f"TABLE = {form}(",
        f"    name={_quoted(name)},",
        *([f"    records={_quoted(seen.records)},"] if seen.records else []),
        "    keep={",
        *(f"        {_quoted(ours)}: {value}," for ours, value in keep.items()),
        "    },",
        *([f"    flags={{{', '.join(f'{_quoted(k)}: {v}' for k, v in flags.items())}}},"] if flags else []),
        *([f"    ignore={{{_quoted(NOT_RECOGNISED)}: ["] if left else []),
        *(f"        {_quoted(column)}," for column in left),
        *(["    ]},"] if left else []),
        ")",
        "",
        "DECLARATION = Declaration(SOURCE, (TABLE,))",
        "",
    ]
    return "\n".join(lines)


def _sentence(seen: Look, name: str) -> str:
    form = "nested JSON" if seen.nested else FORMS[seen.form]
    return f"{_plain(name.replace('-', ' ')).capitalize()}, as {form}."


def _plain(text: str) -> str:
    return text.replace("\\", "").replace('"', "'")


def _keep(found: Mapping[str, Recognised]) -> dict[str, str]:
    """Ours -> source text of its value; what must be there and was not recognised is said otherwise."""
    needed: Iterable[tuple[str, str]] = (
        ("measurement_id", "row_number()"),
        ("measured_at", "period_start()"),
        ("service", 'service_given(assumed="fixed")'),
    )
    keep = {ours: _value(found[ours]) if ours in found else otherwise for ours, otherwise in needed}
    return keep | {ours: _value(one) for ours, one in found.items()}


def _value(one: Recognised) -> str:
    column = _quoted(one.column)
    if one.words is not None:
        words = ", ".join(f"{_quoted(theirs)}: {_quoted(ours)}" for theirs, ours in one.words.items())
        return f"mapped({column}, {{{words}}})"
    match one.time:
        case "naive":
            return f"utc({column})"
        case "unix":
            return f"unix({column})"
        case "unix_ms":
            return f"unix({column}, divisor=1000)"
    if one.divisor < 1:
        return f"multiply({column}, {1 / one.divisor:g})"
    return f"divide({column}, {one.divisor:g})" if one.divisor != 1 else column


def _quoted(text: str | None) -> str:
    """A text as Python writes it, with double quotes."""
    return "None" if text is None else json.dumps(text, ensure_ascii=False)
