"""What learners that wait for the end of an episode share: a buffer of fixed capacity with the episode's steps.

Of a longer episode the first steps are kept. The rewards that follow still count in their returns, so that what is
learned of them is exact; of the later steps nothing is learned.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob

STEPS = Knob(1_024, "most steps of an episode that are learned from", low=1)
FIELDS = ("length", "slot", "action", "reward", "later", "weight", "full")


def allocate(lp: Any, rows: int) -> tuple[np.ndarray, ...]:
    """Return the fields `FIELDS` for ``rows`` learners.

    The first ``length`` entries of ``slot``, ``action`` and ``reward`` (rows, ``lp.episode``) are the episode so far.
    ``later`` is the discounted return of the steps after them, whose next reward has the ``weight``; ``full`` says that
    some episode was longer than the buffer.
    """
    shape = rows, lp.episode
    steps = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape)
    return np.zeros(rows, np.int64), *steps, np.zeros(rows), np.ones(rows), np.zeros(rows, np.bool_)


@kernel
def add(lp, ls, row, slot, action, reward):
    """Add a step; return its number, or -1 where the buffer is full."""
    n = ls.length[row]
    if n == ls.slot.shape[1]:
        ls.full[row] = True
        ls.later[row] += ls.weight[row] * reward
        ls.weight[row] *= lp.gamma
        return -1
    ls.slot[row, n] = slot
    ls.action[row, n] = action
    ls.reward[row, n] = reward
    ls.length[row] = n + 1
    return n


@kernel
def credit(lp, ls, row):
    """At the end of the episode, turn the rewards into returns: what each step and those after it earned."""
    following = ls.later[row]
    for n in range(ls.length[row] - 1, -1, -1):
        following = ls.reward[row, n] + lp.gamma * following
        ls.reward[row, n] = following


@kernel
def forget(ls, row):
    """Empty the buffer."""
    ls.length[row] = 0
    ls.later[row] = 0.0
    ls.weight[row] = 1.0
