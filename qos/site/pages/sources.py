"""Sources: who gave the data, under which licence, how far each differs, and what did not enter."""

from dataclasses import dataclass

from qos.site import rows
from qos.site.addresses import link
from qos.site.book import Book
from qos.site.finding import disagreement
from qos.site.lanes import effect_text
from qos.site.places import standing
from qos.site.press import Link, Page, Press
from qos.site.release import SourceInfo


@dataclass(frozen=True)
class Effect:
    """One source in one fit, printed."""

    source: str
    effect: str
    share: str
    heterogeneity: str
    subjects: str
    cells: str
    verdict: str


@dataclass(frozen=True)
class Fit:
    """One indicator of one market: its sources, and in a sentence where they contradict each other."""

    title: Link
    sentences: tuple[str, ...]
    effects: tuple[Effect, ...]


def page(press: Press) -> Page:
    book, here = press.book, press.book.addresses.section("sources")
    release = book.release
    return press.page(
        "sources",
        here,
        book.words("sources.title", quarter=book.quarter),
        "sources",
        sources=[(source, _described(book, source)) for _, source in sorted(release.sources.items())],
        chapters=[(book.market(market), _fits(book, market, here)) for market in release.markets],
        rejects=[
            (book.source_briefly(r.source), book.reject(r.reason), book.formats.number(r.count))
            for r in release.rejects
        ],
        flags=[
            (book.source_briefly(r.source), book.reject(r.flag), book.formats.number(r.count))
            for r in release.flags
        ],
    )


def _described(book: Book, source: SourceInfo) -> list[tuple[str, str]]:
    """What is said of a source, label and text; only what is known."""
    told = [
        ("source.kind", book.words(f"kind.{source.kind}")),
        ("source.reference", book.words("yes" if source.reference else "no")),
        ("source.kin", source.kin if source.kin and source.kin != source.name else ""),
        ("source.rows", book.formats.number(source.rows) if source.rows is not None else ""),
        ("source.licence", source.licence),
        ("source.url", source.url),
    ]
    return [(book.words(label), text) for label, text in told if text]


def _fits(book: Book, market: str, here: str) -> list[Fit]:
    """Every indicator of a market that has source effects."""
    found = []
    for indicator in book.sorted_indicators(market):
        fitted = [row for row in book.release.effects if (row.market, row.indicator) == (market, indicator)]
        if fitted:
            title = Link(book.title(indicator), link(here, book.addresses.ranking(market, indicator)))
            sentences = tuple(disagreement(book, standing(book, market, indicator)))
            found.append(Fit(title, sentences, tuple(_effect(book, row) for row in fitted)))
    return found


def _effect(book: Book, row: rows.Effect) -> Effect:
    number, unknown = book.formats.number, book.words("unknown")
    return Effect(
        source=book.source_briefly(row.source),
        effect=effect_text(book, row) or unknown,
        share=unknown if row.weight_share is None else book.formats.share(row.weight_share),
        heterogeneity=unknown if row.heterogeneity is None else number(row.heterogeneity, 3),
        subjects=unknown if row.n_subjects is None else number(row.n_subjects),
        cells=unknown if row.n_cells is None else number(row.n_cells),
        verdict=book.words(f"verdict.{row.verdict}") if row.verdict else unknown,
    )
