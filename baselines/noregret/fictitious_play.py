"""Fictitious play: the best reply to what the others have played so far.

Brown, "Iterative solution of games by fictitious play", 1951. What an action would have paid, summed over the rounds,
is its payoff against the empirical joint play of the others, so the sums are all that is kept. The first action is
random, and so are ties. Plays converge to equilibrium frequencies in zero-sum and potential games; in Shapley's game
they cycle.

Accepts environments that tell what each action would have paid; it ignores observations.

    regretlab watch regretlab/MatrixGame-v0 --learner fictitious_play
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ..choose import greedy
from ..learner import Accepts

ACCEPTS = Accepts(observation="none", feedback="full")
KNOBS: dict[str, Knob] = {}


class Params(NamedTuple):
    """Nothing (compiled code wants one field)."""

    unused: int = 0


class State(NamedTuple):
    """First axis: row. ``total`` (rows, 1, actions) sums what each action would have paid."""

    key: np.ndarray
    actions: np.ndarray
    total: np.ndarray


def params() -> Params:
    """Build the parameters."""
    return Params()


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners."""
    return State(np.zeros(rows, np.uint64), np.zeros(rows, np.int64), np.zeros((rows, 1, actions)))


@kernel
def act(lp, ls, row, observation):
    """Reply best to the past, ties at random."""
    return greedy(ls.total, row, 0, ls.actions[row], uniform(ls.key, row))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add what every action would have paid."""
    for a in range(ls.actions[row]):
        ls.total[row, 0, a] += payoffs[a]
