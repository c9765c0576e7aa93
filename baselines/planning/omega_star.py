"""The relaxation parameter that theory advises for a system whose shift is seen: of the actions, that of the least
spectral radius of the SOR iteration.

Young, "Iterative solution of large linear systems", Academic Press 1971, section 6.2. It learns nothing; it knows the
grid, the actions and the theory, and is what learners are compared with.

Accepts `SorContextual-v0` and `SorSweep-v0`.

    regretlab watch regretlab/SorContextual-v0 --learner omega_star
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.linear import sor_bandit, sor_sweep
from ...envs.linear.sor import jacobi_radius, spectral_radius
from ..learner import Accepts

ACCEPTS = Accepts(observation="vector", players="one")
KNOBS: dict[str, Knob] = {}


class Params(NamedTuple):
    """The relaxation parameters of the actions, and the largest eigenvalue of the sum over neighbours."""

    omegas: np.ndarray
    neighbours: float


class State(NamedTuple):
    """First axis: row."""

    key: np.ndarray
    actions: np.ndarray


def params(**knobs: Any) -> Params:
    """Build the parameters; the system comes with the environment."""
    return Params(np.ones(1), 0.0)


def unsuited(lp: Params, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so where the first entry that is seen is not the shift of a system that SOR solves."""
    if isinstance(environment.params, (sor_bandit.Params, sor_sweep.Params)):
        return None
    return f"omega_star needs a system whose shift is seen, as in SorContextual-v0 or SorSweep-v0, not {environment.id}"


def prepare(lp: Params, environment: Environment) -> Params:
    """Learn what the theory needs."""
    return Params(environment.params.omegas, environment.params.neighbours)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` players."""
    return State(np.zeros(rows, np.uint64), np.zeros(rows, np.int64))


@kernel
def act(lp, ls, row, observation):
    """Take the action of the least spectral radius."""
    beta = jacobi_radius(observation[0], lp.neighbours)
    best = 0
    for a in range(1, ls.actions[row]):
        if spectral_radius(lp.omegas[a], beta) < spectral_radius(lp.omegas[best], beta):
            best = a
    return best


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn nothing."""
