"""Normal-form games: one-shot and iterated play over any payoff tensor, and a library of games, families and files."""

from .files import read, write
from .library import NormalFormGame, family_names, load, names
from .taxonomy import all_2x2

__all__ = ["NormalFormGame", "all_2x2", "family_names", "load", "names", "read", "write"]
