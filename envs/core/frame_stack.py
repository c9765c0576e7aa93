"""Frame stacking: an environment that shows its last k observations as one integer."""

from __future__ import annotations

import dataclasses
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from .certificate import Certificate
from .environment import Environment
from .environment import _nothing as inner_apply
from .environment import _nothing as inner_begin
from .environment import _nothing as inner_observe
from .kernel import kernel
from .spec import Observation
from .wrapping import look_inside, wrap

MOST_STACKS = 2**62


class Params(NamedTuple):
    """``base`` is the number of observations plus 1, ``window`` is ``base ** (k - 1)``."""

    inner: Any
    base: int
    window: int


class State(NamedTuple):
    """The state of the environment inside, and the stack as one number, int64 (lanes, 1)."""

    inner: Any
    stack: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


def frame_stack(environment: Environment, k: int) -> Environment:
    """Return ``environment`` with its last ``k`` observations as its observation: a fixed window of memory.

    The stack is one integer in base n + 1, n being the number of observations: digit 1 + x stands for observation x and
    digit 0 for nothing, the newest observation being the least significant digit. An episode begins with k - 1 empty
    places and the first observation; so the empty places tell the first k - 1 steps apart, as in the adaptive stacks of
    Nangue Tasse et al. 2025 (arXiv:2512.19154). Everything else is that of the environment inside; it can still be
    listed exactly, and its certificate is the one inside without the memoryless value, as a policy of stacks is a
    policy of the history. The code compiled for one k serves all.

    Parameters
    ----------
    environment : one player, integer observations.
    k : how many observations are shown, at least 1; 1 returns ``environment`` itself.

    Raises
    ------
    TypeError
        when ``k`` is no integer.
    ValueError
        for ``k`` below 1, several players, another kind of observation, or more than 2**62 stacks.
    """
    spec = environment.spec
    if not isinstance(k, (int, np.integer)) or isinstance(k, bool):
        raise TypeError(f"k={k!r} is not allowed: k must be an integer of at least 1")
    if k < 1:
        raise ValueError(f"k={k} is not allowed: k must be an integer of at least 1")
    if spec.players != 1 or spec.observation.kind != "integer":
        raise ValueError(
            f"{environment.id} has {spec.players} players and {spec.observation.kind} observations: "
            "a frame stack takes one player and integer observations"
        )
    base = spec.observation.sizes[0] + 1
    if base**k > MOST_STACKS:
        most = next(length for length in count() if base ** (length + 1) > MOST_STACKS)
        raise ValueError(
            f"k={k} is not allowed: there may be at most 2**62 stacks, "
            f"so that with {base - 1} observations k is at most {most}"
        )
    if k == 1:
        return environment
    certify = environment.certify
    stacked = wrap(
        environment,
        "FrameStack",
        {"begin": _begin, "apply": _apply, "observe": _observe},
        Params(environment.params, base, base ** (int(k) - 1)),
        lambda lanes: State(environment.allocate(lanes), np.zeros((lanes, 1), np.int64)),
        observation=Observation.integers(base**k),
    )
    # A policy of stacks is one of the history, so the certificate stands but for the memoryless value.
    own = None if certify is None else lambda: _without_memoryless(certify())
    return dataclasses.replace(stacked, certify=own)


def _without_memoryless(certificate: Certificate | None) -> Certificate | None:
    return None if certificate is None else dataclasses.replace(certificate, memoryless=None)


@kernel
def _begin(p, s, i, c):
    inner_begin(p.inner, s.inner, i, c)
    inner_observe(p.inner, s.inner, i, s.stack)
    s.stack[i, 0] += 1


@kernel
def _apply(p, s, i, a, c, r):
    kept = (s.stack[i, 0] % p.window) * p.base
    stop = inner_apply(p.inner, s.inner, i, a, c, r)
    inner_observe(p.inner, s.inner, i, s.stack)
    s.stack[i, 0] += kept + 1
    return stop


@kernel
def _observe(p, s, i, o):
    o[i, 0] = s.stack[i, 0]
