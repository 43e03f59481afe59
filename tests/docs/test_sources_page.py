"""What docs/sources.md says by hand names every source, and no other."""

import re
from collections import Counter
from pathlib import Path

from qos import sources

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def test_every_source_says_once_how_much_of_it_was_seen() -> None:
    part = PAGE.read_text("utf-8").partition("## What was seen")[2].partition("\n## ")[0]
    table, _, ours = part.partition("\n`canonical`")
    rows = [line.partition("; of those above:")[0] for line in table.splitlines() if line.startswith("| ")]
    seen = Counter(name for row in rows for name in re.findall(r"`([\w-]+)`", row))
    named = {"canonical", *re.findall(r"`([\w-]+)`", ours)}
    assert set(seen) | named == set(sources.names())
    assert set(seen.values()) == {1}
