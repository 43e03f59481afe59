"""Markets: one competition, one ranking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Market:
    """A service and optionally the technologies that count; empty means every technology."""

    name: str
    service: str
    technologies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.service not in ("mobile", "fixed"):
            raise ValueError(f"{self.name}: no such service: {self.service!r}")
