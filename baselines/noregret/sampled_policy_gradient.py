"""Softmax policy gradient from samples: the logits follow the gradient that the sampled action alone estimates.

Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning", Machine Learning
8, 1992 (REINFORCE), for one state. After action A paid r, logit a grows by eta (1[a = A] - p(a)) (r - b): an importance
weight 1 / p(A) would cancel against the factor p(A) of the gradient (Morrill et al. 2022, arXiv 2206.02036), and an
action that became unlikely is rarely tried again. There is no sublinear bound of its regret.

Accepts environments that tell only the own reward; it ignores observations. Rewards count in units of the environment's
reward range.

    regretlab watch regretlab/IteratedGame-v0 --knob feedback=bandit --learner sampled_policy_gradient
"""

from __future__ import annotations

from typing import NamedTuple

from ...envs.core.kernel import kernel
from ..learner import Accepts
from .bandit import BASELINE
from .logits import act, allocate, prepare, start_from, strategy  # noqa: F401 (part of a learner)
from .mixing import ETA, in_unit_range

ACCEPTS = Accepts(observation="none", feedback="bandit")
KNOBS = {"eta": ETA, "baseline": BASELINE}


class Params(NamedTuple):
    """The learning rate and the baseline, and the least reward and the width of its range."""

    eta: float
    baseline: float
    low: float = 0.0
    width: float = 1.0


params = Params


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Go up the estimated gradient (the totals are the logits over eta)."""
    ls.rounds[row] += 1
    advantage = in_unit_range(lp, reward) - lp.baseline
    for a in range(ls.actions[row]):
        ls.total[row, a] -= ls.policy[row, a] * advantage
    ls.total[row, action] += advantage
