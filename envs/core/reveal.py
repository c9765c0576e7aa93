"""The environment that shows its hidden state: what an oracle plays, and what a fully observed comparison needs."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from .environment import Environment, _nothing, assemble, freeze
from .fusing import specialise
from .kernel import kernel
from .model import Model, _bytes, _fields
from .model_kernels import find
from .spec import Observation

inner_begin = _nothing  # these names are bound to the kernels of the environment inside
inner_apply = _nothing
inner_start = _nothing
inner_chance = _nothing
inner_pick = _nothing
inner_legal = _nothing
inner_info = _nothing
inner_payoffs = _nothing


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
    """The state inside, ``views`` of its bytes (a tuple of uint8 (lanes, bytes)), and per lane ``clock``, whether it
    ``ended``, and the packed ``row``."""

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
    spec = environment.spec
    if spec.players != 1:
        raise ValueError(f"{environment.id} has {spec.players} players; the state is revealed to one")
    bindings = {f"inner_{name}": each for name, each in environment.kernels.items()}
    names = ["start", "begin", "apply", "observe", *sorted(environment.defined - {"start", "begin", "apply", "observe"})]
    templates = {"start": start, "begin": begin, "apply": apply, "observe": observe, "chance": chance, "pick": pick}
    templates |= {"legal": legal, "info": info, "payoffs": payoffs}
    seen = Observation.integers(model.size * steps)
    return assemble(
        id=environment.id,
        knobs=environment.knobs,
        slug=f"Revealed_{environment.slug}",
        spec=dataclasses.replace(spec, observation=seen, enumerable=False),
        params=freeze(Params(environment.params, model._known, model.terminal, model._slots, steps)),
        allocate=lambda lanes: _allocate(environment, lanes),
        kernels={name: specialise(templates[name], bindings) for name in names},
        ansi=_inside(environment.ansi),
        paint=_inside(environment.paint),
        certify=environment.certify,
    )


def _allocate(environment: Environment, lanes: int) -> State:
    inner = environment.new_state(lanes)
    views = tuple(_bytes(array) for array in _fields(inner, environment.spec.scratch))
    width = sum(view.shape[1] for view in views)
    return State(inner, views, np.zeros(lanes, np.int64), np.zeros(lanes, bool), np.zeros((lanes, width), np.uint8))


def _inside(picture: Any) -> Any:
    return None if picture is None else lambda p, s, i, last: picture(p.inner, s.inner, i, last)


@kernel
def start(p, c, stage, prob):
    """As inside."""
    return inner_start(p.inner, c, stage, prob)


@kernel
def begin(p, s, i, c):
    """As inside; the clock begins."""
    inner_begin(p.inner, s.inner, i, c)
    s.clock[i] = 0
    s.ended[i] = False


@kernel
def chance(p, s, i, a, c, stage, prob):
    """As inside."""
    return inner_chance(p.inner, s.inner, i, a, c, stage, prob)


@kernel
def pick(p, s, i, a, c, stage, u):
    """As inside."""
    return inner_pick(p.inner, s.inner, i, a, c, stage, u)


@kernel
def apply(p, s, i, a, c, r):
    """As inside; the clock goes on."""
    ended = inner_apply(p.inner, s.inner, i, a, c, r)
    s.clock[i] += 1
    s.ended[i] = ended
    return ended


@kernel
def observe(p, s, i, o):
    """Look the state up by its bytes."""
    k = 0
    for view in s.views:
        for j in range(view.shape[1]):
            s.row[i, k] = view[i, j]
            k += 1
    state = p.slots[find(p.known, p.terminal, p.slots, s.row[i], s.ended[i])] - 1
    o[i, 0] = state + p.terminal.shape[0] * min(s.clock[i], p.steps - 1)


@kernel
def legal(p, s, i, m):
    """As inside."""
    inner_legal(p.inner, s.inner, i, m)


@kernel
def info(p, s, i, v):
    """As inside."""
    inner_info(p.inner, s.inner, i, v)


@kernel
def payoffs(p, s, i, a, u):
    """As inside."""
    inner_payoffs(p.inner, s.inner, i, a, u)
