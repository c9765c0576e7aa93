"""Q-learning with an epsilon-greedy policy.

Watkins and Dayan, "Q-learning", Machine Learning 8, 1992. The defaults are those of the tabular learner of Nangue
Tasse, Riemer, Rosman and Klinger, arXiv 2512.19154: a truncated episode bootstraps, a terminated one does not.

Accepts integer observations, any number of players (each learns alone) and every criterion; on a task of average
reward it optimises the discounted one. With ``frame_stack`` around the environment it sees the last k observations as
one integer.

    regretlab watch regretlab/RiverSwim-v0 --learner q_learning
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..choose import EXPLORATION, annealed, epsilon_greedy, largest
from ..learner import Accepts
from ..table import STORAGE, Table, action_values, claim, find, new_table

ACCEPTS = Accepts()
KNOBS = {
    "alpha": Knob(0.1, "step size", low=0.0, high=1.0),
    "gamma": Knob(0.99, "discount", low=0.0, high=1.0),
    **EXPLORATION,
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    gamma: float
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


class State(NamedTuple):
    """First axis: row. ``values`` (rows, slots, actions); ``steps`` counts the updates."""

    key: np.ndarray
    actions: np.ndarray
    table: Table
    values: np.ndarray
    steps: np.ndarray


def params(**knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(**knobs)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    table, slots = new_table(observations, lp.capacity, rows)
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        table=table,
        values=action_values(rows, slots, actions, lp.initial),
        steps=np.zeros(rows, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Take an epsilon-greedy action."""
    epsilon = annealed(lp.epsilon, lp.final_epsilon, lp.decay_steps, ls.steps[row])
    slot = find(ls.table, row, observation)
    return epsilon_greedy(ls.values, row, slot, ls.actions[row], epsilon, uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the action's value towards the reward plus the discounted best value of what follows."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    if slot < 0:
        return
    target = reward
    if not terminated:
        following = find(ls.table, row, next_observation)
        best = lp.initial if following < 0 else largest(ls.values, row, following, ls.actions[row])
        target += lp.gamma * best
    ls.values[row, slot, action] += lp.alpha * (target - ls.values[row, slot, action])
