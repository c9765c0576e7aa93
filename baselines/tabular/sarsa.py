"""SARSA: the value of the policy that is followed, exploration included.

Rummery and Niranjan, "On-line Q-learning using connectionist systems", Cambridge, 1994; Sutton and Barto, 2nd
edition, section 6.4. The next action is chosen in the update and taken in the step that follows; at the end of an
episode it is dropped.

Accepts integer observations, any number of players and every criterion.

    regretlab watch regretlab/RiverSwim-v0 --learner sarsa
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..choose import EXPLORATION, annealed, epsilon_greedy
from ..learner import Accepts
from ..table import STORAGE, Table, action_values, claim, find, new_table

ACCEPTS = Accepts()
KNOBS = {
    "alpha": Knob(0.1, "step size", low=0.0, high=1.0),
    "gamma": Knob(0.99, "discount", low=0.0, high=1.0),
    **EXPLORATION,
    **STORAGE,
}
NOT_CHOSEN = -1


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
    """First axis: row. ``values`` (rows, slots, actions); ``upcoming`` is the action already chosen, or -1."""

    key: np.ndarray
    actions: np.ndarray
    table: Table
    values: np.ndarray
    steps: np.ndarray
    upcoming: np.ndarray


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
        upcoming=np.full(rows, NOT_CHOSEN, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Take the action chosen in the last update, or an epsilon-greedy one at the start of an episode."""
    if ls.upcoming[row] != NOT_CHOSEN:
        return ls.upcoming[row]
    return _choose(lp, ls, row, find(ls.table, row, observation))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the action's value towards the reward plus the discounted value of the action that comes next."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    target = reward
    upcoming = NOT_CHOSEN
    if not terminated:
        following = find(ls.table, row, next_observation)
        upcoming = _choose(lp, ls, row, following)
        target += lp.gamma * (lp.initial if following < 0 else ls.values[row, following, upcoming])
    if slot >= 0:
        ls.values[row, slot, action] += lp.alpha * (target - ls.values[row, slot, action])
    ls.upcoming[row] = NOT_CHOSEN if truncated else upcoming


@kernel
def interrupt(lp, ls, row):
    """Forget the action chosen for the next step."""
    ls.upcoming[row] = NOT_CHOSEN


@kernel
def _choose(lp, ls, row, slot):
    epsilon = annealed(lp.epsilon, lp.final_epsilon, lp.decay_steps, ls.steps[row])
    return epsilon_greedy(ls.values, row, slot, ls.actions[row], epsilon, uniform(ls.key, row))
