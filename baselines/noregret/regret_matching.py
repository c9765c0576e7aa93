"""Regret matching: probabilities proportional to the positive regrets.

Hart and Mas-Colell, "A simple adaptive procedure leading to correlated equilibrium", Econometrica 68, 2000, section
4(c), the unconditional form. The regret of an action is the sum of what it would have paid more than what was got;
when no regret is positive, any action is drawn.

Blackwell's condition: in expectation a round turns the vector of positive regrets by a right angle at most, so that its
square grows by no more than that of the round's regrets, K - 1 squared reward ranges. The expected external regret is
therefore at most sqrt((K - 1) T) ranges after T rounds.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner regret_matching
"""

from __future__ import annotations

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .mixing import NoKnobs, allocate_totals, drawn_from, positive_totals, start_faintly

ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS: dict[str, Knob] = {}

params, allocate, start_from, strategy = NoKnobs, allocate_totals, start_faintly, positive_totals
act = drawn_from(strategy)


def regret_bound(lp: NoKnobs, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges."""
    return np.sqrt((actions - 1) * rounds)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid more."""
    ls.rounds[row] += 1
    for a in range(ls.actions[row]):
        ls.total[row, a] += payoffs[a] - reward
