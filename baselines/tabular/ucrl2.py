"""UCRL2: plan for the most favourable model that the counts allow, and be disappointed as seldom as can be.

Jaksch, Ortner and Auer, "Near-optimal regret bounds for reinforcement learning", JMLR 11, 2010. Mean rewards may be off
by sqrt(7 ln(2 S A t / delta) / (2 n)), transition probabilities in L1 by sqrt(14 S ln(2 A t / delta) / n). With
probability 1 - delta the regret is at most 34 D S sqrt(A T ln(T / delta)), D being the diameter (`regret_limit`).

Accepts integer observations (which it takes for states), one player and the criterion gain.

    regretlab watch regretlab/RiverSwim-v0 --learner ucrl2 --train 100000
"""

from __future__ import annotations

import math

from ...envs.core.fusing import specialise
from ...envs.core.kernel import kernel
from . import episodes
from .episodes import ACCEPTS, OPTIMISM, act, allocate, params, prepare, unsuited  # noqa: F401 (part of a learner)

KNOBS = OPTIMISM


def regret_limit(diameter: float, states: int, actions: int, steps: int, delta: float = 0.05) -> float:
    """Return what the regret exceeds with probability ``delta`` at most, for rewards in [0, 1] (theorem 2)."""
    return 34 * diameter * states * math.sqrt(actions * steps * math.log(steps / delta))


@kernel
def optimistic(lp, ls, row, state, action, sure):
    """Move half of the L1 radius to the state of the largest value, away from those of the least."""
    counts, values = ls.counts, ls.values
    tries = counts.tries[row, state, action]
    if tries == 0:
        return 1.0 + values[row, sure]
    states, t = values.shape[1], ls.steps[row]
    count = ls.actions[row]
    reward = counts.rewards[row, state, action] / tries
    reward += lp.scale * math.sqrt(3.5 * math.log(2.0 * states * count * t / lp.delta) / tries)
    moved = 0.5 * lp.scale * math.sqrt(14.0 * states * math.log(2.0 * count * t / lp.delta) / tries)
    listed = counts.known[row, state, action]
    expected, already = 0.0, 0.0
    for k in range(listed):
        share = counts.followed[row, state, action, k] / tries
        successor = counts.successor[row, state, action, k]
        ls.work[row, 0, k] = share
        expected += share * values[row, successor]
        already += share if successor == sure else 0.0
    moved = min(moved, 1.0 - already)
    expected += moved * values[row, sure]
    while moved > 0.0:
        worst = -1
        for k in range(listed):
            successor = counts.successor[row, state, action, k]
            lowest = worst < 0 or values[row, successor] < values[row, counts.successor[row, state, action, worst]]
            if ls.work[row, 0, k] > 0.0 and successor != sure and lowest:
                worst = k
        if worst < 0:
            break
        taken = min(moved, ls.work[row, 0, worst])
        ls.work[row, 0, worst] -= taken
        moved -= taken
        expected -= taken * values[row, counts.successor[row, state, action, worst]]
    return min(reward, 1.0) + expected


plan = specialise(episodes.extended_value_iteration, {"optimistic": optimistic})
update = specialise(episodes.update, {"plan": plan})
