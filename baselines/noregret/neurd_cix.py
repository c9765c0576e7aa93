"""NeuRD-CIX: neural replicator dynamics from samples, with capped implicit exploration.

Morrill, Saleh, Bowling and Greenwald, "Interpolating between softmax policy gradient and neural replicator dynamics
with capped implicit exploration", RLDM 2022 (arXiv 2206.02036). After action A paid r, its logit grows by
eta (r - b) / min(1, p(A) + gamma). gamma = 0 is NeuRD with importance weights, whose variance grows like 1 / p;
gamma = 1 takes the payoff as it is, like `sampled_policy_gradient` for the sampled action. In between the estimate is
biased towards 0 and bounded. The bias is optimistic for losses only, so that b = 1, the most that an action can pay,
keeps it exploring; with b = 0 it locks in on the first good action. Without the cap, b = 1 and gamma = eta / 2 is
`exp3_ix`. The threshold ``beta`` is that of `neurd`.

Accepts environments that tell only the own reward; it ignores observations. Rewards count in units of the environment's
reward range.

    regretlab watch regretlab/IteratedGame-v0 --knob feedback=bandit --learner neurd_cix
"""

from __future__ import annotations

from typing import NamedTuple

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .bandit import BASELINE, estimate
from .logits import act, allocate, prepare, start_from, strategy  # noqa: F401 (part of a learner)
from .mixing import ETA, in_unit_range
from .neurd import may_move, mean_total

ACCEPTS = Accepts(observation="none", feedback="bandit")
KNOBS = {
    "eta": ETA,
    "gamma": Knob(
        0.01, "implicit exploration: added to the probability that a payoff is divided by", low=0.0, high=1.0
    ),
    "cap": Knob(True, "whether a payoff is divided by 1 at the most"),
    "baseline": BASELINE,
    "beta": Knob(0.0, "farthest that a logit goes from the mean logit; 0 sets no limit", low=0.0),
}


class Params(NamedTuple):
    """The knobs, and the least reward and the width of its range."""

    eta: float
    gamma: float
    cap: bool
    baseline: float
    beta: float
    low: float = 0.0
    width: float = 1.0


params = Params


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Follow the estimated advantage of the action as far as the threshold allows."""
    ls.rounds[row] += 1
    advantage = estimate(in_unit_range(lp, reward) - lp.baseline, ls.policy[row, action], lp.gamma, lp.cap)
    if may_move(lp, ls.total[row, action] - mean_total(ls, row), advantage):
        ls.total[row, action] += advantage
