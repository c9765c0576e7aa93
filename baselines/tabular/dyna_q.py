"""Dyna-Q: Q-learning that also learns from what it remembers might have happened.

Sutton, "Integrated architectures for learning, planning, and reacting", ICML 1990. After each step, ``planning`` times:
draw a pair of state and action that was tried, a successor by its frequency, and update the pair's value with the mean
reward. The defaults are those of Riemer et al. 2022 (arXiv:2112.07066), a baseline there.

Accepts integer observations (which it takes for states), one player and every criterion.

    regretlab watch regretlab/RiverSwim-v0 --learner dyna_q --train 100000
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..choose import EXPLORATION, largest
from ..learner import Accepts
from . import values
from .empirical_model import SUCCESSORS, draw_successor, new_counts, record
from .episodes import unsuited  # noqa: F401 (part of a learner)
from .values import GAMMA, act, with_fields  # noqa: F401 (part of a learner)

ACCEPTS = Accepts(players="one")
KNOBS = {
    "alpha": Knob(0.35, "step size", low=0.0, high=1.0),
    "gamma": GAMMA,
    "planning": Knob(5, "updates from the model after each step", low=0),
    **EXPLORATION,
    "epsilon": Knob(0.25, "probability of a uniformly random action", low=0.0, high=1.0),
    "initial": Knob(0.0, "value of every action at first sight"),
    "successors": SUCCESSORS,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    gamma: float
    planning: int
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    successors: int


params = Params

# ``tried`` (rows, S * A) lists the pairs that were tried, in the order of first sight; ``pairs`` (rows,) counts them.
State = with_fields(__name__, "counts", "tried", "pairs")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    return State(
        *values.allocate_states(lp, observations, actions, rows),
        counts=new_counts(observations, actions, rows, lp.successors),
        tried=np.zeros((rows, observations * actions), np.int64),
        pairs=np.zeros(rows, np.int64),
    )


@kernel
def learn(lp, ls, row, state, action, reward, following):
    """Move the value of a pair towards the reward and what follows (-1: nothing)."""
    after = 0.0 if following < 0 else lp.gamma * largest(ls.values, row, following, ls.actions[row])
    ls.values[row, state, action] += lp.alpha * (reward + after - ls.values[row, state, action])


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn from the step, record it, and learn from the model."""
    ls.steps[row] += 1
    learn(lp, ls, row, observation, action, reward, -1 if terminated else next_observation)
    width = ls.values.shape[2]
    if terminated:  # the model holds steps that go on
        return
    if ls.counts.tries[row, observation, action] == 0:
        ls.tried[row, ls.pairs[row]] = observation * width + action
        ls.pairs[row] += 1
    record(ls.counts, row, observation, action, reward, next_observation)
    for _ in range(lp.planning):
        pair = ls.tried[row, scaled(uniform(ls.key, row), ls.pairs[row])]
        s, a = pair // width, pair % width
        tries = ls.counts.tries[row, s, a]
        if tries > 0:
            following = draw_successor(ls.counts, row, s, a, uniform(ls.key, row))
            learn(lp, ls, row, s, a, ls.counts.rewards[row, s, a] / tries, following)
