"""Exp3: exponential weights of estimated payoffs, mixed with uniform play.

Auer, Cesa-Bianchi, Freund and Schapire, "The nonstochastic multiarmed bandit problem", SIAM Journal on Computing 32,
2002, figure 1. With probability gamma the action is uniform, else drawn from the softmax of eta times the sums of
importance-weighted payoffs; the paper's eta is gamma / K for K actions.

Accepts environments that tell only the own reward; it ignores observations.

    regretlab watch regretlab/IteratedGame-v0 --knob feedback=bandit --learner exp3
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .bandit import estimate
from .mixing import allocate_totals, drawn_from, in_unit_range, know_range, softmax

ACCEPTS = Accepts(observation="none", feedback="bandit")
KNOBS = {
    "gamma": Knob(0.1, "probability of a uniformly random action", low=0.0, high=1.0),
    "eta": Knob(0.0, "learning rate, for payoffs in [0, 1]; 0 stands for gamma / number of actions", low=0.0),
}


class Params(NamedTuple):
    """The knobs, and the least reward and the width of its range."""

    gamma: float
    eta: float
    low: float = 0.0
    width: float = 1.0


prepare, allocate = know_range, allocate_totals


def params(gamma: float, eta: float) -> Params:
    """Build the parameters; ValueError where nothing would ever be learned."""
    if gamma == eta == 0.0:
        raise ValueError("gamma=0.0 and eta=0.0 are not allowed together: the learning rate would be 0")
    return Params(gamma, eta)


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray | None:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges.

    Theorem 3.1 of the paper, whose proof gives gamma T + (e - 2) eta K T + ln K / eta for any eta up to gamma / K, in
    expectation over the learner's draws and against payoffs fixed in advance. None for a larger eta.
    """
    eta = lp.eta or lp.gamma / actions
    if eta > lp.gamma / actions:
        return None
    return (lp.gamma + (math.e - 2) * eta * actions) * rounds + math.log(actions) / eta


@kernel
def strategy(lp, ls, row):
    """Write the softmax of the scaled estimates, mixed with uniform play."""
    count = ls.actions[row]
    softmax(ls, row, ls.total, lp.eta if lp.eta > 0.0 else lp.gamma / count)
    for a in range(count):
        ls.policy[row, a] = (1.0 - lp.gamma) * ls.policy[row, a] + lp.gamma / count


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add the estimated payoff of the action."""
    ls.rounds[row] += 1
    ls.total[row, action] += estimate(in_unit_range(lp, reward), ls.policy[row, action], 0.0, False)
