"""Suites: what is run against what."""
