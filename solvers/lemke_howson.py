"""One equilibrium of a game of two players, at the end of a path."""

from __future__ import annotations

from functools import lru_cache
from operator import index
from typing import Any

import numpy as np

from .equilibrium import Equilibrium, check_finite_range, check_two_players, from_rows
from .linear import TooLargeError

MOST_ACTIONS = 200  # beyond, paths may take minutes, and near ties of random games count as ties


def lemke_howson(payoffs: np.ndarray, label: int = 0) -> Equilibrium:
    """Return the equilibrium at the end of the path that begins by dropping ``label``.

    Different labels may lead to different equilibria; not every equilibrium need be reached. A degenerate game is
    refused where the path meets a tie; a path that meets none ends at an equilibrium of any game.

    Source: Lemke and Howson, Equilibrium points of bimatrix games, J. SIAM 12, 1964; Shapley, A note on the
    Lemke-Howson algorithm, Mathematical Programming Study 1, 1974.

    Parameters
    ----------
    payoffs : (2, A_0, A_1).
    label : an action of the first player, from 0 to below A_0, or A_0 plus an action of the second.

    Raises
    ------
    TypeError
        when ``label`` is no integer.
    ValueError
        when ``payoffs`` has the wrong shape, another number of players, or entries that are not finite; for a label
        that does not exist; when the path meets a tie, which only degenerate games have; `TooLargeError` for more than
        200 actions of a player, or a path of more than 1,000,000 pivots.
    """
    payoffs, label = check_two_players(payoffs), index(label)
    _, m, n = payoffs.shape
    if max(m, n) > MOST_ACTIONS:
        raise TooLargeError(f"the game has {m} x {n} actions; the limit is {MOST_ACTIONS} a player")
    if not 0 <= label < m + n:
        raise ValueError(
            f"label={label} is not allowed: it must be from 0 to {m + n - 1} in a game of {m} x {n} actions"
        )
    row = np.empty((1, m + n + 3))
    status = _follow()(
        payoffs,
        label,
        (np.empty((n, m + 1)), np.empty((m, n + 1))),
        (np.empty(m + n, np.int64), np.empty(m + n, np.int64)),
        row[0],
    )
    if status != 0:
        _refuse(payoffs, label, status)
    return from_rows(row, m)[0]


def _refuse(payoffs: np.ndarray, label: int, status: int) -> None:
    from .polytope_kernels import MOST_PIVOTS, TIED

    check_finite_range(payoffs)
    if status == TIED:
        raise ValueError(
            f"the game is degenerate: the path of label={label} meets a tie; use vertex_enumeration, which takes any "
            "game of two players"
        )
    raise TooLargeError(f"the path of label={label} is longer than the limit of {MOST_PIVOTS:,} pivots")


@lru_cache(maxsize=1)
def _follow() -> Any:
    from ..envs.core.batch import direct
    from ..envs.core.fusing import fuse
    from . import polytope_kernels

    return direct(fuse(polytope_kernels.follow, {}, "follow"))
