"""Regret matching plus: regret matching that forgets a regret as soon as it is negative.

Tammelin, "Solving large imperfect information games using CFR+", 2014; Tammelin, Burch, Johanson and Bowling, "Solving
heads-up limit Texas hold'em", IJCAI 2015, whose theorem bounds the expected external regret as that of regret matching
(see there), and the tracking regret too: an action that was bad for long is taken up again at once.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner regret_matching_plus
"""

from __future__ import annotations

from ...envs.core.kernel import kernel
from .regret_matching import (  # noqa: F401 (part of a learner)
    ACCEPTS,
    KNOBS,
    act,
    allocate,
    params,
    regret_bound,
    start_from,
    strategy,
)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid more, and keep no debt."""
    ls.rounds[row] += 1
    for a in range(ls.actions[row]):
        ls.total[row, a] = max(0.0, ls.total[row, a] + payoffs[a] - reward)
