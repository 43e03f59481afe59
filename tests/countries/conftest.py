"""The packs, and the folder of raw data they were made from."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from qos.countries import Pack, load
from qos.domain.errors import PackFault

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "country-packs.md"
_FILE = re.compile(r"^`([a-z_.]+)`\n\n```(?:toml|csv)\n(.*?)```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="session")
def gb() -> Pack:
    return load("gb")


@pytest.fixture(scope="session")
def co() -> Pack:
    return load("co")


@pytest.fixture(scope="session")
def vn() -> Pack:
    return load("vn")


@pytest.fixture
def atlantis(tmp_path: Path) -> Path:
    """The worked example of docs/country-packs.md, written to a folder."""
    folder = tmp_path / "atlantis"
    folder.mkdir()
    for name, text in _FILE.findall(DOCUMENT.read_text(encoding="utf-8")):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def faults_after(atlantis: Path) -> Callable[[str, str, str], tuple[str, ...]]:
    """What the loader says of the worked example once one text in one file is replaced by another."""

    def change(file: str, old: str, new: str) -> tuple[str, ...]:
        path = atlantis / file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert old in text
        path.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
        with pytest.raises(PackFault) as caught:
            load(atlantis)
        return caught.value.faults

    return change
