"""The story of a quarter: read, compute, write, report. Steps do not know one another; this does."""
