"""The scripts that make the documentation, as modules."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make_pages() -> ModuleType:
    return _script("make_pages")


@pytest.fixture(scope="session")
def make_transcripts() -> ModuleType:
    return _script("make_transcripts")
