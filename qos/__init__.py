"""qos reconciles broadband measurements of many sources into rankings that can be checked."""

__version__ = "0.1.0"
