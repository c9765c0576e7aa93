"""Fictitious play: the best reply to what the others have played so far.

Brown, "Iterative solution of games by fictitious play", 1951. What an action would have paid, summed over the rounds,
is its payoff against the empirical joint play of the others, so the sums are all that is kept. The first action is
random, and so are ties; in mixed play they are played equally often, and a start that is given means its likeliest
action. Plays converge to equilibrium frequencies in zero-sum and potential games; in Shapley's game they cycle. The
regret may grow in proportion to the rounds.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner fictitious_play
"""

from __future__ import annotations

from ...envs.core.kernel import kernel
from ...envs.core.streams import uniform
from ..choose import greedy_of
from .mixing import leaders
from .regret_matching import ACCEPTS, KNOBS, allocate, params, start_from  # noqa: F401 (part of a learner)


@kernel
def strategy(lp, ls, row):
    """Write the best replies to the past."""
    leaders(ls, row, ls.total)


@kernel
def act(lp, ls, row, observation):
    """Draw one of the best replies (as from the strategy, in half the time)."""
    return greedy_of(ls.total[row], ls.actions[row], uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid."""
    ls.rounds[row] += 1
    for a in range(ls.actions[row]):
        ls.total[row, a] += payoffs[a]
