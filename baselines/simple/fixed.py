"""One action, always.

Accepts everything in which every player it controls has that action.

    regretlab watch regretlab/IteratedGame-v0 --learner fixed
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts

ACCEPTS = Accepts(observation="none")
KNOBS = {"action": Knob(0, "the action that is taken", low=0)}


class Params(NamedTuple):
    """The action."""

    action: int


class State(NamedTuple):
    """First axis: row."""

    key: np.ndarray
    actions: np.ndarray


def params(action: int) -> Params:
    """Build the parameters."""
    return Params(action)


def unsuited(lp: Params, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so when one of the players it controls lacks the action."""
    fewest = min(environment.spec.actions[player] for player in players)
    if lp.action < fewest:
        return None
    return f"action={lp.action} is not allowed: a player of {environment.id} has the actions 0 to {fewest - 1}"


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` players."""
    return State(np.zeros(rows, np.uint64), np.zeros(rows, np.int64))


@kernel
def act(lp, ls, row, observation):
    """Take the action."""
    return lp.action


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn nothing."""
