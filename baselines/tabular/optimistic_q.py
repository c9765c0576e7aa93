"""Optimistic Q-learning: values that begin too high and come down no faster than the counts allow.

Wei, Jafarnia-Jahromi, Luo, Sharma and Jain, "Model-free reinforcement learning in infinite-horizon average-reward
Markov decision processes", ICML 2020, algorithm 1. It learns discounted values with gamma = 1 - 1 / H, step sizes (H +
1) / (H + n) and bonuses 4 sp sqrt(H / n ln(2 T / delta)); its estimate never rises. With H of the order of T^(1/3) the
regret is of the order of T^(2/3) in any weakly communicating task.

Accepts integer observations, one player and the criterion gain. Rewards are scaled to [0, 1].

    regretlab watch regretlab/RiverSwim-v0 --learner optimistic_q --train 100000
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..choose import greedy, largest
from ..learner import Accepts
from ..table import STORAGE, Table, claim, find, new_table

ACCEPTS = Accepts(players="one", criteria=("gain",))
KNOBS = {
    "horizon": Knob(100.0, "H, the horizon of the discount", low=2.0),
    "span": Knob(5.0, "sp, a bound on the span of the optimal bias, for rewards in [0, 1]", low=0.0),
    "steps": Knob(1_000_000, "T, the steps that will be played", low=1),
    "delta": Knob(0.05, "chance that the bonuses may fail", low=1e-12, high=1.0),
    "capacity": STORAGE["capacity"],
}


class Params(NamedTuple):
    """The knobs, with ``bonus`` = 4 sp sqrt(H ln(2 T / delta)), and ``low`` and ``high``, the range of the rewards."""

    horizon: float
    bonus: float
    capacity: int
    low: float = 0.0
    high: float = 1.0


class State(NamedTuple):
    """``values`` never rise; ``targets`` are the averages behind them, ``tries`` their counts: (rows, slots, A)."""

    key: np.ndarray
    actions: np.ndarray
    table: Table
    values: np.ndarray
    targets: np.ndarray
    tries: np.ndarray


def params(horizon: float, span: float, steps: int, delta: float, capacity: int) -> Params:
    """Build the parameters from checked knobs."""
    return Params(horizon, 4.0 * span * math.sqrt(horizon * math.log(2.0 * steps / delta)), capacity)


def prepare(lp: Params, environment: Environment) -> Params:
    """Learn the range of the rewards; where there is only one reward, any range will do."""
    low, high = map(float, environment.spec.reward_range)
    return lp._replace(low=low, high=high if high > low else low + 1.0)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    table, slots = new_table(observations, lp.capacity, rows)
    shape = rows, slots, actions
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        table=table,
        values=np.full(shape, lp.horizon),
        targets=np.full(shape, lp.horizon),
        tries=np.zeros(shape, np.int64),
    )


@kernel
def act(lp, ls, row, observation):
    """Take the action of the largest value."""
    slot = find(ls.table, row, observation)
    u = uniform(ls.key, row)
    return (
        min(int(u * ls.actions[row]), ls.actions[row] - 1)
        if slot < 0
        else greedy(ls.values, row, slot, ls.actions[row], u)
    )


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the average towards what the step tells, plus the bonus; the value follows it down."""
    slot = claim(ls.table, row, observation)
    if slot < 0:
        return
    after = find(ls.table, row, next_observation)
    following = lp.horizon if after < 0 else largest(ls.values, row, after, ls.actions[row])
    tries = ls.tries[row, slot, action] + 1
    ls.tries[row, slot, action] = tries
    rate = (lp.horizon + 1.0) / (lp.horizon + tries)
    seen = (reward - lp.low) / (lp.high - lp.low) + (1.0 - 1.0 / lp.horizon) * following
    target = ls.targets[row, slot, action]
    target += rate * (seen + lp.bonus / math.sqrt(tries) - target)
    ls.targets[row, slot, action] = target
    ls.values[row, slot, action] = min(ls.values[row, slot, action], target)
