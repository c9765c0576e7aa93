"""Explore, then commit: every action a fixed number of times, then the best of them for ever.

Lattimore and Szepesvari, "Bandit Algorithms", Cambridge 2020, chapter 6. It never learns again, so it is a baseline for
payoffs that do not change; with explore of order T^(2/3) its regret after T rounds is of that order, whatever the gaps.
Of equally good actions the first is kept.

Accepts environments that tell only the own reward; it ignores observations.

    regretlab watch regretlab/IteratedGame-v0 --knob feedback=bandit --learner explore_then_commit
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .mixing import allocate_totals, drawn_from

ACCEPTS = Accepts(observation="none", feedback="bandit")
KNOBS = {"explore": Knob(100, "rounds in which each action is tried", low=1, high=10**12)}


class Params(NamedTuple):
    """Rounds an action."""

    explore: int


params, allocate = Params, allocate_totals


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges.

    For independent payoffs of unchanging means in [0, 1], with respect to the best mean (pseudo-regret) and for any
    gaps: the exploration costs m (K - 1), and each later round E max_a (estimate - mean) <= sqrt(ln K / (2 m)), as the
    mean of m payoffs is sub-Gaussian with variance 1 / (4 m) (Hoeffding's lemma; Boucheron, Lugosi and Massart,
    "Concentration Inequalities", 2013, theorem 2.5).
    """
    m = lp.explore
    later = np.maximum(rounds - m * actions, 0)
    return np.minimum(rounds, m * (actions - 1)) + later * math.sqrt(math.log(actions) / (2 * m))


@kernel
def strategy(lp, ls, row):
    """Write probability 1 for the action whose turn it is, or that was best."""
    count = ls.actions[row]
    chosen = ls.rounds[row] % count
    if ls.rounds[row] >= lp.explore * count:
        chosen = 0
        for a in range(1, count):
            if ls.total[row, a] > ls.total[row, chosen]:
                chosen = a
    for a in range(count):
        ls.policy[row, a] = 1.0 if a == chosen else 0.0


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add the reward while exploring."""
    if ls.rounds[row] < lp.explore * ls.actions[row]:
        ls.total[row, action] += reward
    ls.rounds[row] += 1
