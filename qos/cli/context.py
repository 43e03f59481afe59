"""What every command needs: the workspace, and where words go. Data on stdout, talk on stderr."""

import json
import sys
import time
from collections.abc import Callable
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
    sys.stdout.write(json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1, default=str) + "\n")


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

    def step(self, text: str) -> None:
        """One line that is overwritten in a terminal; in a log at most one line a second."""
        if self.quiet:
            return
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[2K  {text[:100]}")
            sys.stderr.flush()
            self._live = True
        elif time.monotonic() - self._last > 1:
            sys.stderr.write(f"  {text}\n")
            self._last = time.monotonic()

    def end(self) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[2K")
            self._live = False

    @property
    def progress(self) -> Callable[[str], None]:
        return self.step
