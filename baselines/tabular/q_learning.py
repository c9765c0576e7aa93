"""Q-learning with an epsilon-greedy policy.

Watkins and Dayan, "Q-learning", Machine Learning 8, 1992. The defaults are those of the tabular learner of Nangue
Tasse, Riemer, Rosman and Klinger, arXiv 2512.19154: a truncated episode bootstraps, a terminated one does not.

Accepts integer observations, any number of players (each learns alone) and every criterion; on a task of average
reward it optimises the discounted one. With a stack around the environment (see `regretlab.envs.core.remember`) it sees
what the stack holds as one integer.

    regretlab watch regretlab/RiverSwim-v0 --learner q_learning
"""

from __future__ import annotations

from ...envs.core.kernel import kernel
from ..learner import Accepts
from ..table import claim
from .values import KNOBS, act, allocate, best, params  # noqa: F401 (part of a learner)

ACCEPTS = Accepts()


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the action's value towards the reward plus the discounted best value of what follows."""
    ls.steps[row] += 1
    slot = claim(ls.table, row, observation)
    if slot < 0:
        return
    target = reward
    if not (terminated or (truncated and lp.terminal)):
        target += lp.gamma * best(lp, ls, row, next_observation)
    ls.values[row, slot, action] += lp.alpha * (target - ls.values[row, slot, action])
