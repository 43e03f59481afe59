"""The empty state: why there is no figure. Never a blank, a dash alone or a zero."""

from qos.site.book import Book
from qos.site.rows import Estimate


def why_empty(book: Book, indicator: str, estimate: Estimate | None) -> str:
    """ "12 subjects, 30 needed", "not measured", or "withheld: ..." for a figure that is not shown."""
    if estimate is None or "not-measured" in estimate.status_reason:
        return book.words("empty.not-measured")
    return needed(book, indicator, estimate) or book.words(
        "empty.withheld", reasons=book.reasons(estimate.status_reason)
    )


def why_empty_briefly(book: Book, indicator: str, estimate: Estimate | None) -> str:
    """The same for a narrow table cell: "12 of 30 needed", "not measured", "withheld"."""
    if estimate is None or "not-measured" in estimate.status_reason:
        return book.words("empty.not-measured")
    if _counted(book, indicator, estimate):
        return book.words(
            "empty.brief", n=book.formats.number(estimate.n_subjects or 0), needed=_needed(book, indicator)
        )
    return book.words("empty.too-few" if "too-few" in estimate.status_reason else "empty.withheld.brief")


def needed(book: Book, indicator: str, estimate: Estimate) -> str | None:
    """ "12 subjects, 30 needed" where too few is the reason and the number is known."""
    if not _counted(book, indicator, estimate):
        return None
    n = estimate.n_subjects or 0
    return book.words.count("empty.needed", n, n=book.formats.number(n), needed=_needed(book, indicator))


def _counted(book: Book, indicator: str, estimate: Estimate) -> bool:
    known = estimate.n_subjects is not None and estimate.n_subjects < book.indicator(indicator).min_subjects
    return known and "too-few" in estimate.status_reason


def _needed(book: Book, indicator: str) -> str:
    return book.formats.number(book.indicator(indicator).min_subjects)
