"""Softmax policy gradient, all actions: the exact gradient of the expected payoff with respect to the logits.

Sutton, McAllester, Singh and Mansour, "Policy gradient methods for reinforcement learning with function
approximation", NeurIPS 1999, for one state. The logit of action a grows by eta p(a) (u(a) - v), where v is the mean of
the payoffs u under the policy p; payoffs count in units of the environment's reward range. Because of the factor p(a)
an action that became unlikely is taken up again slowly: with two actions and a gap of 1, from the logit difference -d
to even odds takes (d + sinh d) / eta rounds, where `neurd` takes d / eta. There is no sublinear bound of its regret.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner softmax_policy_gradient
"""

from __future__ import annotations

from ...envs.core.kernel import kernel
from ..learner import Accepts
from .logits import KNOBS, act, allocate, params, prepare, start_from, strategy  # noqa: F401 (part of a learner)
from .mixing import in_unit_range, mean_payoff

ACCEPTS = Accepts(observation="none", feedback="full")


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Go up the gradient (the totals are the logits over eta)."""
    ls.rounds[row] += 1
    mean = mean_payoff(lp, ls, row, payoffs)
    for a in range(ls.actions[row]):
        ls.total[row, a] += ls.policy[row, a] * (in_unit_range(lp, payoffs[a]) - mean)
