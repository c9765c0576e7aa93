"""All strict ordinal 2x2 games: two players, two actions each, and payoffs that are the ranks 1 (worst) to 4 (best).

A game's id is its payoffs, row after row, player 0's and then player 1's: ``2x2-3142-3412`` pays player 0
[[3, 1], [4, 2]] and player 1 [[3, 4], [1, 2]] (the prisoner's dilemma); axis 0 is player 0's action in both. There are
24 x 24 = 576 of them. Games that differ in the order of the actions only are counted once among the 144 (Robinson and
Goforth 2005; their numbers are not used here): of such four the one is taken in which player 0's best outcome lies in
the left column and player 1's in the upper row. Games that differ in who is who, too, are counted once among the 78
(Rapoport and Guyer 1966): the one with the larger id is taken. 12 of them are symmetric, and have names (Bruns 2015).

References
----------
A. Rapoport and M. Guyer, "A taxonomy of 2x2 games", General Systems 11 (1966) 203-214.
D. Robinson and D. Goforth, The Topology of the 2x2 Games, Routledge 2005.
B. R. Bruns, "Names for games: locating 2x2 games", Games 6 (2015) 495-520.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations, product

import numpy as np

from .game import NormalFormGame, new_game

TAXONOMIES = ("576", "144", "78", "sym12")
CITATION = 'B. R. Bruns, "Names for games: locating 2x2 games", Games 6 (2015) 495-520'
# The ranking, best first, of R = u(C, C), S = u(C, D), T = u(D, C) and P = u(D, D), the payoffs to the one whose action
# stands first. Interchanging C and D turns R, S, T, P into P, T, S, R, and gives the same game.
SYMMETRIC = {
    "TRPS": "Prisoner's dilemma",
    "TRSP": "Chicken",
    "TSRP": "Leader",
    "STRP": "Hero",
    "TPSR": "Compromise",
    "TPRS": "Deadlock",
    "RTPS": "Stag hunt",
    "RPTS": "Assurance",
    "RPST": "Coordination",
    "RSPT": "Peace",
    "RSTP": "Harmony",
    "RTSP": "Concord",
}
RELABELLED = str.maketrans("RSTP", "PTSR")

Ranks = tuple[int, ...]


@lru_cache(maxsize=len(TAXONOMIES))
def all_2x2(taxonomy: str) -> tuple[NormalFormGame, ...]:
    """Return all strict ordinal 2x2 games, sorted by id, each class of equivalent games once.

    Parameters
    ----------
    taxonomy : ``"576"``, all; ``"144"``, one for each order of the actions; ``"78"``, one for each order of the actions
        and of the players; ``"sym12"``, those of the 78 that are the same game for both players, with their names.

    Raises
    ------
    ValueError
        for another taxonomy.
    """
    if taxonomy not in TAXONOMIES:
        raise ValueError(f"taxonomy={taxonomy!r} is not allowed: taxonomy must be one of {', '.join(TAXONOMIES)}")
    pairs = sorted(product(permutations((1, 2, 3, 4)), repeat=2))
    if taxonomy != "576":
        pairs = [(row, column) for row, column in pairs if row.index(4) % 2 == 0 and column.index(4) // 2 == 0]
    if taxonomy == "78":
        pairs = [(row, column) for row, column in pairs if (row, column) >= (_turned(column), _turned(row))]
    if taxonomy == "sym12":
        pairs = [(row, column) for row, column in pairs if row == _turned(column)]
    return tuple(_game(row, column) for row, column in pairs)


def ordinal_game(name: str) -> NormalFormGame:
    """Return the strict ordinal 2x2 game with this id, as it is written.

    Raises
    ------
    ValueError
        when ``name`` is no id.
    """
    for game in all_2x2("576"):
        if game.name == name:
            return game
    raise ValueError(
        f"game={name!r} is not allowed: the id of a strict ordinal 2x2 game is 2x2-abcd-efgh with the ranks 1 to 4 of "
        "player 0, row after row, and those of player 1, such as '2x2-3142-3412'"
    )


def _turned(ranks: Ranks) -> Ranks:
    """Return the transposed table: a player's ranks when the two players change places."""
    return ranks[0], ranks[2], ranks[1], ranks[3]


def _game(row: Ranks, column: Ranks) -> NormalFormGame:
    name = f"2x2-{''.join(map(str, row))}-{''.join(map(str, column))}"
    tags, title = ["2x2", "ordinal"], f"Ordinal game {name}"
    if row == _turned(column):
        tags.append("symmetric")
        ranking = "".join(letter for _, letter in sorted(zip(row, "RSTP", strict=True), reverse=True))
        title = SYMMETRIC.get(ranking) or SYMMETRIC[ranking.translate(RELABELLED)]
    if row.index(4) == column.index(4):
        tags.append("win-win")
    if len({a + b for a, b in zip(row, column, strict=True)}) == 1:
        tags.append("constant-sum")
    return new_game(np.reshape([row, column], (2, 2, 2)), name=name, title=title, tags=tags, citation=CITATION)
