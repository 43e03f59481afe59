"""Turns templates into pages: what every page of a release shares is filled in here."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from qos.site.addresses import FRONT, STYLE, link
from qos.site.book import Book

SECTIONS = ("regions", "operators", "sources", "data", "history", "method")


@dataclass(frozen=True)
class Page:
    """One finished file: its address from the site's root, and its content."""

    address: str
    content: bytes


@dataclass(frozen=True)
class Link:
    text: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Press:
    """Prints pages of one book; `languages` are those of the whole site."""

    book: Book
    languages: Sequence[str]

    def page(self, template: str, address: str, title: str, section: str, **values: Any) -> Page:
        """One page. `section` marks where it stands in the navigation."""
        book = self.book
        return Page(
            address,
            rendered(
                template,
                book=book,
                t=book.words,
                f=book.formats,
                lang=book.language,
                title=title,
                style=link(address, STYLE),
                front=link(address, FRONT),
                home=link(address, book.addresses.home()),
                navigation=self._navigation(address, section),
                languages=self._languages(address),
                to=lambda target: link(address, target),
                **values,
            ),
        )

    def _navigation(self, here: str, section: str) -> list[Link]:
        addresses = self.book.addresses
        first = self.first_ranking()
        links = (
            [Link(self.book.words("nav.ranking"), link(here, first), section == "ranking")] if first else []
        )
        return links + [
            Link(self.book.words(f"nav.{name}"), link(here, addresses.section(name)), section == name)
            for name in SECTIONS
        ]

    def _languages(self, here: str) -> list[tuple[str, Link]]:
        """The same page in the other languages, each named in its own language."""
        own = self.book.language
        return [
            (other, Link(self.book.words(f"language.{other}"), link(here, other + here.removeprefix(own))))
            for other in self.languages
            if other != own
        ]

    def first_ranking(self) -> str | None:
        """Address of the headline ranking of the first market."""
        for market in self.book.release.markets:
            if headline := self.book.headline(market):
                return self.book.addresses.ranking(market, headline)
        return None


def rendered(template: str, **values: Any) -> bytes:
    """A template filled in, without its indentation. Raises UndefinedError for a missing value."""
    text = _environment().get_template(f"{template}.html.jinja").render(**values)
    lines = (line.strip() for line in text.splitlines())
    return ("\n".join(line for line in lines if line) + "\n").encode()


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("qos.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
