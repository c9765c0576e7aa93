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

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .mixing import allocate_totals, drawn_from

FAINT = 1e-300  # added to any payoff it leaves the payoff as it is
ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS: dict[str, Knob] = {}


class Params(NamedTuple):
    """Nothing (compiled code wants one field)."""

    unused: int = 0


params, allocate = Params, allocate_totals


def start_from(lp: Any, ls: Any, policies: np.ndarray) -> None:
    """Begin at ``policies`` (rows, actions), which count as regrets that any payoff outweighs."""
    ls.total[...] = FAINT * policies


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges."""
    return np.sqrt((actions - 1) * rounds)


@kernel
def strategy(lp, ls, row):
    """Write the positive totals scaled to a distribution, the uniform one where none is positive."""
    count = ls.actions[row]
    mass = 0.0
    for a in range(count):
        mass += max(ls.total[row, a], 0.0)
    for a in range(count):
        ls.policy[row, a] = max(ls.total[row, a], 0.0) / mass if mass > 0.0 else 1.0 / count


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid more."""
    ls.rounds[row] += 1
    for a in range(ls.actions[row]):
        ls.total[row, a] += payoffs[a] - reward
