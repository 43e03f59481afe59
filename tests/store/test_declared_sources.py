"""Sources that a workspace declares without code."""

import pytest

from qos.domain.errors import WrongState
from qos.domain.source import SourceKind
from qos.store.declared import DeclaredSource, declare, declared_sources

MINE = DeclaredSource(name="mine", like="canonical", kind=SourceKind.APP, bias_prior=0.3, reference=True)


def test_a_declared_source_comes_back_as_it_was(workspace) -> None:
    assert declare(workspace, MINE)
    assert declared_sources(workspace) == [MINE]


def test_declaring_the_same_again_changes_nothing(workspace) -> None:
    declare(workspace, MINE)
    assert not declare(workspace, MINE)
    assert declared_sources(workspace) == [MINE]


def test_a_name_is_declared_once(workspace) -> None:
    declare(workspace, MINE)
    other = DeclaredSource(name="mine", like="canonical-aggregates", kind=SourceKind.APP)
    with pytest.raises(WrongState, match="mine is declared otherwise"):
        declare(workspace, other)


def test_declared_sources_are_sorted_by_name(workspace) -> None:
    for name in ("b", "a"):
        declare(workspace, DeclaredSource(name=name, like="published", kind=SourceKind.PUBLISHED))
    assert [source.name for source in declared_sources(workspace)] == ["a", "b"]


def test_a_name_is_a_slug() -> None:
    with pytest.raises(ValueError, match="not a slug"):
        DeclaredSource(name="My App", like="canonical", kind=SourceKind.APP)
