"""Draws become what is published: figures with a status, and rank bounds."""

from qos.score.effects import source_effects
from qos.score.figures import estimates, unfitted
from qos.score.ranking import rankings
from qos.score.rules import INDICATIVE, PUBLISHED, WITHHELD, subjects_needed

__all__ = [
    "INDICATIVE",
    "PUBLISHED",
    "WITHHELD",
    "estimates",
    "rankings",
    "source_effects",
    "subjects_needed",
    "unfitted",
]
