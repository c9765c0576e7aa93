"""Watkins's Q(lambda) with replacing traces, over a short list of recent observation-action pairs.

Watkins, "Learning from Delayed Rewards", Cambridge, 1989; Sutton and Barto, 1st edition, section 7.6. Traces are cut
when an action that is not greedy is taken (Peng's variant would keep them). A pair leaves the list when its trace
falls below one in a thousand, or when the list is full and its trace is the smallest.

Accepts integer observations, any number of players and every criterion. With ``frame_stack`` around the environment
it sees the last k observations as one integer; traces then carry a late reward past observations that hide the cause.

    regretlab watch regretlab/TMazePassive-v0 --learner q_lambda
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
    "trace_decay": Knob(0.9, "lambda; a pair visited n steps ago has the trace (gamma lambda)^n", low=0.0, high=1.0),
    "traces": Knob(64, "most pairs that hold a trace", low=1),
    **EXPLORATION,
    **STORAGE,
}
NEGLIGIBLE = 1e-3


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    gamma: float
    trace_decay: float
    traces: int
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


class State(NamedTuple):
    """First axis: row. ``values`` (rows, slots, actions).

    The first ``traced`` entries of ``slot``, ``action`` and ``trace`` (rows, traces) are the pairs that hold a trace.
    """

    key: np.ndarray
    actions: np.ndarray
    table: Table
    values: np.ndarray
    steps: np.ndarray
    traced: np.ndarray
    slot: np.ndarray
    action: np.ndarray
    trace: np.ndarray


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
        traced=np.zeros(rows, np.int64),
        slot=np.zeros((rows, lp.traces), np.int64),
        action=np.zeros((rows, lp.traces), np.int64),
        trace=np.zeros((rows, lp.traces)),
    )


@kernel
def act(lp, ls, row, observation):
    """Take an epsilon-greedy action."""
    epsilon = annealed(lp.epsilon, lp.final_epsilon, lp.decay_steps, ls.steps[row])
    slot = find(ls.table, row, observation)
    return epsilon_greedy(ls.values, row, slot, ls.actions[row], epsilon, uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move every pair that holds a trace by the same error, in proportion to its trace."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    if slot >= 0:
        count = ls.actions[row]
        value = ls.values[row, slot, action]
        if value < largest(ls.values, row, slot, count):
            ls.traced[row] = 0
        _mark(ls, row, slot, action)
        target = reward
        if not terminated:
            following = find(ls.table, row, next_observation)
            target += lp.gamma * (lp.initial if following < 0 else largest(ls.values, row, following, count))
        _spread(ls, row, lp.alpha * (target - value), lp.gamma * lp.trace_decay)
    if slot < 0 or terminated or truncated:
        ls.traced[row] = 0


@kernel
def interrupt(lp, ls, row):
    """Drop all traces."""
    ls.traced[row] = 0


@kernel
def _mark(ls, row, slot, action):
    """Give the pair a trace of 1, in its own entry, a free one, or that of the smallest trace."""
    count = ls.traced[row]
    smallest = 0
    for j in range(count):
        if ls.slot[row, j] == slot and ls.action[row, j] == action:
            ls.trace[row, j] = 1.0
            return
        if ls.trace[row, j] < ls.trace[row, smallest]:
            smallest = j
    entry = smallest
    if count < ls.trace.shape[1]:
        entry = count
        ls.traced[row] = count + 1
    ls.slot[row, entry] = slot
    ls.action[row, entry] = action
    ls.trace[row, entry] = 1.0


@kernel
def _spread(ls, row, step, decay):
    """Add ``step`` times its trace to every pair's value, then decay the traces and drop the negligible ones."""
    count = ls.traced[row]
    j = 0
    while j < count:
        trace = ls.trace[row, j]
        ls.values[row, ls.slot[row, j], ls.action[row, j]] += step * trace
        trace *= decay
        if trace >= NEGLIGIBLE:
            ls.trace[row, j] = trace
            j += 1
        else:  # the last pair takes the place: it is visited next
            count -= 1
            ls.slot[row, j] = ls.slot[row, count]
            ls.action[row, j] = ls.action[row, count]
            ls.trace[row, j] = ls.trace[row, count]
    ls.traced[row] = count
