"""Normal-form games: one-shot and iterated play over any payoff tensor, and a library of named games."""

from .library import NormalFormGame, load, names

__all__ = ["NormalFormGame", "load", "names"]
