"""The value of a game of two players whose payoffs have a constant sum."""

from __future__ import annotations

import numpy as np

from .equilibrium import Equilibrium, check_finite_range, check_two_players, equilibrium
from .linear import TooLargeError

MOST_ENTRIES = 1_000_000
TIE = 1e-9


def zero_sum(payoffs: np.ndarray) -> Equilibrium:
    """Return optimal strategies of both players of a zero-sum game; ``payoffs[0]`` of the answer is the value.

    A game whose payoffs sum to a constant other than 0 has the equilibria of a zero-sum game and is taken too: the
    second player gets the constant less the value. The strategies are the optimum and the multipliers of one linear
    program (von Neumann's theorem as duality). Scaled by the largest payoff, the guarantees of the two meet within the
    residual.

    Source: Dantzig, A proof of the equivalence of the programming problem and the game problem, in Koopmans (ed.),
    Activity analysis of production and allocation, 1951.

    Parameters
    ----------
    payoffs : (2, A_0, A_1).

    Raises
    ------
    ValueError
        when ``payoffs`` has the wrong shape, another number of players, entries that are not finite, or sums that
        differ by more than 1e-9 of the range of payoffs; `TooLargeError` for more than 1,000,000 pairs of actions.
    """
    from scipy.optimize import linprog

    payoffs = check_two_players(payoffs)
    check_finite_range(payoffs)
    _, m, n = payoffs.shape
    if m * n > MOST_ENTRIES:
        raise TooLargeError(f"the game has {m} x {n} actions; the limit is {MOST_ENTRIES:,} pairs of actions")
    sums, spread = payoffs.sum(axis=0), np.ptp(payoffs)
    if np.ptp(sums) > TIE * spread:
        raise ValueError(f"payoffs must have a constant sum, and their sums span {sums.min()} to {sums.max()}")
    low, spread = payoffs[0].min(), np.ptp(payoffs[0])
    game = (payoffs[0] - low) / (spread or 1.0)
    # The first player maximises v under v <= x^T game, column by column.
    answer = linprog(
        np.r_[np.zeros(m), -1.0],
        A_ub=np.c_[-game.T, np.ones(n)],
        b_ub=np.zeros(n),
        A_eq=np.r_[np.ones(m), 0.0][None],
        b_eq=[1.0],
        method="highs",
    )
    if answer.status != 0:
        raise RuntimeError(f"the linear program of a game of {m} x {n} actions was not solved: {answer.message}")
    return equilibrium(payoffs, [_distribution(answer.x[:m]), _distribution(-answer.ineqlin.marginals)])


def _distribution(weights: np.ndarray) -> np.ndarray:
    weights = np.maximum(weights, 0.0)
    return weights / weights.sum()
