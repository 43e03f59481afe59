"""Reads finished pages back as a tree, strictly: a tag that is not closed is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

VOID = {"meta", "link", "br", "img", "hr", "input"}


@dataclass
class Node:
    """One element; `parts` are its texts and children in order."""

    tag: str
    attributes: dict[str, str]
    parts: list[Node | str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Node]:
        """The element and everything in it, in reading order."""
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part

    def all(self, tag: str, look: str = "") -> list[Node]:
        """Elements of a tag, and of a class if one is given."""
        return [n for n in self if n.tag == tag and (not look or look in n.classes)]

    def one(self, tag: str, look: str = "") -> Node:
        found = self.all(tag, look)
        assert found, f"no <{tag} class={look}>"
        return found[0]

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """What is read, with single spaces."""
        pieces = (part if isinstance(part, str) else f" {part.text} " for part in self.parts)
        return " ".join("".join(pieces).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Node("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].parts.append(node)
        if tag not in VOID:
            self.stack.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack[-1].parts.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack[-1].tag == tag, f"</{tag}> closes <{self.stack[-1].tag}>"
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].parts.append(data)


@pytest.fixture
def parsed() -> Callable[[str], Node]:
    """`parsed(html)`: the page as a tree. Fails on tags that do not nest."""

    def read(html: str) -> Node:
        reader = _Reader()
        reader.feed(html)
        reader.close()
        assert len(reader.stack) == 1, f"<{reader.stack[-1].tag}> is not closed"
        return reader.stack[0]

    return read
