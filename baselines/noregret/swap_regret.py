"""Learning without swap regret: one copy of Hedge for every action, and the mixed action that all of them agree on.

Blum and Mansour, "From external to internal regret", JMLR 8, 2007. The policies of the K copies are the rows of a
stochastic matrix Q; what is played is its stationary distribution, p = p Q, so that it does not matter whether an
action is played or the copy of this action asked. The copy of action a is paid p(a) times the payoffs. By the bound of
`hedge`, with payoffs in [0, p(a)], the swap regret of the mixed actions is at most K ln K / eta + eta T / 8 after T
rounds; eta = sqrt(8 K ln K / T) makes this sqrt(T K ln K / 2). External and internal regret are no larger. The best
replacement of the actions that were drawn may gain more by chance, of order sqrt(T). If all players learn so, the
empirical joint play tends to the set of correlated equilibria.

Payoffs count in units of the environment's reward range, in [0, 1]. Accepts environments that tell what each action
would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner swap_regret
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...envs.core.kernel import kernel
from ..learner import Accepts
from .logits import KNOBS, Params, logarithms, params, prepare  # noqa: F401 (part of a learner)
from .mixing import allocate_totals, drawn_from, in_unit_range, softmax_into, with_fields

NEVER = 1e-300  # what is left with a smaller probability is never left: its reciprocal might not be a finite number
ACCEPTS = Accepts(observation="none", feedback="full")


# ``total`` (rows, actions, actions) are the payoffs of each copy, ``matrix`` is scratch.
State = with_fields(__name__, "matrix")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners that have seen nothing."""
    copies = np.zeros((rows, actions, actions))
    return State(*allocate_totals(lp, observations, actions, rows)._replace(total=copies), matrix=np.zeros_like(copies))


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the swap regret of the mixed actions is at most after each number of ``rounds``, in reward ranges."""
    return actions * math.log(actions) / lp.eta + lp.eta * rounds / 8


def start_from(lp: Params, ls: Any, policies: np.ndarray) -> None:
    """Begin with all copies at the mixed actions ``policies`` (rows, actions), all of them positive."""
    ls.total[...] = logarithms(ls, policies)[:, None] / lp.eta


@kernel
def strategy(lp, ls, row):
    """Write the stationary distribution of the copies' policies."""
    count = ls.actions[row]
    for a in range(count):
        softmax_into(ls.matrix[row, a], ls.total[row, a], count, lp.eta)
    stationary(ls.matrix[row], count, ls.policy[row])


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Pay every copy in proportion to the probability of its action."""
    ls.rounds[row] += 1
    for copy in range(ls.actions[row]):
        for a in range(ls.actions[row]):
            ls.total[row, copy, a] += ls.policy[row, copy] * in_unit_range(lp, payoffs[a])


@kernel
def stationary(matrix, count, p):
    """Write a stationary distribution of the stochastic ``matrix[:count, :count]``, which is overwritten, into ``p``.

    States are taken out one by one, the last first, and those before get its ways round it (Grassmann, Taksar and
    Heyman, "Regenerative analysis and steady state distributions for Markov chains", Operations Research 33, 1985).
    Nothing is subtracted, so that every probability is exact to rounding, however small. A state that is never left
    holds all.
    """
    first = 0
    for out in range(count - 1, 0, -1):
        leaving = 0.0
        for to in range(out):
            leaving += matrix[out, to]
        if leaving < NEVER:
            first = out
            break
        for start in range(out):
            weight = matrix[start, out]
            for to in range(out):
                matrix[start, to] += weight * (matrix[out, to] / leaving)
            matrix[start, out] = weight / leaving
    for state in range(first):
        p[state] = 0.0
    p[first] = 1.0
    for state in range(first + 1, count):
        visits = 0.0
        for start in range(first, state):
            visits += p[start] * matrix[start, state]
        p[state] = visits
        for other in range(first, state + 1):  # at once, as a product of several visits might not be a finite number
            p[other] /= 1.0 + visits
