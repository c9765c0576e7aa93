"""Replicator mutator: shares grow with their fitness, and a part of them mutates into any action.

The replicator-mutator equation in discrete time (Hofbauer, "The selection mutation equation", Journal of Mathematical
Biology 23, 1985) with the fitness exp(eta u) of payoff u and uniform mutation: the next policy is (1 - mutation) times
the replicator's p(a) exp(eta u(a)), scaled to a distribution, + mutation / K. Payoffs count in units of the
environment's reward range, in [0, 1]. Without mutation this is `hedge`, but for shares below 1e-300. The totals that
are kept are the shares; at first there are none, which the strategy, that of `regret_matching`, takes for uniform play.

As a learner it is fixed share (Herbster and Warmuth, "Tracking the best expert", Machine Learning 32, 1998): no share
falls below mutation / K, so that a change is followed soon. With mutation m the expected external regret is at most
(ln K - (T - 1) ln(1 - m)) / eta + eta T / 8 after T rounds (Cesa-Bianchi, Gaillard, Lugosi and Stoltz, "Mirror descent
meets fixed share", NeurIPS 2012, with no shift).

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner replicator_mutator
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .mixing import allocate_totals, in_unit_range, know_range
from .regret_matching import act, start_from, strategy  # noqa: F401 (part of a learner)

LEAST = 1e-300  # share of an action, so that without mutation none is lost for ever to underflow
ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS = {
    "eta": Knob(0.1, "strength of selection, for payoffs in [0, 1]", low=1e-9, high=100.0),
    "mutation": Knob(0.01, "part of every share that becomes any action, in each round", low=0.0, high=0.99),
}


class Params(NamedTuple):
    """The strength of selection and the mutation rate, and the least reward and the width of its range."""

    eta: float
    mutation: float
    low: float = 0.0
    width: float = 1.0


params, prepare, allocate = Params, know_range, allocate_totals


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges."""
    kept = -np.log1p(-lp.mutation) * np.maximum(rounds - 1, 0)
    return (math.log(actions) + kept) / lp.eta + lp.eta * rounds / 8


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Select, then mutate."""
    ls.rounds[row] += 1
    count = ls.actions[row]
    mass = 0.0
    for a in range(count):
        share = ls.policy[row, a] * math.exp(lp.eta * in_unit_range(lp, payoffs[a]))
        ls.total[row, a] = share
        mass += share
    for a in range(count):
        share = (1.0 - lp.mutation) * (ls.total[row, a] / mass) + lp.mutation / count
        ls.total[row, a] = max(share, LEAST)
