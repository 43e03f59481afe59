"""`qos ingest`: landing of files whose source is named, or found."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qos.cli.context import Talk, put_json
from qos.cli.render import console, put_landing
from qos.domain.errors import DeliveryFault, StoppedByChecks
from qos.domain.quarter import Period
from qos.ingest import LandingReport, land
from qos.pipeline.guessing import Choice, choose, files_in
from qos.pipeline.registry import declaration

if TYPE_CHECKING:
    from qos.domain.declaration import Declaration
    from qos.store.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command says about all its files."""

    period: Period | None
    service: str | None
    accept: str | None
    dry_run: bool
    quiet: bool
    as_json: bool

    @property
    def talk(self) -> Talk:
        return Talk(self.quiet)


def ingest_named(workspace: "Workspace", source: str, files: list[Path], wishes: Wishes) -> None:
    """Lands files of one source. Raises the fault of a single one, StoppedByChecks for several."""
    declared, talk = declaration(workspace, source), wishes.talk
    reports, stopped = [], []
    for file in files:
        try:
            reports.append(_land(workspace, declared, file, wishes.period, wishes.service, wishes, talk))
        except DeliveryFault as fault:
            stopped.append(fault)
            if len(files) > 1:  # that of a single one is the error of the command
                sys.stderr.write(f"stopped: {fault}\n")
            continue
        if not wishes.quiet and not wishes.as_json:
            put_landing(reports[-1])
        _say_if_unusual(reports[-1], declared, talk)
    if wishes.as_json:
        put_json([vars(report) for report in reports])
    if stopped and len(files) == 1:
        raise stopped[0]
    if stopped:
        raise StoppedByChecks(
            f"{len(stopped)} of {len(files)} deliveries were stopped whole and kept",
            next_command=f"qos try {source} {stopped[0].delivery}",
        )


def ingest_guessing(workspace: "Workspace", paths: list[Path], wishes: Wishes) -> None:
    """Lands every file of the paths as the source that fits it; one line each, and a summary.

    Raises StoppedByChecks when some were refused.
    """
    files, talk = files_in(paths), wishes.talk
    outcomes = []
    for number, file in enumerate(files, 1):
        talk.step(f"{number} of {len(files)}: {file.name}", (number - 1) / len(files))
        outcomes.append(_guess_and_land(workspace, file, wishes))
        talk.end()
        if not wishes.as_json:
            console().print(_line(outcomes[-1]), markup=False, soft_wrap=True)
    refused = [outcome for outcome in outcomes if outcome["refused"]]
    if wishes.as_json:
        put_json(outcomes)
    rows = sum(outcome["accepted"] for outcome in outcomes)
    talk.say(
        f"{len(files) - len(refused)} of {len(files)} files taken, {rows:,} rows; {len(refused)} refused"
    )
    if refused:
        raise StoppedByChecks(
            f"{len(refused)} of {len(files)} files are no delivery of a known source, or were stopped",
            next_command=f"qos try --guess {refused[0]['file']}",
        )


def _guess_and_land(workspace: "Workspace", file: Path, wishes: Wishes) -> dict[str, Any]:
    choice = choose(workspace, file, wishes.period, wishes.service)
    if choice.refused:
        return _outcome(choice, refused=choice.refused)
    declared = declaration(workspace, choice.source)
    try:
        report = _land(workspace, declared, file, choice.period, choice.service, wishes, Talk(quiet=True))
    except DeliveryFault as fault:
        return _outcome(choice, refused=f"stopped: {fault.reason}")
    return _outcome(choice, report)


def _land(
    workspace: "Workspace",
    declared: "Declaration",
    file: Path,
    period: Period | None,
    service: str | None,
    wishes: Wishes,
    talk: Talk,
) -> LandingReport:
    try:
        return land(
            workspace,
            declared,
            file,
            period=period,
            service=service,
            accept=wishes.accept,
            dry_run=wishes.dry_run,
            progress=talk.step,
        )
    finally:
        talk.end()


def _outcome(choice: Choice, report: LandingReport | None = None, refused: str = "") -> dict[str, Any]:
    counts = ("state", "rows", "accepted", "duplicate", "rejected", "unused", "snapshot")
    return {
        "file": str(choice.file),
        "source": choice.source,
        "said": choice.said,
        "refused": refused,
        **{name: getattr(report, name) if report else _NOTHING.get(name, 0) for name in counts},
    }


_NOTHING: Mapping[str, str | None] = {"state": "refused", "snapshot": None}


def _line(outcome: Mapping[str, Any]) -> str:
    if outcome["refused"]:
        return f"{outcome['file']}: refused: {outcome['refused']}"
    said = f" ({outcome['said']})" if outcome["said"] else ""
    if outcome["state"] == "again":
        return f"{outcome['file']}: {outcome['source']}{said}: same delivery again, nothing added"
    counts = ", ".join(
        f"{outcome[name]:,} {shown}"
        for name, shown in (("duplicate", "duplicate"), ("rejected", "rejected"), ("unused", "not used"))
        if outcome[name]
    )
    rest = f", {counts}" if counts else ""
    return f"{outcome['file']}: {outcome['source']}{said}: {outcome['accepted']:,} accepted{rest}"


def _say_if_unusual(report: LandingReport, declared: "Declaration", talk: Talk) -> None:
    low, high = declared.source.expected_rows or (0, sys.maxsize)
    if not low <= report.rows <= high and report.state == "landed":
        talk.say(f"note: {report.rows:,} rows, where {low:,} to {high:,} are usual for {report.source}")
