"""A release or draft folder becomes a folder of finished pages; nothing statistical is computed here."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from qos.domain.indicator import Indicator
from qos.domain.quarter import Quarter
from qos.site.addresses import FRONT, STYLE
from qos.site.book import Book, PackLike
from qos.site.finding import Finding
from qos.site.formats import Formats
from qos.site.indicator_csv import indicator_tables
from qos.site.pages import operators, plain, ranking, regions, sources
from qos.site.pages.plain import ReleaseInfo
from qos.site.press import Page, Press, rendered
from qos.site.release import Release, read
from qos.site.words import Words


@dataclass(frozen=True)
class Told:
    """What a front page says of a site in one language: names in words, and the finding of each market."""

    country: str
    quarter: str
    home: str
    findings: tuple[tuple[str, Finding], ...]


@dataclass(frozen=True)
class SiteReport:
    """What was built: files and bytes written, the page to open first, and what a front page says of it."""

    pages: int
    bytes: int
    index: Path
    folder: Path
    quarter: Quarter
    simulated: bool
    draft: bool
    told: Mapping[str, Told]


def build(
    folder: Path,
    out: Path,
    *,
    pack: PackLike,
    indicators: Mapping[str, Indicator],
    languages: Sequence[str] = ("en", "vi"),
    releases: Sequence[ReleaseInfo] = (),
) -> SiteReport:
    """Writes the site of one release into `out` (which may be the release folder itself).

    The release's own files are copied to `out/data/`, so that the site is complete alone, unless they
    lie in `out` already. Raises NotFound and QosError for what the folder lacks or nobody has named.
    """
    release = read(folder)
    presses = [Press(_book(release, pack, indicators, language), languages) for language in languages]
    _swept(release, out, languages)
    taken = _copied(release, out)
    written = [_write(out, page) for page in _pages(presses, release, taken, releases)]
    told = {press.book.language: _told(press) for press in presses}
    return SiteReport(
        pages=len(written),
        bytes=sum(written),
        index=out / FRONT,
        folder=out,
        quarter=release.quarter,
        simulated=release.simulated,
        draft=release.draft,
        told=told,
    )


def _book(release: Release, pack: PackLike, indicators: Mapping[str, Indicator], language: str) -> Book:
    return Book(release, pack, indicators, Words(language), Formats(language, pack.time_zone))


def _pages(
    presses: Sequence[Press],
    release: Release,
    taken: Sequence[tuple[Path, str]],
    releases: Sequence[ReleaseInfo],
) -> Iterator[Page]:
    tables = indicator_tables(release.folder)
    yield style()
    yield _front(presses)
    for press in presses:
        yield plain.home(press)
        yield from ranking.pages(press, tables)
        yield from regions.pages(press)
        yield from operators.pages(press)
        yield sources.page(press)
        yield plain.data(press, taken)
        yield plain.history(press, releases)
        yield plain.method(press)


def style() -> Page:
    """The one style sheet, without the indentation of its source."""
    text = (files("qos.site") / "qos.css").read_text(encoding="utf-8")
    return Page(STYLE, "\n".join(line.strip() for line in text.splitlines() if line.strip()).encode() + b"\n")


def _front(presses: Sequence[Press]) -> Page:
    """The root of the site: the choice of language."""
    return Page(FRONT, rendered("choice", presses=presses, style=STYLE, lang=presses[0].book.language))


def _told(press: Press) -> Told:
    book, home = press.book, press.book.addresses.home()
    findings = tuple((headline.market, headline.finding) for headline in plain.headlines(press, home))
    return Told(book.country, book.quarter, home, findings)


def _swept(release: Release, out: Path, languages: Sequence[str]) -> None:
    """Removes pages of an earlier build: a region that is gone must not keep its page."""
    for name in (*languages, *(() if out.resolve() == release.folder.resolve() else ("data",))):
        shutil.rmtree(out / name, ignore_errors=True)


def _copied(release: Release, out: Path) -> list[tuple[Path, str]]:
    """The release's files and their addresses in the site, copied there when they lie elsewhere."""
    if out.resolve() == release.folder.resolve():
        return [(path, path.name) for path in release.files() if path.name not in (STYLE, FRONT)]
    to = out / "data"
    to.mkdir(parents=True, exist_ok=True)
    return [(Path(shutil.copyfile(path, to / path.name)), f"data/{path.name}") for path in release.files()]


def _write(out: Path, page: Page) -> int:
    path = out / page.address
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(page.content)
