"""All equilibria of a game of two players, by the supports they can have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Any, NamedTuple

import numpy as np

from .equilibrium import Equilibrium, check_finite_range, check_sets, check_two_players, from_rows
from .linear import TooLargeError

MOST_PAIRS = 50_000_000  # of supports: 14 x 14 actions
ROOM = 4096  # strategies of each player in the first try


class Work(NamedTuple):
    """Working memory for games of up to s actions a player, d of the one who has fewer, and c strategies of each."""

    values: np.ndarray  # float64 (s, s): scaled payoffs of the replies
    rows: np.ndarray  # float64 (d, s + d, d): at each depth of the tree, weights and slacks by the weights left
    chosen: np.ndarray  # int64 (d,): the replies made best so far
    supports: np.ndarray  # int64 (2, c): bits of the actions in each strategy
    replies: np.ndarray  # int64 (2, c): bits of its best replies
    strategies: np.ndarray  # float64 (2, c, s)


@dataclass(frozen=True, eq=False)
class Equilibria:
    """The equilibria that were found.

    Attributes
    ----------
    equilibria : in the order of the size of their supports.
    degenerate : whether some mixed strategy of the game, in an equilibrium or not, has more best replies than actions
        in its support. When none has, ``equilibria`` are all there are, and their number is odd.
    """

    equilibria: tuple[Equilibrium, ...]
    degenerate: bool


def support_enumeration(payoffs: np.ndarray) -> Equilibria:
    """Return all equilibria of a game of two players that is not degenerate.

    A game that is degenerate is said to be so. What is returned of it are true equilibria, those that are the only one
    on a pair of supports of equal size, and there may be others: `vertex_enumeration` describes them all.
    Payoffs that differ by less than 1e-10 of a player's range count as tied.

    Parameters
    ----------
    payoffs : (2, A_0, A_1).

    Raises
    ------
    ValueError
        when ``payoffs`` has the wrong shape, another number of players, or entries that are not finite; `TooLargeError`
        for more than 62 actions of a player, or 50,000,000 pairs of supports of equal size (14 x 14 actions).
    """
    payoffs = check_two_players(payoffs)
    check_sets(payoffs)
    _, m, n = payoffs.shape
    pairs = comb(m + n, m) - 1
    if pairs > MOST_PAIRS:
        raise TooLargeError(f"a game of {m} x {n} actions has {pairs:,} pairs of supports; the limit is {MOST_PAIRS:,}")
    search, room, least, most = _search(), min(pairs, ROOM), min(m, n), max(m, n)
    while True:
        work = Work(
            np.empty((most, most)),
            np.empty((least, most + least, least)),
            np.empty(least, np.int64),
            np.empty((2, room), np.int64),
            np.empty((2, room), np.int64),
            np.empty((2, room, most)),
        )
        found = np.empty((room, m + n + 3))
        count, degenerate = search(payoffs, work, found)
        if count >= 0:
            return Equilibria(from_rows(found[:count].copy(), m), bool(degenerate))
        check_finite_range(payoffs)
        room *= 8


@lru_cache(maxsize=1)
def _search() -> Any:
    from ..envs.core.batch import direct
    from ..envs.core.fusing import fuse
    from . import support_kernels

    return direct(fuse(support_kernels.search, {}, "search_supports"))
