"""Normal-form games: one-shot and iterated play over any payoff tensor, and a library of games, families and files."""

from .files import read, write
from .game import NormalFormGame, new_game
from .library import family_names, load, names
from .taxonomy import all_2x2

__all__ = ["NormalFormGame", "all_2x2", "family_names", "load", "names", "new_game", "read", "write"]
