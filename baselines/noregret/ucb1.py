"""UCB1: the action whose mean loss, less a bonus for having been tried seldom, is the lowest.

Auer, Cesa-Bianchi and Fischer, "Finite-time analysis of the multiarmed bandit problem", Machine Learning 47, 2002.
Every action is tried once, in order; from then on the bonus is sqrt(2 ln t / n) in units of the losses. These units
are the environment's range of rewards, as in the paper, or, with ``scale="seen"``, the largest loss so far: the range
of a cost that may grow to a cap is far wider than the costs.

Accepts environments that tell only the own reward; it ignores observations.

    regretlab watch regretlab/SorBandit-v0 --learner ucb1
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .bandit import SEEN, in_largest, loss
from .mixing import know_range

ACCEPTS = Accepts(observation="none", feedback="bandit")
KNOBS = {"bonus": Knob(1.0, "factor of the bonus", low=0.0), "scale": SEEN}


class Params(NamedTuple):
    """The bonus, whether losses are measured in the largest one seen, and the least reward and the width of its
    range.
    """

    bonus: float
    seen: bool
    low: float = 0.0
    width: float = 1.0


class State(NamedTuple):
    """First axis: row. ``counts`` and ``means`` (rows, actions) of the losses, the ``largest`` loss, and the rounds."""

    key: np.ndarray
    actions: np.ndarray
    counts: np.ndarray
    means: np.ndarray
    largest: np.ndarray
    rounds: np.ndarray


prepare = know_range


def params(bonus: float, scale: str) -> Params:
    """Build the parameters."""
    return Params(bonus, scale == "seen")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        counts=np.zeros((rows, actions), np.int64),
        means=np.zeros((rows, actions)),
        largest=np.zeros(rows),
        rounds=np.zeros(rows, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Take the first action that was never tried, else the one of the lowest bound."""
    chosen, lowest = 0, math.inf
    for a in range(ls.actions[row]):
        count = ls.counts[row, a]
        if count == 0:
            return a
        mean = in_largest(ls.means[row, a], ls.largest[row]) if lp.seen else ls.means[row, a]
        bound = mean - lp.bonus * math.sqrt(2.0 * math.log(ls.rounds[row]) / count)
        if bound < lowest:
            chosen, lowest = a, bound
    return chosen


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the mean loss of the action."""
    lost = loss(lp, reward)
    ls.rounds[row] += 1
    ls.counts[row, action] += 1
    ls.means[row, action] += (lost - ls.means[row, action]) / ls.counts[row, action]
    ls.largest[row] = max(ls.largest[row], lost)
