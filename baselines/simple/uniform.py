"""Uniformly random actions, the zero of every normalised score.

Accepts everything.

    regretlab watch regretlab/TMazePassive-v0 --learner uniform
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import below
from ..learner import Accepts

ACCEPTS = Accepts(observation="none")
KNOBS: dict[str, Knob] = {}


class Params(NamedTuple):
    """Nothing (compiled code wants one field)."""

    unused: int = 0


class State(NamedTuple):
    """First axis: row."""

    key: np.ndarray
    actions: np.ndarray


def params(**knobs: Any) -> Params:
    """Build the parameters."""
    return Params()


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` players."""
    return State(np.zeros(rows, np.uint64), np.zeros(rows, np.int64))


@kernel
def act(lp, ls, row, observation):
    """Take any action."""
    return below(ls.key, row, ls.actions[row])


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn nothing."""
