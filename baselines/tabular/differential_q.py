"""Differential Q-learning: average reward without a discount and without a reference state.

Wan, Naik and Sutton, "Learning and Planning in Average-Reward Markov Decision Processes", ICML 2021. With delta = R -
Rbar + max Q(S', .) - Q(S, A), the value moves by alpha delta and the estimate Rbar of the gain by eta alpha delta.

Accepts integer observations, any number of players and the criterion gain. Its exploration is undirected: on a long
RiverSwim it stays at the small reward of the left bank.

    regretlab watch regretlab/RiverSwim-v0 --learner differential_q
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

ACCEPTS = Accepts(criteria=("gain",))
KNOBS = {
    "alpha": Knob(0.1, "step size of the values", low=0.0, high=1.0),
    "eta": Knob(0.1, "step size of the gain, in units of alpha", low=0.0),
    **EXPLORATION,
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    eta: float
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


class State(NamedTuple):
    """First axis: row. ``values`` (rows, slots, actions); ``gain`` (rows,) estimates the average reward."""

    key: np.ndarray
    actions: np.ndarray
    table: Table
    values: np.ndarray
    steps: np.ndarray
    gain: np.ndarray


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
        gain=np.zeros(rows),
    )


@kernel
def act(lp, ls, row, observation):
    """Take an epsilon-greedy action."""
    epsilon = annealed(lp.epsilon, lp.final_epsilon, lp.decay_steps, ls.steps[row])
    slot = find(ls.table, row, observation)
    return epsilon_greedy(ls.values, row, slot, ls.actions[row], epsilon, uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the action's value and the gain by the differential error."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    if slot < 0:
        return
    following = 0.0
    if not terminated:
        next_slot = find(ls.table, row, next_observation)
        following = lp.initial if next_slot < 0 else largest(ls.values, row, next_slot, ls.actions[row])
    error = reward - ls.gain[row] + following - ls.values[row, slot, action]
    ls.values[row, slot, action] += lp.alpha * error
    ls.gain[row] += lp.eta * lp.alpha * error
