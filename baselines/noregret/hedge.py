"""Hedge (multiplicative weights): probabilities proportional to exp(eta times the cumulative payoff).

Freund and Schapire, "A decision-theoretic generalization of on-line learning", JCSS 55, 1997. Payoffs count in units
of the environment's reward range, in [0, 1]. The expected regret after T rounds is then at most ln K / eta + eta T /
8 against any opponent; eta = sqrt(8 ln K / T) makes this sqrt(T ln K / 2) (Cesa-Bianchi and Lugosi, "Prediction,
Learning, and Games", theorem 2.2).

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner hedge
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..learner import Accepts

ACCEPTS = Accepts(observation="none", feedback="full")
UNDERFLOW = -746.0  # below it exp is 0.0, which the library takes ten times as long to find out
KNOBS = {"eta": Knob(0.1, "learning rate, for payoffs in [0, 1]", low=0.0)}


class Params(NamedTuple):
    """The learning rate, and the smallest reward and the width of its range."""

    eta: float
    low: float = 0.0
    width: float = 1.0


class State(NamedTuple):
    """First axis: row. ``total`` (rows, actions) sums payoffs in [0, 1]; ``policy`` is what was drawn from last."""

    key: np.ndarray
    actions: np.ndarray
    total: np.ndarray
    policy: np.ndarray


def params(eta: float) -> Params:
    """Build the parameters."""
    return Params(eta)


def prepare(lp: Params, environment: Environment) -> Params:
    """Learn the range of the rewards."""
    low, high = environment.spec.reward_range
    return lp._replace(low=float(low), width=float(high - low) or 1.0)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        total=np.zeros((rows, actions)),
        policy=np.zeros((rows, actions)),
    )


@kernel
def act(lp, ls, row, observation):
    """Draw an action from the softmax of the scaled totals."""
    count = ls.actions[row]
    best = ls.total[row, 0]
    for a in range(1, count):
        best = max(best, ls.total[row, a])
    mass = 0.0
    for a in range(count):
        exponent = lp.eta * (ls.total[row, a] - best)
        weight = math.exp(exponent) if exponent > UNDERFLOW else 0.0
        ls.policy[row, a] = weight
        mass += weight
    threshold = uniform(ls.key, row) * mass
    chosen = 0
    below = 0.0
    for a in range(count):
        weight = ls.policy[row, a]
        if weight > 0.0 and below <= threshold:
            chosen = a
        below += weight
        ls.policy[row, a] = weight / mass
    return chosen


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid."""
    for a in range(ls.actions[row]):
        ls.total[row, a] += (payoffs[a] - lp.low) / lp.width
