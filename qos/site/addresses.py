"""Where each page lies. Paths are relative to the site's root; links between them are relative too,
and name `index.html`, so that a folder opened from disk works like one on a server."""

import posixpath

from qos.domain.quarter import Quarter

STYLE = "qos.css"
FRONT = "index.html"


class Addresses:
    """Addresses of one language of one release."""

    def __init__(self, language: str, quarter: Quarter) -> None:
        self.language = language
        self._base = f"{language}/{str(quarter).lower()}"

    def home(self) -> str:
        return f"{self.language}/index.html"

    def section(self, name: str) -> str:
        """`regions`, `operators`, `sources`, `data`, `history` or `method`."""
        return f"{self._base}/{name}/index.html"

    def ranking(self, market: str, indicator: str) -> str:
        return f"{self._base}/{market}/{indicator}/index.html"

    def table(self, market: str, indicator: str) -> str:
        """The ranking page's figures, beside it."""
        return f"{self._base}/{market}/{indicator}.csv"

    def region(self, region: str) -> str:
        return f"{self._base}/regions/{region.replace(':', '-')}/index.html"

    def operator(self, operator: str) -> str:
        return f"{self._base}/operators/{operator}/index.html"


def link(here: str, target: str) -> str:
    """From one page to a file of the same site."""
    return posixpath.relpath(target, posixpath.dirname(here))
