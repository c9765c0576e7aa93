"""The oracle: it knows the exact model and plays an optimal policy.

The policy is that of `regretlab.solvers.optimum` under the environment's own criterion: stationary, or with an action
for every step where episodes have a horizon. What it earns is the certified optimum, up to chance. It sees the true
state, unless the observations of the environment hide it (`Spec.hidden`): there it sees what the history tells, the
number of the belief state (see `regretlab.solvers.believe`), and plays the best policy of the history.

Accepts one-player environments with an exact model; it is given the number of the state (or belief) plus the clock
times how many there are.

    regretlab watch regretlab/TMazePassive-v0 --learner optimal
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from ..seats import told_model

ACCEPTS = Accepts(observation="state", players="one")
KNOBS: dict[str, Knob] = {}


class Params(NamedTuple):
    """``policy`` int64 (steps, states); its last row serves every later step, so a stationary policy is one row."""

    policy: np.ndarray


class State(NamedTuple):
    """First axis: row."""

    key: np.ndarray
    actions: np.ndarray


def params() -> Params:
    """Build the parameters; the policy comes with the environment."""
    return Params(np.zeros((1, 1), np.int64))


def prepare(lp: Params, environment: Environment) -> Params:
    """Solve the exact model.

    Raises ValueError for an environment that cannot be listed, that has too many belief states, or whose optimum is not
    defined.
    """
    from ...solvers import optimum

    return Params(np.atleast_2d(optimum(told_model(environment)).policy).astype(np.int64))


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` players."""
    return State(np.zeros(rows, np.uint64), np.zeros(rows, np.int64))


@kernel
def act(lp, ls, row, observation):
    """Look the action up; in a state that the model does not have, return the impossible action -1."""
    if observation < 0:
        return -1
    states = lp.policy.shape[1]
    step = min(observation // states, lp.policy.shape[0] - 1)
    return lp.policy[step, observation % states]


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn nothing."""
