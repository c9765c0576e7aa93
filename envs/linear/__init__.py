"""Tuning of linear solvers: the relaxation parameter omega, for one solve or one sweep at a time.

What an action costs is counted in sweeps or iterations, never in seconds, so that results are the same on every
machine.
"""
