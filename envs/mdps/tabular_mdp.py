"""TabularMDP: a decision process of your own, from its transitions and rewards.

Description
-----------
Give the probabilities of the next state and the expected rewards, and it is an environment like any other: stepped at
full speed, certified, and played by every learner. Without arguments it is the machine of a small example: run it hard
(it earns more and wears out) or with care, and repair it when it is worn.

Action Space
------------
``Discrete(A)``.

Observation Space
-----------------
``Discrete(S)``: the state. Nothing is hidden.

Rewards
-------
``rewards[state, action]``.

Starting State
--------------
Always ``first``.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
transitions : array or sparse matrix (S * A, S), row state * A + action, or array (S, A, S). Each row is a distribution.
    Default: the machine, with three states and two actions.
rewards : array (S, A), finite.
first : int, default 0. The state of the start, below S.

Certificate
-----------
Solved from the exact model of the states that can be reached.

Version History
---------------
v0: first version.

References
----------
Puterman, Markov Decision Processes, Wiley 1994.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from .stored import (  # noqa: F401 (part of an environment)
    allocate,
    ansi,
    apply,
    begin,
    chance,
    observe,
    paint_states,
    pick,
    spec,
    start,
    tabulate,
)

# A machine that is new, used or worn; it is run with care, or hard (when worn: repaired).
MACHINE = [
    [[0.95, 0.05, 0.0], [0.7, 0.3, 0.0]],
    [[0.0, 0.9, 0.1], [0.0, 0.5, 0.5]],
    [[0.0, 0.0, 1.0], [0.8, 0.0, 0.2]],
]
MACHINE_REWARDS = [[0.6, 1.0], [0.4, 0.8], [0.1, 0.0]]
SUM_TOLERANCE = 1e-9


def params(transitions, rewards, first):
    """Build the tables.

    Raises
    ------
    TypeError
        for one of transitions and rewards without the other, or what is no array of numbers.
    ValueError
        for shapes that do not fit, numbers that are not finite, a negative probability, a row that does not sum to 1,
        or a first state that is none.
    """
    if (transitions is None) != (rewards is None):
        raise TypeError("transitions and rewards are given together, or neither of them")
    if transitions is None:
        transitions, rewards = MACHINE, MACHINE_REWARDS
    table, paid = _checked(transitions, rewards)
    if not 0 <= first < len(paid):
        raise ValueError(f"first={first} is not allowed: first must be a state from 0 to {len(paid) - 1}")
    return tabulate(table, paid, first)


def _checked(transitions: Any, rewards: Any) -> tuple[sparse.csr_matrix, np.ndarray]:
    paid = _numbers("rewards", rewards)
    if paid.ndim != 2 or paid.size == 0:
        raise ValueError(f"rewards must be an array (states, actions), not one of shape {paid.shape}")
    states, actions = paid.shape
    if not np.all(np.isfinite(paid)):
        row = int(np.flatnonzero(~np.isfinite(paid.ravel()))[0])
        raise ValueError(f"rewards must be finite; {_row(row, actions)} has {paid.ravel()[row]}")
    if not sparse.issparse(transitions):
        dense = _numbers("transitions", transitions)
        transitions = dense.reshape(-1, states) if dense.shape == (states, actions, states) else dense
    if transitions.ndim != 2 or transitions.shape != (states * actions, states):
        raise ValueError(
            f"transitions must be (states * actions, states) or (states, actions, states) for rewards {paid.shape}, "
            f"not of shape {transitions.shape}"
        )
    table = sparse.csr_matrix(transitions, dtype=np.float64, copy=True)  # which is changed below
    table.sum_duplicates()
    bad = np.flatnonzero(~(table.data >= 0) | np.isinf(table.data))
    if bad.size:
        row = int(np.searchsorted(table.indptr, bad[0], side="right")) - 1
        raise ValueError(f"transitions must hold probabilities; {_row(row, actions)} holds {table.data[bad[0]]}")
    excess = np.asarray(table.sum(axis=1)).ravel() - 1.0
    wrong = np.flatnonzero(np.abs(excess) > SUM_TOLERANCE)
    if wrong.size:
        raise ValueError(f"transitions must sum to 1; {_row(int(wrong[0]), actions)} is off by {excess[wrong[0]]:g}")
    table.eliminate_zeros()
    return table, paid


def _numbers(name: str, values: Any) -> np.ndarray:
    try:
        return np.asarray(values).astype(np.float64, casting="same_kind")
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be an array of real numbers: {error}") from None


def _row(row: int, actions: int) -> str:
    return f"state {row // actions}, action {row % actions}"


def paint(p, s, i, last) -> np.ndarray:
    """Paint the states on a ring."""
    return paint_states("Tabular MDP", p, s, i, last)
