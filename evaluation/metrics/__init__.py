"""Metrics: pure functions from play to numbers; one that is undefined for its input raises, it never returns 0."""
