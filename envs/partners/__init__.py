"""Games against partners with a given policy: the optimum is the best response to that partner, and it is solved."""

from .library import PartneredGame, load, names
from .pools import Partner, Pool

__all__ = ["Partner", "PartneredGame", "Pool", "load", "names"]
