"""Stochastic fictitious play: the logit reply to what the others have played so far.

Fudenberg and Kreps, "Learning mixed equilibria", GEB 5, 1993; Fudenberg and Levine, "Consistency and cautious
fictitious play", JEDC 19, 1995. The policy is the softmax of the average payoffs over the knob ``temperature``, both in
units of the environment's reward range. Rest points are logit (quantal response) equilibria.

This is Hedge with eta = 1 / (temperature t) after t rounds, so its expected external regret is at most ln K / eta of
the last round + the sum of eta / 8 (de Rooij and others, "Follow the leader if you can, hedge if you must", JMLR 15,
2014, section 2): temperature T ln K + (2 + ln T) / (8 temperature) after T rounds. It is consistent up to temperature
ln K a round, no better.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner stochastic_fictitious_play
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .mixing import allocate_totals, drawn_from, in_unit_range, know_range, softmax

ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS = {"temperature": Knob(0.1, "of the logit reply, for payoffs in [0, 1]", low=1e-6)}


class Params(NamedTuple):
    """The temperature, and the least reward and the width of its range."""

    temperature: float
    low: float = 0.0
    width: float = 1.0


params, prepare, allocate = Params, know_range, allocate_totals


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges."""
    heat = lp.temperature
    return heat * rounds * math.log(actions) + (2 + np.log(np.maximum(rounds, 1))) / (8 * heat)


@kernel
def strategy(lp, ls, row):
    """Write the softmax of the average payoffs."""
    softmax(ls, row, ls.total, 1.0 / (lp.temperature * max(ls.rounds[row], 1)))


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid."""
    ls.rounds[row] += 1
    for a in range(ls.actions[row]):
        ls.total[row, a] += in_unit_range(lp, payoffs[a])
