"""A small market with known truth: an invented country, three unlike sources, seeded.

It shows what a full ranking of several independent sources looks like, and how far from the truth the
method ends. The same seed gives the same rows, on every machine and in any order of quarters.
"""

from qos.simulated.cells import Cells, cells
from qos.simulated.design import SOURCES, Design
from qos.simulated.market import Delivery, Simulated, market, write
from qos.simulated.pack import write_pack

__all__ = ["SOURCES", "Cells", "Delivery", "Design", "Simulated", "cells", "market", "write", "write_pack"]
