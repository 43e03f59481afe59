"""Sources as a fit sees them: references, panels, declared errors, kin."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qos.domain.source import Shape, Source, SourceKind
from qos.reconcile import declared_sources, fit_sources
from qos.reconcile.sources import kappa_prior, kind_correlation
from tests.reconcile.conftest import cell, declared, frame


def _source(name, kind="app", **more):
    return Source(
        name=name, title=name, kind=SourceKind(kind), shape=Shape.MEASUREMENTS, licence="CC0-1.0", **more
    )


def _declared(source, edition, *, market="fixed", weighted=()):
    (found,) = declared_sources([source], market=market, weighted=set(weighted), edition=edition)
    return found


def test_a_reference_that_needs_weights_is_one_only_where_its_rows_carry_them(edition):
    panel = _source("ofcom-panel", "probe", reference=True, reference_needs_weights=True)
    with_weights = _declared(panel, edition, weighted=["ofcom-panel"])
    without = _declared(panel, edition, weighted=["another"])
    assert (with_weights.reference, with_weights.panel) == (True, True)
    assert (without.reference, without.panel) == (False, False)
    assert (with_weights.omega, without.omega) == (edition.bias["reference"], edition.bias["probe"])


def test_a_reference_that_needs_no_weights_is_always_one(edition):
    assert _declared(_source("probes", "probe", reference=True), edition).reference


@pytest.mark.parametrize(("market", "named"), [("fixed", True), ("mobile", False)])
def test_a_panel_is_a_reference_that_the_edition_names_for_the_market(edition, market, named):
    panel = _declared(_source("ofcom-panel", "probe", reference=True), edition, market=market)
    assert panel.reference
    assert panel.panel == named


def test_a_source_that_is_no_reference_is_no_panel_whatever_its_name(edition):
    assert not _declared(_source("ofcom-panel", "probe"), edition).panel


@pytest.mark.parametrize("kind", list(SourceKind))
def test_the_level_error_is_the_editions_for_the_kind(edition, kind):
    assert _declared(_source("s", kind), edition).omega == edition.bias[kind]


@pytest.mark.parametrize("reference", [False, True])
def test_a_declared_bias_prior_holds_before_the_editions(edition, reference):
    assert _declared(_source("s", bias_prior=0.07, reference=reference), edition).omega == 0.07


def test_sources_are_sorted_by_name_and_alone_in_their_kin_unless_they_say_so(edition):
    sources = [_source("c"), _source("a", kin="sdk"), _source("b")]
    found = declared_sources(sources, market="mobile", weighted=set(), edition=edition)
    assert [(s.name, s.kin) for s in found] == [("a", "sdk"), ("b", "b"), ("c", "c")]


@pytest.mark.parametrize(
    ("subjects", "thin"),
    [((120.0, 80.0), False), ((120.0, 79.0), True), ((None, None), True), ((200.0, None), False)],
)
def test_a_source_is_thin_below_two_hundred_subjects_or_when_it_states_none(edition, subjects, thin):
    cells = [cell("app", "a", f"r:{i}", n_subjects=n) for i, n in enumerate(subjects, 1)]
    (found,) = fit_sources([declared("app")], frame(cells), edition)
    assert found.thin == thin


def test_only_entered_cells_say_whether_a_source_is_thin_and_takes_part(edition):
    cells = [
        cell("app", "a", "r:1", n_subjects=150.0),
        cell("app", "a", "r:2", n_subjects=150.0, entered=False),
    ]
    cells += [cell("tiles", "a", "r:1", entered=False)]
    found = fit_sources([declared("app"), declared("tiles"), declared("absent")], frame(cells), edition)
    assert [(s.name, s.thin) for s in found] == [("app", True)]


def test_operator_discrepancies_have_the_prior_of_reference_published_or_any(edition):
    priors = edition.priors
    assert kappa_prior(declared("p", "probe", reference=True), edition) == priors["kappa_reference"]
    assert kappa_prior(declared("p", "published", reference=True), edition) == priors["kappa_reference"]
    assert kappa_prior(declared("p", "published"), edition) == priors["kappa_published"]
    assert kappa_prior(declared("p", "probe"), edition) == priors["kappa"]


CORRELATED = [
    ("same kin", declared("x", kin="sdk"), declared("y", kin="sdk"), 0.8),
    ("same kin, another kind", declared("x", kin="sdk"), declared("y", "browser", kin="sdk"), 0.8),
    ("same kind", declared("x"), declared("y"), 0.3),
    ("nothing in common", declared("x"), declared("y", "browser"), 0.0),
    ("a reference of the same kind", declared("x", "probe", reference=True), declared("y", "probe"), 0.0),
    ("a reference of the same kin", declared("x", kin="k", reference=True), declared("y", kin="k"), 0.0),
]


@pytest.mark.parametrize(
    ("one", "other", "expected"), [c[1:] for c in CORRELATED], ids=[c[0] for c in CORRELATED]
)
def test_sources_are_correlated_as_declared(edition, one, other, expected):
    same = edition.correlation
    matrix = kind_correlation((one, other), same.same_kind, same.same_kin)
    assert matrix == pytest.approx(np.array([[1, expected], [expected, 1]]))


a_source = st.builds(
    lambda kind, kin, reference: declared("s", kind, kin=kin, reference=reference),
    st.sampled_from([kind.value for kind in SourceKind]), st.sampled_from("klmn"), st.booleans(),
)  # fmt: skip


@given(
    st.lists(a_source, min_size=1, max_size=8),
    st.sampled_from([0.0, 0.3, 0.8, 1.0]), st.sampled_from([0.0, 0.8, 1.0]),
)  # fmt: skip
def test_any_kinds_and_kins_give_a_correlation_matrix(sources, same_kind, same_kin):
    matrix = kind_correlation(tuple(sources), same_kind, same_kin)
    assert matrix == pytest.approx(matrix.T)
    assert np.diag(matrix) == pytest.approx(np.ones(len(sources)))
    np.linalg.cholesky(matrix)  # raises unless positive definite
    for i, source in enumerate(sources):
        if source.reference:
            assert np.delete(matrix[i], i) == pytest.approx(np.zeros(len(sources) - 1), abs=1e-9)


@given(st.permutations(range(5)))
def test_the_correlation_of_two_sources_does_not_depend_on_their_order(order):
    names = ("app", "app", "browser", "tiles", "published")
    sources = [
        replace(declared(f"s{i}", kind), kin="k" if i in (0, 2) else f"s{i}") for i, kind in enumerate(names)
    ]
    matrix = kind_correlation(tuple(sources), 0.3, 0.8)
    shuffled = kind_correlation(tuple(sources[i] for i in order), 0.3, 0.8)
    assert shuffled == pytest.approx(matrix[np.ix_(order, order)])
