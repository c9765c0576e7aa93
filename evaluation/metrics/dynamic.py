"""Regret against sequences of actions: every one (dynamic), or those that switch seldom (tracking).

Utilities and strategies are those of `regret.deviation_gains`. Both regrets are curves over rounds, of which the last
entry is the regret of the whole play; dynamic >= tracking >= external regret.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .regret import check_rounds


def dynamic_regret(utilities: ArrayLike, strategies: ArrayLike) -> np.ndarray:
    """Return the running sum (rounds,) of max over a of u_t(a) - x_t . u_t: against the best action of each round.

    Parameters
    ----------
    utilities : (rounds, actions), u_t(a): what each own action would have paid in each round.
    strategies : (rounds, actions), x_t: the mixed action of each round.

    Raises
    ------
    ValueError
        for other shapes, or a strategy that is no distribution.
    """
    utilities, strategies = check_rounds(utilities, strategies)
    return np.cumsum(utilities.max(axis=1) - (strategies * utilities).sum(axis=1))


def tracking_regret(utilities: ArrayLike, strategies: ArrayLike, switches: int) -> np.ndarray:
    """Return after each round the regret (rounds,) against the best sequence that changes its action seldom.

    The best sequence of every round is found by dynamic programming. With no switch it is the external regret, with
    as many as rounds the dynamic regret. Source: Herbster and Warmuth, Tracking the best expert, Machine Learning 32,
    1998.

    Parameters
    ----------
    utilities, strategies : as for `dynamic_regret`.
    switches : the most changes of action, from 0.

    Raises
    ------
    ValueError
        as `dynamic_regret`, or for a negative number of switches.
    """
    utilities, strategies = check_rounds(utilities, strategies)
    if switches < 0:
        raise ValueError(f"switches must not be negative, and is {switches}")
    rounds, actions = utilities.shape
    best = np.zeros((min(switches, rounds - 1) + 1, actions))  # of sequences with so many switches that end in a
    sums = np.empty(rounds)
    for t, now in enumerate(utilities):
        best[1:] = np.maximum(best[1:], best[:-1].max(axis=1, keepdims=True))
        best += now
        sums[t] = best.max()
    return sums - np.cumsum((strategies * utilities).sum(axis=1))
