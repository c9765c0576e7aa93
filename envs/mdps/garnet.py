"""Garnet: a random sparse decision process, of any size, from a seed.

Description
-----------
Every action in every state leads to ``branches`` different states drawn uniformly, with probabilities drawn uniformly
from all distributions over them (the gaps between sorted uniform numbers). Rewards are uniform in [0, 1). Such tasks
mix within a few steps and are easy to explore; they are made to test solvers at size, and learners without a structure
to exploit.

Action Space
------------
``Discrete(actions)``.

Observation Space
-----------------
``Discrete(states)``. Nothing is hidden.

Rewards
-------
A number in [0, 1) for each state and action.

Starting State
--------------
Always state 0.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
states : int, default 20, at least 2. How many states.
actions : int, default 2, at least 1. How many actions.
branches : int, default 3, at least 1 and at most ``states``. Successors of a state and an action.
seed : int, default 0, at least 0. Of the task.

Certificate
-----------
Solved from the exact model, which holds the states that can be reached from state 0.

Version History
---------------
v0: first version.

References
----------
Archibald, McKinnon and Thomas, "On the generation of Markov decision processes", Journal of the Operational Research
Society 46, 1995.
"""

from __future__ import annotations

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

MOST_ENTRIES = 50_000_000


def params(states, actions, branches, seed):
    """Draw the task from checked knobs; ValueError for more branches than states, or too many entries to store."""
    rows = states * actions
    if branches > states:
        raise ValueError(f"branches={branches} is not allowed: there are only states={states} states to lead to")
    if rows * branches > MOST_ENTRIES:
        raise ValueError(
            f"states={states}, actions={actions} and branches={branches} are not allowed together: they make "
            f"{rows * branches:,} entries, and at most {MOST_ENTRIES:,} are stored"
        )
    random = np.random.default_rng(seed)
    successors = distinct(random, rows, branches, states)
    edges = np.sort(random.random((rows, branches - 1)), axis=1)
    weights = np.diff(edges, axis=1, prepend=0.0, append=1.0)
    first = np.arange(rows + 1) * branches
    transitions = sparse.csr_matrix((weights.ravel(), successors.ravel(), first), shape=(rows, states))
    return tabulate(transitions, random.random((states, actions)), 0)


def distinct(random: np.random.Generator, rows: int, count: int, below: int) -> np.ndarray:
    """Return ``count`` different integers in each row, drawn uniformly (Floyd 1987)."""
    drawn = np.empty((rows, count), np.int64)
    for k, top in enumerate(range(below - count, below)):
        candidate = random.integers(top + 1, size=rows)
        taken = (drawn[:, :k] == candidate[:, None]).any(axis=1)
        drawn[:, k] = np.where(taken, top, candidate)
    return drawn


def paint(p, s, i, last) -> np.ndarray:
    """Paint the states on a ring."""
    return paint_states("Garnet", p, s, i, last)
