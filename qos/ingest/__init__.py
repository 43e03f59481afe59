"""A delivery becomes landed rows: kept, read, resolved, pseudonymised, flagged, counted."""

from qos.ingest.landing import LandingReport, land

__all__ = ["LandingReport", "land"]
