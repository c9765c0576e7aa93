"""What learners of action values share: knobs, parameters and state, and epsilon-greedy actions.

Such a learner takes from here what it does not define itself.
"""

from __future__ import annotations

from collections import namedtuple
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..choose import EXPLORATION, annealed, epsilon_greedy, largest
from ..table import STORAGE, Table, action_values, find, new_table

ALPHA = Knob(0.1, "step size", low=0.0, high=1.0)
GAMMA = Knob(0.99, "discount", low=0.0, high=1.0)
#: The knobs of a learner that bootstraps: that values an action by what it thinks of the next observation.
BOOTSTRAPPING = {
    "alpha": ALPHA,
    "gamma": GAMMA,
    "truncation": Knob(
        "bootstrap",
        "what a truncated step is worth beyond its reward: the value of what follows, or nothing, as at a terminal one",
        choices=("bootstrap", "terminal"),
    ),
}
KNOBS = {**BOOTSTRAPPING, **EXPLORATION, **STORAGE}


class Params(NamedTuple):
    """The knobs that the kernels read; ``terminal`` says that a truncated step is the last, as a terminated one is."""

    alpha: float
    gamma: float
    terminal: bool
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


class Values(NamedTuple):
    """The state of a learner of action values. First axis: row.

    ``values`` (rows, slots, actions); ``steps`` counts the updates.
    """

    key: np.ndarray
    actions: np.ndarray
    table: Table
    values: np.ndarray
    steps: np.ndarray


def with_fields(module: str, *fields: str) -> Any:
    """Return the type ``State`` of the learner in ``module``: the fields of `Values`, and ``fields``."""
    return namedtuple("State", (*Values._fields, *fields), module=module)


def build(kind: Any, truncation: str, **knobs: Any) -> Any:
    """Build the parameters of type ``kind`` from checked knobs."""
    return kind(terminal=truncation == "terminal", **knobs)


params = partial(build, Params)


def allocate(lp: Any, observations: int, actions: int, rows: int) -> Values:
    """Allocate ``rows`` learners that have seen nothing."""
    return _with_slots(lp, observations, actions, rows, lp.capacity)


def allocate_states(lp: Any, observations: int, actions: int, rows: int) -> Values:
    """Allocate ``rows`` learners with a slot for every observation, as those need that keep a model."""
    return _with_slots(lp, observations, actions, rows, observations)


def _with_slots(lp: Any, observations: int, actions: int, rows: int, capacity: int) -> Values:
    table, slots = new_table(observations, capacity, rows)
    return Values(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        table=table,
        values=action_values(rows, slots, actions, lp.initial),
        steps=np.zeros(rows, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Take an epsilon-greedy action."""
    return choose(lp, ls, row, find(ls.table, row, observation))


@kernel
def choose(lp, ls, row, slot):
    """Return an epsilon-greedy action in the observation of ``slot`` (-1: one without a slot)."""
    epsilon = annealed(lp.epsilon, lp.final_epsilon, lp.decay_steps, ls.steps[row])
    return epsilon_greedy(ls.values, row, slot, ls.actions[row], epsilon, uniform(ls.key, row))


@kernel
def best(lp, ls, row, observation):
    """Return the largest value of any action in ``observation``."""
    slot = find(ls.table, row, observation)
    return lp.initial if slot < 0 else largest(ls.values, row, slot, ls.actions[row])
