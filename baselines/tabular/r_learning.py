"""R-learning: Q-learning for the average reward, whose estimate only learns from greedy actions.

Schwartz, "A reinforcement learning method for maximizing undiscounted rewards", ICML 1993. With
delta = R - rho + max Q(S', .) - Q(S, A) the value moves by alpha delta, and where A was an action of the largest value
the estimate rho of the gain by beta delta.

Accepts integer observations, any number of players and the criterion gain.

    regretlab watch regretlab/RiverSwim-v0 --learner r_learning
"""

from __future__ import annotations

from typing import NamedTuple

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..choose import EXPLORATION, largest
from ..learner import Accepts
from ..table import STORAGE, claim
from . import differential_q
from .differential_q import State
from .values import ALPHA, act, best  # noqa: F401 (part of a learner)

ACCEPTS = Accepts(criteria=("gain",))
KNOBS = {
    "alpha": ALPHA,
    "beta": Knob(0.01, "step size of the gain", low=0.0, high=1.0),
    **EXPLORATION,
    **STORAGE,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    beta: float
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


params = Params


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    return differential_q.allocate(lp, observations, actions, rows)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the action's value, and the gain where the action was greedy."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    if slot < 0:
        return
    following = 0.0 if terminated else best(lp, ls, row, next_observation)
    value = ls.values[row, slot, action]
    error = reward - ls.gain[row] + following - value
    if value == largest(ls.values, row, slot, ls.actions[row]):
        ls.gain[row] += lp.beta * error
    ls.values[row, slot, action] = value + lp.alpha * error
