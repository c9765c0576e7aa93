"""On-policy rho-learning: in each state that comes, take the action that gives the policy the largest gain.

Riemer et al., "Continual learning in environments with polynomial mixing times", arXiv:2112.07066; see `rho` for how
the gains are found in the learned model.

Accepts integer observations (which it takes for states), one player and the criterion gain.

    regretlab watch regretlab/BottleneckRooms-v0 --learner on_policy_rho --train 20000
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from . import rho
from .rho import ACCEPTS, act, allocate, improve, learn, prepare, unsuited  # noqa: F401 (part of a learner)

KNOBS = {"epsilon": Knob(0.1, "probability of a uniformly random action", low=0.0, high=1.0), **rho.KNOBS}


class Params(NamedTuple):
    """The knobs, and ``low`` and ``high``, the range of the rewards; ``plain`` is the form."""

    plain: bool
    prior: float
    refresh: int
    successors: int
    epsilon: float
    low: float = 0.0
    high: float = 1.0


def params(form: str, **knobs: Any) -> Params:
    """Build the parameters from checked knobs."""
    return Params(plain=form == "plain", **knobs)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn the step, and improve the policy where the agent is now."""
    learn(lp, ls, row, observation, action, reward, next_observation)
    improve(lp, ls, row, next_observation)
