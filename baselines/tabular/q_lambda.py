"""Watkins's Q(lambda) with replacing traces, over a short list of recent observation-action pairs.

Watkins, "Learning from Delayed Rewards", Cambridge, 1989; Sutton and Barto, 1st edition, section 7.6. Traces are cut
when an action that is not greedy is taken (Peng's variant would keep them). A pair leaves the list when its trace
falls below one in a thousand, or when the list is full and its trace is the smallest.

Accepts integer observations, any number of players and every criterion. With a stack around the environment (see
`regretlab.envs.core.remember`) it sees what the stack holds as one integer; traces then carry a late reward past
observations that hide the cause.

    regretlab watch regretlab/TMazePassive-v0 --learner q_lambda
"""

from __future__ import annotations

from typing import Any

from ...envs.core.kernel import kernel
from ..choose import largest
from ..learner import Accepts
from ..table import claim
from . import traces
from .traces import mark, params, spread  # noqa: F401 (part of a learner)
from .values import act, best, with_fields  # noqa: F401 (part of a learner)

ACCEPTS = Accepts()
KNOBS = traces.knobs(trace_decay=0.9)

State = with_fields(__name__, *traces.FIELDS)


def allocate(lp: traces.Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    return State(*traces.allocate(lp, observations, actions, rows))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move every pair that holds a trace by the same error, in proportion to its trace."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    if slot >= 0:
        value = ls.values[row, slot, action]
        if value < largest(ls.values, row, slot, ls.actions[row]):
            ls.traced[row] = 0
        mark(ls, row, slot, action)
        target = reward
        if not (terminated or (truncated and lp.terminal)):
            target += lp.gamma * best(lp, ls, row, next_observation)
        spread(ls, row, lp.alpha * (target - value), lp.gamma * lp.trace_decay)
    if slot < 0 or terminated or truncated:
        ls.traced[row] = 0


@kernel
def interrupt(lp, ls, row):
    """Drop all traces."""
    ls.traced[row] = 0
