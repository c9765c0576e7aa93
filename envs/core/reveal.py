"""The environment that shows its hidden state: what an oracle plays, and what a fully observed comparison needs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .environment import Environment
from .environment import _nothing as inner_apply
from .environment import _nothing as inner_begin
from .kernel import kernel
from .model import Model, _bytes, _fields
from .model_kernels import find
from .spec import Observation
from .wrapping import wrap


class Params(NamedTuple):
    """The parameters inside, the model's states by their bytes (see `regretlab.envs.core.model_kernels.find`), and how
    many values of the clock are told apart.
    """

    inner: Any
    known: np.ndarray
    terminal: np.ndarray
    slots: np.ndarray
    steps: int


class State(NamedTuple):
    """The state inside, ``views`` of its bytes (a tuple of uint8 (lanes, bytes)), and for each lane the ``clock``,
    whether it ``ended``, and its bytes in one ``row``.
    """

    inner: Any
    views: Any
    clock: np.ndarray
    ended: np.ndarray
    row: np.ndarray


def reveal(environment: Environment, model: Model, steps: int = 1) -> Environment:
    """Return ``environment`` observed as the state of its exact model (and the clock).

    The observation is the integer ``state + S * min(clock, steps - 1)``, S being the number of the model's states and
    the clock counting the steps of the episode; with ``steps=1`` it is the state alone. Everything else, random numbers
    included, stays as it is. The result is not listed itself: its model is ``model``.

    Parameters
    ----------
    environment : an environment of one player.
    model : its exact model.
    steps : how many values of the clock are told apart.

    Raises ValueError for several players.
    """
    if environment.spec.players != 1:
        raise ValueError(f"{environment.id} has {environment.spec.players} players; the state is revealed to one")
    return wrap(
        environment,
        "Revealed",
        {"begin": _begin, "apply": _apply, "observe": _observe},
        Params(environment.params, model._known, model.terminal, model._slots, steps),
        lambda lanes: _allocate(environment, lanes),
        observation=Observation.integers(model.size * steps),
        enumerable=False,
    )


def _allocate(environment: Environment, lanes: int) -> State:
    inner = environment.new_state(lanes)
    views = tuple(_bytes(array) for array in _fields(inner, environment.spec.scratch))
    width = sum(view.shape[1] for view in views)
    return State(inner, views, np.zeros(lanes, np.int64), np.zeros(lanes, bool), np.zeros((lanes, width), np.uint8))


@kernel
def _begin(p, s, i, c):
    inner_begin(p.inner, s.inner, i, c)
    s.clock[i] = 0
    s.ended[i] = False


@kernel
def _apply(p, s, i, a, c, r):
    ended = inner_apply(p.inner, s.inner, i, a, c, r)
    s.clock[i] += 1
    s.ended[i] = ended
    return ended


@kernel
def _observe(p, s, i, o):
    k = 0
    for view in s.views:
        for j in range(view.shape[1]):
            s.row[i, k] = view[i, j]
            k += 1
    state = p.slots[find(p.known, p.terminal, p.slots, s.row[i], s.ended[i])] - 1
    o[i, 0] = state + p.terminal.shape[0] * min(s.clock[i], p.steps - 1)
