"""RVI Q-learning: Q-learning that takes off a reference value in place of the gain.

Abounadi, Bertsekas and Borkar, "Learning algorithms for Markov decision processes with average cost", SIAM J. Control
and Optimization 40, 2001. The value moves by alpha (R - f(Q) + max Q(S', .) - Q(S, A)), f(Q) being the value of a
reference pair (the first that was taken), or the mean or the largest value of all pairs; it tends to the gain.

Accepts integer observations, any number of players and the criterion gain.

    regretlab watch regretlab/RiverSwim-v0 --learner rvi_q
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..choose import EXPLORATION
from ..learner import Accepts
from ..table import STORAGE, claim
from . import values
from .values import ALPHA, act, best, with_fields  # noqa: F401 (part of a learner)

ACCEPTS = Accepts(criteria=("gain",))
PAIR, MEAN, LARGEST = range(3)
REFERENCES = {"pair": PAIR, "mean": MEAN, "max": LARGEST}
KNOBS = {
    "alpha": ALPHA,
    "reference": Knob("pair", "what is taken off: a pair's value, the mean or the largest", choices=tuple(REFERENCES)),
    **EXPLORATION,
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    reference: int
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


def params(reference: str, **knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(reference=REFERENCES[reference], **knobs)


# ``total`` (rows,) is the sum of all values, ``slot`` and ``first`` (rows,) the reference pair, -1 before there is one.
State = with_fields(__name__, "total", "slot", "first")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    shared = values.allocate(lp, observations, actions, rows)
    total = np.full(rows, lp.initial * shared.values[0].size)
    return State(*shared, total=total, slot=np.full(rows, -1, np.int64), first=np.zeros(rows, np.int64))


@kernel
def taken_off(lp, ls, row):
    """Return f(Q)."""
    if lp.reference == PAIR:
        return ls.values[row, ls.slot[row], ls.first[row]]
    slots, count = ls.values.shape[1], ls.actions[row]
    if lp.reference == MEAN:
        return ls.total[row] / (slots * ls.values.shape[2])
    most = ls.values[row, 0, 0]
    for slot in range(slots):
        for a in range(count):
            most = max(most, ls.values[row, slot, a])
    return most


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the action's value by the error relative to the reference."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    if slot < 0:
        return
    if ls.slot[row] < 0:
        ls.slot[row] = slot
        ls.first[row] = action
    following = 0.0 if terminated else best(lp, ls, row, next_observation)
    change = lp.alpha * (reward - taken_off(lp, ls, row) + following - ls.values[row, slot, action])
    ls.values[row, slot, action] += change
    ls.total[row] += change
