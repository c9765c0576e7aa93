"""Model-based n-step learning: the value of an action by walking on in the learned model, greedily.

A baseline of Riemer et al. 2022 (arXiv:2112.07066). After each step the learner walks ``walk`` steps in its model, the
first with the action just taken, the others greedy, successors drawn by their frequencies, and moves the action's value
towards the discounted mean rewards on the way plus the value at its end. A walk ends early at a pair that was never
tried.

Accepts integer observations (which it takes for states), one player and every criterion.

    regretlab watch regretlab/RiverSwim-v0 --learner model_td --train 100000
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..choose import EXPLORATION, greedy, largest
from ..learner import Accepts
from . import values
from .empirical_model import SUCCESSORS, draw_successor, new_counts, record
from .episodes import unsuited  # noqa: F401 (part of a learner)
from .values import GAMMA, act, with_fields  # noqa: F401 (part of a learner)

ACCEPTS = Accepts(players="one")
KNOBS = {
    "alpha": Knob(0.2, "step size", low=0.0, high=1.0),
    "gamma": GAMMA,
    "walk": Knob(5, "steps in the model", low=1),
    **EXPLORATION,
    "epsilon": Knob(0.2, "probability of a uniformly random action", low=0.0, high=1.0),
    "initial": Knob(0.0, "value of every action at first sight"),
    "successors": SUCCESSORS,
}


class Params(NamedTuple):
    """The knobs that the kernels read."""

    alpha: float
    gamma: float
    walk: int
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    successors: int


params = Params
State = with_fields(__name__, "counts")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    return State(
        *values.allocate_states(lp, observations, actions, rows),
        counts=new_counts(observations, actions, rows, lp.successors),
    )


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Record the step and learn from a walk in the model."""
    ls.steps[row] += 1
    counts, count = ls.counts, ls.actions[row]
    if terminated:  # the model holds steps that go on
        ls.values[row, observation, action] += lp.alpha * (reward - ls.values[row, observation, action])
        return
    record(counts, row, observation, action, reward, next_observation)
    s, a = observation, action
    total, weight = 0.0, 1.0
    for _ in range(lp.walk):
        tries = counts.tries[row, s, a]
        if tries == 0:
            break
        total += weight * counts.rewards[row, s, a] / tries
        weight *= lp.gamma
        s = draw_successor(counts, row, s, a, uniform(ls.key, row))
        a = greedy(ls.values, row, s, count, uniform(ls.key, row))
    total += weight * largest(ls.values, row, s, count)
    ls.values[row, observation, action] += lp.alpha * (total - ls.values[row, observation, action])
