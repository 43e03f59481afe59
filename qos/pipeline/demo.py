"""The main job on bundled data: every workspace of the manifest, from deliveries to drafts.

The day of receipt stands in the manifest, and the key of the pseudonyms is public: the data are, and
two demos shall give the same bytes.
"""

import datetime as dt
import hashlib
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit

from qos.countries import available
from qos.domain.quarter import Period, Quarter
from qos.domain.source import SourceKind
from qos.domain.tables import ESTIMATES
from qos.ingest import LandingReport, land
from qos.pipeline.compute import Progress
from qos.pipeline.registry import declaration, declare
from qos.pipeline.run import RunReport, run
from qos.release import read_table
from qos.simulated import market, write
from qos.store.declared import DeclaredSource
from qos.store.workspace import Workspace


@dataclass(frozen=True)
class Chapter:
    """One workspace of the demo, as the manifest describes it."""

    name: str
    titles: dict[str, str]
    table: dict[str, Any]
    folder: Path

    @property
    def simulated(self) -> bool:
        """Its deliveries are generated, not bundled."""
        return "generate" in self.table

    @property
    def quarters(self) -> list[Quarter]:
        return [Quarter.parse(quarter) for quarter in self.table["quarters"]]


@dataclass(frozen=True)
class Distance:
    """How far the estimates of one simulated quarter are from the truth, on the indicator's scale."""

    indicator: str
    figures: int
    rms: float
    covered: int


def chapters() -> Iterator[Chapter]:
    """The workspaces of the bundled manifest, in order."""
    with as_file(files("qos") / "_examples") as folder:
        manifest = tomllib.loads((folder / "examples.toml").read_text(encoding="utf-8"))
        for table in manifest["workspace"]:
            yield Chapter(table["name"], table["title"], table, folder)


def prepare(chapter: Chapter, root: Path) -> Workspace:
    """A fresh workspace with the chapter's sources declared; what stood there is removed."""
    shutil.rmtree(root, ignore_errors=True)
    country = chapter.table["country"]
    key = hashlib.sha256(f"qos demo {chapter.name}".encode()).digest()
    workspace = Workspace.init(root, country if country in available() else chapter.folder / country, key=key)
    for source in chapter.table.get("source", []):
        declare(workspace, DeclaredSource(**{**source, "kind": SourceKind(source["kind"])}))
    return workspace


def ingest(
    chapter: Chapter, workspace: Workspace, report: Callable[[LandingReport], None] = lambda _: None
) -> list[LandingReport]:
    """Lands the chapter's deliveries; of a simulated one they are generated first."""
    folder = chapter.folder
    if chapter.simulated:
        folder = workspace.root / "generated"
        made = chapter.table["generate"]
        write(market(made["seed"], operators=made["operators"], regions=made["regions"],
                     quarters=chapter.table["quarters"]), folder)  # fmt: skip
    received: dt.datetime = chapter.table["received_at"]
    reports = []
    for delivery in chapter.table["delivery"]:
        period = Period.parse(delivery["period"]) if "period" in delivery else None
        source = declaration(workspace, delivery["source"])
        file = folder / delivery["file"]
        reports.append(land(workspace, source, file, period=period, received_at=received))
        report(reports[-1])
    return reports


def run_quarter(
    chapter: Chapter, workspace: Workspace, quarter: Quarter, progress: Progress = lambda _step, _share: None
) -> RunReport:
    markets = chapter.table.get("markets", ())
    return run(workspace, quarter, markets=markets, progress=progress)


def distances(workspace: Workspace, quarter: Quarter, folder: Path) -> list[Distance]:
    """Of a simulated workspace: root mean square distance from the truth, and intervals that hold it."""
    truth = pd.read_csv(workspace.root / "generated" / "truth.csv")
    truth = truth[truth["quarter"] == str(quarter)]
    estimates = read_table(folder, ESTIMATES)
    key = ["indicator", "operator", "region"]
    shown = estimates[estimates["value"].notna()]
    both = shown.merge(truth[[*key, "value"]], on=key, suffixes=("", "_true"))
    held = (both["ci_low"] <= both["value_true"]) & (both["value_true"] <= both["ci_high"])
    ratio = np.log(both["value"] / both["value_true"])
    apart = np.where(both["scale"] == "log", ratio, logit(both["value"]) - logit(both["value_true"]))
    both = both.assign(apart=apart**2, held=held)
    return [
        Distance(str(name), len(part), float(np.sqrt(part["apart"].mean())), int(part["held"].sum()))
        for name, part in both.groupby("indicator", sort=False)
    ]
