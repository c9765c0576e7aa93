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
from ..choose import EXPLORATION
from ..learner import Accepts
from ..table import STORAGE, claim
from . import values
from .values import act, best, with_fields  # noqa: F401 (part of a learner)

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


params = Params

# ``gain`` (rows,) estimates the average reward.
State = with_fields(__name__, "gain")


def allocate(lp: Any, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    return State(*values.allocate(lp, observations, actions, rows), gain=np.zeros(rows))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the action's value and the gain by the differential error."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    if slot < 0:
        return
    following = 0.0 if terminated else best(lp, ls, row, next_observation)
    error = reward - ls.gain[row] + following - ls.values[row, slot, action]
    ls.values[row, slot, action] += lp.alpha * error
    ls.gain[row] += lp.eta * lp.alpha * error
