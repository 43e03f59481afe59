"""Cells of several sources become joint draws of every operator in every region.

Two fits per indicator and market: one of the operators, on the sources that tell operators apart,
and one of `all`, on every source that speaks about a whole region. A source without operators says
nothing about their differences and takes no part in the first.
"""

from qos.reconcile.arrays import Cube, cube
from qos.reconcile.model import reconcile
from qos.reconcile.sources import declared_sources, fit_sources

__all__ = ["Cube", "cube", "declared_sources", "fit_sources", "reconcile"]
