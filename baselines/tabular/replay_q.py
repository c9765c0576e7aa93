"""Q-learning with experience replay: after each step it learns again from some of the steps before.

Lin, "Self-improving reactive agents based on reinforcement learning, planning and teaching", Machine Learning 8, 1992.
The defaults are those of Riemer et al. 2022 (arXiv:2112.07066), a baseline there, whose memory is unbounded; here the
oldest of ``memory`` steps makes room for the newest.

Accepts integer observations, one player and every criterion.

    regretlab watch regretlab/RiverSwim-v0 --learner replay_q --train 100000
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..choose import EXPLORATION, largest
from ..learner import Accepts
from ..table import STORAGE, claim
from . import values
from .values import GAMMA, act, with_fields  # noqa: F401 (part of a learner)

ACCEPTS = Accepts(players="one")
KNOBS = {
    "alpha": Knob(0.3, "step size", low=0.0, high=1.0),
    "gamma": GAMMA,
    "replays": Knob(5, "updates from memory after each step", low=0),
    "memory": Knob(100_000, "most steps that are remembered", low=1, high=10**8),
    **EXPLORATION,
    "epsilon": Knob(0.2, "probability of a uniformly random action", low=0.0, high=1.0),
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    gamma: float
    replays: int
    memory: int
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


params = Params

# ``seen`` (rows, memory, 3): slot, action and slot after it (-1: the end); ``rewards`` (rows, memory); ``stored``.
State = with_fields(__name__, "seen", "rewards", "stored")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    return State(
        *values.allocate(lp, observations, actions, rows),
        seen=np.zeros((rows, lp.memory, 3), np.int32),
        rewards=np.zeros((rows, lp.memory)),
        stored=np.zeros(rows, np.int64),
    )


@kernel
def learn(lp, ls, row, place):
    """Learn from the step stored at ``place``."""
    slot, action, after = ls.seen[row, place, 0], ls.seen[row, place, 1], ls.seen[row, place, 2]
    following = 0.0 if after < 0 else lp.gamma * largest(ls.values, row, after, ls.actions[row])
    ls.values[row, slot, action] += lp.alpha * (ls.rewards[row, place] + following - ls.values[row, slot, action])


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Store the step, learn from it, and from steps drawn from memory."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    after = -1 if terminated else claim(ls.table, row, next_observation)
    if slot < 0 or (after < 0 and not terminated):
        return
    place = ls.stored[row] % lp.memory
    ls.seen[row, place, 0] = slot
    ls.seen[row, place, 1] = action
    ls.seen[row, place, 2] = after
    ls.rewards[row, place] = reward
    ls.stored[row] += 1
    learn(lp, ls, row, place)
    for _ in range(lp.replays):
        learn(lp, ls, row, scaled(uniform(ls.key, row), min(ls.stored[row], lp.memory)))
