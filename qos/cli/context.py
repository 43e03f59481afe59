"""What every command needs: the workspace, and where words go. Data on stdout, talk on stderr."""

import json
import math
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from qos.store.workspace import Workspace

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace", "-w", envvar="QOS_WORKSPACE", help="Folder of the workspace.", show_default=True
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress, no talk: only data and errors.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")]
HERE = Path()


def open_workspace(root: Path) -> "Workspace":
    from qos.store.workspace import Workspace

    return Workspace.open(root)


def put_json(content: Any) -> None:
    """Canonical enough to diff: sorted keys, null for the unknown."""
    text = json.dumps(_plain(content), sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    sys.stdout.write(text + "\n")


def _plain(value: Any) -> Any:
    """What JSON has words for: every null is null, and what is neither number, text nor list is a text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else _of_library(value)


def _of_library(value: Any) -> Any:
    """A number or a null of numpy or pandas as one of Python, anything else as text."""
    if hasattr(value, "item"):
        return _plain(value.item())
    return None if str(value) in ("<NA>", "NaT") else str(value)


@dataclass
class Talk:
    """Progress and remarks on stderr; silent when quiet."""

    quiet: bool = False
    _last: float = 0.0
    _live: bool = False

    def say(self, text: str = "") -> None:
        if not self.quiet:
            self.end()
            sys.stderr.write(text + "\n")

    def step(self, text: str, share: float | None = None) -> None:
        """A bar that is drawn over itself in a terminal; in a log at most one line a second.

        share: how much is done, 0..1, where that is known.
        """
        if self.quiet:
            return
        done = "" if share is None else f"[{'#' * round(20 * share):.<20}] {share:4.0%} "
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[2K  {done}{text[:80]}")
            sys.stderr.flush()
            self._live = True
        elif time.monotonic() - self._last > 1:
            sys.stderr.write(f"  {done}{text}\n")
            self._last = time.monotonic()

    def end(self) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[2K")
            self._live = False
