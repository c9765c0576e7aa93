"""How a player does in a population of others: on average, and against the one that exploits it most.

Source: Lanctot et al., "Population-based evaluation in repeated rock-paper-scissors as a benchmark for multiagent
reinforcement learning", TMLR 2023, arXiv:2303.03196.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def population_return(returns: ArrayLike) -> np.ndarray:
    """Return the mean return of each player over the population, itself included, float64 (players,).

    ``returns`` is (players, population): what each player earns in a match with each member. Raises ValueError for
    another shape or numbers that are not finite.
    """
    return _matches(returns).mean(axis=1)


def within_population_exploitability(returns: ArrayLike) -> np.ndarray:
    """Return the most that a member of the population earns against each player, float64 (players,).

    The game is of zero sum, so that this is the largest of minus the ``returns``, which are as in `population_return`.
    It is no more than the true exploitability, and where matches are sampled it is biased upwards.
    """
    return (-_matches(returns)).max(axis=1)


def aggregate_score(returns: ArrayLike) -> np.ndarray:
    """Return the population return less the within-population exploitability; see both."""
    return population_return(returns) - within_population_exploitability(returns)


def _matches(returns: ArrayLike) -> np.ndarray:
    table = np.asarray(returns, np.float64)
    if table.ndim != 2 or table.size == 0 or not np.all(np.isfinite(table)):
        raise ValueError(f"returns must be finite numbers (players, population), not of the shape {table.shape}")
    return table
