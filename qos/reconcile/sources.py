"""Sources as a fit sees them: their kin, their declared error, and whether they are a reference."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from qos.domain.reconciled import FitSource
from qos.domain.source import Source, SourceKind
from qos.methodology import Edition, Prior

Floats = npt.NDArray[np.float64]


def declared_sources(
    sources: Iterable[Source], *, market: str, weighted: set[str], edition: Edition
) -> tuple[FitSource, ...]:
    """The sources as declared for one market and quarter, sorted by name.

    weighted: sources whose rows carry survey weights in this quarter.
    """
    return tuple(
        _declared(source, market, source.name in weighted, edition)
        for source in sorted(sources, key=lambda source: source.name)
    )


def _declared(source: Source, market: str, weighted: bool, edition: Edition) -> FitSource:
    reference = source.reference and (weighted or not source.reference_needs_weights)
    return FitSource(
        name=source.name,
        kind=source.kind.value,
        kin=source.kin_group,
        reference=reference,
        panel=reference and edition.names_panel(source.name, market),
        omega=source.bias_prior or edition.bias["reference" if reference else source.kind.value],
    )


def fit_sources(
    declared: Iterable[FitSource], cells: pd.DataFrame, edition: Edition
) -> tuple[FitSource, ...]:
    """The declared sources that have an entered cell, sorted by name as in a `Cube`, marked thin by the
    subjects they state there."""
    entered = cells[cells["entered"].astype(bool)]
    subjects = entered.groupby("source")["n_subjects"].sum(min_count=1)
    least = edition.publication.source_subjects
    return tuple(
        replace(source, thin=not subjects[source.name] >= least)
        for source in sorted(declared, key=lambda source: source.name)
        if source.name in subjects.index
    )


def kappa_prior(source: FitSource, edition: Edition) -> Prior:
    """Prior of the standard deviation of a source's operator discrepancies."""
    if source.reference:
        return edition.priors["kappa_reference"]
    if source.kind == SourceKind.PUBLISHED:
        return edition.priors["kappa_published"]
    return edition.priors["kappa"]


def kind_correlation(sources: tuple[FitSource, ...], same_kind: float, same_kin: float) -> Floats:
    """Declared correlation of the operator discrepancies of sources, (S, S).

    Sources of one kin share more than sources of one kind; a reference is independent of both.
    """
    size = len(sources)
    matrix = np.eye(size)
    for i in range(size):
        for j in range(i):
            a, b = sources[i], sources[j]
            if a.reference or b.reference:
                continue
            same = same_kind if a.kind == b.kind else 0.0
            matrix[i, j] = matrix[j, i] = same_kin if a.kin == b.kin else same
    return _positive_definite(matrix)


def _positive_definite(matrix: Floats) -> Floats:
    """The matrix itself, or the nearest with eigenvalues of at least 1e-6 and ones on the diagonal.

    Kin across kinds need not give a correlation matrix: A may be kin of B and of the kind of C while B and
    C have nothing in common.
    """
    values, vectors = np.linalg.eigh(matrix)
    if values.min() >= 1e-6:
        return matrix
    mended = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(mended))
    return np.asarray(mended / np.outer(scale, scale))
