"""Operators: who is ranked. The network operator unless the edition says brand."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Literal

ALL = "all"
"""Every operator of the market together: in estimates and region pages, never ranked."""

_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def check_slug(text: str) -> str:
    """The text itself when it is a lower-case slug. Raises ValueError."""
    if not _SLUG.match(text):
        raise ValueError(f"not a slug: {text!r} (lower-case letters, digits, single hyphens)")
    return text


@dataclass(frozen=True)
class Operator:
    """One operator of a country pack; `valid_to` is exclusive."""

    code: str
    names: dict[str, str] = field(hash=False)
    kind: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def __post_init__(self) -> None:
        if check_slug(self.code) == ALL:
            raise ValueError("'all' means every operator together and cannot name one")

    def valid_on(self, day: dt.date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


OperatorView = Literal["network", "brand"]
"""Whom a brand without a network of its own counts for: the network that carries it, or itself."""
