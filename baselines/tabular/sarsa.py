"""SARSA(lambda): the value of the policy that is followed, exploration included.

Rummery and Niranjan, "On-line Q-learning using connectionist systems", Cambridge, 1994; Sutton and Barto, 2nd edition,
section 6.4, and 1st edition, section 7.5, for the traces (here replacing ones; none by default, lambda = 0). The next
action is chosen in the update and taken in the step that follows; at the end of an episode it is dropped.

Accepts integer observations, any number of players and every criterion.

    regretlab watch regretlab/RiverSwim-v0 --learner sarsa
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...envs.core.kernel import kernel
from ..learner import Accepts
from ..table import claim, find
from . import traces
from .traces import mark, params, spread  # noqa: F401 (part of a learner)
from .values import choose, with_fields

ACCEPTS = Accepts()
KNOBS = traces.knobs(trace_decay=0.0)
NOT_CHOSEN = -1

# ``upcoming`` (rows,) is the action already chosen, or -1.
State = with_fields(__name__, *traces.FIELDS, "upcoming")


def allocate(lp: traces.Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    return State(*traces.allocate(lp, observations, actions, rows), upcoming=np.full(rows, NOT_CHOSEN, np.int64))


@kernel
def act(lp, ls, row, observation):
    """Take the action chosen in the last update, or an epsilon-greedy one at the start of an episode."""
    if ls.upcoming[row] != NOT_CHOSEN:
        return ls.upcoming[row]
    return choose(lp, ls, row, find(ls.table, row, observation))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the pairs that hold a trace by the error of this one's value, the action that comes next being known."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    target = reward
    upcoming = NOT_CHOSEN
    if not (terminated or (truncated and lp.terminal)):
        following = find(ls.table, row, next_observation)
        upcoming = choose(lp, ls, row, following)
        target += lp.gamma * (lp.initial if following < 0 else ls.values[row, following, upcoming])
    if slot >= 0:
        mark(ls, row, slot, action)
        spread(ls, row, lp.alpha * (target - ls.values[row, slot, action]), lp.gamma * lp.trace_decay)
    if slot < 0 or terminated or truncated:
        ls.traced[row] = 0
    ls.upcoming[row] = NOT_CHOSEN if truncated else upcoming


@kernel
def interrupt(lp, ls, row):
    """Forget the action chosen for the next step, and drop all traces."""
    ls.upcoming[row] = NOT_CHOSEN
    ls.traced[row] = 0
