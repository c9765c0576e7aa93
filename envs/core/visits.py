"""The environment that counts how often each action was taken in each observation, for what is judged afterwards."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .environment import Environment
from .environment import _nothing as inner_apply
from .environment import _nothing as inner_observe
from .kernel import kernel
from .wrapping import look_inside, wrap


class Params(NamedTuple):
    """The parameters inside."""

    inner: Any


class State(NamedTuple):
    """The state inside, and for each lane its ``visits`` (lanes, observations, actions); ``seen`` (lanes, 1) is the
    observation that an action is taken in.
    """

    inner: Any
    visits: np.ndarray
    seen: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


def count_visits(environment: Environment) -> Environment:
    """Return ``environment`` with the field ``visits`` in its state, int64 (lanes, observations, actions).

    Resets do not clear it. Everything else, random numbers included, stays as it is.

    Parameters
    ----------
    environment : one player with integer observations, whose episodes never terminate.

    Raises ValueError for several players or other observations.
    """
    spec = environment.spec
    if spec.players != 1 or spec.observation.kind != "integer":
        raise ValueError(
            f"{environment.id} has {spec.players} players and {spec.observation.kind} observations: "
            "visits are counted for one player and integer observations"
        )
    observations, actions = spec.observation.sizes[0], spec.actions[0]
    return wrap(
        environment,
        "Visits",
        {"apply": _apply},
        Params(environment.params),
        lambda lanes: State(
            environment.allocate(lanes), np.zeros((lanes, observations, actions), np.int64), np.zeros((lanes, 1), int)
        ),
        scratch=("visits", "seen"),
    )


@kernel
def _apply(p, s, i, a, c, r):
    inner_observe(p.inner, s.inner, i, s.seen)
    s.visits[i, s.seen[i, 0], a[i, 0]] += 1
    return inner_apply(p.inner, s.inner, i, a, c, r)
