"""R-MAX: plan in a learned model in which everything untried leads to the best conceivable future.

Brafman and Tennenholtz, "R-max: a general polynomial time algorithm for near-optimal reinforcement learning", JMLR 3,
2002. An action counts as known after ``m`` tries, and its model is frozen then: the mean reward and the ``m``
outcomes seen, equally likely (m = 1: deterministic). An unknown one is worth Rmax / (1 - gamma). Values are planned
again whenever the model changed, by value iteration from the values before, and ties are broken at random. With m = 1
and gamma 0.95 this is the tabular baseline of Riemer et al., arXiv 2412.19726, where the observation is the previous
joint action.

Accepts integer observations, any number of players and every criterion (it optimises the discounted one). It
predicts: the next observation it saw the last time after the present one.

    regretlab watch regretlab/PartnerGame-v0 --learner rmax
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..choose import largest
from ..learner import Accepts
from ..table import Table, claim, find, new_table

ACCEPTS = Accepts()
KNOBS = {
    "m": Knob(1, "tries after which an action is known", low=1),
    "gamma": Knob(0.95, "discount", low=0.0, high=0.999),
    "capacity": Knob(1_024, "most observations that are stored", low=1),
}
UNKNOWN = -1
TERMINAL = -1
MOST_SWEEPS = 100_000
PRECISION = 1e-9  # of the planned values, in units of (high - low) / (1 - gamma)
EQUAL = 1e-7  # values that differ by less, in the same unit, tie


class Params(NamedTuple):
    """The knobs, and ``low`` and ``high``, the range of the rewards."""

    m: int
    gamma: float
    capacity: int
    low: float = 0.0
    high: float = 1.0


class State(NamedTuple):
    """First axis: row. ``values``, ``tries`` and ``rewards`` (sums) are (rows, slots, actions).

    ``outcomes`` (rows, slots, actions, m) are slots, -1 for the end of an episode; ``seen`` (rows, slots) is the last
    next observation, -1 before there was one.
    """

    key: np.ndarray
    actions: np.ndarray
    table: Table
    values: np.ndarray
    tries: np.ndarray
    rewards: np.ndarray
    outcomes: np.ndarray
    seen: np.ndarray


def params(**knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(**knobs)


def prepare(lp: Params, environment: Environment) -> Params:
    """Learn the range of the rewards."""
    low, high = environment.spec.reward_range
    return lp._replace(low=float(low), high=float(high))


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    table, slots = new_table(observations, lp.capacity, rows, hashed=True)  # sweeps visit what was seen, no more
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        table=table,
        values=np.zeros((rows, slots, actions)),
        tries=np.zeros((rows, slots, actions), np.int64),
        rewards=np.zeros((rows, slots, actions)),
        outcomes=np.zeros((rows, slots, actions, lp.m), np.int64),
        seen=np.full((rows, slots), UNKNOWN, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Take an action of the largest planned value, any in an observation without a slot."""
    count = ls.actions[row]
    slot = find(ls.table, row, observation)
    u = uniform(ls.key, row)
    if slot < 0:
        return scaled(u, count)
    least = largest(ls.values, row, slot, count) - EQUAL * (lp.high - lp.low) / (1.0 - lp.gamma)
    ties = 0
    for a in range(count):
        ties += ls.values[row, slot, a] >= least
    skip = scaled(u, ties)
    chosen = 0
    for a in range(count):
        if ls.values[row, slot, a] >= least:
            if skip == 0:
                chosen = a
            skip -= 1
    return chosen


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Record the outcome of an action that is not known yet; when it becomes known, plan."""
    slot = _claim(lp, ls, row, observation)
    following = TERMINAL if terminated else _claim(lp, ls, row, next_observation)
    if slot < 0:
        return
    ls.seen[row, slot] = next_observation
    tries = ls.tries[row, slot, action]
    if tries == lp.m or (following < 0 and not terminated):
        return
    ls.outcomes[row, slot, action, tries] = following
    ls.rewards[row, slot, action] += reward
    ls.tries[row, slot, action] = tries + 1
    if tries + 1 == lp.m:
        _plan(lp, ls, row)


@kernel
def predict(lp, ls, row, observation):
    """Expect the next observation that was seen last, -1 (no expectation) where none was."""
    slot = find(ls.table, row, observation)
    return UNKNOWN if slot < 0 else ls.seen[row, slot]


@kernel
def _claim(lp, ls, row, observation):
    """Return the slot of the observation; at first sight every action has the optimistic value."""
    used = ls.table.used[row]
    slot = claim(ls.table, row, observation)
    if slot == used:
        for a in range(ls.actions[row]):
            ls.values[row, slot, a] = lp.high / (1.0 - lp.gamma)
    return slot


@kernel
def _plan(lp, ls, row):
    """Sweep over the known actions until no value moves; unknown ones keep the optimistic value."""
    count = ls.actions[row]
    precision = PRECISION * (lp.high - lp.low)  # the error is at most this / (1 - gamma)
    for _ in range(MOST_SWEEPS):
        change = 0.0
        for slot in range(ls.table.used[row]):
            for a in range(count):
                if ls.tries[row, slot, a] == lp.m:
                    future = 0.0
                    for j in range(lp.m):
                        following = ls.outcomes[row, slot, a, j]
                        if following != TERMINAL:
                            future += largest(ls.values, row, following, count)
                    value = (ls.rewards[row, slot, a] + lp.gamma * future) / lp.m
                    change = max(change, abs(value - ls.values[row, slot, a]))
                    ls.values[row, slot, a] = value
        if change <= precision:
            return
