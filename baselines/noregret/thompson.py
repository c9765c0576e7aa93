"""Thompson sampling with normal laws: draw what each action may cost, and take the one that costs least.

Agrawal and Goyal, "Further optimal regret bounds for Thompson sampling", AISTATS 2013, section 2.2 (Gaussian priors):
after n losses of sum S an action's mean loss is drawn from the normal law around S / (n + 1) with the variance 1 / (n
+ 1), in units of the losses. These are the environment's range of rewards or, with ``scale="seen"``, the largest loss
so far.

Accepts environments that tell only the own reward; it ignores observations.

    regretlab watch regretlab/SorBandit-v0 --learner thompson
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import normal
from ..learner import Accepts
from .bandit import SEEN, in_largest, loss
from .mixing import know_range

ACCEPTS = Accepts(observation="none", feedback="bandit")
KNOBS = {"deviation": Knob(1.0, "standard deviation of one loss that is assumed", low=0.0), "scale": SEEN}


class Params(NamedTuple):
    """The deviation, whether losses are measured in the largest one seen, and the least reward and the width of its
    range.
    """

    deviation: float
    seen: bool
    low: float = 0.0
    width: float = 1.0


class State(NamedTuple):
    """First axis: row. ``counts`` and ``sums`` (rows, actions) of the losses, and the ``largest`` loss."""

    key: np.ndarray
    actions: np.ndarray
    counts: np.ndarray
    sums: np.ndarray
    largest: np.ndarray


prepare = know_range


def params(deviation: float, scale: str) -> Params:
    """Build the parameters."""
    return Params(deviation, scale == "seen")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        counts=np.zeros((rows, actions), np.int64),
        sums=np.zeros((rows, actions)),
        largest=np.zeros(rows),
    )


@kernel
def act(lp, ls, row, observation):
    """Take the action whose drawn mean loss is the lowest."""
    chosen, lowest = 0, math.inf
    for a in range(ls.actions[row]):
        weight = ls.counts[row, a] + 1
        mean = ls.sums[row, a] / weight
        if lp.seen:
            mean = in_largest(mean, ls.largest[row])
        drawn = mean + lp.deviation * normal(ls.key, row) / math.sqrt(weight)
        if drawn < lowest:
            chosen, lowest = a, drawn
    return chosen


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Count the loss of the action."""
    lost = loss(lp, reward)
    ls.counts[row, action] += 1
    ls.sums[row, action] += lost
    ls.largest[row] = max(ls.largest[row], lost)
