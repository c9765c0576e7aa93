"""Epsilon-greedy over single steps: the action of the best mean reward, or with a probability that falls any of them.

Auer, Cesa-Bianchi and Fischer, "Finite-time analysis of the multiarmed bandit problem", Machine Learning 47, 2002,
analyse epsilon = c / t; here it is c / sqrt(t), which needs no knowledge of the gaps. Each action is tried once first,
in random order. (`epsilon_greedy` holds an action for a whole episode instead.)

Accepts environments that tell only the own reward; it ignores observations.

    regretlab watch regretlab/SorBandit-v0 --learner decaying_greedy
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..choose import epsilon_greedy
from ..learner import Accepts

ACCEPTS = Accepts(observation="none", feedback="bandit")
KNOBS = {"exploration": Knob(1.0, "c of the probability c / sqrt(t) of a random action", low=0.0)}


class Params(NamedTuple):
    """The factor of the exploration."""

    exploration: float


class State(NamedTuple):
    """First axis: row. ``means`` (rows, 1, actions) is infinite where untried; ``tried`` counts the actions that are
    not.
    """

    key: np.ndarray
    actions: np.ndarray
    means: np.ndarray
    counts: np.ndarray
    tried: np.ndarray
    rounds: np.ndarray


params = Params


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` bandits."""
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        means=np.full((rows, 1, actions), np.inf),
        counts=np.zeros((rows, actions), np.int64),
        tried=np.zeros(rows, np.int64),
        rounds=np.zeros(rows, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Try what is untried, else explore with the present probability."""
    epsilon = 0.0
    if ls.tried[row] == ls.actions[row]:
        epsilon = min(1.0, lp.exploration / math.sqrt(ls.rounds[row]))
    return epsilon_greedy(ls.means, row, 0, ls.actions[row], epsilon, uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the mean reward of the action."""
    ls.rounds[row] += 1
    ls.counts[row, action] += 1
    if ls.counts[row, action] == 1:
        ls.tried[row] += 1
        ls.means[row, 0, action] = reward
    else:
        ls.means[row, 0, action] += (reward - ls.means[row, 0, action]) / ls.counts[row, action]
