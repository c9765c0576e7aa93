"""The policy gradient of rho-learning: logits follow the gain of the policy that takes a drawn action for certain.

Riemer et al., "Continual learning in environments with polynomial mixing times", arXiv:2112.07066. After each step, for
``samples`` states drawn from the stationary law of the softmax policy, an action a is drawn from it, and the logits of
the state move by alpha rho(a) grad log pi(a | s), rho(a) being the gain of the policy that takes a there (see `rho`);
with ``baseline``, by the advantage over the mean of rho under the policy.

Accepts integer observations (which it takes for states), one player and the criterion gain.

    regretlab watch regretlab/BottleneckRooms-v0 --learner rho_gradient --train 20000
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..noregret.mixing import pick, softmax_into
from . import rho
from .rho import ACCEPTS, State, change_row, compare, draw_visited, learn, prepare, unsuited  # noqa: F401 (a learner's)

KNOBS = {
    "alpha": Knob(0.5, "step size of the logits", low=0.0),
    "epsilon": Knob(0.15, "probability of a uniformly random action", low=0.0, high=1.0),
    "temperature": Knob(0.9, "of the softmax", low=1e-6),
    "samples": Knob(10, "states whose logits move after each step", low=0),
    "baseline": Knob(True, "take off the mean gain of the state's actions"),
    **rho.KNOBS,
}


class Params(NamedTuple):
    """The knobs, and ``low`` and ``high``, the range of the rewards; ``plain`` is the form."""

    plain: bool
    prior: float
    refresh: int
    successors: int
    epsilon: float
    alpha: float
    temperature: float
    samples: int
    baseline: bool
    low: float = 0.0
    high: float = 1.0


def params(form: str, **knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(plain=form == "plain", **knobs)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners that play uniformly (over the most actions there are; see `act`)."""
    state = rho.allocate(lp, observations, actions, rows)
    state.policy[:] = 1.0 / actions
    return state


@kernel
def act(lp, ls, row, observation):
    """Draw from the policy, or with probability epsilon any action."""
    u = uniform(ls.key, row)
    if u < lp.epsilon:
        return scaled(u / lp.epsilon, ls.actions[row])
    return pick(ls.policy[row, observation], ls.actions[row], uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn the step, and move the logits of several states."""
    learn(lp, ls, row, observation, action, reward, next_observation)
    count = ls.actions[row]
    for _ in range(lp.samples):
        state = draw_visited(lp, ls, row)
        compare(lp, ls, row, state)
        policy = ls.policy[row, state]
        drawn = pick(policy, count, uniform(ls.key, row))
        mean = 0.0
        for a in range(count):
            mean += policy[a] * ls.gains[row, a]
        push = lp.alpha * (ls.gains[row, drawn] - (mean if lp.baseline else 0.0)) / lp.temperature
        for a in range(count):
            ls.logits[row, state, a] += push * ((1.0 if a == drawn else 0.0) - policy[a])
        softmax_into(policy, ls.logits[row, state], count, 1.0 / lp.temperature)
        change_row(lp, ls, row, state)
