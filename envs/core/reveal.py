"""The environment that shows its hidden state: what an oracle plays, and what a fully observed comparison needs."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from .environment import Environment
from .environment import _nothing as inner_apply
from .environment import _nothing as inner_begin
from .fusing import specialise
from .kernel import kernel
from .model import Model, _bytes, _fields, enumerate_model
from .model_kernels import find
from .spec import Observation
from .wrapping import look_inside, wrap


class Params(NamedTuple):
    """The parameters inside, the model's states by their bytes (see `regretlab.envs.core.model_kernels.find`), and how
    many values of the clock are told apart.
    """

    inner: Any
    known: np.ndarray
    terminal: np.ndarray
    slots: np.ndarray
    steps: int


class Bytes(NamedTuple):
    """The bytes of one array, uint8 (lanes, bytes), and the ``rest`` of the arrays; one of no bytes ends the chain."""

    first: np.ndarray
    rest: Any


class State(NamedTuple):
    """The state inside, a chain of ``views`` of its bytes, and for each lane the ``clock``, whether it ``ended``, and
    its bytes in one ``row``.
    """

    inner: Any
    views: Any
    clock: np.ndarray
    ended: np.ndarray
    row: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


def reveal(environment: Environment, model: Model, steps: int = 1) -> Environment:
    """Return ``environment`` observed as the state of its exact model (and the clock).

    The observation is the integer ``state + S * min(clock, steps - 1)``, S being the number of the model's states and
    the clock counting the steps of the episode; with ``steps=1`` it is the state alone. Everything else, random numbers
    included, stays as it is. A state that the model does not have, as under other lane parameters, is shown as -1. The
    result is not listed itself: its model is ``model``.

    Parameters
    ----------
    environment : an environment of one player.
    model : its exact model.
    steps : how many values of the clock are told apart.

    Raises ValueError for several players.
    """
    if environment.spec.players != 1:
        raise ValueError(f"{environment.id} has {environment.spec.players} players; the state is revealed to one")
    fields = _fields(environment.new_state(1), environment.spec.scratch)
    chain = ["views" + ".rest" * k for k in range(len(fields))]
    pack: Any = pack_rest
    for _ in fields:
        pack = specialise(_pack, {"pack_rest": pack})
    return wrap(
        environment,
        "Revealed",
        {"begin": _begin, "apply": _apply, "observe": specialise(_observe, {"pack_rest": pack})},
        Params(environment.params, model._known, model.terminal, model._slots, steps),
        lambda lanes: _allocate(environment, lanes),
        observation=Observation.integers(model.size * steps),
        observation_names=(),
        enumerable=False,
        scratch=(*(f"{view}.first" for view in chain), f"{chain[-1]}.rest", "clock", "ended", "row"),
    )


def oracle_observation(environment: Environment) -> Environment:
    """Return ``environment`` observed as its true state: the number of the state in its exact model.

    What an agent with this view can reach is the optimum of the states, which in a task that hides something may be
    more than that of the history. So the certificate is not the one inside but is solved from the model, which the
    result has too (the same states, in the same order).

    Parameters
    ----------
    environment : one player, with an exact model.

    Raises ValueError for several players, or where there is no exact model.
    """
    return _listed(reveal(environment, enumerate_model(environment)), environment.spec.enumerable)


def _listed(revealed: Environment, enumerable: bool) -> Environment:
    """Return ``revealed``, which shows no clock, as one that can be listed: what it shows depends on ``ended`` too."""
    spec, means = revealed.spec, revealed.expected
    scratch = tuple(name for name in spec.scratch if name != "ended")
    return dataclasses.replace(
        revealed,
        spec=dataclasses.replace(spec, enumerable=enumerable, scratch=scratch, hidden=False),
        certify=None,
        expected=None if means is None else lambda: _listed(means(), enumerable),
    )


def _allocate(environment: Environment, lanes: int) -> State:
    inner = environment.new_state(lanes)
    views: Any = np.zeros((lanes, 0), np.uint8)
    width = 0
    for array in reversed(_fields(inner, environment.spec.scratch)):
        views = Bytes(_bytes(array), views)
        width += views.first.shape[1]
    return State(inner, views, np.zeros(lanes, np.int64), np.zeros(lanes, bool), np.zeros((lanes, width), np.uint8))


@kernel
def pack_rest(views, row, i, k):
    """Stand for the end of the chain, and in the kernels that read it for what packs the rest of it."""


@kernel
def _pack(views, row, i, k):
    """Copy the bytes of lane ``i`` into ``row`` from column ``k`` on."""
    for j in range(views.first.shape[1]):
        row[i, k + j] = views.first[i, j]
    pack_rest(views.rest, row, i, k + views.first.shape[1])


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
    pack_rest(s.views, s.row, i, 0)
    state = p.slots[find(p.known, p.terminal, p.slots, s.row[i], s.ended[i])] - 1
    o[i, 0] = -1 if state < 0 else state + p.terminal.shape[0] * min(s.clock[i], p.steps - 1)
