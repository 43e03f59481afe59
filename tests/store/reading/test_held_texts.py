"""Texts held in memory: their lines are the lines of the text, and a file of them is the text."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.store.reading import held
from qos.store.reading.content import Content
from qos.store.reading.held import bytes_of, count_lines, ends_of_lines, holds, lines_of, write_held

TEXTS = st.lists(st.sampled_from(["", "a", "{}", "Huế", "a,b", "x" * 9]), max_size=12).map("\n".join)
BLOCKS = st.integers(1, 9)


def content_of(text: str, path: Path) -> Content:
    return Content("csv", path, held=memoryview(text.encode()))


@given(text=TEXTS, block=BLOCKS, at_once=st.integers(1, 3))
def test_the_lines_are_those_of_the_text(text: str, block: int, at_once: int) -> None:
    data = np.frombuffer(text.encode(), np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "AT_ONCE", block)
        patch.setattr(held, "_LINES_AT_ONCE", at_once)
        ends = ends_of_lines(data)
        assert lines_of(data, ends)["line_text"].to_pylist() == text.splitlines(keepends=True)
        assert count_lines(memoryview(text.encode())) == len(ends)


@given(text=TEXTS, block=BLOCKS)
def test_a_letter_is_found_wherever_it_stands(text: str, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "AT_ONCE", block)
        data = np.frombuffer(text.encode(), np.uint8)
        assert [holds(data, letter) for letter in "a,x"] == [letter in text for letter in "a,x"]


def test_a_file_of_a_held_text_is_the_text_or_its_first_lines(tmp_path: Path) -> None:
    content = content_of("a\nb\nc", tmp_path / "piece")
    for first, text in ((None, "a\nb\nc"), (2, "a\nb\n"), (3, "a\nb\nc"), (9, "a\nb\nc")):
        write_held(content, first=first)
        assert content.path.read_text("utf-8") == text


def test_what_lies_on_the_disk_is_read_and_never_written(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_text("a\n", "utf-8")
    content = Content("csv", path)
    assert bytes_of(content).tobytes() == b"a\n"
    assert content.text_size == 2
    write_held(content)
    assert path.read_text("utf-8") == "a\n"
