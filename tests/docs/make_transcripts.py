"""The sessions of the documentation, run anew: what a page shows is what the commands print.

A page holds its session in blocks marked `console`; a line `$ command` is run, what follows is its output.
A comment `<!-- file: NAME -->` before any other block says that the block is a file. `qos` runs inside
this process, all else in bash. Left out are progress, seconds and the moment of receipt, which differ from
run to run. Run from the root of the repository: `python tests/docs/make_transcripts.py` writes the pages.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from qos.cli.__main__ import main

ROOT = Path(__file__).parents[2]
PAGES = ("how-to-regulator", "how-to-operator", "how-to-reader", "add-an-indicator", "how-to-source")
"""In the order in which they are run: the later ones look at what the first has made."""

BLOCK = re.compile(
    r"(?P<console>^```console\n)(?P<session>.*?)^```$"
    r"|^<!-- file: (?P<file>\S+) -->\n```\w*\n(?P<content>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
RECEIVED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00")
WIDTH = "150"


class Session:
    """A folder like a checkout, with a workspace beside it; settings last from page to page."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.checkout.mkdir()
        (self.checkout / "qos").symlink_to(ROOT / "qos")
        self.settings = {"COLUMNS": WIDTH, "LINES": "50"}

    def rerun(self, page: str) -> str:
        """The page with every output as it is now."""
        return BLOCK.sub(self._block, page)

    def _block(self, block: re.Match[str]) -> str:
        if block["file"]:
            path = self.checkout / block["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["content"], encoding="utf-8")
            return block[0]
        commands = [line[2:] for line in block["session"].splitlines() if line.startswith("$ ")]
        return block["console"] + "".join(f"$ {c}\n{self.run(c)}" for c in commands) + "```"

    def run(self, command: str) -> str:
        """What a command prints, data first, then talk."""
        if setting := re.fullmatch(r"export (\w+)=(\S+)", command):
            self.settings[setting[1]] = setting[2]
            return ""
        program, *pipe = command.split(" | ", 1)
        with contextlib.chdir(self.checkout), mock.patch.dict(os.environ, self.settings):
            words = shlex.split(program)
            out, err = _qos(words) if words[0] == "qos" else _shell(program)
            if pipe:
                out, _ = _shell(pipe[0], out)
        return "".join(f"{line}\n" for line in (*_shown(out), *_talk(err)))


def _qos(words: list[str]) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.suppress(SystemExit),
    ):
        main()
    return out.getvalue(), err.getvalue()


def _shell(command: str, given: str = "") -> tuple[str, str]:
    done = subprocess.run(["bash", "-c", command], input=given, capture_output=True, text=True, check=False)
    return done.stdout, done.stderr


def _shown(text: str) -> Iterator[str]:
    received = RECEIVED.sub("2026-11-21T09:00:00.000000+00", text)
    return (line.rstrip() for line in received.rstrip("\n").splitlines())


def _talk(text: str) -> Iterator[str]:
    """Without progress, which is indented by two, and without the seconds of the steps; an error whole."""
    failed = False
    for line in _shown(text):
        failed = failed or line.startswith("error: ")
        if failed or not re.match(r"  \S|.*\d\.\d s\b", line):
            yield line


def rerun_all(folder: Path) -> dict[str, tuple[str, str]]:
    """Page -> its text as it is, and as it would be with every session run now."""
    session = Session(folder)
    pages = {name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in PAGES}
    return {name: (text, session.rerun(text)) for name, text in pages.items()}


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        for name, (before, after) in rerun_all(Path(folder)).items():
            if before != after:
                (ROOT / "docs" / f"{name}.md").write_text(after, encoding="utf-8")
                print(f"docs/{name}.md")
