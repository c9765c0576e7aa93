"""Regret matching: probabilities proportional to the positive regrets.

Hart and Mas-Colell, "A simple adaptive procedure leading to correlated equilibrium", Econometrica 68, 2000, section
4(c), the unconditional form. The regret of an action is the sum of what it would have paid more than the actions that
were taken; when no regret is positive, any action is drawn. Regret per round vanishes like 1 / sqrt(T).

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner regret_matching
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..learner import Accepts

ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS: dict[str, Knob] = {}


class Params(NamedTuple):
    """Nothing (compiled code wants one field)."""

    unused: int = 0


class State(NamedTuple):
    """First axis: row. ``regret`` (rows, actions) is the cumulative external regret of the realised play."""

    key: np.ndarray
    actions: np.ndarray
    regret: np.ndarray


def params() -> Params:
    """Build the parameters."""
    return Params()


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    return State(np.zeros(rows, np.uint64), np.zeros(rows, np.int64), np.zeros((rows, actions)))


@kernel
def act(lp, ls, row, observation):
    """Draw an action in proportion to its positive regret."""
    count = ls.actions[row]
    mass = 0.0
    for a in range(count):
        mass += max(ls.regret[row, a], 0.0)
    u = uniform(ls.key, row)
    if mass <= 0.0:
        return scaled(u, count)
    threshold = u * mass
    chosen = 0
    below = 0.0
    for a in range(count):
        weight = ls.regret[row, a]
        if weight > 0.0:
            if below <= threshold:
                chosen = a
            below += weight
    return chosen


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid more."""
    for a in range(ls.actions[row]):
        ls.regret[row, a] += payoffs[a] - payoffs[action]
