"""All equilibria of a game of two players, degenerate or not: the extreme ones, and how they hang together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .equilibrium import Equilibrium, check_finite_range, check_sets, check_two_players, from_rows
from .linear import TooLargeError

MOST_BASES = 2**17
ROOM = 2**8  # bases in the first try


class Work(NamedTuple):
    """Working memory for the polytope of a player of w actions against h replies, with room for c bases."""

    start: np.ndarray  # float64 (h, w + 1): the tableau of the point 0
    tableau: np.ndarray  # float64 (h, w + 1)
    partner: np.ndarray  # int64 (h,)
    basis: np.ndarray  # int64 (2, c): bits of the actions and of the replies that were exchanged; begins with zeros
    slots: np.ndarray  # int64 (2 c,), zeros: hash table of the bases
    supports: np.ndarray  # int64 (c,): bits of the actions with weight
    replies: np.ndarray  # int64 (c,): bits of all best replies
    strategies: np.ndarray  # float64 (c, w)


@dataclass(frozen=True, eq=False)
class ExtremeEquilibria:
    """All equilibria of a game: every one is a mixture of the extreme ones of a maximal subset.

    Attributes
    ----------
    equilibria : the extreme equilibria, whose strategies are vertices of the players' best-response polytopes.
    degenerate : whether some mixed strategy of the game, in an equilibrium or not, has more best replies than actions
        in its support. When none has, ``equilibria`` are all there are, and their number is odd.
    maximal_subsets : for each maximal Nash subset the indices of its extreme equilibria. Any mixture of their first
        strategies with any mixture of their second ones is an equilibrium. One index: an equilibrium by itself.
    components : for each connected component of the equilibria the indices of its extreme ones. A component is the
        union of the maximal subsets that lie in it.
    """

    equilibria: tuple[Equilibrium, ...]
    degenerate: bool
    maximal_subsets: tuple[tuple[int, ...], ...]
    components: tuple[tuple[int, ...], ...]


def vertex_enumeration(payoffs: np.ndarray) -> ExtremeEquilibria:
    """Return all extreme equilibria of any game of two players, with the sets of equilibria they span.

    The vertices of each player's best-response polytope are found by walking along its edges, those of degenerate games
    by the lexicographic rule. Vertices whose scaled payoffs tie within 1e-10 count as tied.

    Source: Avis, Rosenberg, Savani and von Stengel, Enumeration of Nash equilibria for two-player games, Economic
    Theory 42, 2010. That the maximal subsets are the maximal complete sets of pairs: Winkels, An algorithm to determine
    all equilibrium points of a bimatrix game, 1979.

    Parameters
    ----------
    payoffs : (2, A_0, A_1).

    Raises
    ------
    ValueError
        when ``payoffs`` has the wrong shape, another number of players, or entries that are not finite; `TooLargeError`
        for more than 62 actions of a player, or a polytope of more than 131,072 bases.
    """
    payoffs = check_two_players(payoffs)
    check_sets(payoffs)
    _, m, n = payoffs.shape
    walk, match, assess_pairs = _kernels()
    first, tied_first = _vertices(walk, payoffs, 0)
    second, tied_second = _vertices(walk, payoffs, 1)
    pairs = np.empty((min(len(first[0]), len(second[0])), 2), np.int64)
    while (count := match(*first[:2], *second[:2], pairs)) > len(pairs):
        pairs = np.empty((count, 2), np.int64)
    pairs = pairs[:count]
    found = np.empty((count, m + n + 3))
    assess_pairs(payoffs, pairs, first[2], second[2], found)
    subsets, components = _joined(pairs)
    return ExtremeEquilibria(from_rows(found, m), tied_first or tied_second, subsets, components)


def _vertices(walk: Any, payoffs: np.ndarray, player: int) -> tuple[tuple[np.ndarray, ...], bool]:
    """Return supports, best replies and strategies of the vertices of a player's polytope, and whether any has ties."""
    width, height, room = payoffs.shape[1 + player], payoffs.shape[2 - player], ROOM
    while True:
        work = Work(
            start=np.empty((height, width + 1)),
            tableau=np.empty((height, width + 1)),
            partner=np.empty(height, np.int64),
            basis=np.zeros((2, room), np.int64),
            slots=np.zeros(2 * room, np.int64),
            supports=np.empty(room, np.int64),
            replies=np.empty(room, np.int64),
            strategies=np.empty((room, width)),
        )
        count, tied = walk(payoffs, player, work)
        if count >= 0:
            break
        check_finite_range(payoffs)
        if room == MOST_BASES:
            raise TooLargeError(
                f"a best-response polytope of this game of {payoffs.shape[1]} x {payoffs.shape[2]} actions has more "
                f"bases than the limit of {MOST_BASES:,}"
            )
        room *= 8
    listed = work.supports[1:count], work.replies[1:count], work.strategies[1:count]
    if not tied:
        return listed, False
    _, kept = np.unique(np.stack(listed[:2]), axis=1, return_index=True)  # one of the bases of every vertex
    kept.sort()
    return tuple(part[kept] for part in listed), True


def _joined(pairs: np.ndarray) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """Return the maximal complete sets of pairs, and the connected components, of a graph on two sorts of vertices.

    In a maximal complete set the second vertices are the common neighbours of the first, so that they are those
    intersections of neighbourhoods that are not empty.
    """
    index = {(int(i), int(j)): at for at, (i, j) in enumerate(pairs)}
    neighbours: dict[int, set[int]] = {}
    sharing: dict[int, set[int]] = {}
    for i, j in index:
        neighbours.setdefault(i, set()).add(j)
        sharing.setdefault(j, set()).add(i)
    subsets, components = [], []
    left = set(neighbours)
    while left:
        component: set[int] = set()
        new = {min(left)}
        while new:
            component |= new
            new = set().union(*(sharing[j] for i in new for j in neighbours[i])) - component
        left -= component
        components.append(tuple(sorted(index[i, j] for i in component for j in neighbours[i])))
        closed: set[frozenset[int]] = set()
        for i in component:
            own = frozenset(neighbours[i])
            closed |= {own & each for each in closed if own & each} | {own}
        for common in closed:
            members = set.intersection(*(sharing[j] for j in common))
            subsets.append(tuple(sorted(index[i, j] for i in members for j in common)))
    return tuple(sorted(subsets)), tuple(sorted(components))


@lru_cache(maxsize=1)
def _kernels() -> tuple[Any, Any, Any]:
    from ..envs.core.fusing import fuse
    from . import polytope_kernels as kernels

    return tuple(fuse(each, {}, each.__name__) for each in (kernels.walk, kernels.match, kernels.assess_pairs))
