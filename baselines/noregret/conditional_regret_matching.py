"""Conditional regret matching: from the last action to those that would have been better in its place.

Hart and Mas-Colell, "A simple adaptive procedure leading to correlated equilibrium", Econometrica 68, 2000: the
procedure of their main theorem. Let R(j, k) be what k would have paid more, summed over those of the t rounds in which
j was played. After j, another action k is played with probability [R(j, k)]+ / (mu t), else j again. If all players do
so, the empirical joint play tends to the set of correlated equilibria almost surely, where that of `regret_matching`
need not. The theorem wants mu > 2 (K - 1) times the largest payoff in absolute value; what it takes is a positive
probability to stay, for which more than (K - 1) times the width of the payoffs' range is enough. No rate is known.

It needs the actions that were drawn: it is no learner of `regretlab.baselines.mixed_play`. Accepts environments that
tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner conditional_regret_matching
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .mixing import allocate_totals, drawn_from, know_range, with_fields

NOTHING = -1
ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS = {"inertia": Knob(2.0, "mu over (actions - 1) times the width of the rewards' range", low=1.0)}


class Params(NamedTuple):
    """The inertia, and the least reward and the width of its range."""

    inertia: float
    low: float = 0.0
    width: float = 1.0


# ``total`` (rows, actions, actions) are the R(j, k), ``last`` (rows,) is the action.
State = with_fields(__name__, "last")

params, prepare = Params, know_range


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners that have played nothing."""
    regrets = np.zeros((rows, actions, actions))
    totals = allocate_totals(lp, observations, actions, rows)._replace(total=regrets)
    return State(*totals, last=np.full(rows, NOTHING, np.int64))


@kernel
def switch(lp, ls, row):
    """Write the probabilities of leaving the last action for each other; the first one is drawn uniformly."""
    count = ls.actions[row]
    last = ls.last[row]
    if last == NOTHING:
        for a in range(count):
            ls.policy[row, a] = 1.0 / count
        return
    mu = lp.inertia * lp.width * (count - 1)
    stay = 1.0
    for a in range(count):
        if a != last:
            leave = max(ls.total[row, last, a], 0.0) / (mu * ls.rounds[row])
            ls.policy[row, a] = leave
            stay -= leave
    ls.policy[row, last] = max(stay, 0.0)  # rounding may take it below 0 where inertia is 1


act = drawn_from(switch)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid more in the place of the one that was played."""
    ls.rounds[row] += 1
    ls.last[row] = action
    for a in range(ls.actions[row]):
        ls.total[row, action, a] += payoffs[a] - reward
