"""Chebyshev acceleration of SOR: omega begins with 1, jumps up, and falls to the best fixed omega, of the actions the
nearest.

Golub and Varga, Numerische Mathematik 3:147, 1961. It learns nothing; it knows the grid, the actions and the theory,
and is what learners are compared with.

Accepts `SorSweep-v0`.

    regretlab watch regretlab/SorSweep-v0 --learner chebyshev
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.linear import sor_sweep
from ...envs.linear.sor import jacobi_radius, next_chebyshev
from . import omega_star
from .omega_star import ACCEPTS, KNOBS, Params, params, prepare, update

__all__ = ["ACCEPTS", "KNOBS", "Params", "act", "allocate", "params", "prepare", "unsuited", "update"]


class State(NamedTuple):
    """First axis: row. ``omega`` is that of the last half-sweep before it was rounded to an action."""

    key: np.ndarray
    actions: np.ndarray
    omega: np.ndarray


def unsuited(lp: Params, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so where an action is not one half-sweep."""
    if isinstance(environment.params, sor_sweep.Params):
        return None
    return f"chebyshev chooses omega for every half-sweep, as in SorSweep-v0, which {environment.id} does not let it do"


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` players."""
    return State(*omega_star.allocate(lp, observations, actions, rows), np.ones(rows))


@kernel
def act(lp, ls, row, observation):
    """Take the action nearest to the omega whose turn it is; the last entry counts the half-sweeps."""
    beta = jacobi_radius(observation[0], lp.neighbours)
    ls.omega[row] = next_chebyshev(ls.omega[row], beta, int(observation[2]))
    best = 0
    for a in range(1, ls.actions[row]):
        if abs(lp.omegas[a] - ls.omega[row]) < abs(lp.omegas[best] - ls.omega[row]):
            best = a
    return best
