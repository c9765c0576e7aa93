"""Optimistic Hedge: Hedge that counts the last payoffs twice, as a guess of the next ones.

Rakhlin and Sridharan, "Online learning with predictable sequences", COLT 2013; Syrgkanis, Agarwal, Luo and Schapire,
"Fast convergence of regularized learning in games", NeurIPS 2015. Payoffs count in units of the environment's reward
range, in [0, 1]. The expected external regret is at most ln K / eta + eta times the sum of the squared largest changes
of a payoff from round to round (the same, proposition 7); a change is at most 1. In self-play of two-player zero-sum
games the mixed actions themselves converge, where those of Hedge spiral outwards (Daskalakis and Panageas,
"Last-iterate convergence: zero-sum games and constrained min-max optimization", ITCS 2019).

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner optimistic_hedge
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...envs.core.kernel import kernel
from ..learner import Accepts
from .logits import KNOBS, Params, act, params, prepare, start_from, strategy  # noqa: F401 (part of a learner)
from .mixing import allocate_totals, in_unit_range, with_fields

ACCEPTS = Accepts(observation="none", feedback="full")


# ``last`` (rows, actions) are the last payoffs, which count twice in ``total``.
State = with_fields(__name__, "last")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners that have seen nothing."""
    return State(*allocate_totals(lp, observations, actions, rows), last=np.zeros((rows, actions)))


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges."""
    return math.log(actions) / lp.eta + lp.eta * rounds


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid, twice, and take back what counted twice before."""
    ls.rounds[row] += 1
    for a in range(ls.actions[row]):
        payoff = in_unit_range(lp, payoffs[a])
        ls.total[row, a] += 2.0 * payoff - ls.last[row, a]
        ls.last[row, a] = payoff
