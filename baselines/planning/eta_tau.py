"""The step in proportion to the shortest time scale: the longest that is on offer and at most eta * tau.

The rule that most codes of few bodies use, such as that of Hut, Makino and McMillan, "Building a better leapfrog", ApJ
443, 1995, before they average it. It learns nothing; it reads tau and the last step off the observation.

Accepts `StepSize-v0` and its kin.

    regretlab watch regretlab/StepSize-v0 --learner eta_tau
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...envs.bodies import step_size
from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts

ACCEPTS = Accepts(observation="vector", players="one")
KNOBS = {"eta": Knob(0.02, "share of the shortest time scale", low=1e-9, high=1e3)}
TAU, LAST_STEP = 0, 5  # entries of the observation


class Params(NamedTuple):
    """The knob, and the steps or factors by action."""

    eta: float
    choices: np.ndarray
    by_factor: bool


class State(NamedTuple):
    """First axis: row."""

    key: np.ndarray
    actions: np.ndarray


def params(eta: float) -> Params:
    """Build the parameters; the steps come with the environment."""
    return Params(eta, np.ones(1), False)


def unsuited(lp: Params, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so where no time step of bodies is chosen."""
    if isinstance(environment.params, step_size.Params):
        return None
    return f"eta_tau chooses time steps of bodies, as in StepSize-v0, not in {environment.id}"


def prepare(lp: Params, environment: Environment) -> Params:
    """Learn what the actions are."""
    return Params(lp.eta, environment.params.choices, environment.params.by_factor)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` players."""
    return State(np.zeros(rows, np.uint64), np.zeros(rows, np.int64))


@kernel
def act(lp, ls, row, observation):
    """Take the longest step that is short enough, the shortest there is if none is."""
    wanted = lp.eta * 10.0 ** observation[TAU] * (1.0 + 1e-9)  # what is observed are rounded logarithms
    scale = 10.0 ** observation[LAST_STEP] if lp.by_factor else 1.0
    action = 0
    for k in range(lp.choices.shape[0]):
        if lp.choices[k] * scale <= wanted:
            action = k
    return action


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn nothing."""
