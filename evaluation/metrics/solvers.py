"""Regret in sweeps: what tuning a linear solver cost, against three comparators that solve the very same systems.

`regretlab.envs.linear.sor_bandit.replay` makes their tables: the sweeps of every action and of the formula omega_star
for each system, with the same right-hand sides. A regret is cumulative, one number after every system, and negative
where the comparator was beaten.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .regret import finite


def regret_to_best_fixed(played: ArrayLike, table: ArrayLike) -> np.ndarray:
    """Return the sweeps of ``played`` (systems,) less those of the action that is the best for all systems together.

    Parameters
    ----------
    played : what was spent on each system.
    table : (systems, actions), what each action would have cost.

    Returns
    -------
    array (systems,), running sums. Raises ValueError for other shapes and for counts that are negative or not finite.
    """
    spent, costs = _counts(played, table)
    return np.cumsum(spent - costs[:, costs.sum(axis=0).argmin()])


def regret_to_formula(played: ArrayLike, formula: ArrayLike) -> np.ndarray:
    """Return the sweeps of ``played`` less those of ``formula``, both (systems,), summed up; raises as the others."""
    spent, costs = _counts(played, np.asarray(formula)[:, None])
    return np.cumsum(spent - costs[:, 0])


def regret_to_instances(played: ArrayLike, table: ArrayLike) -> np.ndarray:
    """Return the sweeps of ``played`` less those of the best action of each single system, summed up.

    Arguments and errors are those of `regret_to_best_fixed`; it is never negative.
    """
    spent, costs = _counts(played, table)
    return np.cumsum(spent - costs.min(axis=1))


def ratio_to_instances(played: ArrayLike, table: ArrayLike) -> float:
    """Return all sweeps of ``played`` over all those of the best action of each system, 1 at the least.

    Raises ValueError as `regret_to_best_fixed`, and where the best actions cost nothing, so that there is no ratio.
    """
    spent, costs = _counts(played, table)
    least = costs.min(axis=1).sum()
    if least == 0.0:
        raise ValueError("table has an action of cost 0 for every system: there is no ratio to the optimum of each")
    return float(spent.sum() / least)


def _counts(played: ArrayLike, table: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    spent, costs = finite(played, "played"), finite(table, "table")
    if spent.ndim != 1 or costs.ndim != 2 or len(spent) != len(costs):
        raise ValueError(
            "played and table must have the shapes (systems,) and (systems, actions), "
            f"not {spent.shape} and {costs.shape}"
        )
    if spent.min() < 0.0 or costs.min() < 0.0:
        raise ValueError("played and table must hold no negative counts")
    return spent, costs
