"""Mixing of averages: of the law, and of the reward. Both are finite for periodic chains too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .chain import checked_chain
from .deviation import bias_of
from .linear import TooLargeError
from .quantity import Quantity
from .stationary import stationary_law

MOST_STATES = 4_000


def cesaro_mixing_time(chain: Any, epsilon: float = 0.25, most_steps: int = 1_000_000) -> Quantity:
    """Return the least t at which the mean law of the steps 1 .. t is within ``epsilon`` of the stationary one, from
    every start, in total variation.

    The distance may rise again later; t is the first time. ``most_steps`` is returned as a lower bound where it is not
    reached by then.

    Raises
    ------
    ValueError
        for a matrix that is no chain, several closed classes (`MultichainError`), or ``epsilon`` not between 0 and 1;
        `TooLargeError` beyond 4,000 states.

    Source: Levin, Peres and Wilmer, Markov Chains and Mixing Times, section 6.6.
    """
    _check_epsilon(epsilon, 1.0)
    chain = checked_chain(chain)
    states = chain.shape[0]
    if states > MOST_STATES:
        raise TooLargeError(f"the mean laws of {states:,} starts are too many: there may be at most {MOST_STATES:,}")
    law, transposed = stationary_law(chain).law, chain.T.tocsr()
    laws = np.identity(states)  # a column a start
    excess = np.zeros((states, states))
    for steps in range(1, most_steps + 1):
        laws = transposed @ laws
        excess += laws - law[:, None]
        if 0.5 * np.abs(excess).sum(axis=0).max() <= epsilon * steps:
            return Quantity(steps, "exact", "running sums of all starts")
    return Quantity(most_steps, "lower", f"running sums of all starts, given up after {most_steps:,} steps")


def return_mixing_time(chain: Any, rewards: ArrayLike, epsilon: float, most_steps: int = 10_000_000) -> Quantity:
    """Return the least h from which on the mean reward of every horizon, from every start, is within ``epsilon`` of
    the gain.

    After h steps the mean is off by at most the span of the bias over h, which bounds the scan.

    Parameters
    ----------
    chain : (S, S).
    rewards : float (S,), expected reward of a step from each state.
    epsilon : positive, in units of reward per step.
    most_steps : the longest scan; where the bound lies beyond it, the last horizon known to be off is a lower bound.

    Raises
    ------
    ValueError
        for a matrix that is no chain, several closed classes (`MultichainError`), rewards that do not fit, or an
        ``epsilon`` that is not positive.

    Source: Kearns and Singh, Machine Learning 49, 2002, definition 5.
    """
    _check_epsilon(epsilon, np.inf)
    chain = checked_chain(chain)
    rewards = np.asarray(rewards, np.float64)
    if rewards.shape != chain.shape[:1] or not np.all(np.isfinite(rewards)):
        raise ValueError(f"rewards must be finite, a number for each of {chain.shape[0]} states")
    gain = float(stationary_law(chain).law @ rewards)
    bias = bias_of(chain, rewards)
    bound = float(np.ptp(bias)) / epsilon
    excess, last = np.zeros(len(rewards)), 0
    for steps in range(1, int(min(bound, most_steps)) + 1):
        excess = rewards - gain + chain @ excess
        if np.abs(excess).max() > epsilon * steps:
            last = steps
    if bound > most_steps:
        return Quantity(last + 1, "lower", f"scan of horizons, given up after {most_steps:,} of {bound:,.0f} steps")
    return Quantity(last + 1, "exact", f"scan of all horizons up to {int(bound):,}, beyond which the bias bounds it")


def _check_epsilon(epsilon: float, most: float) -> None:
    if not 0 < epsilon < most:
        raise ValueError(f"epsilon={epsilon} is not allowed: epsilon must lie between 0 and {most:g}")
