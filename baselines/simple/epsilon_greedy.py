"""A bandit over the fixed actions: one action is held for a whole episode and credited with the episode's return.

Sutton and Barto, "Reinforcement Learning", 2nd edition, section 2.4 (incremental means). Each action is tried for one
episode first, in random order; then the one of the best mean return is held, or with probability epsilon any. On a
task whose action is an accuracy or a step size this learns the best constant, the comparator that an adaptive policy
must beat.

Accepts tasks with episodes under the undiscounted return; it ignores what it observes, so any kind of observation
will do.

    regretlab watch regretlab/HermiteEta-v0 --learner epsilon_greedy
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..choose import epsilon_greedy
from ..learner import Accepts

ACCEPTS = Accepts(observation="none", criteria=("return",))
KNOBS = {"epsilon": Knob(0.1, "probability that an episode holds a uniformly random action", low=0.0, high=1.0)}
NONE_HELD = -1


class Params(NamedTuple):
    """The knobs."""

    epsilon: float


class State(NamedTuple):
    """First axis: row. ``means`` (rows, 1, actions) is infinite where untried; ``held`` is -1 between episodes."""

    key: np.ndarray
    actions: np.ndarray
    means: np.ndarray
    counts: np.ndarray
    tried: np.ndarray
    held: np.ndarray
    total: np.ndarray


def params(epsilon: float) -> Params:
    """Build the parameters."""
    return Params(epsilon)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` bandits."""
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        means=np.full((rows, 1, actions), np.inf),
        counts=np.zeros((rows, actions), np.int64),
        tried=np.zeros(rows, np.int64),
        held=np.full(rows, NONE_HELD, np.int64),
        total=np.zeros(rows),
    )


@kernel
def act(lp, ls, row, observation):
    """Hold the episode's action; choose one when the episode begins."""
    if ls.held[row] == NONE_HELD:
        epsilon = 0.0 if ls.tried[row] < ls.actions[row] else lp.epsilon
        ls.held[row] = epsilon_greedy(ls.means, row, 0, ls.actions[row], epsilon, uniform(ls.key, row))
        ls.total[row] = 0.0
    return ls.held[row]


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add the reward to the episode's return; at its end, average the return into the action's mean."""
    ls.total[row] += reward
    if not (terminated or truncated):
        return
    count = ls.counts[row, action] + 1
    ls.counts[row, action] = count
    if count == 1:
        ls.tried[row] += 1
        ls.means[row, 0, action] = ls.total[row]
    else:
        ls.means[row, 0, action] += (ls.total[row] - ls.means[row, 0, action]) / count
    ls.held[row] = NONE_HELD


@kernel
def interrupt(lp, ls, row):
    """Let go of the episode's action; its return is dropped."""
    ls.held[row] = NONE_HELD
