"""Off-policy rho-learning: after each step, take the action of the largest gain in some states, wherever the agent is.

Riemer et al., "Continual learning in environments with polynomial mixing times", arXiv:2112.07066; see `rho` for how
the gains are found in the learned model. States are drawn uniformly, or with ``priority`` from the stationary law.

Accepts integer observations (which it takes for states), one player and the criterion gain.

    regretlab watch regretlab/BottleneckRooms-v0 --learner off_policy_rho --train 20000
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from . import rho
from .rho import ACCEPTS, act, allocate, draw_visited, improve, learn, prepare, unsuited  # noqa: F401 (of a learner)

KNOBS = {
    "epsilon": Knob(0.1, "probability of a uniformly random action", low=0.0, high=1.0),
    "improvements": Knob(5, "states in which the policy is improved after each step", low=0),
    "priority": Knob(False, "draw these states from the stationary law, not uniformly"),
    **rho.KNOBS,
}


class Params(NamedTuple):
    """The knobs, and ``low`` and ``high``, the range of the rewards; ``plain`` is the form."""

    plain: bool
    prior: float
    refresh: int
    successors: int
    epsilon: float
    improvements: int
    priority: bool
    low: float = 0.0
    high: float = 1.0


def params(form: str, **knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(plain=form == "plain", **knobs)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn the step, and improve the policy in several states."""
    learn(lp, ls, row, observation, action, reward, next_observation)
    states = ls.chain.shape[1]
    for _ in range(lp.improvements):
        state = draw_visited(lp, ls, row) if lp.priority else scaled(uniform(ls.key, row), states)
        improve(lp, ls, row, state)
